package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// docsExample is one body as it may look.
type docsExample struct {
	Summary string
	Text    string
}

// examplesOf returns the examples of a body, in the order of their names.
func examplesOf(media *openapi3.MediaType) []docsExample {
	var examples []docsExample
	if media.Example != nil {
		examples = append(examples, docsExample{Text: exampleText(media.Example, media.Schema)})
	}
	for _, name := range sortedKeys(media.Examples) {
		example := media.Examples[name].Value
		examples = append(examples, docsExample{
			Summary: example.Summary,
			Text:    exampleText(example.Value, media.Schema),
		})
	}
	return examples
}

// exampleText writes an example: a text as it stands, anything else as indented JSON.
func exampleText(value any, ref *openapi3.SchemaRef) string {
	if text, ok := value.(string); ok {
		return strings.TrimSpace(text)
	}
	var b strings.Builder
	writeJSON(&b, value, ref, "\n")
	return b.String()
}

// writeJSON writes value with the fields of objects in the order in which the schema requires
// them, as the document lists them, and the optional ones after those. ref may be nil.
func writeJSON(b *strings.Builder, value any, ref *openapi3.SchemaRef, newline string) {
	switch value := value.(type) {
	case map[string]any:
		names := fieldsInOrder(value, ref)
		writeList(b, "{}", newline, len(names), func(i int, newline string) {
			b.WriteString(encode(names[i]) + ": ")
			writeJSON(b, value[names[i]], property(ref, names[i]), newline)
		})
	case []any:
		writeList(b, "[]", newline, len(value), func(i int, newline string) {
			writeJSON(b, value[i], items(ref), newline)
		})
	default:
		b.WriteString(encode(value))
	}
}

// writeList writes n elements between two brackets, one to a line.
func writeList(b *strings.Builder, brackets, newline string, n int, element func(int, string)) {
	if n == 0 {
		b.WriteString(brackets)
		return
	}
	b.WriteByte(brackets[0])
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(newline + "  ")
		element(i, newline+"  ")
	}
	b.WriteString(newline)
	b.WriteByte(brackets[1])
}

// encode writes one JSON value on one line, without escaping < > & as JSON in HTML would.
func encode(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSpace(b.String())
}

// fieldOrder lists the fields of an object: the required ones as the document lists them, then
// the others by name. A schema keeps its properties in a map, so there is no other order.
func fieldOrder(ref *openapi3.SchemaRef) []string {
	if ref == nil {
		return nil
	}
	var names []string
	for _, part := range ref.Value.AllOf {
		names = append(names, fieldOrder(part)...)
	}
	names = append(names, ref.Value.Required...)
	for _, name := range sortedKeys(ref.Value.Properties) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// fieldsInOrder lists the fields of an example, those without a schema last.
func fieldsInOrder(object map[string]any, ref *openapi3.SchemaRef) []string {
	var names []string
	for _, name := range append(fieldOrder(ref), sortedKeys(object)...) {
		if _, there := object[name]; there && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// property returns the schema of a field, nil when it has none.
func property(ref *openapi3.SchemaRef, name string) *openapi3.SchemaRef {
	if ref == nil {
		return nil
	}
	if found := ref.Value.Properties[name]; found != nil {
		return found
	}
	for _, part := range ref.Value.AllOf {
		if found := property(part, name); found != nil {
			return found
		}
	}
	return nil
}

// items returns the schema of the elements of an array, nil when it has none.
func items(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	if ref == nil {
		return nil
	}
	return ref.Value.Items
}
