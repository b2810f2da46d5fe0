package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

const current = "weather__current-weather__CurrentWeather"

// hubWalk is a walk with the weather tool, which its user has connected.
func hubWalk(w *walk) *provider {
	w.t.Helper()
	p := newProvider(w.t)
	p.on("/current", replying(http.StatusOK, `{"description":"Light rain","temperature":11.50,"feelsLike":9}`))
	w.addTool("weather", weather(w.t), p, nil)
	w.connected("weather", user, map[string]models.Credential{"apiKey": {Value: "demo"}})
	return p
}

// Golden answers of the routes for agents: the shapes of the public documents, word for word.
func TestGoldenHub(t *testing.T) {
	walks(t, func(w *walk) {
		alone := with(headerDatabase, "") // the key names the database
		p := hubWalk(w)
		for _, format := range []string{"", "openai-responses", "anthropic", "gemini", "mcp"} {
			w.step(strings.TrimRight("fd-"+format, "-"), "GET", "/api/hub/fd?format="+format, "", alone)
		}
		w.step("fd-unknown-format", "GET", "/api/hub/fd?format=yaml", "", alone)
		w.step("session", "POST", "/api/hub/session", "", alone, forUser(user))
		perform := func(step, arguments string, options ...func(*http.Request)) {
			w.t.Helper()
			w.step(step, "POST", "/api/hub/perform/"+current, arguments, append([]func(*http.Request){alone, forUser(user)}, options...)...)
		}
		perform("success", `{"city":"prague, cz"}`)
		perform("requires-action", `{"city":"prague, cz"}`, forUser("nobody"))
		perform("bad-arguments", `{"town":"prague, cz","units":"celsius"}`)
		p.on("/current", replying(http.StatusNotFound, `{"message":"no such city"}`))
		perform("refused", `{"city":"atlantis"}`)
		p.on("/current", replying(http.StatusUnauthorized, `{}`))
		perform("rejected", `{"city":"prague, cz"}`)
		w.step("unauthorized", "POST", "/api/hub/perform/"+current, `{}`, alone, as("ad_key_nothing"))
		w.step("unknown-function", "POST", "/api/hub/perform/weather__forecast", `{}`, alone, forUser(user))
		w.step("state-by-tool", "GET", "/api/hub/tools/weather", "", alone, forUser("nobody"))
		w.step("state-by-function", "GET", "/api/hub/tools/"+current, "", alone, forUser(user))
		w.step("state-unknown", "GET", "/api/hub/tools/wether", "", alone, forUser(user))
		w.step("no-user", "POST", "/api/hub/session", "", alone)
		w.step("told", "GET", "/api/audit?eventName=perform", "")
	})
}

// Golden answers of the routes for admins.
func TestGoldenTools(t *testing.T) {
	walks(t, func(w *walk) {
		w.step("none", "GET", "/api/hub/tools", "")
		post := func(step string, fields ...any) {
			w.t.Helper()
			w.step(step, "POST", "/api/hub/tools", jsonObject(fields...))
		}
		document := strings.ReplaceAll(accounts, "BASE", "https://accounts.example.com")
		post("added", "document", document, "name", "accounts", "clientId", "sessionhub", "clientSecret", "s3cret", "only", []string{"whoami", "note"})
		post("exists", "document", desk, "name", "accounts")
		post("replaced", "document", desk, "name", "accounts", "replace", true, "credentials", "tenant")
		post("no-document", "name", "x")
		post("everything-wrong", "document", "x", "url", "x", "name", 7, "only", "x", "replace", "yes", "allowPrivate", true, "credentials", 1)
		w.step("list", "GET", "/api/hub/tools", "")
		w.step("deleted", "DELETE", "/api/hub/tools/accounts", "")
		w.step("not-found", "DELETE", "/api/hub/tools/accounts", "")
		w.step("told", "GET", "/api/audit", "")
	})
}

