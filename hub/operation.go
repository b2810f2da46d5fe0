package hub

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"sessionhub/models"
)

// operation is one method of one path of the document.
type operation struct {
	method, path string
	id           string // its operationId, where it has one that no other has; else empty
	label        string // what people know it by
	shaped, name string // of the function
	renamed      bool
	withToken    bool   // a scheme sends a token
	item, source tree   // the path item and the operation, as they stand in the document
	problem      string // why it cannot be read
	findings     []Finding
}

func (op *operation) place() string { return op.method + " " + op.path }

// identity is what the hash in a cut name is made of: the name survives a change of the path
// as long as the operationId stays.
func (op *operation) identity() string {
	if op.id != "" {
		return op.id
	}
	return op.place()
}

// servers lists the operation's own servers, or those of its path.
func (op *operation) servers() []any {
	if own := listAt(op.source, "servers"); len(own) > 0 {
		return own
	}
	return listAt(op.item, "servers")
}

var (
	// methods stand in the order of the functions; those after DELETE are never offered.
	methods = []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodHead, http.MethodOptions, http.MethodTrace,
	}
	templatePart = regexp.MustCompile(`\{[^{}]*\}`)
)

// operations lists every operation of the document, by path and method.
func (c *compiler) operations() []*operation {
	var found []*operation
	ids := map[string]int{}
	paths := treeAt(c.doc.root, "paths")
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if strings.HasPrefix(path, "x-") {
			continue
		}
		item, problem := c.doc.deref(paths[path])
		if problem != "" {
			found = append(found, &operation{path: path, problem: problem})
			continue
		}
		for _, method := range methods {
			value, ok := item[strings.ToLower(method)]
			if !ok {
				continue
			}
			op := &operation{method: method, path: path, item: item}
			op.source, op.problem = c.doc.deref(value)
			ids[op.declaredID()]++
			found = append(found, op)
		}
	}
	for _, op := range found {
		if id := op.declaredID(); id != "" && ids[id] == 1 {
			op.id = id
		}
		if op.label = op.id; op.id == "" {
			op.label = cutProse(strings.TrimSpace(op.place()), maxNameLength)
		}
	}
	return found
}

// declaredID is the operationId as the document has it, unless nobody could write it down.
func (op *operation) declaredID() string {
	id := textAt(op.source, "operationId")
	if len(id) > maxNameLength || strings.ContainsFunc(id, unicode.IsControl) {
		return ""
	}
	return id
}

// compileOperation makes a function, or says why it is not offered.
func (c *compiler) compileOperation(op *operation) (f models.Function, alternatives []models.Requirement, reason string) {
	if reason = op.obstacle(); reason != "" {
		return f, nil, reason
	}
	f = models.Function{Tool: c.tool.Name, Name: op.name, Operation: op.label}
	f.Call.Method, f.Call.Path = op.method, op.path
	if f.Call.BaseURL, reason = c.ownServer(op); reason != "" {
		return f, nil, reason
	}
	if alternatives, reason = c.requirements(op); reason != "" {
		return f, nil, reason
	}
	if c.doc.swagger {
		if op.source, reason = c.modernize(op); reason != "" {
			return f, nil, reason
		}
	}
	parameters, reason := c.parameters(op, alternatives)
	if reason != "" {
		return f, nil, reason
	}
	body, reason := c.requestBody(op)
	if reason != "" {
		return f, nil, reason
	}
	made, reason := c.arguments(op, parameters, body)
	if reason != "" {
		return f, nil, reason
	}
	f.Parameters, f.Call.Inputs, f.Call.Body = made.schema, made.inputs, made.body
	f.Call.Security, f.Call.Accept = alternatives, c.accept(op)
	f.Description = describeOperation(op)
	return f, alternatives, ""
}

// obstacle is what keeps an operation from being offered, whatever else it says.
func (op *operation) obstacle() string {
	switch {
	case op.problem != "":
		return op.problem
	case op.method == http.MethodHead:
		return "uses HEAD, whose answers have nothing to tell a model"
	case op.method == http.MethodOptions || op.method == http.MethodTrace:
		return fmt.Sprintf("uses %s, which is about the connection and not the API", op.method)
	case !strings.HasPrefix(op.path, "/") || len(op.path) > maxAddress:
		return `has a path that does not begin with "/", or is too long`
	}
	outside := templatePart.ReplaceAllString(op.path, "")
	if strings.ContainsAny(outside, "?#{}\\") || strings.Contains(op.path, "{}") || strings.ContainsFunc(op.path, unicode.IsControl) {
		return "has a path with signs that a path cannot have"
	}
	return ""
}

// describeOperation is what a model chooses the function by.
func describeOperation(op *operation) string {
	summary, text := proseAt(op.source, "summary", maxFunctionText), proseAt(op.source, "description", maxFunctionText)
	switch {
	case text == "":
		text = summary
	case summary != "" && !strings.HasPrefix(text, summary):
		text = summary + "\n\n" + text
	}
	if text == "" {
		text = op.place()
	}
	if flagAt(op.source, "deprecated") {
		text = "Deprecated. " + text
	}
	return cutProse(text, maxFunctionText)
}
