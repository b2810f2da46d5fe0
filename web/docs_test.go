package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

const (
	documentFile = "../handlers/openapi.yaml"
	exampleBase  = "https://sessions.example.com"
)

// load returns the service's own document, with its mistakes as failures of the test.
func load(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableMultiError()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func renderDocs(t *testing.T, doc *openapi3.T) string {
	t.Helper()
	var page bytes.Buffer
	if err := RenderDocs(&page, doc, exampleBase+"/"); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Whatever the document says about an operation is on the page.
func TestDocsShowEveryOperation(t *testing.T) {
	doc := load(t)
	page := renderDocs(t, doc)
	count := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			count++
			for _, want := range []string{
				`<h3 id="` + op.OperationID + `">`, `href="#` + op.OperationID + `"`,
				">" + method + "</span> <code>" + path + "</code>",
			} {
				if !strings.Contains(page, want) {
					t.Errorf("%s: no %q on the page", op.OperationID, want)
				}
			}
		}
	}
	if count != 28 {
		t.Errorf("the document has %d operations, want 28", count)
	}
	for name := range doc.Components.Schemas {
		if !strings.Contains(page, `id="schema-`+name+`"`) {
			t.Errorf("schema %s is not on the page", name)
		}
	}
}

// Links within the page lead somewhere, and no id stands twice.
func TestDocsLinksLeadSomewhere(t *testing.T) {
	page := renderDocs(t, load(t))
	ids := map[string]bool{}
	for _, match := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[match[1]] {
			t.Errorf("id %q stands twice", match[1])
		}
		ids[match[1]] = true
	}
	links := regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(links) < 50 {
		t.Fatalf("found %d links, want at least 50", len(links))
	}
	for _, link := range links {
		if !ids[link[1]] {
			t.Errorf("nothing has the id %q", link[1])
		}
	}
}

// The page must work under a policy without scripts, inline styles and other hosts.
func TestDocsFitTheContentPolicy(t *testing.T) {
	page := renderDocs(t, load(t))
	for _, forbidden := range []string{"<script", "<style", " style=", "<form", "<base", "javascript:"} {
		if strings.Contains(strings.ToLower(page), forbidden) {
			t.Errorf("%q is on the page", forbidden)
		}
	}
	if match := regexp.MustCompile(`<[^>]*\son[a-z]+=`).FindString(page); match != "" {
		t.Errorf("%s runs script", match)
	}
	files := 0
	for _, match := range regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		target := match[1]
		if strings.Contains(target, ":") || strings.HasPrefix(target, "/") {
			t.Errorf("%q leaves the page's own place", target)
		}
		if file, isStatic := strings.CutPrefix(target, "static/"); isStatic {
			files++
			if _, err := fs.Stat(Static(), file); err != nil {
				t.Error(err)
			}
		}
	}
	if files != 2 {
		t.Errorf("the page refers to %d static files, want its style sheet and its icon", files)
	}
}

// A static file must not ask another host for anything either.
func TestStaticFilesStandAlone(t *testing.T) {
	count := 0
	err := fs.WalkDir(Static(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		count++
		text, err := fs.ReadFile(Static(), name)
		for _, forbidden := range []string{"url(", "@import", "<script", "href="} {
			if name == "htmx.min.js" {
				continue // not ours; the policy of the pages holds it back, and a test its content
			}
			if bytes.Contains(text, []byte(forbidden)) {
				t.Errorf("%s: %q", name, forbidden)
			}
		}
		return err
	})
	if err != nil || count == 0 {
		t.Fatalf("looked at %d files: %v", count, err)
	}
}

