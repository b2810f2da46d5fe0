package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	alice = `{"agentId":"agent-1","userName":"Alice","userEmail":"alice@example.com","acceptTerms":"true"}`
	bob   = `{"agentId":"agent-2","userName":"Bob","userEmail":"bob@example.com"}`
	hello = `{"messages":[{"role":"user","content":"Hello"}],"promptTokens":12,"completionTokens":5}`
)

// Golden answers of the exec route, as the public document prints them.
func TestGoldenCreate(t *testing.T) {
	walks(t, func(w *walk) {
		const route = "/api/exec/session/"
		w.step("created", "POST", route+"session-001", alice)
		w.step("exists", "POST", route+"session-001", bob)
		w.step("id-with-slash", "POST", route+"a%2Fb%25", alice)
		w.step("missing-fields", "POST", route+"x", `{"agentId":"agent-1","userName":"Alice"}`)
		w.step("not-an-object", "POST", route+"x", `[]`)
		w.step("no-id", "POST", "/api/exec/session", alice)
		w.step("empty-id", "POST", route, alice)
		w.step("control-character-in-id", "POST", route+"a%00", alice)
		w.step("two-fields-too-long", "POST", route+"x", `{"agentId":"agent-1","userName":"`+strings.Repeat("n", 1001)+
			`","userEmail":"`+strings.Repeat("e", 1001)+`"}`)
		w.step("empty-body", "POST", route+"x", "")
		w.step("not-json", "POST", route+"x", `{"agentId":`)
		w.do("DELETE", "/api/session/session-001", "").want(200, "")
		w.step("created-anew", "POST", route+"session-001", bob)
	})
}

// An exec key is held to its rate, its origins and its agent.
func TestGoldenExecKey(t *testing.T) {
	walks(t, func(w *walk) {
		w.deps.ExecRate = 0.001 // one request, and then no more for a long time
		agent := "agent-1"
		key := w.newKey(models.Key{Role: models.RoleExec, AllowedOrigins: []string{"https://shop.example.com"}, AgentID: &agent})
		from := with("Origin", "https://shop.example.com")
		w.step("preflight", "OPTIONS", "/api/exec/session/x", "", from, with("Authorization", ""),
			with("Access-Control-Request-Method", "POST"))
		w.step("other-origin", "POST", "/api/exec/session/x", alice, as(key), with("Origin", "https://evil.example.com"))
		w.step("created", "POST", "/api/exec/session/x", alice, as(key), from)
		w.step("rate-limited", "POST", "/api/exec/session/x", alice, as(key), from)
	})
}

// Golden answers of GET /api/session.
func TestGoldenList(t *testing.T) {
	walks(t, func(w *walk) {
		w.step("empty", "GET", "/api/session", "")
		w.sessions()
		w.step("all", "GET", "/api/session", "")
		w.step("slash", "GET", "/api/session/?id=session-001", "")
		w.step("by-id", "GET", "/api/session?id=session-002", "")
		w.step("by-agent", "GET", "/api/session?agentId=agent-1", "")
		w.step("by-both", "GET", "/api/session?agentId=agent-1&id=session-003", "")
		w.step("by-both-none", "GET", "/api/session?agentId=agent-2&id=session-003", "")
		w.step("second", "GET", "/api/session?limit=1&offset=1", "")
		w.step("limit-0", "GET", "/api/session?limit=0", "")
		w.step("bad-limit-and-offset", "GET", "/api/session?limit=-1&offset=x", "")
		w.step("bad-query", "GET", "/api/session?id=%zz", "")
	})
}

// sessions makes three: the newest has messages.
func (w *walk) sessions() {
	w.t.Helper()
	w.do("POST", "/api/exec/session/session-001", alice).want(200, "")
	w.do("POST", "/api/exec/session/session-002", bob).want(200, "")
	w.do("PUT", "/api/session", `{"id":"session-003","agentId":"agent-1","userName":"Łukasz","acceptTerms":"false",
		"messages":"[{\"role\":\"user\",\"content\":\"Hello\"}]","promptTokens":34,"completionTokens":76,
		"createdAt":"2025-03-21T11:00:00.5+01:00","finalizedAt":"2025-03-21 12:00:00"}`).want(200, "")
}

