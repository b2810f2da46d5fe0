package hub

import (
	"slices"
	"strings"
)

// schemaLimits bound one rendering of a function's schema.
type schemaLimits struct {
	depth int // of properties in properties
	prose int // characters of one description
	enum  int // values of one list; a longer one is left out
}

// maxSchemaNodes ends a rendering that cannot fit: the shortest schema takes some eight bytes.
const maxSchemaNodes = MaxSchema / 8

// maxParts bounds allOf in allOf, which does not count as depth.
const maxParts = 32

// schemaWriter renders schemas of OpenAPI as JSON Schema 2020-12 without references. What it
// cannot keep it leaves out, so that the result takes at least what the document's schema
// takes: the API itself has the last word.
type schemaWriter struct {
	doc    *document
	limits schemaLimits
	nodes  int
	cut    bool     // something was left out for its depth or size
	cyclic bool     // something was left out because it contains itself
	broken []string // problems of references
}

// schemaPlace is where in the rendered schema a subschema stands.
type schemaPlace struct {
	depth  int
	parts  int      // how deep it is in parts and alternatives of a schema, whose properties it may lean on
	refs   []string // the references that led here, to see a cycle
	local  tree     // the nearest schema with $defs of its own
	isLeaf bool     // it repeats a schema that it stands in
}

func (p schemaPlace) inside() schemaPlace {
	p.depth, p.parts = p.depth+1, 0
	return p
}

func (p schemaPlace) asPart() schemaPlace {
	p.parts++
	return p
}

func (w *schemaWriter) write(v any, at schemaPlace) tree {
	if w.nodes++; w.nodes > maxSchemaNodes {
		w.cut = true
		return tree{}
	}
	if never, isBool := v.(bool); isBool && !never {
		return tree{"not": tree{}}
	}
	source, at := w.follow(v, at)
	if source == nil {
		return tree{}
	}
	out := tree{}
	w.writeOwn(out, source)
	var dropped []string
	switch {
	case at.isLeaf:
		w.cyclic = true
	case at.depth < w.limits.depth && at.parts <= maxParts:
		dropped = w.writeMembers(out, source, at)
		w.writeAlternatives(out, source, at)
	case hasSubschemas(source):
		w.cut = true
	}
	if out["type"] == nil && out["properties"] == nil && treeAt(source, "properties") != nil {
		out["type"] = "object"
	}
	finishSchema(out, dropped, at)
	if flagAt(source, "nullable") || flagAt(source, "x-nullable") {
		out = makeNullable(out)
	}
	return out
}

// follow resolves the reference that a schema may be.
func (w *schemaWriter) follow(v any, at schemaPlace) (tree, schemaPlace) {
	source, _ := v.(tree)
	for range maxHops {
		reference, isReference := source["$ref"].(string)
		if !isReference {
			if treeAt(source, "$defs") != nil {
				at.local = source
			}
			return source, at
		}
		if whole, ok := w.besides(source); ok {
			return whole, at
		}
		if slices.Contains(at.refs, reference) {
			at.isLeaf = true
		}
		at.refs = append(slices.Clip(at.refs), reference)
		target, problem := w.target(reference, at)
		if problem != "" {
			w.broken = append(w.broken, problem)
			target = tree{}
		}
		source = annotated(target, source)
	}
	at.isLeaf = true
	return tree{}, at
}

// target also looks among the definitions of the schema around it: generators put them there.
func (w *schemaWriter) target(reference string, at schemaPlace) (tree, string) {
	target, problem := w.doc.at(reference)
	if problem != "" && at.local != nil && len(reference) <= maxReference && strings.HasPrefix(reference, "#") {
		if local, ok := lookUp(at.local, reference[1:]).(tree); ok {
			return local, ""
		}
	}
	return target, problem
}

// besides makes a schema of a $ref and of what limits the same place in 3.1.
func (w *schemaWriter) besides(source tree) (tree, bool) {
	if !w.doc.modern || len(source) == 1 {
		return nil, false
	}
	whole, limited := tree{}, false
	for _, key := range schemaKeywords {
		if value, ok := source[key]; ok {
			whole[key] = value
			limited = limited || !slices.Contains(noteKeywords, key)
		}
	}
	whole["allOf"] = append([]any{tree{"$ref": source["$ref"]}}, listAt(source, "allOf")...)
	return whole, limited
}

// annotated adds the notes that stand beside a $ref. Before 3.1 they were to be ignored, but
// who writes a description there means it.
func annotated(target, source tree) tree {
	if len(source) == 1 {
		return target
	}
	merged := tree{}
	for _, key := range schemaKeywords {
		if value, ok := target[key]; ok {
			merged[key] = value
		}
	}
	for _, key := range noteKeywords {
		if value, ok := source[key]; ok {
			merged[key] = value
		}
	}
	if target["$ref"] != nil {
		merged["$ref"] = target["$ref"]
	}
	return merged
}

// finishSchema mends what providers of models, or a validator, would refuse.
func finishSchema(out tree, dropped []string, at schemaPlace) {
	finishRequired(out)
	if required, ok := out["required"].([]string); ok {
		required = slices.DeleteFunc(required, func(name string) bool { return slices.Contains(dropped, name) })
		if properties, has := out["properties"].(tree); has && !hasAlternatives(out) {
			required = slices.DeleteFunc(required, func(name string) bool { return properties[name] == nil })
		} else if !has && at.parts == 0 && !hasAlternatives(out) {
			required = nil
		}
		if out["required"] = required; len(required) == 0 {
			delete(out, "required")
		}
	}
	_, hasEnum := out["enum"]
	_, hasConst := out["const"]
	if out["type"] == nil && !hasEnum && !hasConst && !hasAlternatives(out) {
		switch {
		case out["properties"] != nil || out["additionalProperties"] != nil || out["patternProperties"] != nil:
			out["type"] = "object"
		case out["items"] != nil || out["prefixItems"] != nil:
			out["type"] = "array"
		}
	}
	if hasType(out, "array") && out["items"] == nil && out["prefixItems"] == nil {
		out["items"] = tree{} // OpenAI asks for it
	}
}

func hasAlternatives(out tree) bool { return out["anyOf"] != nil || out["allOf"] != nil }

// makeNullable adds null to what a schema takes.
func makeNullable(out tree) tree {
	if types := typesOf(out); len(types) > 0 && !slices.Contains(types, "null") {
		out["type"] = append(types, "null")
	}
	if values, ok := out["enum"].([]any); ok && !slices.Contains(values, nil) {
		out["enum"] = append(slices.Clip(values), nil)
	}
	if value, ok := out["const"]; ok && value != nil {
		delete(out, "const")
		out["enum"] = []any{value, nil}
	}
	if alternatives, ok := out["anyOf"].([]any); ok && out["allOf"] == nil {
		out["anyOf"] = append(slices.Clip(alternatives), tree{"type": "null"})
	}
	if out["allOf"] == nil && out["not"] == nil {
		return out
	}
	wrapped := tree{"anyOf": []any{out, tree{"type": "null"}}}
	for _, key := range []string{"title", "description"} {
		if text, ok := out[key]; ok {
			wrapped[key] = text
			delete(out, key)
		}
	}
	return wrapped
}

// typesOf lists the types of a rendered schema.
func typesOf(out tree) []string {
	switch types := out["type"].(type) {
	case string:
		return []string{types}
	case []string:
		return types
	}
	return nil
}

func hasType(out tree, name string) bool { return slices.Contains(typesOf(out), name) }
