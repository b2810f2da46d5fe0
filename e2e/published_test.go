package e2e

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const nodeLimit = time.Minute

// clientFiles are the two compiled files of the published package. The first is what an
// import gives, and sends X-API-Key and X-Database-Id; the second sends the headers that the
// documentation promises.
var clientFiles = map[string]string{
	"imported":   "open-agents-builder-client",
	"documented": "open-agents-builder-client/dist/src/index.js",
}

// clientReport is what client.mjs prints.
type clientReport struct {
	All, OfAgent, ByID, Left []object
	Deleted                  object
	DeletedAgain             string
	Written                  struct {
		Message string
		Data    object
		Status  int
	}
	Audit      []object
	Objections []object
}

// The client that people have installed works with this service as it is, and finds in its
// answers what its own schemas promise.
func TestPublishedClient(t *testing.T) {
	node := need(t, "node")
	if _, err := os.Stat("node_modules/open-agents-builder-client/package.json"); err != nil {
		missing(t, "the package open-agents-builder-client is missing: npm ci in e2e/")
	}
	for name, file := range clientFiles {
		t.Run(name, func(t *testing.T) {
			s := newInstallation(t).start()
			seedForClient(t, s.client)
			out := runNode(t, node, "client.mjs", "CLIENT_FILE="+file,
				"BASE_URL="+s.base, "API_KEY="+s.key, "DATABASE_ID_HASH="+s.hash)
			var report clientReport
			decode(t, out, &report)
			checkSessionsOfClient(t, report)
			checkAuditOfClient(t, s.client, report)
			if len(report.Objections) > 0 {
				t.Errorf("the package's schemas object: %v", report.Objections)
			}
		})
	}
}

// seedForClient makes a session with a value in every field, one with hardly any, and one of
// another agent.
func seedForClient(t *testing.T, c *client) {
	t.Helper()
	for _, body := range []object{
		{
			"id": "session-001", "agentId": "agent-123", "userName": "Alice", "userEmail": "alice@example.com",
			"acceptTerms": "true", "messages": `[{"role":"user","content":"Hello"}]`, "promptTokens": 34,
			"completionTokens": 76, "finalizedAt": "2025-03-21T10:05:00.000Z",
		},
		{"id": "session-002", "agentId": "agent-123"},
		{"id": "session-003", "agentId": "agent-456", "userName": "Bob"},
	} {
		c.must(t, http.StatusOK, "PUT", "/api/session", body)
	}
}

func checkSessionsOfClient(t *testing.T, r clientReport) {
	t.Helper()
	for name, got := range map[string][]object{
		"session-001 session-002 session-003": r.All, "session-001 session-002": r.OfAgent,
		"session-002": r.ByID, "session-002 session-003": r.Left,
	} {
		if ids := idsOf(got); ids != name {
			t.Errorf("the client listed %q, want %q", ids, name)
		}
	}
	want := object{
		"id": "session-001", "agentId": "agent-123", "userName": "Alice", "userEmail": "alice@example.com",
		"acceptTerms": "true", "messages": `[{"role":"user","content":"Hello"}]`, "promptTokens": 34.0,
		"completionTokens": 76.0, "finalizedAt": "2025-03-21T10:05:00.000Z",
	}
	for _, got := range r.OfAgent {
		if got["id"] != "session-001" {
			continue
		}
		for field, value := range want {
			if got[field] != value {
				t.Errorf("the client read %s = %v, want %v", field, got[field], value)
			}
		}
	}
	if !reflect.DeepEqual(r.Deleted, object{"message": "Data deleted successfully!", "status": 200.0}) {
		t.Errorf("deleteSession returned %v", r.Deleted)
	}
	if !strings.Contains(r.DeletedAgain, "400") || !strings.Contains(r.DeletedAgain, "Data not found!") {
		t.Errorf("deleteSession of a session that is gone failed with %q", r.DeletedAgain)
	}
}

func checkAuditOfClient(t *testing.T, c *client, r clientReport) {
	t.Helper()
	if r.Written.Message != "Data saved successfully!" || r.Written.Status != http.StatusOK {
		t.Errorf("createAuditLog returned %+v", r.Written)
	}
	if len(r.Audit) != 4 {
		t.Fatalf("listAudit returned %d entries, want the tenant's creation, two deletes and the one written: %v", len(r.Audit), r.Audit)
	}
	if !reflect.DeepEqual(r.Audit[0], r.Written.Data) {
		t.Errorf("the newest entry is %v, and the one written was %v", r.Audit[0], r.Written.Data)
	}
	want := object{"eventName": "exportSessions", "recordLocator": `{"id":"session-002"}`, "diff": `{"format":"csv"}`, "databaseIdHash": c.hash}
	for field, value := range want {
		if r.Audit[0][field] != value {
			t.Errorf("the entry has %s = %v, want %v", field, r.Audit[0][field], value)
		}
	}
	for _, entry := range r.Audit[1:3] { // the delete, and the one that found nothing
		if entry["eventName"] != "deleteSession" || entry["recordLocator"] != `{"id":"session-001"}` {
			t.Errorf("the entry of a delete is %v", entry)
		}
	}
}

// idsOf joins the ids of sessions in their own order: the list's is by time, and may tie.
func idsOf(list []object) string {
	var ids []string
	for _, s := range list {
		ids = append(ids, s["id"].(string))
	}
	return strings.Join(slices.Sorted(slices.Values(ids)), " ")
}

// runNode runs a script and returns what it printed.
func runNode(t *testing.T, node, script string, env ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), nodeLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, script)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("node %s: %v\n%s%s", script, err, stdout.String(), stderr.String())
	}
	return stdout.Bytes()
}
