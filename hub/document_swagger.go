package hub

import (
	"fmt"
	"maps"
	"slices"
)

// Swagger 2.0 is read as if it were OpenAPI 3: only what stands around the schemas differs, and
// a reference is followed wherever it points. openapi2conv does this to a whole document or not
// at all, sends forms as JSON, and forgets that lists are separated by commas.

// parameterKeywords stand on a parameter of Swagger 2.0 and not in its schema.
var parameterKeywords = []string{"name", "in", "required", "description", "collectionFormat", "allowEmptyValue"}

// collectionStyles are the styles of OpenAPI 3 for a list in the query or a form.
var collectionStyles = map[string]tree{
	"":      {"style": "form", "explode": false},
	"csv":   {"style": "form", "explode": false},
	"multi": {"style": "form", "explode": true},
	"ssv":   {"style": "spaceDelimited", "explode": false},
	"pipes": {"style": "pipeDelimited", "explode": false},
}

// modernParameter is a parameter as OpenAPI 3 puts it.
func modernParameter(old tree) tree {
	modern, schema := tree{}, tree{}
	for _, key := range parameterKeywords {
		if value, ok := old[key]; ok {
			modern[key] = value
		}
	}
	for _, key := range schemaKeywords {
		if value, ok := old[key]; ok && !slices.Contains(parameterKeywords, key) {
			schema[key] = value
		}
	}
	if modern["schema"] = schema; old["schema"] != nil {
		modern["schema"] = old["schema"]
	}
	in := textAt(old, "in")
	if textAt(old, "type") == "array" && (in == "query" || in == "formData") {
		maps.Copy(modern, collectionStyles[textAt(old, "collectionFormat")])
	}
	return modern
}

// modernize is an operation as OpenAPI 3 puts it; its parameters are left for later.
func (c *compiler) modernize(op *operation) (modern tree, reason string) {
	modern = tree{}
	for _, key := range []string{"summary", "description", "deprecated", "security", "parameters"} {
		if value, ok := op.source[key]; ok {
			modern[key] = value
		}
	}
	produces := mediaTypes(op.source, c.doc.root, "produces")
	content := tree{}
	for _, mediaType := range produces[:min(len(produces), maxResponses)] {
		content[mediaType] = tree{}
	}
	responses := tree{}
	for _, status := range keysUpTo(maxResponses, treeAt(op.source, "responses")) {
		if response, problem := c.doc.deref(treeAt(op.source, "responses")[status]); problem == "" && response["schema"] != nil {
			responses[status] = tree{"content": content}
		}
	}
	modern["responses"] = responses
	sources, reason := c.swaggerParameters(op)
	if reason != "" {
		return nil, reason
	}
	consumes := mediaTypes(op.source, c.doc.root, "consumes")
	if body := modernBody(sources, consumes); body != nil {
		modern["requestBody"] = body
	}
	return modern, ""
}

func mediaTypes(operation, root tree, key string) []string {
	if _, own := operation[key].([]any); own {
		return textsAt(operation, key)
	}
	return textsAt(root, key)
}

// swaggerParameters lists those that make up the body, by name: the operation's win.
func (c *compiler) swaggerParameters(op *operation) (map[string]tree, string) {
	found := map[string]tree{}
	lists := [][]any{listAt(op.item, "parameters"), listAt(op.source, "parameters")}
	if len(lists[0])+len(lists[1]) > maxParameters {
		return nil, fmt.Sprintf("has more than %d parameters", maxParameters)
	}
	for _, item := range slices.Concat(lists...) {
		source, problem := c.doc.deref(item)
		if problem != "" {
			return nil, "has a parameter that " + problem
		}
		switch textAt(source, "in") {
		case "body":
			found["body "] = source
		case "formData":
			found["form "+textAt(source, "name")] = source
		}
	}
	return found, ""
}

// modernBody is the body that the parameters make up. What Swagger 2.0 calls form data is sent as
// a form, whatever else the operation takes, unless it takes no form at all.
func modernBody(parameters map[string]tree, consumes []string) tree {
	if whole, ok := parameters["body "]; ok {
		if len(consumes) == 0 {
			consumes = []string{mediaJSON}
		}
		content := tree{}
		for _, mediaType := range consumes {
			content[mediaType] = tree{"schema": whole["schema"]}
		}
		return tree{"required": whole["required"], "description": whole["description"], "content": content}
	}
	if len(parameters) == 0 {
		return nil
	}
	properties, encoding, required := tree{}, tree{}, []any{}
	mediaType := formMedia(consumes)
	for _, old := range parameters {
		name, modern := textAt(old, "name"), modernParameter(old)
		schema, _ := modern["schema"].(tree)
		properties[name] = withMember(schema, "description", old["description"])
		if style := textAt(modern, "style"); style != "" {
			encoding[name] = tree{"style": style, "explode": modern["explode"]}
		}
		if flagAt(old, "required") {
			required = append(required, name)
		}
		if textAt(old, "type") == "file" {
			mediaType = mediaMultipart
		}
	}
	schema := tree{"type": "object", "properties": properties, "required": required}
	return tree{"required": len(required) > 0, "content": tree{mediaType: tree{"schema": schema, "encoding": encoding}}}
}

func formMedia(consumes []string) string {
	for _, mediaType := range []string{mediaForm, mediaMultipart} {
		if slices.Contains(consumes, mediaType) {
			return mediaType
		}
	}
	if i := slices.IndexFunc(consumes, isJSON); i >= 0 {
		return consumes[i]
	}
	return mediaForm
}
