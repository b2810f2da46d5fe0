package hub

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"sessionhub/models"
)

// geminiSchema is the Schema of Gemini's API, a subset of OpenAPI 3.0's. It refuses a request
// with any other member: https://ai.google.dev/api/caching#Schema.
type geminiSchema struct {
	Type          string                   `json:"type,omitempty"` // an object here: STRING, NUMBER, ...
	Format        string                   `json:"format,omitempty"`
	Title         string                   `json:"title,omitempty"`
	Description   string                   `json:"description,omitempty"`
	Nullable      bool                     `json:"nullable,omitempty"`
	Enum          []string                 `json:"enum,omitempty"`
	AnyOf         []*geminiSchema          `json:"anyOf,omitempty"`
	Properties    map[string]*geminiSchema `json:"properties,omitempty"`
	Required      []string                 `json:"required,omitempty"`
	MinProperties *json.Number             `json:"minProperties,omitempty"`
	MaxProperties *json.Number             `json:"maxProperties,omitempty"`
	Items         *geminiSchema            `json:"items,omitempty"`
	MinItems      *json.Number             `json:"minItems,omitempty"`
	MaxItems      *json.Number             `json:"maxItems,omitempty"`
	MinLength     *json.Number             `json:"minLength,omitempty"`
	MaxLength     *json.Number             `json:"maxLength,omitempty"`
	Pattern       string                   `json:"pattern,omitempty"`
	Minimum       *json.Number             `json:"minimum,omitempty"`
	Maximum       *json.Number             `json:"maximum,omitempty"`
	Default       json.RawMessage          `json:"default,omitempty"`
}

// maxGeminiDepth ends schemas that are nested beyond any use.
const maxGeminiDepth = 32

func geminiDefinition(f *models.Function, parameters json.RawMessage) (geminiFunction, error) {
	d := json.NewDecoder(bytes.NewReader(parameters))
	d.UseNumber()
	var root map[string]any
	if err := d.Decode(&root); err != nil {
		return geminiFunction{}, err
	}
	definition := geminiFunction{Name: f.Name, Description: f.Description}
	// An object without properties is refused; a function without arguments has no parameters.
	if schema := geminiSchemaOf(root, 0); len(schema.Properties) > 0 {
		definition.Parameters = schema
	}
	return definition, nil
}

// geminiSchemaOf translates a schema; what cannot be said is left to the check of arguments.
func geminiSchemaOf(value any, depth int) *geminiSchema {
	s, ok := value.(map[string]any)
	if !ok || depth > maxGeminiDepth {
		return &geminiSchema{Type: "STRING"} // "true": a type has to be there
	}
	s, nullable := geminiPlain(s, 0)
	g := &geminiSchema{Title: textMember(s, "title"), Description: textMember(s, "description"), Nullable: nullable}
	if alternatives := geminiAlternatives(s); len(alternatives) > 1 {
		g.setAnyOf(alternatives, depth)
		return g
	}
	g.Type = geminiTypeOf(s)
	g.setEnum(s)
	switch g.Type {
	case "OBJECT":
		g.setObject(s, depth)
	case "ARRAY":
		g.Items = geminiSchemaOf(s["items"], depth+1)
		g.MinItems, g.MaxItems = countMember(s, "minItems"), countMember(s, "maxItems")
	case "STRING":
		g.MinLength, g.MaxLength = countMember(s, "minLength"), countMember(s, "maxLength")
		g.Pattern = textMember(s, "pattern")
	case "NUMBER", "INTEGER":
		g.Minimum, g.Maximum = numberMember(s, "minimum"), numberMember(s, "maximum")
	}
	g.setFormat(s)
	if value, ok := s["default"]; ok && value != nil {
		g.Default = encoded(value)
	}
	return g
}

// setAnyOf gives everything else to the alternatives: beside anyOf the API takes no member.
func (g *geminiSchema) setAnyOf(alternatives []any, depth int) {
	for _, alternative := range alternatives {
		one := geminiSchemaOf(alternative, depth+1)
		if len(one.AnyOf) > 0 {
			g.AnyOf = append(g.AnyOf, one.AnyOf...)
			continue
		}
		g.AnyOf = append(g.AnyOf, one)
	}
	for _, one := range g.AnyOf {
		if one.Description == "" {
			one.Description = g.Description
		}
		if one.Title == "" {
			one.Title = g.Title
		}
		one.Nullable = one.Nullable || g.Nullable
	}
	g.Description, g.Title, g.Nullable = "", "", false
}

func allowedValues(s map[string]any) []any {
	if values, ok := s["enum"].([]any); ok {
		return values
	}
	if value, ok := s["const"]; ok {
		return []any{value}
	}
	return nil
}

// setEnum keeps a list of strings; of any other the values go into the description, since an
// enum is of strings only: https://ai.google.dev/api/caching#Schema.
func (g *geminiSchema) setEnum(s map[string]any) {
	var texts []string
	for _, value := range allowedValues(s) {
		if value == nil {
			g.Nullable = true
			continue
		}
		if text := scalarText(value); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return
	}
	if g.Type == "STRING" {
		g.Enum = texts
		return
	}
	g.Description = strings.TrimSpace(g.Description + " One of: " + strings.Join(texts, ", ") + ".")
}

func (g *geminiSchema) setObject(s map[string]any, depth int) {
	properties, _ := s["properties"].(map[string]any)
	for _, name := range keysInOrder(properties) {
		if g.Properties == nil {
			g.Properties = map[string]*geminiSchema{}
		}
		g.Properties[name] = geminiSchemaOf(properties[name], depth+1)
	}
	required, _ := s["required"].([]any)
	for _, value := range required {
		name, _ := value.(string)
		if g.Properties[name] != nil && !slices.Contains(g.Required, name) {
			g.Required = append(g.Required, name)
		}
	}
	g.MinProperties, g.MaxProperties = countMember(s, "minProperties"), countMember(s, "maxProperties")
}

var geminiFormats = map[string][]string{
	"STRING": {"date-time"}, "NUMBER": {"float", "double"}, "INTEGER": {"int32", "int64"},
}

// setFormat drops any format that is refused; the model is told of it in the description.
func (g *geminiSchema) setFormat(s map[string]any) {
	format := textMember(s, "format")
	switch {
	case format == "":
	case slices.Contains(geminiFormats[g.Type], format) && len(g.Enum) == 0:
		g.Format = format
	case g.Type == "STRING" && len(g.Enum) == 0:
		g.Description = strings.TrimSpace(g.Description + " Format: " + format + ".")
	}
}

func textMember(s map[string]any, name string) string {
	text, _ := s[name].(string)
	return text
}

func numberMember(s map[string]any, name string) *json.Number {
	number, ok := s[name].(json.Number)
	if _, err := strconv.ParseFloat(number.String(), 64); !ok || err != nil {
		return nil
	}
	return &number
}

// countMember takes whole numbers: the API reads them as int64.
func countMember(s map[string]any, name string) *json.Number {
	number := numberMember(s, name)
	if number == nil {
		return nil
	}
	if n, err := strconv.ParseInt(number.String(), 10, 64); err != nil || n < 0 {
		return nil
	}
	return number
}
