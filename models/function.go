package models

import "strings"

// functionSeparator stands between the tool and the operation in a function's name.
const functionSeparator = "__"

// Function is one operation of a tool, as a model sees it, and how it is called.
type Function struct {
	Tool        string
	Name        string // <tool>__<operation>, ^[a-zA-Z0-9_-]{1,64}$, unique in the tenant
	Operation   string // as the document calls it: its operationId, or "GET /path"
	Description string
	Parameters  string // JSON Schema of the arguments: an object, without references
	Call        Call
}

// ToolOf returns the tool's part of a function's name, or the whole of a tool's name.
func ToolOf(name string) string {
	tool, _, _ := strings.Cut(name, functionSeparator)
	return tool
}

// FunctionName puts a name together.
func FunctionName(tool, operation string) string { return tool + functionSeparator + operation }

// Call says how a function's arguments become a request. It is stored as JSON under the names
// of its Go fields: renaming one is a change of the schema.
type Call struct {
	Method   string
	BaseURL  string // where the operation has a server of its own; else empty, for the tool's
	Path     string // as in the document: "/weather/{city}"
	Inputs   []Input
	Body     *Body         // nil for none
	Accept   string        // media types of the answers, for the header; empty for any
	Security []Requirement // alternatives, the document's order; none means that no credentials are needed
}

// Input is one parameter of the path, the query, a header or a cookie.
type Input struct {
	Argument string // its name among the arguments
	In       string // path, query, header or cookie
	Name     string // its name in the request
	Style    string // as in OpenAPI: simple, label, matrix, form, spaceDelimited, pipeDelimited, deepObject
	Explode  bool
	Reserved bool   // allowReserved: characters such as / and : stay as they are
	JSON     bool   // the value is written as JSON (content: application/json)
	Fixed    string // not empty: always this value, and no argument (a required header with one possible value)
}

// Body is how arguments become the body of a request.
type Body struct {
	MediaType string // application/json or another +json, application/x-www-form-urlencoded, multipart/form-data
	Required  bool
	Argument  string  // not empty: this argument is the body
	Fields    []Field // else these arguments are the members of an object, or the fields of a form
}

// Field is one member of a body.
type Field struct {
	Argument string
	Name     string
	Style    string // of a form's array or object: form (explode as said), deepObject; JSON where JSON is set
	Explode  bool
	JSON     bool // a form's field that is written as JSON
}
