package web

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// docsSchema is one schema that the document names.
type docsSchema struct {
	Name        string
	Description []paragraph
	Type        []typePart
	Limits      paragraph
	Fields      []docsField
}

// docsField is a parameter, a header or a field of a body.
type docsField struct {
	Name        string // with the names of the objects around it: data.id, issues[].path
	In          string // path or query, for a parameter
	Required    bool
	Type        []typePart
	Limits      paragraph
	Description []paragraph
}

// typePart is a piece of the name of a type, with a link where it is a schema of the document.
type typePart struct {
	Text string
	Link string
}

// newDocsSchemas returns the named schemas.
func newDocsSchemas(schemas openapi3.Schemas) []docsSchema {
	var views []docsSchema
	for _, name := range sortedKeys(schemas) {
		ref := schemas[name]
		views = append(views, docsSchema{
			Name:        name,
			Description: prose(ref.Value.Description),
			Type:        typeOf(ref),
			Limits:      limitsOf(ref.Value),
			Fields:      fieldsOf(ref, ""),
		})
	}
	return views
}

// newDocsField reads one field. The limits of a named schema stand where it is described.
func newDocsField(name string, ref *openapi3.SchemaRef, required bool) docsField {
	field := docsField{
		Name:        name,
		Required:    required,
		Type:        typeOf(ref),
		Description: prose(ref.Value.Description),
	}
	if ref.Ref == "" {
		field.Limits = limitsOf(ref.Value)
	}
	return field
}

// typeOf names the type of a schema.
func typeOf(ref *openapi3.SchemaRef) []typePart {
	if ref.Ref != "" {
		name := ref.Ref[strings.LastIndex(ref.Ref, "/")+1:]
		return []typePart{{Text: name, Link: "#schema-" + name}}
	}
	if len(ref.Value.AllOf) > 0 {
		return typeOfAll(ref.Value.AllOf)
	}
	types := ref.Value.Type.Slice()
	if slices.Contains(types, "array") && ref.Value.Items != nil {
		return append([]typePart{{Text: "array of "}}, typeOf(ref.Value.Items)...)
	}
	if len(types) == 0 {
		return []typePart{{Text: "anything"}}
	}
	return []typePart{{Text: strings.Join(types, " or ")}}
}

// typeOfAll names a schema that is several at once. The fields of those without a name are
// listed, so they are not mentioned here.
func typeOfAll(refs openapi3.SchemaRefs) []typePart {
	var parts []typePart
	for _, ref := range refs {
		if ref.Ref != "" {
			parts = append(parts, typeOf(ref)...)
			parts = append(parts, typePart{Text: " and "})
		}
	}
	return append(parts, typePart{Text: "the fields below"})
}

// fieldsOf returns the fields of an object, and of the objects without a name inside it. It
// returns nil for anything that is not an object.
func fieldsOf(ref *openapi3.SchemaRef, prefix string) []docsField {
	var fields []docsField
	for _, part := range ref.Value.AllOf {
		if part.Ref == "" {
			fields = append(fields, fieldsOf(part, prefix)...)
		}
	}
	for _, name := range fieldOrder(ref) {
		property := ref.Value.Properties[name]
		if property == nil {
			continue // required, but of another part of allOf
		}
		required := slices.Contains(ref.Value.Required, name)
		fields = append(fields, newDocsField(prefix+name, property, required))
		fields = append(fields, innerFields(property, prefix+name)...)
	}
	return fields
}

// innerFields returns the fields of an object, or of the objects in an array, that has no name.
func innerFields(ref *openapi3.SchemaRef, name string) []docsField {
	switch items := ref.Value.Items; {
	case ref.Ref != "":
		return nil
	case items != nil && items.Ref == "":
		return fieldsOf(items, name+"[].")
	default:
		return fieldsOf(ref, name+".")
	}
}

// limitsOf says in words which values a schema takes.
func limitsOf(s *openapi3.Schema) paragraph {
	var limits []string
	add := func(text string) {
		if text != "" {
			limits = append(limits, text)
		}
	}
	add(between(lengthOf(s.MinLength), s.MaxLength, "characters"))
	add(between(lengthOf(s.MinItems), s.MaxItems, "items"))
	add(between(s.Min, s.Max, ""))
	if s.Pattern != "" {
		add("matches `" + s.Pattern + "`")
	}
	if len(s.Enum) > 0 {
		add("one of " + codeList(s.Enum))
	}
	if s.Const != nil {
		add("always " + codeList([]any{s.Const}))
	}
	if s.Default != nil {
		add("default " + codeList([]any{s.Default}))
	}
	return spans(strings.Join(limits, ", "))
}

// between says a range, "" when there is none.
func between[N uint64 | float64](low, high *N, unit string) string {
	var text string
	switch {
	case low != nil && high != nil:
		text = number(float64(*low)) + " to " + number(float64(*high))
	case low != nil:
		text = number(float64(*low)) + " or more"
	case high != nil:
		text = "at most " + number(float64(*high))
	default:
		return ""
	}
	return strings.TrimSpace(text + " " + unit)
}

// lengthOf returns nil for 0, which is how a document says that there is no least length.
func lengthOf(least uint64) *uint64 {
	if least == 0 {
		return nil
	}
	return &least
}

// number writes a limit, a whole one without a fraction.
func number(n float64) string {
	if n == math.Trunc(n) {
		return strconv.FormatFloat(n, 'f', 0, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

// codeList writes values as code spans: `a`, `b`.
func codeList(values []any) string {
	written := make([]string, len(values))
	for i, value := range values {
		text, isText := value.(string)
		if !isText {
			encoded, err := json.Marshal(value)
			text = string(encoded)
			if err != nil {
				text = fmt.Sprint(value)
			}
		}
		written[i] = "`" + text + "`"
	}
	return strings.Join(written, ", ")
}
