package hub

import (
	"encoding/json"
	"html"
	"mime"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxErrorText  = 1000     // characters
	maxErrorBody  = 64 << 10 // bytes of an answer that are looked at
	maxErrorDepth = 5
	maxErrorParts = 10
)

// ErrorText says in words what a provider answered a failed call with, for a model to read:
// at most 1000 characters, empty where there is nothing to read.
func ErrorText(r *Response) string { return excerpt(errorText(r)) }

// errorText is [ErrorText] of any length.
func errorText(r *Response) string {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType = ""
	}
	if mediaType != "" && !isJSONType(mediaType) && !isTextType(mediaType) {
		return ""
	}
	text := textOf(r.Body[:min(len(r.Body), maxErrorBody)], parameters["charset"])
	var value any
	if err := json.Unmarshal([]byte(text), &value); err == nil {
		var parts errorParts
		parts.add(value, 0)
		if len(parts.texts) > 0 {
			return strings.Join(parts.texts, "; ")
		}
		return string(jsonResult(text))
	}
	if strings.Contains(mediaType, "html") || strings.Contains(text, "</") {
		text = withoutTags(text)
	}
	return text
}

// errorMembers are where APIs put what went wrong, the most telling first: RFC 6749, RFC 9457,
// JSON:API, Google, AWS, FastAPI and their like.
var errorMembers = []string{
	"error", "error_description", "message", "title", "detail", "details", "error_message", "errorMessage",
	"reason", "msg", "description", "fault", "faultstring", "errors", "invalid-params", "violations",
}

// errorParts collects texts out of known members.
type errorParts struct{ texts []string }

func (p *errorParts) add(value any, depth int) {
	if depth > maxErrorDepth || len(p.texts) >= maxErrorParts {
		return
	}
	switch v := value.(type) {
	case string:
		if text := strings.TrimSpace(v); text != "" && !slices.Contains(p.texts, text) {
			p.texts = append(p.texts, text)
		}
	case []any:
		for _, item := range v {
			p.add(item, depth+1)
		}
	case map[string]any:
		p.addMembers(v, depth)
	}
}

func (p *errorParts) addMembers(members map[string]any, depth int) {
	before := len(p.texts)
	for _, name := range errorMembers {
		if named, ok := members[name].(map[string]any); ok && name == "errors" {
			p.addFields(named, depth)
			continue
		}
		p.add(members[name], depth+1)
	}
	where := fieldOf(members)
	if where != "" && len(p.texts) > before {
		p.texts[before] = where + ": " + p.texts[before]
	}
}

// addFields reads {"email": ["is taken"]}.
func (p *errorParts) addFields(fields map[string]any, depth int) {
	for _, name := range keysInOrder(fields) {
		var inner errorParts
		inner.add(fields[name], depth+1)
		if len(inner.texts) > 0 && len(p.texts) < maxErrorParts {
			p.texts = append(p.texts, name+": "+strings.Join(inner.texts, ", "))
		}
	}
}

// fieldOf names the member of the request that an item of a list of errors is about.
func fieldOf(members map[string]any) string {
	for _, name := range []string{"field", "loc", "param", "name", "pointer"} {
		switch v := members[name].(type) {
		case string:
			return v
		case []any:
			parts := make([]string, 0, len(v))
			for _, part := range v {
				parts = append(parts, scalarText(part))
			}
			return strings.Join(parts, ".")
		}
	}
	return ""
}

var (
	hiddenElements = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style|head)\b.*?</(script|style|head)\s*>`)
	htmlTag        = regexp.MustCompile(`<[/!a-zA-Z][^<>]*>`)
)

func withoutTags(text string) string {
	text = hiddenElements.ReplaceAllString(text, " ")
	return html.UnescapeString(htmlTag.ReplaceAllString(text, " "))
}

// excerpt makes one line of a text and bounds it.
func excerpt(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
	if utf8.RuneCountInString(text) <= maxErrorText {
		return text
	}
	return string([]rune(text)[:maxErrorText-1]) + "…"
}
