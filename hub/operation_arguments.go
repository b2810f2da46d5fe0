package hub

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sessionhub/models"
)

// schemaSteps are tried one after the other until a function's schema fits.
var schemaSteps = []schemaLimits{
	{depth: 12, prose: 500, enum: 1000},
	{depth: 8, prose: 500, enum: 1000},
	{depth: 6, prose: 500, enum: 500},
	{depth: 5, prose: 500, enum: 500},
	{depth: 4, prose: 500, enum: 200},
	{depth: 3, prose: 500, enum: 200},
	{depth: 2, prose: 300, enum: 100},
	{depth: 1, prose: 200, enum: 50},
	{depth: 1, prose: 0, enum: 20},
}

// When a document has had this many nodes of schemas rendered, its other functions get the
// smallest schemas at once, and later none: some references are enough to ask for years of work.
// The 223 operations of Sentry's document, of 4 MB, have 8,000.
const (
	manyNodes    = 1_000_000
	tooManyNodes = 1_200_000
)

// arguments is what a model fills in, and where each goes.
type arguments struct {
	schema string
	inputs []models.Input
	body   *models.Body
}

// argument is one property of a function's schema.
type argument struct {
	wanted, place string
	name          string
	schema        tree
	required      bool
	set           func(name string) // tells the call what it is called
}

// argumentList is one rendering of an operation's arguments.
type argumentList struct {
	c      *compiler
	op     *operation
	writer *schemaWriter
	list   []*argument
	made   arguments
	left   []string // names of files
	reason string
}

// arguments renders the schema as deep as it fits.
func (c *compiler) arguments(op *operation, parameters []parameter, body *requestBody) (arguments, string) {
	first := 0
	switch {
	case c.nodes > tooManyNodes:
		return arguments{}, "comes after too many large schemas: choose fewer operations"
	case c.nodes > manyNodes:
		first = len(schemaSteps) - 2
	}
	for i, limits := range schemaSteps[first:] {
		a := &argumentList{c: c, op: op, writer: &schemaWriter{doc: c.doc, limits: limits}}
		a.made.inputs = make([]models.Input, 0, len(parameters))
		a.addParameters(parameters)
		if body != nil {
			a.addBody(body)
		}
		c.nodes += a.writer.nodes
		if len(a.list) > maxParameters {
			a.reason = fmt.Sprintf("has more than %d arguments", maxParameters)
		}
		if a.reason != "" {
			return arguments{}, a.reason
		}
		if a.writer.nodes > maxSchemaNodes || !a.finish() {
			continue
		}
		a.report(first+i > 0)
		return a.made, ""
	}
	return arguments{}, fmt.Sprintf("has arguments whose schema takes more than %d KiB", MaxSchema>>10)
}

// report tells what was lost on the way.
func (a *argumentList) report(smaller bool) {
	if smaller || a.writer.cut {
		a.c.note(a.op, "has a schema that is too large or too deep; its inner parts are left out")
	}
	if a.writer.cyclic {
		a.c.note(a.op, "has a schema that contains itself; the inner ones are left out")
	}
	for _, problem := range a.writer.broken[:min(3, len(a.writer.broken))] {
		a.c.note(a.op, "has a schema that "+problem+"; anything is taken there")
	}
	if len(a.left) > 0 {
		a.c.note(a.op, "takes files, which cannot be given and are left out: "+quoted(strings.Join(a.left, ", ")))
	}
}

func (a *argumentList) addParameters(parameters []parameter) {
	for _, p := range parameters {
		a.made.inputs = append(a.made.inputs, p.input)
		if p.input.Fixed != "" {
			continue
		}
		input := &a.made.inputs[len(a.made.inputs)-1]
		schema := a.write(p.schema, 1)
		if text := cutProse(p.description, a.writer.limits.prose); text != "" {
			schema["description"] = text
		}
		a.list = append(a.list, &argument{
			wanted: p.input.Name, place: p.input.In, schema: schema, required: p.required,
			set: func(name string) { input.Argument = name },
		})
	}
}