// Text of the document is text on the page, wherever it stands.
func TestDocsEscapeHostileText(t *testing.T) {
	const hostile = "\"'><script>alert(1)</script> `</code><img src=x onerror=alert(2)>`"
	doc := load(t)
	doc.Info.Title, doc.Info.Description = hostile, hostile
	doc.Tags[0].Description = hostile
	op := doc.Paths.Value("/api/exec/session/{id}").Post
	op.OperationID, op.Summary, op.Description = hostile, hostile, hostile
	op.Extensions["x-roles"] = []any{hostile}
	op.Parameters[0].Value.Description, op.Parameters[0].Value.Example = hostile, hostile
	op.RequestBody.Value.Content["application/json"].Example = map[string]any{hostile: hostile}
	schema := doc.Components.Schemas["Session"].Value
	schema.Description = hostile
	schema.Properties[hostile] = openapi3.NewSchemaRef("", &openapi3.Schema{Description: hostile, Pattern: hostile})
	doc.Components.Schemas[hostile] = openapi3.NewSchemaRef("", openapi3.NewStringSchema().WithEnum(hostile))

	page := renderDocs(t, doc)
	for _, forbidden := range []string{"<script", "<img", `'><`} {
		if strings.Contains(page, forbidden) {
			t.Errorf("%s is on the page", forbidden)
		}
	}
	if !strings.Contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the text itself is not on the page")
	}
}

// failingWriter stands for a reader that went away.
type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestRenderDocsReturnsTheErrorOfTheWriter(t *testing.T) {
	want := errors.New("gone")
	if err := RenderDocs(failingWriter{want}, load(t), ""); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

// The page is the same each time, so that it can be kept and compared.
func TestDocsAreTheSameEachTime(t *testing.T) {
	first := renderDocs(t, load(t))
	for range 5 {
		if renderDocs(t, load(t)) != first {
			t.Fatal("two pages of one document differ")
		}
	}
}

// doc.Validate checks the examples of bodies; this proves that it does so for OpenAPI 3.1, and
// checks that every JSON answer has an example at all.
func TestDocumentExamplesAreChecked(t *testing.T) {
	doc := load(t)
	count := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			for status, ref := range op.Responses.Map() {
				media := ref.Value.Content["application/json"]
				if media == nil {
					continue
				}
				count++
				if media.Example == nil && len(media.Examples) == 0 {
					t.Errorf("%s %s: %s has no example", method, path, status)
				}
			}
		}
	}
	if count < 50 {
		t.Errorf("looked at %d answers, want at least 50", count)
	}
	answer := doc.Paths.Value("/api/session").Put.Responses.Value("200").Value
	session := answer.Content["application/json"].Example.(map[string]any)["data"].(map[string]any)
	session["createdAt"] = "yesterday"
	if err := doc.Validate(context.Background()); err == nil {
		t.Error("an example that does not fit its schema is taken")
	}
}

// null is a type of OpenAPI 3.1, and all fields of a session are required in answers.
func TestDocumentSaysWhatASessionIs(t *testing.T) {
	schema := load(t).Components.Schemas["Session"].Value
	const open = `{"id":"s","agentId":"a","userName":null,"userEmail":null,"acceptTerms":null,"messages":null,
		"promptTokens":null,"completionTokens":null,"createdAt":"2025-03-21T10:00:00.000Z",
		"updatedAt":"2025-03-21T10:00:00.000Z","finalizedAt":null}`
	for _, c := range []struct {
		name, old, new string
		fits           bool
	}{
		{"as it is", "", "", true},
		{"control character in the id", `"id":"s"`, `"id":"s\u0085"`, false},
		{"no id", `"id":"s",`, ``, false},
		{"a name that is a number", `"userName":null`, `"userName":7`, false},
		{"time without milliseconds", `:00.000Z`, `:00Z`, false},
		{"tokens below zero", `"promptTokens":null`, `"promptTokens":-1`, false},
	} {
		var value any
		if err := json.Unmarshal([]byte(strings.Replace(open, c.old, c.new, 1)), &value); err != nil {
			t.Fatal(c.name, err)
		}
		err := schema.VisitJSON(value, openapi3.VisitAsResponse(), openapi3.EnableJSONSchema2020())
		if (err == nil) != c.fits {
			t.Errorf("%s: %v, want it to fit: %v", c.name, err, c.fits)
		}
	}
}