// hubCalls are requests that their route answers with 200 when nothing is in the way.
var hubCalls = []call{
	{"fd", "GET", "/api/hub/fd", "", models.RoleExec},
	{"session", "POST", "/api/hub/session", "", models.RoleExec},
	{"perform", "POST", "/api/hub/perform/" + current, `{"city":"prague, cz"}`, models.RoleExec},
	{"state", "GET", "/api/hub/tools/weather", "", models.RoleExec},
	{"mcp", "POST", "/api/hub/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, models.RoleExec},
	{"tools", "GET", "/api/hub/tools", "", models.RoleAgent},
	{"tool-add", "POST", "/api/hub/tools", jsonObject("document", desk), models.RoleAgent},
	{"tool-delete", "DELETE", "/api/hub/tools/weather", "", models.RoleAgent},
}

// asAgent is what every hubCall has besides.
func asAgent(r *http.Request) {
	r.Header.Set(headerUser, user)
	r.Header.Set("Accept", "application/json, text/event-stream")
}

// Every documented failure of every route of the hub, as {title, detail}: who may not, and what
// is not read.
func TestGoldenHubFailures(t *testing.T) {
	walks(t, func(w *walk) {
		w.deps.MaxBody = 10_000
		hubWalk(w)
		other, otherKey := w.newTenant(w.encrypted, "other")
		for _, c := range hubCalls {
			step := func(what, body string, options ...func(*http.Request)) {
				w.t.Helper()
				w.step(c.name+"-"+what, c.method, c.target, body, append([]func(*http.Request){asAgent}, options...)...)
			}
			step("401-no-key", c.body, with("Authorization", ""))
			step("401-unknown-key", c.body, as(strings.Replace(w.key, w.key[7:9], "zz", 1)))
			step("403-other-database", c.body, with(headerDatabase, other.DatabaseIDHash))
			step("403-key-of-other", c.body, as(otherKey))
			step("403-role", c.body, as(w.newKey(models.Key{Role: c.denied})))
			if c.body != "" {
				step("400-not-json", "{")
				step("413", `{"x":"`+strings.Repeat("x", 10_000)+`"}`)
				step("415", c.body, with("Content-Type", "application/x-www-form-urlencoded"))
			}
			if slices.Contains([]string{"session", "perform", "state", "mcp"}, c.name) {
				step("400-no-user", c.body, forUser(""))
			}
		}
		for _, c := range hubCalls { // good in themselves, or their failures would show nothing
			r := w.request(c.method, c.target, c.body, asAgent)
			w.fits(r, w.send(r).want(http.StatusOK, ""))
		}
	})
}

// A storage key that does not unwrap is 499 wherever a secret would be opened or sealed, and a
// lost file 500, without its reason.
func TestGoldenHubLostStorageKey(t *testing.T) {
	w := &walk{stack: newStack(t, true), dir: goldenRoot + "/" + t.Name(), encrypted: true, seen: map[string]bool{}}
	hubWalk(w)
	w.damage("UPDATE storage_keys SET wrapped = wrapped || 'A'")
	w.clock.advance(time.Minute) // past what is remembered of it
	for _, c := range hubCalls {
		if c.name == "tools" { // its answer names the provider's port
			w.do(c.method, c.target, "").want(http.StatusOK, "")
			continue
		}
		got := w.step(c.name+"-without-key", c.method, c.target, c.body, asAgent)
		if slices.Contains([]string{"perform", "state", "tool-add"}, c.name) {
			got.want(statusUnreadable, "")
		}
	}
	w.must(w.store.Close())
	for _, c := range hubCalls {
		w.step(c.name+"-without-file", c.method, c.target, c.body, asAgent).want(http.StatusInternalServerError, "")
	}
	w.checkAllSeen()
}

// A path that is not there, and another method, are answered in the hub's own shape.
func TestUnknownRoutesOfTheHub(t *testing.T) {
	s := newStack(t, true)
	for target, want := range map[string]string{
		"GET /api/hub/nothing":      `{"title":"Not Found","detail":"Not Found"}`,
		"POST /api/hub/fd":          `{"title":"Method Not Allowed","detail":"Method Not Allowed"}`,
		"GET /api/hub/perform/x":    `{"title":"Method Not Allowed","detail":"Method Not Allowed"}`,
		"PATCH /api/hub/tools/x":    `{"title":"Method Not Allowed","detail":"Method Not Allowed"}`,
		"DELETE /api/hub/session/x": `{"title":"Method Not Allowed","detail":"Method Not Allowed"}`,
	} {
		method, path, _ := strings.Cut(target, " ")
		got := s.do(method, path, "", with("Authorization", ""))
		if strings.TrimSpace(got.body) != want {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	for _, method := range []string{"GET", "DELETE"} { // no session is kept, and the protocol allows for that
		s.do(method, "/api/hub/mcp", "", asAgent, with("Mcp-Session-Id", "x")).want(http.StatusMethodNotAllowed, "")
	}
}
