package hub

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

// compileHead is the beginning of a document with one server; paths follow.
const compileHead = "openapi: 3.0.3\ninfo: {title: T}\nservers: [{url: 'https://a.example/v1/'}]\n"

// compileOne compiles a document with one operation, given as YAML in flow style.
func compileOne(t *testing.T, operation string, more ...string) (models.Function, models.Tool, []Finding) {
	t.Helper()
	text := compileHead + "paths: {'/x': {post: " + operation + "}}\n" + strings.Join(more, "\n")
	tool, findings, err := Compile([]byte(text), CompileOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	compileCheckTool(t, tool)
	return tool.Functions[0], tool, findings
}

// compileSchema renders one schema as the parameter x.
func compileSchema(t *testing.T, version, schema string) string {
	t.Helper()
	text := strings.Replace(compileHead, "3.0.3", version, 1) + "paths: {'/x': {post: {parameters: [{name: x, in: query, schema: " + schema + "}]}}}\n" +
		"components: {schemas: {S: {type: string, description: S}, O: {type: object, required: [a], properties: {a: {type: string}}}}}"
	tool, _, err := Compile([]byte(text), CompileOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	compileCheckTool(t, tool)
	got := strings.TrimPrefix(tool.Functions[0].Parameters, `{"properties":{"x":`)
	return strings.TrimSuffix(got, `},"type":"object"}`)
}

func TestCompileSchema(t *testing.T) {
	tests := []struct{ version, schema, want string }{
		{"3.0.3", "{type: integer, minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false}", `{"exclusiveMinimum":1,"maximum":9,"type":"integer"}`},
		{"3.1.0", "{type: number, exclusiveMaximum: 2.50}", `{"exclusiveMaximum":2.50,"type":"number"}`},
		{"3.0.3", "{type: string, nullable: true, enum: [a]}", `{"enum":["a",null],"type":["string","null"]}`},
		{"3.0.3", "{nullable: true, oneOf: [{$ref: '#/components/schemas/S'}, {type: integer}]}", `{"anyOf":[{"description":"S","type":"string"},{"type":"integer"},{"type":"null"}]}`},
		{"3.0.3", "{nullable: true, oneOf: [{$ref: '#/components/schemas/O'}]}", `{"properties":{"a":{"type":"string"}},"required":["a"],"type":["object","null"]}`},
		{"3.0.3", "{$ref: '#/components/schemas/S', description: here, maxLength: 1}", `{"description":"here","type":"string"}`},
		{"3.1.0", "{$ref: '#/components/schemas/S', description: here, maxLength: 1}", `{"description":"here","maxLength":1,"type":"string"}`},
		{"3.1.0", "{$ref: '#/components/schemas/O', required: [b], properties: {b: {const: 1}}}", `{"properties":{"a":{"type":"string"},"b":{"const":1}},"required":["a","b"],"type":"object"}`},
		{"3.0.3", "{allOf: [{type: string}, {type: integer}]}", `{"allOf":[{"type":"integer"}],"type":"string"}`},
		{"3.0.3", "{allOf: [{type: number, minimum: 1}, {type: integer}]}", `{"minimum":1,"type":"integer"}`},
		{
			"3.0.3", "{allOf: [{type: object, additionalProperties: false, properties: {a: {type: string}}}, {properties: {a: {maxLength: 2}, b: {}}}]}",
			`{"properties":{"a":{"maxLength":2,"type":"string"},"b":{}},"type":"object"}`,
		},
		{"3.0.3", "{type: object, required: [a, b], properties: {a: {readOnly: true}, b: {}}}", `{"properties":{"b":{}},"required":["b"],"type":"object"}`},
		{"3.0.3", "{type: object, required: [a, b]}", `{"type":"object"}`},
		{"3.0.3", "{anyOf: [{required: [a]}, {required: [b]}], properties: {a: {}, b: {}}}", `{"anyOf":[{"required":["a"]},{"required":["b"]}],"properties":{"a":{},"b":{}}}`},
		{"3.0.3", "{type: string, pattern: '^(?=x)', format: uuid, example: x, xml: {}, x-y: 1}", `{"format":"uuid","type":"string"}`},
		{"3.0.3", "{type: array}", `{"items":{},"type":"array"}`},
		{"3.0.3", "{type: array, items: {type: file}, uniqueItems: true, minItems: 1.0}", `{"items":{"format":"binary","type":"string"},"minItems":1,"type":"array","uniqueItems":true}`},
		{"3.1.0", "{type: [string, 'null', nonsense]}", `{"type":["string","null"]}`},
		{"3.1.0", "{const: null}", `{"const":null}`},
		{"3.1.0", "true", `{}`},
		{"3.1.0", "{not: {type: string}}", `{"not":{"type":"string"}}`},
		{"3.1.0", "{not: {pattern: '^(?=x)', maxLength: 3}}", `{}`},
		{"3.1.0", "{not: {}}", `{}`},
		{"3.0.3", "{type: integer, maximum: 1e999999999, multipleOf: -1, default: 1e-7}", `{"default":1e-07,"type":"integer"}`},
		{"3.0.3", "{type: integer, default: 0x10, minimum: .5}", `{"default":16,"minimum":0.5,"type":"integer"}`},
		{"3.0.3", "{type: string, default: 2020-01-01, enum: [yes, 'no', 12:30]}", `{"default":"2020-01-01","enum":["yes","no","12:30"],"type":"string"}`},
	}
	for _, test := range tests {
		if got := compileSchema(t, test.version, test.schema); got != test.want {
			t.Errorf("%s of %s became %s, want %s", test.schema, test.version, got, test.want)
		}
	}
}

// What cannot be compiled is answered with something that a person can act on.
func TestCompileErrors(t *testing.T) {
	path := "paths: {'/x': {get: {operationId: x}}}\n"
	tests := []struct {
		name, text string
		options    CompileOptions
		want       []string
	}{
		{"empty", " \n", CompileOptions{}, []string{"document: is empty"}},
		{"too large", strings.Repeat(" ", MaxDocument+1), CompileOptions{}, []string{"document: is larger than 16 MiB"}},
		{"a page", "<!doctype html>", CompileOptions{}, []string{"document: is a web page"}},
		{"not JSON", "{\"openapi\": \"3.0.0\",\n \"info\": [}", CompileOptions{}, []string{"document: is not valid JSON: line 2"}},
		{"not YAML", "openapi: [\n", CompileOptions{}, []string{"document: is not valid YAML"}},
		{"text", "hello", CompileOptions{}, []string{"document: is not an OpenAPI document"}},
		{"a list", "[]", CompileOptions{}, []string{"document: is not an OpenAPI document"}},
		{"another version", "openapi: 4.0.0", CompileOptions{}, []string{"document: is of an unknown version"}},
		{"an old version", "swagger: '1.2'", CompileOptions{}, []string{"document: is of an unknown version"}},
		{"no server", "openapi: 3.0.0\ninfo: {title: T}\n" + path, CompileOptions{}, []string{"document: names no server; give the base URL"}},
		{"no title", "openapi: 3.0.0\nservers: [{url: 'http://a'}]\n" + path, CompileOptions{}, []string{"name: is required"}},
		{"relative", "openapi: 3.0.0\ninfo: {title: T}\nservers: [{url: /v1}]\n" + path, CompileOptions{Source: "a.yaml"}, []string{"document: names its server only relative"}},
		{"no paths", compileHead, CompileOptions{}, []string{"document: has no operation that can be offered"}},
		{"nothing offered", compileHead + "paths: {'/x': {get: {security: [{k: []}]}, head: {}}}", CompileOptions{}, []string{
			"GET /x needs the security scheme \"k\", which is not declared", "HEAD /x uses HEAD",
		}},
		{"all at once", compileHead + path, CompileOptions{Name: "A b", BaseURL: "http://u:p@a", Credentials: "x", Only: []string{"y"}}, []string{
			"name: must be", "baseUrl: must not hold a user name", "credentials: must be one of", "only: names the operation \"y\"",
		}},
		{"a query", compileHead + path, CompileOptions{BaseURL: "https://a/?x"}, []string{"baseUrl: must not have a query"}},
		{"a fragment", compileHead + path, CompileOptions{BaseURL: "https://a/#x"}, []string{"baseUrl: must not have a query or fragment"}},
		{"another scheme", compileHead + path, CompileOptions{BaseURL: "ftp://a"}, []string{"baseUrl: must be an http or https address"}},
		{"an empty choice", compileHead + path, CompileOptions{Only: []string{""}}, []string{"only: names the operation"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := Compile([]byte(test.text), test.options)
			if !errors.Is(err, models.ErrInvalid) {
				t.Fatalf("error is %v", err)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %q, want %q in it", err, want)
				}
			}
		})
	}
}

func TestCompileServers(t *testing.T) {
	tests := []struct{ servers, source, override, want string }{
		{"[{url: 'https://a.example/v1/'}]", "", "", "https://a.example/v1"},
		{"[{url: 'https://a.example'}]", "", "http://127.0.0.1:3001/", "http://127.0.0.1:3001"},
		{"[{url: /v2}]", "https://docs.example/api/openapi.json", "", "https://docs.example/v2"},
		{"[{url: v2}]", "https://docs.example/api/openapi.json", "", "https://docs.example/api/v2"},
		{"[]", "https://user:secret@docs.example/openapi.json", "", "https://docs.example"},
		{"[{url: 'ws://a.example'}, {url: 'https://{h}.example:{p}/', variables: {h: {default: b}, p: {enum: [443]}}}]", "", "", "https://b.example:443"},
	}
	for _, test := range tests {
		text := "openapi: 3.1.0\ninfo: {title: T}\nservers: " + test.servers + "\npaths: {'/x': {get: {servers: [{url: 'https://own.example'}]}}}"
		tool, _, err := Compile([]byte(text), CompileOptions{Source: test.source, BaseURL: test.override})
		if err != nil || tool.BaseURL != test.want {
			t.Errorf("%s from %q: %q, want %q; error %v", test.servers, test.source, tool.BaseURL, test.want, err)
			continue
		}
		own := tool.Functions[0].Call.BaseURL
		if want := "https://own.example"; (own != want && test.override == "") || (own != "" && test.override != "") {
			t.Errorf("%s: the operation's own server is %q", test.servers, own)
		}
	}
}

// Whose credentials they are decides between a person who signs in and a machine.
func TestCompileChoosesTheFlow(t *testing.T) {
	flows := map[string]string{
		"both": "authorizationCode: {authorizationUrl: /a, tokenUrl: /t, scopes: {b: '', a: ''}}, clientCredentials: {tokenUrl: 'http://t.example/', scopes: {}}",
		"one":  "clientCredentials: {tokenUrl: /t, scopes: {}}",
	}
	tests := []struct {
		owner models.CredentialOwner
		flow  string
		want  models.SchemeKind
		token string
	}{
		{models.OwnerUser, "both", models.SchemeAuthorizationCode, "https://a.example/t"},
		{models.OwnerTenant, "both", models.SchemeClientCredentials, "http://t.example/"},
		{models.OwnerUser, "one", models.SchemeClientCredentials, "https://a.example/t"},
	}
	for _, test := range tests {
		text := compileHead + "security: [{o: []}]\npaths: {'/x': {get: {}}}\ncomponents: {securitySchemes: {o: {type: oauth2, flows: {" + flows[test.flow] + "}}}}"
		tool, _, err := Compile([]byte(text), CompileOptions{Credentials: test.owner})
		if err != nil {
			t.Fatal(err)
		}
		s := tool.Scheme("o")
		if s.Kind != test.want || s.TokenURL != test.token {
			t.Errorf("%s with %s: %+v", test.owner, test.flow, s)
		}
		if s.Kind == models.SchemeAuthorizationCode && !slices.Equal(s.Scopes, []string{"a", "b"}) {
			t.Errorf("no operation names a scope, and the scheme has %q", s.Scopes)
		}
	}
}

func TestCompileShortensLargeSchemas(t *testing.T) {
	var level strings.Builder
	for i := range 30 {
		fmt.Fprintf(&level, "p%d: {type: object, description: '%s', properties: {q: {$ref: '#/components/schemas/B'}}},", i, strings.Repeat("word ", 60))
	}
	f, _, findings := compileOne(t, "{requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}",
		"components: {schemas: {A: {type: object, properties: {"+level.String()+"}}, B: {type: object, properties: {"+level.String()+"}}}}")
	if len(f.Call.Body.Fields) != 30 || !slices.ContainsFunc(findings, func(f Finding) bool { return strings.Contains(f.Text, "too large") }) {
		t.Errorf("%d fields, findings %v", len(f.Call.Body.Fields), findings)
	}
}

func TestCompileDescriptions(t *testing.T) {
	tests := []struct{ operation, want string }{
		{"{summary: ' Short. '}", "Short."},
		{"{summary: Short, description: Long}", "Short\n\nLong"},
		{"{summary: Long, description: Longer}", "Longer"},
		{"{}", "POST /x"},
		{"{deprecated: true}", "Deprecated. POST /x"},
		{"{description: \"a\\u0000b\\x1b[1m\\tc\"}", "ab[1m\tc"},
	}
	for _, test := range tests {
		if f, _, _ := compileOne(t, test.operation); f.Description != test.want {
			t.Errorf("%s is described as %q, want %q", test.operation, f.Description, test.want)
		}
	}
	long, _, _ := compileOne(t, "{description: '"+strings.Repeat("wörd ", 1000)+"'}")
	if !strings.HasSuffix(long.Description, "wörd…") {
		t.Errorf("is cut to %q", long.Description)
	}
}
