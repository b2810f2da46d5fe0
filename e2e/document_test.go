package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const curlLimit = 30 * time.Second

// The files of testdata/document are the examples of the public document, to the letter; only
// line breaks, and the mail address that the site hides from scrapers, are put back.

// Whoever copies the curl lines of the public document and puts in what they ask for gets the
// answers that it prints.
func TestPublishedCurlLines(t *testing.T) {
	need(t, "curl")
	s := newInstallation(t).start()
	create, list, remove := documented(t, s, "create.sh"), documented(t, s, "list.sh"), documented(t, s, "delete.sh")

	expectJSON(t, sh(t, create), `{"message":"Session created","data":{"id":"session-XYZ"},"status":200}`)
	expectJSON(t, sh(t, create), `{"message":"Session already exists","data":{"id":"session-XYZ"}}`)
	s.must(t, http.StatusOK, "PUT", "/api/session", documentedSession())
	expectDocumentedList(t, sh(t, list))
	expectJSON(t, sh(t, remove), `{"message":"Data deleted successfully!","status":200}`)
	expectJSON(t, sh(t, remove), `{"message":"Data not found!","status":400}`)

	withoutAgent := strings.Replace(create, `"agentId": "agent-123",`, "", 1)
	expectJSON(t, sh(t, withoutAgent), `{"message":"Invalid request, missing required fields","status":400}`)
	withoutID := strings.Replace(remove, "/session-001", "/", 1)
	expectJSON(t, sh(t, withoutID), `{"message":"Invalid request, no id provided within request url","status":400}`)
}

// documentedSession is the one in the document's answer to GET /api/session.
func documentedSession() object {
	return object{
		"id": "session-001", "agentId": "agent-123", "userName": "Alice", "userEmail": "alice@example.com",
		"acceptTerms": "true", "messages": `[{"role":"user","content":"Hello"}]`, "promptTokens": 34.0,
		"completionTokens": 76.0, "finalizedAt": nil,
	}
}

func expectDocumentedList(t *testing.T, answer []byte) {
	t.Helper()
	var list []object
	decode(t, answer, &list)
	if ids := idsOf(list); ids != "session-001 session-XYZ" {
		t.Fatalf("the list holds %q", ids)
	}
	for _, got := range list {
		for _, field := range []string{"createdAt", "updatedAt"} {
			text, _ := got[field].(string)
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", text); err != nil {
				t.Errorf("%s of %s is %v, not written as in the document", field, got["id"], got[field])
			}
			delete(got, field)
		}
		if got["id"] == "session-001" && !reflect.DeepEqual(got, documentedSession()) {
			t.Errorf("the list has %v, want %v", got, documentedSession())
		}
		for field := range documentedSession() {
			if _, has := got[field]; !has {
				t.Errorf("%s has no field %s", got["id"], field)
			}
		}
	}
}

// The document's fetch example, run as it is printed but for its one type annotation, which
// TypeScript would take out.
func TestPublishedFetchExample(t *testing.T) {
	node := need(t, "node")
	s := newInstallation(t).start()
	script := strings.Replace(documented(t, s, "create.ts"), "(sessionId: string)", "(sessionId)", 1)
	path := filepath.Join(t.TempDir(), "create.mjs")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Session response: { message: 'Session created', data: { id: 'session-XYZ' }, status: 200 }",
		"Session response: { message: 'Session already exists', data: { id: 'session-XYZ' } }",
	} {
		out := runNode(t, node, path, "OPEN_AGENTS_BUILDER_API_KEY="+s.key)
		if got := strings.Join(strings.Fields(string(out)), " "); got != want { // Node.js breaks lines as it likes
			t.Errorf("the example printed %q, want %q", got, want)
		}
	}
}

// documented returns an example of the public document for the server.
func documented(t *testing.T, s *server, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "document", name))
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer("https://app.openagentsbuilder.com", s.base, "<YOUR_API_KEY>", s.key,
		"<YOUR_DATABASE_ID_HASH>", s.hash, "YOUR_DATABASE_ID_HASH", s.hash).Replace(string(text))
	if !strings.Contains(replaced, s.base) || !strings.Contains(replaced, s.hash) {
		t.Fatalf("%s has no address or no hash to put in", name)
	}
	return replaced
}

// sh runs a line as a person would who pastes it, and returns what it printed.
func sh(t *testing.T, line string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), curlLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", line, err, out, stderr.String())
	}
	return out
}

// expectJSON compares values, so that the order of fields and white space do not matter.
func expectJSON(t *testing.T, got []byte, want string) {
	t.Helper()
	var gotValue, wantValue any
	if err := json.Unmarshal(got, &gotValue); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, got)
	}
	decode(t, []byte(want), &wantValue)
	if !reflect.DeepEqual(gotValue, wantValue) {
		t.Errorf("got %s, want %s", got, want)
	}
}
