package e2e

import (
	"net/http"
	"strings"
	"testing"
)

const diskMarker = "Zq9xMarkerQ7vK"

// Somebody who holds the files of the database (a backup, a stolen disk) or the log finds nothing of what
// users said or who they are, whenever the files were taken.
func TestNothingReadableOnDisk(t *testing.T) {
	i := newInstallationOnDisk(t, "SESSIONHUB_LOG_LEVEL=debug")
	s := i.start()
	sayMarker(t, s.client, "s-1")
	readMarker(t, s.client, "s-1")
	expectUnreadable(t, i, s, "while it runs")
	s.stop()
	expectUnreadable(t, i, s, "after it was stopped")

	s = i.start()
	sayMarker(t, s.client, "s-2")
	s.kill()
	expectUnreadable(t, i, s, "after it was killed")

	s = i.start()
	readMarker(t, s.client, "s-2")
	s.must(t, http.StatusOK, "DELETE", "/api/session/s-1", nil)
	provokeErrors(t, s.client)
	i.mustRun("check", "--json")
	expectUnreadable(t, i, s, "after a delete and wrong requests")
	s.stop()
	expectUnreadable(t, i, s, "at the end")
}

// The same scan finds everything of a tenant that chose no encryption: it looks in the right
// places.
func TestPlainTenantIsReadableOnDisk(t *testing.T) {
	i := newInstallationOnDisk(t)
	s := i.start()
	var made struct{ DatabaseIDHash, APIKey string }
	decode(t, []byte(i.mustRun("tenant", "create", "--no-encryption", "--json")), &made)
	c := s.with(made.DatabaseIDHash, made.APIKey)
	sayMarker(t, c, "s-1")
	readMarker(t, c, "s-1")
	if found := i.scan(t, diskMarker, nil); len(found) == 0 {
		t.Error("the scan does not find what stands in clear while the server runs")
	}
	s.stop()
	if found := i.scan(t, diskMarker, nil); len(found) == 0 {
		t.Error("the scan does not find what stands in clear after the server stopped")
	}
	if text := i.start().stderr.String(); !strings.Contains(text, "stored in clear") {
		t.Errorf("the next start does not tell that a tenant is not encrypted:\n%s", text)
	}
}

// sayMarker puts the marker wherever it has to be sealed.
func sayMarker(t *testing.T, c *client, id string) {
	t.Helper()
	c.create(t, id, diskMarker, diskMarker+"@example.com")
	c.create(t, id+"-text", "x"+diskMarker, "xy"+diskMarker)
	put := func(body object) { c.must(t, http.StatusOK, "PUT", "/api/session", body) }
	put(object{"id": id, "agentId": "agent-123", "messages": `[ {"role":"user","content":"` + diskMarker + `"} ]`})
	put(object{"id": id + "-text", "agentId": "agent-123", "messages": "not an array: " + diskMarker})
	put(object{"id": id + "-put", "agentId": "agent-123", "userName": diskMarker, "userEmail": diskMarker, "messages": `{"x":"` + diskMarker + `"}`})
	c.must(t, http.StatusOK, "POST", "/api/session/"+id+"/messages", object{
		"messages": []object{{"role": "user", "content": diskMarker}, {"role": diskMarker}},
	})
	c.must(t, http.StatusOK, "PUT", "/api/audit", object{"eventName": "note", "diff": `{"name":"` + diskMarker + `"}`})
}

// readMarker reads everything back, in every way that there is.
func readMarker(t *testing.T, c *client, id string) {
	t.Helper()
	for _, path := range []string{
		"/api/session", "/api/session?id=" + id, "/api/audit",
		"/api/agent/agent-123/session?orderBy=userName&query=" + diskMarker,
	} {
		answer := c.must(t, http.StatusOK, "GET", path, nil)
		if !strings.Contains(string(answer), diskMarker) {
			t.Errorf("GET %s does not have the marker: %s", path, answer)
		}
	}
}

// provokeErrors sends the marker in requests that are refused: errors are logged.
func provokeErrors(t *testing.T, c *client) {
	t.Helper()
	const s, a = "/api/session", "agent-123"
	for _, r := range []struct {
		method, path string
		body         any
	}{
		{"PUT", s, `{"id":"s-2","userName":"` + diskMarker},
		{"PUT", s, object{"id": "s-2", "agentId": "another", "userName": diskMarker}},
		{"PUT", s, object{"id": "s-2", "agentId": a, "userName": []string{diskMarker}}},
		{"PUT", s, object{"id": "s-1", "agentId": a, "messages": diskMarker}}, // deleted above
		{"PUT", s, object{"id": "s-2", "agentId": a, "finalizedAt": diskMarker}},
		{"POST", "/api/exec/session/new", object{"userName": diskMarker, "userEmail": strings.Repeat(diskMarker, 100)}},
		{"POST", "/api/session/s-2/messages", object{"messages": []string{diskMarker}}},
		{"POST", "/api/session/s-2-text/messages", object{"messages": []object{{"role": diskMarker}}}},
		{"PUT", "/api/audit", object{"eventName": strings.Repeat("x", 300), "diff": diskMarker}},
		{"GET", "/api/agent/agent-123/session?orderBy=" + diskMarker + "&query=" + diskMarker, nil},
	} {
		c.must(t, http.StatusBadRequest, r.method, r.path, r.body)
	}
	c.must(t, http.StatusNotFound, "GET", "/nowhere/"+diskMarker+"?q="+diskMarker, nil)
}

// expectUnreadable scans the files, what the server printed, and its metrics if it runs.
func expectUnreadable(t *testing.T, i *installation, s *server, when string) {
	t.Helper()
	texts := map[string]string{"standard output": s.stdout.String(), "the log": s.stderr.String()}
	if status, metrics, err := s.do("GET", "/metrics", nil); err == nil {
		if status != http.StatusOK || len(metrics) == 0 {
			t.Errorf("%s: /metrics: status %d", when, status)
		}
		texts["the metrics"] = string(metrics)
	}
	for _, found := range i.scan(t, diskMarker, texts) {
		t.Errorf("%s: %s", when, found)
	}
	if !strings.Contains(texts["the log"], "request") {
		t.Errorf("%s: the log has no requests in it: %s", when, texts["the log"])
	}
}