func (a *argumentList) write(schema any, depth int) tree {
	return a.writer.write(schema, schemaPlace{depth: depth})
}

// addBody makes each member of the body an argument, or else the body as a whole.
func (a *argumentList) addBody(body *requestBody) {
	out := a.write(body.schema, 0)
	a.made.body = &models.Body{MediaType: body.mediaType, Required: body.required}
	switch {
	case body.isForm():
		a.addForm(body, out)
	case isPlainObject(out) && !a.collides(out["properties"].(tree)):
		a.addFields(body, out)
	default:
		if text := cutProse(body.description, a.writer.limits.prose); text != "" && out["description"] == nil {
			out["description"] = text
		}
		made := a.made.body
		a.list = append(a.list, &argument{
			wanted: "body", place: "body", schema: out, required: body.required,
			set: func(name string) { made.Argument = name },
		})
	}
}

func (a *argumentList) collides(properties tree) bool {
	return slices.ContainsFunc(a.list, func(known *argument) bool { return properties[known.wanted] != nil })
}

// addForm takes the fields that a form says by name, even if it says more.
func (a *argumentList) addForm(body *requestBody, out tree) {
	properties, _ := out["properties"].(tree)
	required, _ := out["required"].([]string)
	for _, name := range sortedKeys(properties) {
		schema := properties[name].(tree)
		description, _ := schema["description"].(string)
		switch {
		case name == "":
			delete(properties, name)
		case isBinary(schema) && slices.Contains(required, name):
			a.reason = fmt.Sprintf("needs the file %s, which cannot be given", quoted(name))
			return
		case isBinary(schema):
			a.left = append(a.left, name)
			delete(properties, name)
		case a.op.withToken && isToken(name, description):
			a.c.note(a.op, fmt.Sprintf("has the field %s for the token that is sent anyway; it is left out", quoted(name)))
			delete(properties, name)
		case len(name) > maxNameLength:
			a.reason = "has a form with a field whose name is too long"
			return
		}
	}
	if hasAlternatives(out) && len(properties) == 0 && body.required {
		a.reason = "takes a form that does not say its fields"
		return
	}
	a.addFields(body, out)
	if len(a.made.body.Fields) == 0 {
		a.made.body = nil
	}
}

func (a *argumentList) addFields(body *requestBody, out tree) {
	properties, _ := out["properties"].(tree)
	required, _ := out["required"].([]string)
	made := a.made.body
	made.Fields = make([]models.Field, len(properties))
	for i, name := range sortedKeys(properties) {
		schema := properties[name].(tree)
		made.Fields[i] = body.field(name, schema)
		needed := slices.Contains(required, name)
		made.Required = made.Required || needed
		a.list = append(a.list, &argument{
			wanted: name, place: "body", schema: schema, required: needed,
			set: func(name string) { made.Fields[i].Argument = name },
		})
	}
}

// finish names the arguments, and says whether their schema fits.
func (a *argumentList) finish() bool {
	nameArguments(a.list)
	properties, required := tree{}, []string{}
	for _, arg := range a.list {
		arg.set(arg.name)
		properties[arg.name] = arg.described(a.writer.limits.prose)
		if arg.required {
			required = append(required, arg.name)
		}
	}
	root := tree{"type": "object", "properties": properties}
	if slices.Sort(required); len(required) > 0 {
		root["required"] = required
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(root)
	a.made.schema = strings.TrimSpace(text.String())
	return err == nil && len(a.made.schema) <= MaxSchema
}

// described adds the name in the request where it says more than the argument's: the signs that
// had to go tell "before" from "after" in some APIs.
func (g *argument) described(prose int) tree {
	if g.name == g.wanted || prose == 0 || argumentName.MatchString(g.wanted) {
		return g.schema
	}
	description, _ := g.schema["description"].(string)
	return withMember(g.schema, "description", strings.TrimSpace(description+" Sent as "+quoted(g.wanted)+"."))
}
