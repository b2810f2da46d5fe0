package hub

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionhub/models"
)

var (
	compileNameRule     = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$`)
	compileArgumentRule = regexp.MustCompile(`^[a-zA-Z0-9_.-]{1,64}$`)
)

// compileCheckTool holds every function to what the providers of models ask for, and every call
// to what makes a request.
func compileCheckTool(t testing.TB, tool models.Tool) {
	t.Helper()
	if err := tool.Validate(); err != nil {
		t.Error(err)
	}
	names := map[string]bool{}
	for _, f := range tool.Functions {
		if !compileNameRule.MatchString(f.Name) || names[f.Name] || models.ToolOf(f.Name) != tool.Name {
			t.Errorf("%s: the name %q is not well formed, or is there twice", f.Operation, f.Name)
		}
		names[f.Name] = true
		if n := utf8.RuneCountInString(f.Description); n == 0 || n > maxFunctionText {
			t.Errorf("%s: has a description of %d characters", f.Name, n)
		}
		compileCheckCall(t, tool, f, compileCheckSchema(t, f))
	}
	for _, s := range tool.Skipped {
		if s.Reason == "" {
			t.Errorf("%s is skipped without a reason", s.Operation)
		}
	}
}

// compileCheckSchema returns the names of the arguments.
func compileCheckSchema(t testing.TB, f models.Function) []string {
	t.Helper()
	if len(f.Parameters) > MaxSchema {
		t.Errorf("%s: its schema has %d bytes", f.Name, len(f.Parameters))
	}
	schema, err := jsonschema.UnmarshalJSON(strings.NewReader(f.Parameters))
	if err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("schema.json", schema); err != nil {
		t.Fatalf("%s: %v", f.Name, err)
	}
	if _, err := compiler.Compile("schema.json"); err != nil {
		t.Errorf("%s: %v\n%s", f.Name, err, f.Parameters)
	}
	root := schema.(map[string]any)
	properties := root["properties"].(map[string]any)
	for key := range root {
		if !slices.Contains([]string{"type", "properties", "required"}, key) {
			t.Errorf("%s: the top of its schema has %q", f.Name, key)
		}
	}
	for name := range properties {
		if !compileArgumentRule.MatchString(name) {
			t.Errorf("%s: the argument %q is not well formed", f.Name, name)
		}
	}
	compileCheckKeywords(t, f.Name, root)
	return sortedKeys(properties)
}

// compileCheckKeywords walks through the schemas in a schema.
func compileCheckKeywords(t testing.TB, name string, schema any) {
	t.Helper()
	switch schema := schema.(type) {
	case []any:
		for _, item := range schema {
			compileCheckKeywords(t, name, item)
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		required, _ := schema["required"].([]any)
		for _, r := range required {
			if properties[r.(string)] == nil && properties != nil && schema["anyOf"] == nil && schema["allOf"] == nil {
				t.Errorf("%s: requires %q, which is no property", name, r)
			}
		}
		for key, value := range schema {
			switch key {
			case "$ref", "$defs", "oneOf", "nullable", "discriminator", "example", "xml":
				t.Errorf("%s: a schema has %q", name, key)
			case "properties", "patternProperties":
				for _, member := range value.(map[string]any) {
					compileCheckKeywords(t, name, member)
				}
			case "items", "prefixItems", "anyOf", "allOf", "not", "additionalProperties":
				compileCheckKeywords(t, name, value)
			}
		}
	}
}

// compileCheckCall says that each argument goes to exactly one place, and each scheme is there.
func compileCheckCall(t testing.TB, tool models.Tool, f models.Function, arguments []string) {
	t.Helper()
	var used []string
	for _, input := range f.Call.Inputs {
		if input.Fixed == "" {
			used = append(used, input.Argument)
		}
		if input.Style == "" || input.Name == "" {
			t.Errorf("%s: the input %+v has no style or name", f.Name, input)
		}
	}
	if body := f.Call.Body; body != nil {
		for _, field := range body.Fields {
			used = append(used, field.Argument)
		}
		if body.Argument != "" {
			used = append(used, body.Argument)
		}
		if len(body.Fields) > 0 == (body.Argument != "") {
			t.Errorf("%s: its body is neither an argument nor fields, or both", f.Name)
		}
	}
	if slices.Sort(used); !slices.Equal(used, arguments) {
		t.Errorf("%s: has the arguments %q, and uses %q", f.Name, arguments, used)
	}
	for _, part := range templatePart.FindAllString(f.Call.Path, -1) {
		if !slices.ContainsFunc(f.Call.Inputs, func(i models.Input) bool { return i.In == "path" && "{"+i.Name+"}" == part }) {
			t.Errorf("%s: nothing fills in %s of its path", f.Name, part)
		}
	}
	for _, r := range f.Call.Security {
		for _, scheme := range r {
			if tool.Scheme(scheme) == nil {
				t.Errorf("%s: needs the scheme %q, which the tool does not have", f.Name, scheme)
			}
		}
	}
	if _, err := json.Marshal(f.Call); err != nil {
		t.Errorf("%s: %v", f.Name, err)
	}
}
