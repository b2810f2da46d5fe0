package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionhub/models"
)

var allFormats = []Format{FormatOpenAI, FormatOpenAIResponses, FormatAnthropic, FormatGemini, FormatMCP}

func describedFunctions() []models.Function {
	return []models.Function{
		{Name: "time__now", Description: "Tells the time.", Parameters: `{"type":"object","properties":{}}`},
		{Name: "weather__get", Description: "Tells the weather of a city.", Parameters: `{
			"type": "object",
			"properties": {
				"city": {"type": "string", "description": "Its name.", "minLength": 1, "maxLength": 80, "pattern": "^[A-Z]"},
				"units": {"type": "string", "enum": ["C", "F"], "default": "C"},
				"days": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 7, "exclusiveMinimum": 0},
				"level": {"type": "integer", "enum": [1, 2, 3], "description": "How exact."},
				"since": {"type": "string", "format": "date-time"},
				"on": {"type": "string", "format": "date", "description": "The day."},
				"note": {"type": ["string", "null"]},
				"version": {"const": "v1"}
			},
			"required": ["city", "units"],
			"additionalProperties": false
		}`},
		{Name: "crm__create_contact", Description: "Creates a contact.", Parameters: `{
			"type": "object",
			"properties": {
				"name": {"type": "string"},
				"address": {"type": "object", "properties": {"zip": {"type": "string"}, "lines": {"type": "array", "items": {"type": "string"}, "maxItems": 3}},
					"required": ["zip"], "additionalProperties": false},
				"owner": {"anyOf": [{"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}, {"type": "null"}], "description": "Who looks after it."},
				"target": {"oneOf": [{"type": "string"}, {"type": "integer"}], "description": "A name or a number."},
				"value": {"type": ["string", "number", "null"]},
				"shape": {"oneOf": [
					{"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
					{"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]}]},
				"tags": {"type": "array", "items": {}, "uniqueItems": true},
				"extra": {"type": "object", "additionalProperties": {"type": "string"}},
				"whole": {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}]},
				"any": {}
			},
			"required": ["name"]
		}`},
	}
}

// The definitions are what a client pastes into a request, so each change of them is looked at.
func TestDefinitions(t *testing.T) {
	functions := describedFunctions()
	checkFormatRules(t, functions)
	for _, format := range allFormats {
		definitions, err := Definitions(format, functions)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		e := json.NewEncoder(&got)
		e.SetIndent("", "  ")
		if err := e.Encode(definitions); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", "fd", string(format)+".json")
		if *compileUpdate {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s is not as in %s; -update rewrites it. Got:\n%s", format, path, got.String())
		}
	}
}

// A client that gets null for a list breaks.
func TestNoFunctionsAreAnEmptyList(t *testing.T) {
	for _, format := range allFormats {
		want := "[]"
		if format == FormatMCP {
			want = `{"tools":[]}`
		}
		for _, none := range [][]models.Function{nil, {}} {
			definitions, err := Definitions(format, none)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(definitions); string(got) != want {
				t.Errorf("%s: got %s", format, got)
			}
		}
	}
}

func TestParseFormat(t *testing.T) {
	for _, format := range append([]Format{""}, allFormats...) {
		got, err := ParseFormat(string(format))
		if want := max(format, FormatOpenAI); err != nil || (format == "" && got != FormatOpenAI) || (format != "" && got != format) {
			t.Errorf("%q: got %q, %v, want %q", format, got, err, want)
		}
	}
	_, err := ParseFormat("OpenAI")
	checkInvalid(t, "OpenAI", err, "format: must be one of openai, openai-responses, anthropic, gemini, mcp")
	if _, err := Definitions("OpenAI", nil); err == nil || errors.Is(err, models.ErrInvalid) {
		t.Errorf("got %v", err)
	}
}

// The root is an object with properties, whatever a schema leaves out; a broken one is named.
func TestRootsOfSchemas(t *testing.T) {
	for text, want := range map[string]string{
		``:                                   `{"properties":{},"type":"object"}`,
		`{}`:                                 `{"properties":{},"type":"object"}`,
		`{"properties":{"a":{}}}`:            `{"properties":{"a":{}},"type":"object"}`,
		`{"type":"object"}`:                  `{"properties":{},"type":"object"}`,
		`{"type":"object","properties":{} }`: `{"type":"object","properties":{}}`,
		`{"type":"object","properties":{"a":{}},"anyOf":[{"required":["a"]}]}`: `{"properties":{"a":{}},"type":"object"}`,
	} {
		definitions, err := Definitions(FormatMCP, []models.Function{{Name: "f", Parameters: text}})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := json.Marshal(definitions.(mcpTools).Tools[0].InputSchema); string(got) != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
	for _, broken := range []string{`[]`, `{`, `"x"`, `true`} {
		for _, format := range allFormats {
			if _, err := Definitions(format, []models.Function{{Name: "the_name", Parameters: broken}}); err == nil || !strings.Contains(err.Error(), "the_name") {
				t.Errorf("%s of %s: got %v", format, broken, err)
			}
		}
	}
}

// Whatever schema a document has, what comes out for Gemini is within its subset, and the root
// is what the others ask for.
func FuzzDefinitions(f *testing.F) {
	for _, function := range describedFunctions() {
		f.Add(function.Parameters)
	}
	f.Add(`{"properties":{"a":{"type":["array","null"],"anyOf":[{"oneOf":[{"type":"null"}]}],"enum":[null,1,"",[]],"format":"int32","required":["x",1]}}}`)
	f.Add(`{"properties":{"a":{"allOf":[{"anyOf":[{"type":"string"},true]},{"type":"object","properties":{"b":false}}]}},"not":{}}`)
	f.Fuzz(func(t *testing.T, parameters string) {
		function := models.Function{Name: "f", Description: "d", Parameters: parameters}
		if _, err := Definitions(FormatMCP, []models.Function{function}); err != nil {
			return
		}
		for _, format := range allFormats {
			definitionOf(t, format, &function)
		}
		for _, broken := range append(mcpRules(t, &function), geminiRules(t, &function)...) {
			t.Error(broken)
		}
	})
}
