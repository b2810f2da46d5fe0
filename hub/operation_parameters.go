package hub

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sessionhub/models"
)

// maxParameters bounds those of one operation; no model fills in that many.
const maxParameters = 500

// parameter is one of the path, the query, a header or a cookie.
type parameter struct {
	input       models.Input
	required    bool
	schema      any
	description string
}

// headersOfOthers are left out: OpenAPI says so of the first three, and the connection sets the
// rest.
var headersOfOthers = []string{
	"accept", "content-type", "authorization",
	"host", "content-length", "connection", "transfer-encoding", "upgrade", "trailer", "te", "expect", "cookie",
}

var (
	headerName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	tokenName   = regexp.MustCompile(`(?i)^(access_?)?token$`)
	aboutTokens = regexp.MustCompile(`(?i)auth|access|bearer`)
	styles      = map[string][]string{
		"path":   {"simple", "label", "matrix"},
		"query":  {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
		"header": {"simple"},
		"cookie": {"form"},
	}
)

func isUsableHeader(s string) bool { return len(s) <= maxNameLength && headerName.MatchString(s) }

// isToken says whether a parameter asks for the very token that is sent anyway. No model should
// see it, let alone ask for it.
func isToken(name, description string) bool {
	return tokenName.MatchString(name) && (description == "" || aboutTokens.MatchString(description))
}

// parameters lists what becomes an input; reason says why the operation cannot be offered.
func (c *compiler) parameters(op *operation, security []models.Requirement) (list []parameter, reason string) {
	sources, reason := c.parameterSources(op)
	if reason != "" {
		return nil, reason
	}
	for _, source := range sources {
		p, reason := c.parameter(source)
		switch {
		case reason != "":
			return nil, reason
		case c.isLeftOut(op, p, security):
			continue
		}
		if p.input.In == "header" && p.required {
			p.input.Fixed = c.onlyValue(p.schema)
		}
		list = append(list, p)
	}
	op.withToken = c.sendsToken(security)
	return c.withPath(op, list), ""
}

// parameterSources are those of the path item, unless the operation has one with the same place
// and name, and then those of the operation.
func (c *compiler) parameterSources(op *operation) ([]tree, string) {
	var sources []tree
	at := map[string]int{}
	lists := [][]any{listAt(op.item, "parameters"), listAt(op.source, "parameters")}
	if len(lists[0])+len(lists[1]) > maxParameters {
		return nil, fmt.Sprintf("has more than %d parameters", maxParameters)
	}
	for _, list := range lists {
		for _, item := range list {
			source, problem := c.doc.deref(item)
			if problem != "" {
				return nil, "has a parameter that " + problem
			}
			if c.doc.swagger {
				source = modernParameter(source)
			}
			key := textAt(source, "in") + " " + textAt(source, "name")
			if i, known := at[key]; known {
				sources[i] = source
				continue
			}
			at[key] = len(sources)
			sources = append(sources, source)
		}
	}
	return slices.DeleteFunc(sources, func(source tree) bool {
		return c.doc.swagger && slices.Contains([]string{"body", "formData"}, textAt(source, "in"))
	}), ""
}

func (c *compiler) parameter(source tree) (p parameter, reason string) {
	p = parameter{
		input:       models.Input{In: textAt(source, "in"), Name: textAt(source, "name"), Reserved: flagAt(source, "allowReserved")},
		required:    flagAt(source, "required"),
		schema:      source["schema"],
		description: proseAt(source, "description", maxFunctionText),
	}
	known := styles[p.input.In]
	switch {
	case known == nil:
		return p, fmt.Sprintf("has a parameter in %s, which is not supported", quoted(p.input.In))
	case p.input.Name == "" || len(p.input.Name) > maxNameLength:
		return p, "has a parameter without a usable name"
	case p.input.In == "header" && !isUsableHeader(p.input.Name):
		return p, fmt.Sprintf("has the header %s, which is no name of a header", quoted(p.input.Name))
	}
	if p.input.Style = textAt(source, "style"); !slices.Contains(known, p.input.Style) {
		p.input.Style = known[0]
	}
	explode, said := source["explode"].(bool)
	p.input.Explode = explode || !said && p.input.Style == "form" || p.input.Style == "deepObject"
	content := treeAt(source, "content")
	for _, mediaType := range keysUpTo(1, content) {
		p.schema, p.input.JSON = treeAt(content, mediaType)["schema"], isJSON(mediaType)
	}
	return p, ""
}

// isLeftOut says whether something else than the model sets a parameter.
func (c *compiler) isLeftOut(op *operation, p parameter, security []models.Requirement) bool {
	in, name := p.input.In, p.input.Name
	switch {
	case in == "path":
		if !strings.Contains(op.path, "{"+name+"}") {
			c.note(op, fmt.Sprintf("has the parameter %s of a path that does not name it; it is left out", quoted(name)))
			return true
		}
		return false
	case in == "header" && slices.Contains(headersOfOthers, strings.ToLower(name)):
		return true
	case c.setBySecurity(security, in, name):
		return true
	case c.sendsToken(security) && isToken(name, p.description):
		c.note(op, fmt.Sprintf("has the parameter %s in %s for the token that is sent anyway; it is left out", quoted(name), in))
		return true
	}
	return false
}

// withPath puts the path's parameters first, in its order, and adds those that only the path names.
func (c *compiler) withPath(op *operation, list []parameter) []parameter {
	var ordered []parameter
	for _, part := range templatePart.FindAllString(op.path, -1) {
		name := part[1 : len(part)-1]
		named := func(p parameter) bool { return p.input.In == "path" && p.input.Name == name }
		if slices.ContainsFunc(ordered, named) {
			continue
		}
		i := slices.IndexFunc(list, named)
		if i < 0 {
			c.note(op, fmt.Sprintf("does not declare %s of its path; it is taken for a text", quoted(name)))
			input := models.Input{In: "path", Name: name, Style: "simple"}
			ordered = append(ordered, parameter{input: input, required: true, schema: tree{"type": "string"}})
			continue
		}
		list[i].required = true
		ordered = append(ordered, list[i])
	}
	return append(ordered, slices.DeleteFunc(list, func(p parameter) bool { return p.input.In == "path" })...)
}

// onlyValue is the value of a schema that takes no other; empty when there is a choice.
func (c *compiler) onlyValue(schema any) string {
	source, problem := c.doc.deref(schema)
	if problem != "" {
		return ""
	}
	values := listAt(source, "enum")
	if value, ok := source["const"]; ok {
		values = []any{value}
	}
	if len(values) != 1 {
		return ""
	}
	return asText(values[0])
}
