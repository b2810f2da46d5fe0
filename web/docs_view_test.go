package web

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

func TestProseReadsParagraphsAndCode(t *testing.T) {
	got := prose("One `two`\nthree.\n\n\n\n`four` and ` five\n")
	want := []paragraph{
		{{Text: "One "}, {Text: "two", Code: true}, {Text: " three."}},
		{{Text: "four", Code: true}, {Text: " and ` five"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLimitsInWords(t *testing.T) {
	for _, c := range []struct{ schema, want string }{
		{`{"type":"string","minLength":1,"maxLength":255}`, "1 to 255 characters"},
		{`{"type":"string","maxLength":1000}`, "at most 1000 characters"},
		{`{"type":"array","minItems":1}`, "1 or more items"},
		{`{"type":"integer","minimum":0,"default":10}`, "0 or more, default 10"},
		{`{"type":"number","maximum":0.5}`, "at most 0.5"},
		{`{"enum":["a","b"]}`, "one of a, b"},
		{`{"const":200}`, "always 200"},
		{`{"pattern":"^ad_key_"}`, "matches ^ad_key_"},
		{`{}`, ""},
	} {
		var schema openapi3.Schema
		if err := json.Unmarshal([]byte(c.schema), &schema); err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for _, s := range limitsOf(&schema) {
			got.WriteString(s.Text)
		}
		if got.String() != c.want {
			t.Errorf("%s: got %q, want %q", c.schema, got.String(), c.want)
		}
	}
}

// The commands are copied into shells, so a quote in an example must not end the word.
func TestCurlQuotes(t *testing.T) {
	doc := load(t)
	op := doc.Paths.Value("/api/exec/session/{id}").Post
	op.Parameters[0].Value.Example = "a/b 'c'"
	op.RequestBody.Value.Content["application/json"].Example = map[string]any{"userName": "O'Hara <x>", "agentId": "a"}
	got := curl(op, place{method: "POST", path: "/api/exec/session/{id}", baseURL: exampleBase})
	want := `curl -X POST 'https://sessions.example.com/api/exec/session/a%2Fb%20%27c%27' \
  -H "Authorization: Bearer $API_KEY" \
  -H "database-id-hash: $DATABASE_ID_HASH" \
  -H 'Content-Type: application/json' \
  -d '{
  "agentId": "a",
  "userName": "O'\''Hara <x>"
}'`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestViewOfTheDocument(t *testing.T) {
	view := newDocsView(load(t), exampleBase+"/")
	var names []string
	for _, group := range view.Groups {
		names = append(names, group.Name)
	}
	if got := strings.Join(names, ", "); got != "Sessions, Agents, Audit, Keys, Tools, Beside the API" {
		t.Errorf("groups: %s", got)
	}
	for _, op := range view.Groups[5].Operations {
		if !op.Public || strings.Contains(op.Curl, "API_KEY") {
			t.Errorf("%s asks for a key", op.ID)
		}
	}
	list := view.Groups[0].Operations[1]
	const call = "curl 'https://sessions.example.com/api/session?agentId=agent-123' \\\n"
	if list.ID != "listSessions" || !strings.HasPrefix(list.Curl, call) {
		t.Errorf("%s: %s", list.ID, list.Curl)
	}
	if list.Sample == nil || !strings.Contains(list.Sample.Text, "\"id\": \"session-001\",\n    \"agentId\"") {
		t.Errorf("the sample is not in the order of the document: %+v", list.Sample)
	}
}

// The fields of objects without a name are listed with the object that holds them.
func TestInnerFieldsAreListed(t *testing.T) {
	schemas := load(t).Components.Schemas
	for name, want := range map[string]string{
		"Created": "message data data.id status",
		"Error":   "message status issues issues[].path issues[].message",
		"NewKey":  "apiKey",
		"Role":    "",
	} {
		var got []string
		for _, field := range fieldsOf(schemas[name], "") {
			got = append(got, field.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
