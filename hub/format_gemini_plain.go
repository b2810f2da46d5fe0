package hub

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// geminiPlain merges allOf and an only alternative into a schema, and says whether null may
// stand in the place of everything else.
func geminiPlain(s map[string]any, depth int) (map[string]any, bool) {
	s = mergedAllOf(s, depth)
	nullable, _ := s["nullable"].(bool)
	s, types := withoutNullType(s)
	nullable = nullable || types
	for _, name := range []string{"anyOf", "oneOf"} {
		alternatives, ok := s[name].([]any)
		if !ok {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(alternatives), isNullSchema)
		nullable = nullable || len(rest) < len(alternatives)
		s = maps.Clone(s)
		s[name] = rest
		if len(rest) > 1 {
			continue
		}
		delete(s, name)
		if len(rest) == 1 && depth < maxGeminiDepth {
			s["allOf"] = rest
			inner, innerNull := geminiPlain(s, depth+1)
			return inner, nullable || innerNull
		}
	}
	return s, nullable
}

func isNullSchema(s any) bool {
	m, ok := s.(map[string]any)
	return ok && m["type"] == "null"
}

// withoutNullType makes "string" of ["string", "null"].
func withoutNullType(s map[string]any) (map[string]any, bool) {
	types, ok := s["type"].([]any)
	if !ok {
		return s, false
	}
	rest := slices.DeleteFunc(slices.Clone(types), func(t any) bool { return t == "null" })
	s = maps.Clone(s)
	s["type"] = rest
	switch len(rest) {
	case 0:
		delete(s, "type")
	case 1:
		s["type"] = rest[0]
	}
	return s, len(rest) < len(types)
}

// geminiAlternatives lists what several types, anyOf or oneOf offer. Where a type is known they
// only narrow it, which this API cannot say; but an object may have its properties there only.
func geminiAlternatives(s map[string]any) []any {
	if types, ok := s["type"].([]any); ok {
		alternatives := make([]any, len(types))
		for i, name := range types {
			one := maps.Clone(s)
			for _, said := range []string{"title", "description", "default", "anyOf", "oneOf"} {
				delete(one, said)
			}
			one["type"] = name
			alternatives[i] = one
		}
		return alternatives
	}
	if s["type"] != nil && (s["type"] != "object" || s["properties"] != nil) {
		return nil
	}
	alternatives, ok := s["anyOf"].([]any)
	if !ok {
		alternatives, _ = s["oneOf"].([]any)
	}
	return alternatives
}

// mergedAllOf puts the parts of allOf into one schema. Of what several say, the first counts,
// but properties and required names add up.
func mergedAllOf(s map[string]any, depth int) map[string]any {
	parts, ok := s["allOf"].([]any)
	if !ok || depth > maxGeminiDepth {
		return s
	}
	merged := maps.Clone(s)
	delete(merged, "allOf")
	for _, part := range parts {
		p, ok := part.(map[string]any)
		if !ok {
			continue
		}
		for name, value := range mergedAllOf(p, depth+1) {
			merged[name] = mergedMember(name, merged[name], value)
		}
	}
	return merged
}

func mergedMember(name string, first, second any) any {
	switch a := first.(type) {
	case nil:
		return second
	case map[string]any:
		b, ok := second.(map[string]any)
		if !ok || name != "properties" {
			return a
		}
		both := maps.Clone(b)
		maps.Copy(both, a)
		return both
	case []any:
		if b, ok := second.([]any); ok && name == "required" {
			return append(slices.Clip(a), b...)
		}
	}
	return first
}

// geminiTypeOf guesses where the schema has no type, because the API refuses that.
func geminiTypeOf(s map[string]any) string {
	switch name := s["type"]; name {
	case "string", "number", "integer", "boolean", "array", "object":
		return strings.ToUpper(scalarText(name))
	}
	switch {
	case s["properties"] != nil || s["additionalProperties"] != nil:
		return "OBJECT"
	case s["items"] != nil:
		return "ARRAY"
	}
	for _, value := range allowedValues(s) {
		switch value.(type) {
		case json.Number:
			return "NUMBER"
		case bool:
			return "BOOLEAN"
		}
	}
	return "STRING"
}
