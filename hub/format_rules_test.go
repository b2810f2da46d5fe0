package hub

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"unicode/utf8"

	"sessionhub/models"
)

// checkFormatRules holds definitions in every format to what the APIs are known to ask of
// them. A request with one definition that breaks a rule is refused as a whole.
func checkFormatRules(t testing.TB, functions []models.Function) {
	t.Helper()
	seen := map[string]bool{}
	for i := range functions {
		f := &functions[i]
		if seen[f.Name] {
			t.Errorf("%s: the name is there twice", f.Name)
		}
		seen[f.Name] = true
		for _, broken := range slices.Concat(openAIRules(f), anthropicRules(t, f), mcpRules(t, f), geminiRules(t, f)) {
			t.Errorf("%s: %s", f.Name, broken)
		}
	}
}

// definitionOf is the definition of one function as it goes over the wire.
func definitionOf(t testing.TB, format Format, f *models.Function) any {
	t.Helper()
	value, err := Definitions(format, []models.Function{*f})
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	var decoded any
	if err := json.Unmarshal(text, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// wireMember walks into objects by name and into arrays by taking their first item.
func wireMember(value any, names ...string) any {
	for _, name := range names {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0]
		}
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// "Must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64."
// https://platform.openai.com/docs/api-reference/chat/create, tools.function.name; the
// same of Anthropic: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use
var toolNameRule = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

func openAIRules(f *models.Function) (broken []string) {
	if !toolNameRule.MatchString(f.Name) {
		broken = append(broken, "OpenAI refuses the name")
	}
	// "string too long. Expected a string with maximum length 1024": the API's answer.
	if n := utf8.RuneCountInString(f.Description); n == 0 || n > 1024 {
		broken = append(broken, fmt.Sprintf("the description has %d characters", n))
	}
	var schema any
	if err := json.Unmarshal([]byte(f.Parameters), &schema); err != nil {
		return append(broken, err.Error())
	}
	return append(broken, openAISchemaRules(schema, "parameters")...)
}

// "array schema missing items", "is not of type 'object'", "'x' is not a valid property": the
// API's answers to a schema that it cannot use, strict or not.
func openAISchemaRules(value any, at string) (broken []string) {
	schema, ok := value.(map[string]any)
	if !ok {
		return nil
	}
	if schema["type"] == "array" && schema["items"] == nil {
		broken = append(broken, at+" is an array without items")
	}
	properties, _ := schema["properties"].(map[string]any)
	if required, ok := schema["required"].([]any); ok && at == "parameters" {
		for _, name := range required {
			if _, ok := properties[fmt.Sprint(name)]; !ok {
				broken = append(broken, fmt.Sprintf("%s requires %v, which is no property", at, name))
			}
		}
	}
	for _, name := range keysInOrder(properties) {
		broken = append(broken, openAISchemaRules(properties[name], at+"."+name)...)
	}
	return append(broken, openAISchemaRules(schema["items"], at+"[]")...)
}

// "Property keys should match pattern": the API's answer.
var anthropicKeyRule = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)

func anthropicRules(t testing.TB, f *models.Function) (broken []string) {
	t.Helper()
	schema := wireMember(definitionOf(t, FormatAnthropic, f), "input_schema")
	properties, _ := wireMember(schema, "properties").(map[string]any)
	for name := range properties {
		if !anthropicKeyRule.MatchString(name) {
			broken = append(broken, fmt.Sprintf("Anthropic refuses the argument's name %q", name))
		}
	}
	return append(broken, rootRules("Anthropic", schema)...)
}

// "input_schema does not support oneOf, allOf, or anyOf at the top level" (Anthropic), "schema
// must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level"
// (OpenAI): the APIs' answers.
func rootRules(api string, schema any) (broken []string) {
	if wireMember(schema, "type") != "object" {
		broken = append(broken, api+" wants an object")
	}
	for _, name := range []string{"oneOf", "anyOf", "allOf", "enum", "not"} {
		if wireMember(schema, name) != nil {
			broken = append(broken, api+" refuses "+name+" at the root")
		}
	}
	return broken
}

// "inputSchema: { type: "object"; ... }", names of 1 to 128 of A-Z a-z 0-9 _ - . :
// https://modelcontextprotocol.io/specification/2025-11-25/server/tools
func mcpRules(t testing.TB, f *models.Function) []string {
	t.Helper()
	return rootRules("MCP", wireMember(definitionOf(t, FormatMCP, f), "tools", "inputSchema"))
}

// "Must be a-z, A-Z, 0-9, or contain underscores, dots and dashes, with a maximum length of
// 64", and begin with a letter or underscore: https://ai.google.dev/api/caching#FunctionDeclaration
var geminiNameRule = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_.-]{0,63}$`)

// The members of Schema, https://ai.google.dev/api/caching#Schema; any other is "Unknown name".
var geminiMembers = []string{
	"type", "format", "title", "description", "nullable", "enum", "maxItems", "minItems", "properties", "required", "minProperties",
	"maxProperties", "minLength", "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "items", "minimum", "maximum",
}

func geminiRules(t testing.TB, f *models.Function) (broken []string) {
	t.Helper()
	if !geminiNameRule.MatchString(f.Name) {
		broken = append(broken, "Gemini refuses the name")
	}
	parameters := wireMember(definitionOf(t, FormatGemini, f), "functionDeclarations", "parameters")
	if parameters == nil {
		return broken // "For function with no parameters, this can be left unset."
	}
	// "parameters schema should be of type OBJECT": the API's answer.
	if wireMember(parameters, "type") != "OBJECT" || wireMember(parameters, "properties") == nil {
		broken = append(broken, "Gemini wants an object with properties")
	}
	return append(broken, geminiSchemaRules(parameters, "parameters")...)
}

func geminiSchemaRules(value any, at string) (broken []string) {
	schema, ok := value.(map[string]any)
	if !ok {
		return []string{at + " is no schema"}
	}
	note := func(what string) { broken = append(broken, at+" "+what) }
	for name := range schema {
		if !slices.Contains(geminiMembers, name) {
			note("has a member " + name)
		}
	}
	if alternatives, ok := schema["anyOf"].([]any); ok {
		// "When using any_of, it must be the only field set": the API's answer.
		if len(schema) != 1 {
			note("has members beside anyOf")
		}
		for i, alternative := range alternatives {
			broken = append(broken, geminiSchemaRules(alternative, fmt.Sprintf("%s.anyOf[%d]", at, i))...)
		}
		return broken
	}
	return append(broken, geminiTypeRules(schema, at)...)
}

// The API's answers: "schema didn't specify the schema type field", "items: missing field",
// "properties: should be non-empty for OBJECT type", "property is not defined", "enum: only
// allowed for STRING type", "only 'enum' and 'date-time' are supported for STRING type".
func geminiTypeRules(schema map[string]any, at string) (broken []string) {
	note := func(what string) { broken = append(broken, at+" "+what) }
	formats := map[any][]any{"STRING": {"enum", "date-time"}, "NUMBER": {"float", "double"}, "INTEGER": {"int32", "int64"}}
	properties, hasProperties := schema["properties"].(map[string]any)
	switch schema["type"] {
	case "STRING", "NUMBER", "INTEGER", "BOOLEAN", "OBJECT":
	case "ARRAY":
		broken = append(broken, geminiSchemaRules(schema["items"], at+"[]")...)
	default:
		note(fmt.Sprintf("has the type %v", schema["type"]))
	}
	if hasProperties && len(properties) == 0 {
		note("has no properties")
	}
	if format, ok := schema["format"]; ok && !slices.Contains(formats[schema["type"]], format) {
		note(fmt.Sprintf("has the format %v", format))
	}
	if values, ok := schema["enum"].([]any); ok {
		for _, value := range values {
			if text, ok := value.(string); !ok || text == "" || schema["type"] != "STRING" {
				note(fmt.Sprintf("has the value %v", value))
			}
		}
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := properties[fmt.Sprint(name)]; !ok {
			note(fmt.Sprintf("requires %v, which is no property", name))
		}
	}
	for _, name := range keysInOrder(properties) {
		broken = append(broken, geminiSchemaRules(properties[name], at+"."+name)...)
	}
	return broken
}
