package hub

import (
	"encoding/json"
	"math"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
)

const (
	maxTitle       = 200 // characters
	maxKeywordText = 500 // bytes of a pattern, or the name of a format
)

// schemaTypes are the types of JSON Schema.
var schemaTypes = []string{"string", "number", "integer", "boolean", "object", "array", "null"}

// The keywords that are read, by what their values have to be.
var (
	numberKeywords = []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
	countKeywords  = []string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
	textKeywords   = []string{"format", "pattern", "contentEncoding", "contentMediaType"}
	memberKeywords = []string{
		"properties", "patternProperties", "additionalProperties", "items", "prefixItems", "allOf", "anyOf", "oneOf", "not",
	}
	noteKeywords   = []string{"title", "description", "default", "nullable", "x-nullable", "readOnly"}
	schemaKeywords = slices.Concat(numberKeywords, countKeywords, textKeywords, memberKeywords, noteKeywords,
		[]string{"type", "enum", "const", "required", "uniqueItems", "$defs"})
)

func hasSubschemas(source tree) bool {
	return slices.ContainsFunc(memberKeywords, func(keyword string) bool {
		switch value := source[keyword].(type) {
		case tree:
			return len(value) > 0
		case []any:
			return len(value) > 0
		}
		return false
	})
}

// writeOwn copies the keywords that hold no other schemas.
func (w *schemaWriter) writeOwn(out, source tree) {
	writeTypes(out, source)
	for key, limit := range map[string]int{"title": min(maxTitle, w.limits.prose), "description": w.limits.prose} {
		if text := proseAt(source, key, limit); text != "" {
			out[key] = text
		}
	}
	for _, key := range textKeywords {
		if text, ok := source[key].(string); ok && text != "" && len(text) <= maxKeywordText {
			out[key] = text
		}
	}
	if pattern, ok := out["pattern"].(string); ok && !isPattern(pattern) {
		delete(out, "pattern")
	}
	writeNumbers(out, source)
	if flagAt(source, "uniqueItems") {
		out["uniqueItems"] = true
	}
	if required := textsAt(source, "required"); len(required) > 0 {
		out["required"] = required
		w.count(source["required"])
	}
	w.writeValues(out, source)
}

// isPattern says whether Go can read a regular expression, without the work of compiling it.
func isPattern(pattern string) bool {
	_, err := syntax.Parse(pattern, syntax.Perl)
	return err == nil
}

// writeTypes knows the type "file" of Swagger 2.0, and leaves out what is no type.
func writeTypes(out, source tree) {
	names := textsAt(source, "type")
	if name, ok := source["type"].(string); ok {
		names = []string{name}
	}
	var types []string
	for _, name := range names {
		if name == "file" {
			name, out["format"] = "string", formatBinary
		}
		if slices.Contains(schemaTypes, name) && !slices.Contains(types, name) {
			types = append(types, name)
		}
	}
	if slices.Contains(types, "number") {
		types = slices.DeleteFunc(types, func(name string) bool { return name == "integer" })
	}
	setTypes(out, types)
}

func setTypes(out tree, types []string) {
	switch len(types) {
	case 0:
		delete(out, "type")
	case 1:
		out["type"] = types[0]
	default:
		out["type"] = types
	}
}

// writeNumbers turns the limits of 3.0, which are exclusive by a flag, into those of JSON Schema.
func writeNumbers(out, source tree) {
	for _, key := range numberKeywords {
		if number, ok := cleanValue(source[key]).(json.Number); ok && (key != "multipleOf" || isPositive(number)) {
			out[key] = number
		}
	}
	for limit, exclusive := range map[string]string{"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"} {
		if number, ok := out[limit]; ok && flagAt(source, exclusive) {
			out[exclusive] = number
			delete(out, limit)
		}
	}
	for _, key := range countKeywords {
		number, ok := source[key].(json.Number)
		if !ok {
			continue
		}
		if count, err := strconv.ParseInt(strings.TrimSuffix(number.String(), ".0"), 10, 64); err == nil && count >= 0 {
			out[key] = count
		}
	}
}

func isPositive(number json.Number) bool {
	value, err := number.Float64()
	return err == nil && value > 0
}

// writeValues copies the keywords that hold values of any kind.
func (w *schemaWriter) writeValues(out, source tree) {
	for _, key := range []string{"const", "default"} {
		if value, ok := source[key]; ok && w.count(value) {
			out[key] = cleanValue(value)
		}
	}
	values := listAt(source, "enum")
	switch {
	case len(values) == 0:
	case len(values) > w.limits.enum || !w.count(values):
		w.cut = true
	default:
		out["enum"] = cleanValue(values)
	}
}

// count adds what a value takes to the nodes, and says whether it may be looked at.
func (w *schemaWriter) count(v any) bool {
	w.nodes++
	switch v := v.(type) {
	case string:
		w.nodes += len(v) / 8
	case []any:
		for _, item := range v {
			if !w.count(item) {
				break
			}
		}
	case tree:
		for key, item := range v {
			if w.nodes += len(key) / 8; !w.count(item) {
				break
			}
		}
	}
	return w.nodes <= maxSchemaNodes
}

// cleanValue rewrites numbers that take little text and much memory, such as 1e999999999.
func cleanValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if len(v) < 40 && !strings.ContainsAny(v.String(), "eE") {
			return v
		}
		number, err := v.Float64()
		if err != nil || math.IsInf(number, 0) {
			return nil
		}
		return json.Number(strconv.FormatFloat(number, 'g', -1, 64))
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = cleanValue(item)
		}
		return list
	case tree:
		t := make(tree, len(v))
		for key, item := range v {
			t[key] = cleanValue(item)
		}
		return t
	}
	return v
}
