package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// place is where an operation is called.
type place struct {
	method, path, baseURL string
}

// docsOperation is one method of one path.
type docsOperation struct {
	ID          string
	Method      string
	Class       string // the method in lower case, for the colour of its badge
	Path        string
	Summary     string
	Description []paragraph
	Public      bool     // no key is asked for
	Roles       []string // of the key; from x-roles
	Parameters  []docsField
	Body        *docsContent
	Answers     []docsAnswer
	Curl        string
	Sample      *docsSample // what a call like Curl is answered with
}

// docsContent is a body and how it may look.
type docsContent struct {
	MediaType string
	Type      []typePart
	Fields    []docsField
	Examples  []docsExample
}

// docsAnswer is one status that an operation may answer.
type docsAnswer struct {
	Status      string
	Text        string // the usual words for the status
	Class       string // good or bad
	Description []paragraph
	Headers     []docsField
	Content     *docsContent
}

// docsSample is the first example of the first answer.
type docsSample struct {
	Status string
	Text   string
}

// newDocsOperation reads one operation.
func newDocsOperation(op *openapi3.Operation, at place) docsOperation {
	view := docsOperation{
		ID:          op.OperationID,
		Method:      at.method,
		Class:       strings.ToLower(at.method),
		Path:        at.path,
		Summary:     op.Summary,
		Description: prose(op.Description),
		Public:      op.Security != nil && len(*op.Security) == 0,
		Roles:       texts(op.Extensions["x-roles"]),
		Curl:        curl(op, at),
	}
	for _, ref := range op.Parameters {
		p := ref.Value
		field := newDocsField(p.Name, p.Schema, p.Required)
		field.In = p.In
		field.Description = prose(p.Description)
		view.Parameters = append(view.Parameters, field)
	}
	if op.RequestBody != nil {
		view.Body = newDocsContent(op.RequestBody.Value.Content)
	}
	for _, status := range sortedKeys(op.Responses.Map()) {
		view.Answers = append(view.Answers, newDocsAnswer(status, op.Responses.Value(status).Value))
	}
	view.Sample = sampleOf(view.Answers)
	return view
}

// newDocsContent reads the first media type of a body; ours have one. It returns nil for none.
func newDocsContent(content openapi3.Content) *docsContent {
	mediaTypes := sortedKeys(content)
	if len(mediaTypes) == 0 {
		return nil
	}
	media := content[mediaTypes[0]]
	return &docsContent{
		MediaType: mediaTypes[0],
		Type:      typeOf(media.Schema),
		Fields:    fieldsOf(media.Schema, ""),
		Examples:  examplesOf(media),
	}
}

// newDocsAnswer reads one answer.
func newDocsAnswer(status string, response *openapi3.Response) docsAnswer {
	view := docsAnswer{
		Status:  status,
		Text:    statusText(status),
		Class:   "bad",
		Content: newDocsContent(response.Content),
	}
	if strings.HasPrefix(status, "2") {
		view.Class = "good"
	}
	if response.Description != nil {
		view.Description = prose(*response.Description)
	}
	for _, name := range sortedKeys(response.Headers) {
		header := response.Headers[name].Value
		field := newDocsField(name, header.Schema, header.Required)
		field.Description = prose(header.Description)
		view.Headers = append(view.Headers, field)
	}
	return view
}

// statusText returns the usual words for a status. 499 is not registered; its words are ours.
func statusText(status string) string {
	code, err := strconv.Atoi(status)
	if err != nil {
		return ""
	}
	if code == 499 {
		return "Unreadable"
	}
	return http.StatusText(code)
}

// sampleOf returns the first example of the first answer, nil when it has none.
func sampleOf(answers []docsAnswer) *docsSample {
	if len(answers) == 0 || answers[0].Content == nil || len(answers[0].Content.Examples) == 0 {
		return nil
	}
	return &docsSample{Status: answers[0].Status, Text: answers[0].Content.Examples[0].Text}
}

// texts returns the strings of a list in the document.
func texts(list any) []string {
	values, _ := list.([]any)
	var found []string
	for _, value := range values {
		if text, ok := value.(string); ok {
			found = append(found, text)
		}
	}
	return slices.Clip(found)
}
