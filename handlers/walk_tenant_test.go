package handlers

import (
	"testing"

	"sessionhub/models"
)

// Golden answers of the audit routes.
func TestGoldenAudit(t *testing.T) {
	walks(t, func(w *walk) {
		w.step("first", "GET", "/api/audit", "")
		w.step("appended", "PUT", "/api/audit", `{"eventName":"exportSessions","recordLocator":"{\"agentId\":\"agent-1\"}","diff":"{\"rows\":25}"}`)
		w.step("server-decides", "PUT", "/api/audit", `{"id":99,"ip":"1.2.3.4","ua":"x","keyLocatorHash":"x",
			"databaseIdHash":"x","createdAt":"2001-01-01T00:00:00Z","eventName":"x"}`)
		w.step("invalid", "PUT", "/api/audit", `{"eventName":7,"recordLocator":{},"diff":[]}`)
		w.step("all", "GET", "/api/audit", "")
		w.step("by-event", "GET", "/api/audit?eventName=exportSessions", "")
		w.step("by-locator", "GET", "/api/audit?recordLocator=%7B%22agentId%22%3A%22agent-1%22%7D", "")
		w.step("second", "GET", "/api/audit?limit=1&offset=1", "")
		w.step("this-month", "GET", "/api/audit?partition=2025-03&limit=1", "")
		w.step("other-month", "GET", "/api/audit?partition=2025-02", "")
		w.step("bad-partition", "GET", "/api/audit?partition=2025-13&limit=0&offset=-1", "")
	})
}

// Golden answers of the key routes.
func TestGoldenKeys(t *testing.T) {
	walks(t, func(w *walk) {
		post := func(step, body string) answer { w.t.Helper(); return w.step(step, "POST", "/api/keys", body) }
		w.step("first", "GET", "/api/keys", "")
		post("exec", `{"displayName":"Shop","role":"exec","expiryDate":"2027-01-01T01:00:00+01:00",
			"allowedOrigins":["HTTPS://Shop.Example.com:443/"],"agentId":"agent-1"}`)
		var made struct {
			Data struct{ KeyLocatorHash, APIKey string }
		}
		post("agent", `{"displayName":"Chat back-end","role":"agent"}`).json(&made)
		post("invalid", `{"role":"god","expiryDate":"2025-03-21T09:00:00.000Z","allowedOrigins":["https://a.example/path"],"agentId":"x"}`)
		w.do("GET", "/api/session", "", as(made.Data.APIKey)).want(200, "")
		w.must(w.store.Keys.FlushUsage(w.t.Context()))
		w.step("all", "GET", "/api/keys", "")
		w.step("revoked", "DELETE", "/api/keys/"+made.Data.KeyLocatorHash, "")
		w.step("stops-working", "GET", "/api/session", "", as(made.Data.APIKey))
		w.step("not-found", "DELETE", "/api/keys/"+made.Data.KeyLocatorHash, "")
		w.step("last-owner", "DELETE", "/api/keys/"+w.locator(), "")
		w.step("told", "GET", "/api/audit", "")
	})
}

// locator names the owner key of the stack.
func (s *stack) locator() string {
	s.t.Helper()
	keys, err := s.store.Keys.List(s.t.Context(), s.owner)
	s.must(err)
	for _, key := range keys {
		if key.Role == models.RoleOwner {
			return key.LocatorHash
		}
	}
	s.t.Fatal("the tenant has no owner key")
	return ""
}