// Golden answers of PUT /api/session.
func TestGoldenSave(t *testing.T) {
	walks(t, func(w *walk) {
		put := func(step, body string) { w.t.Helper(); w.step(step, "PUT", "/api/session", body) }
		put("new", `{"id":"s","agentId":"a"}`)
		put("all-fields", `{"id":"s","agentId":"a","userName":"Alice","userEmail":"alice@example.com","acceptTerms":true,
			"messages":"[ {\"role\": \"user\"} ]","promptTokens":1e3,"completionTokens":0}`)
		put("absent-stays", `{"id":"s","agentId":"a","promptTokens":1001}`)
		put("null-clears", `{"id":"s","agentId":"a","userEmail":null,"acceptTerms":null,"completionTokens":null}`)
		put("other-agent", `{"id":"s","agentId":"b"}`)
		put("finalized", `{"id":"s","agentId":"a","finalizedAt":"2025-03-21T10:00:00Z"}`)
		put("no-further-messages", `{"id":"s","agentId":"a","messages":"[]"}`)
		put("opened-again", `{"id":"s","agentId":"a","messages":"not an array","finalizedAt":null}`)
		put("several-issues", `{"agentId":7,"promptTokens":-1,"completionTokens":1.5,"messages":[],"finalizedAt":"now"}`)
		put("not-an-object", `null`)
		w.do("DELETE", "/api/session/s", "").want(200, "")
		put("deleted", `{"id":"s","agentId":"a"}`)
	})
}

// Golden answers of POST /api/session/{id}/messages.
func TestGoldenAppend(t *testing.T) {
	walks(t, func(w *walk) {
		post := func(step, body string) { w.t.Helper(); w.step(step, "POST", "/api/session/s/messages", body) }
		put := func(body string) { w.t.Helper(); w.do("PUT", "/api/session", body).want(200, "") }
		post("not-found", hello)
		put(`{"id":"s","agentId":"a"}`)
		post("first", hello)
		post("two-more", `{"messages":[{"role":"assistant","content":"Hi"},{"role":"user"}],"promptTokens":1}`)
		w.step("read-back", "GET", "/api/session?id=s", "")
		post("no-messages", `{"promptTokens":1}`)
		post("no-role", `{"messages":[{"role":"user"},{"content":"x"},7]}`)
		post("too-many-tokens", `{"messages":[{"role":"user"}],"promptTokens":9007199254740991}`)
		put(`{"id":"s","agentId":"a","messages":"not an array"}`)
		post("not-an-array", hello)
		put(`{"id":"s","agentId":"a","messages":null,"finalizedAt":"2025-03-21T10:00:00Z"}`)
		post("finalized", hello)
		w.step("empty-id", "POST", "/api/session//messages", hello)
		w.do("DELETE", "/api/session/s", "").want(200, "")
		post("deleted", hello)
	})
}

// Golden answers of GET /api/agent/{agentId}/session.
func TestGoldenAgentPage(t *testing.T) {
	walks(t, func(w *walk) {
		w.sessions()
		const route = "/api/agent/agent-1/session"
		w.step("default", "GET", route, "")
		w.step("query", "GET", route+"?limit=10&offset=0&orderBy=updatedAt&query=ALICE", "")
		w.step("by-name", "GET", route+"?orderBy=userName", "")
		w.step("second", "GET", route+"?orderBy=createdAt&limit=1&offset=1", "")
		w.step("none", "GET", "/api/agent/nobody/session", "")
		w.step("all-wrong", "GET", route+"?orderBy=name&limit=0&offset=-1&query="+strings.Repeat("q", 1001), "")
		w.step("limit-too-high", "GET", route+"?limit=1001", "")
		w.step("filtered", "GET", route+"?orderBy=createdAt&finalized=false&createdFrom=2025-03-21T10:00:00Z&createdTo=2999-01-01T00:00:00Z", "")
		w.step("last-of-a-walk", "GET", route+"?orderBy=createdAt&limit=1000&cursor=", "")
		w.step("wrong-filters", "GET", route+"?finalized=no&createdFrom=x&createdTo=2025-03-21", "")
		w.step("wrong-cursor", "GET", route+"?cursor=x", "")
		w.step("cursor-and-offset", "GET", route+"?cursor=x&offset=1", "")
	})
}

// Golden answers of DELETE /api/session/{id}.
func TestGoldenDelete(t *testing.T) {
	walks(t, func(w *walk) {
		w.sessions()
		w.step("deleted", "DELETE", "/api/session/session-003", "")
		w.step("not-found", "DELETE", "/api/session/session-003", "")
		w.step("no-id", "DELETE", "/api/session", "")
		w.step("empty-id", "DELETE", "/api/session/", "")
		w.step("control-character-in-id", "DELETE", "/api/session/%0A", "")
		w.step("left", "GET", "/api/session", "")
		w.step("told", "GET", "/api/audit?eventName=deleteSession", "")
	})
}

// Golden answers beside the API.
func TestGoldenHealth(t *testing.T) {
	walks(t, func(w *walk) {
		nobody := []func(*http.Request){with("Authorization", ""), with(headerDatabase, "")}
		w.step("up", "GET", "/healthz", "", nobody...)
		w.step("up-head", "HEAD", "/healthz", "", nobody...)
		w.step("ready", "GET", "/readyz", "", nobody...)
		w.must(w.store.Close())
		w.step("not-ready", "GET", "/readyz", "", nobody...)
		w.step("still-up", "GET", "/healthz", "", nobody...)
	})
}
