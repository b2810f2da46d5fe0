package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// A model's client gets a list in every format, also where there is nothing to list.
func TestFormatsOfNoFunctions(t *testing.T) {
	s := newStack(t, true)
	for format, want := range map[string]string{
		"": "[]", "openai": "[]", "openai-responses": "[]", "anthropic": "[]", "gemini": "[]", "mcp": `{"tools":[]}`,
	} {
		s.do("GET", "/api/hub/fd?format="+format, "").want(http.StatusOK, want)
	}
	for _, format := range []string{"OpenAI", "openai ", "json", "%00", "openai&format=x"} {
		got := s.do("GET", "/api/hub/fd?format="+format, "")
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, `"path":["format"]`) {
			t.Errorf("%s: %d %s", format, got.status, got.body)
		}
	}
}

// Nobody is acted for whose name cannot be told from another's.
func TestEndUserIsChecked(t *testing.T) {
	s := newStack(t, true)
	s.addTool("desk", desk, newProvider(t), nil)
	for name, status := range map[string]int{
		"a": 200, "A-z_0|9": 200, strings.Repeat("u", 100): 200,
		"": 400, strings.Repeat("u", 101): 400, "a b": 400, "a/b": 400, "ü": 400, "a\n": 400, "a@example.com": 400, "a,b": 400, "'": 400, "\x00": 400,
	} {
		for target, body := range map[string]string{
			"POST /api/hub/session": "", "POST /api/hub/perform/desk__free": "{}", "GET /api/hub/tools/desk": "",
			"POST /api/hub/mcp": `{"jsonrpc":"2.0","id":1,"method":"ping"}`,
		} {
			method, path, _ := strings.Cut(target, " ")
			got := s.do(method, path, body, asAgent, forUser(name))
			if got.status != status || status == 400 && !strings.Contains(got.body, `{"title":"Bad Request","detail":"x-superface-user-id: `) {
				t.Errorf("%s for %q: %d %s", target, name, got.status, shorten(got.body))
			}
			if name != "" && len(name) > 2 && status == 400 && strings.Contains(got.body, name) {
				t.Errorf("%s for %q: the answer repeats it", target, name)
			}
		}
	}
}

// On the routes of the hub the key alone names the tenant; what is named beside it must match.
func TestTenantOfTheHub(t *testing.T) {
	s := newStack(t, true)
	other, _ := s.newTenant(true, "other")
	for database, status := range map[string]int{
		"": 200, s.owner.DatabaseIDHash: 200, strings.ToUpper(s.owner.DatabaseIDHash): 200, other.DatabaseIDHash: 403, "x": 403,
	} {
		for _, header := range []string{headerDatabase, headerAltDatabase} {
			got := s.do("GET", "/api/hub/fd", "", with(headerDatabase, ""), with(header, database))
			if got.status != status || status == 403 && !strings.HasPrefix(got.body, `{"title":"Forbidden","detail":"`) {
				t.Errorf("%s %q: %d %s", header, database, got.status, got.body)
			}
		}
	}
	s.do("GET", "/api/hub/fd", "", with(headerDatabase, ""), with("Authorization", ""), with(headerAltKey, s.key)).want(200, "[]")
}

// A key that is shipped in a web page performs nothing, wherever it is used from.
func TestExecKeyIsNoAgent(t *testing.T) {
	s := newStack(t, true)
	s.addTool("desk", desk, newProvider(t), nil)
	key := s.newKey(models.Key{Role: models.RoleExec, AllowedOrigins: []string{"https://shop.example.com"}})
	got := s.do("POST", "/api/hub/perform/desk__free", "{}", as(key), forUser(user), with("Origin", "https://shop.example.com"))
	if got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("answered %d with %v", got.status, got.header)
	}
}

// Tools, functions, links and accounts of one tenant are not there for another.
func TestHubOfOthersIsNotThere(t *testing.T) {
	s := newStack(t, true)
	p := newProvider(t)
	s.addTool("desk", desk, p, nil)
	s.connected("desk", user, keyed("ours"))
	other, otherKey := s.newTenant(true, "other")
	theirs := []func(*http.Request){as(otherKey), with(headerDatabase, ""), forUser(user)}
	s.do("GET", "/api/hub/fd", "", theirs...).want(200, "[]")
	s.do("GET", "/api/hub/tools", "", theirs...).want(200, "[]")
	s.do("GET", "/api/hub/tools/desk", "", theirs...).want(404, "")
	s.do("POST", "/api/hub/perform/desk__whoami", "{}", theirs...).want(404, "")
	s.do("DELETE", "/api/hub/tools/desk", "", theirs...).want(404, "")

	s.addToolOf(other, "desk", desk, p, nil)
	s.perform("desk__whoami", "", theirs...).is(hub.StatusRequiresAction) // our account is not theirs
	s.perform("desk__whoami", "").is(hub.StatusSuccess)
	if calls := p.calls("/me"); len(calls) != 1 || calls[0].header.Get("X-Api-Key") != "ours" {
		t.Errorf("the provider was asked %v", calls)
	}
}

// The state of a tool is the user's own: connected only while calls can be made.
func TestToolState(t *testing.T) {
	s := newStack(t, true)
	p := newProvider(t)
	s.addTool("desk", desk, p, nil)
	s.addTool("shared", desk, p, func(in *hub.Import) { in.Credentials = models.OwnerTenant })
	s.addTool("open", desk, p, func(in *hub.Import) { in.Only = []string{"free", "ring"} })
	state := func(name, user string) bool {
		t.Helper()
		var state toolStateResponse
		r := s.request("GET", "/api/hub/tools/"+name, "", forUser(user))
		got := s.send(r).want(200, "").json(&state)
		s.fits(r, got)
		if state.Provider != models.ToolOf(name) {
			t.Errorf("%s has the provider %s", name, state.Provider)
		}
		return state.Connected
	}
	s.connected("desk", "alice", keyed("k"))
	for name, want := range map[string]bool{
		"desk alice": true, "desk__whoami alice": true, "desk__free alice": true, "desk bob": false, "shared alice": false, "open bob": true, "open__ring bob": true,
	} {
		tool, user, _ := strings.Cut(name, " ")
		if state(tool, user) != want {
			t.Errorf("%s is not %v", name, want)
		}
	}
	s.connected("shared", "", keyed("k"))
	p.on("/me", replying(http.StatusUnauthorized, "{}"))
	s.perform("desk__whoami", "", forUser("alice")).is(hub.StatusRequiresAction)
	if state("desk", "alice") || !state("shared", "bob") {
		t.Error("a refused account counts as connected, or the tenant's own does not")
	}
	for _, name := range []string{"des", "desk__", "desk__who", "desk__whoami__x", "__", "DESK", "%2e%2e", "desk%00", "desk/free"} {
		s.do("GET", "/api/hub/tools/"+name, "", forUser("alice")).want(404, "")
	}
}

// The way back from the page is a web address, of an application that the tenant allows.
func TestAppIsChecked(t *testing.T) {
	s := newStack(t, true)
	address := func(url string) int {
		return s.do("POST", "/api/hub/session", "", forUser(user), with(headerAppURL, url)).status
	}
	for url, status := range map[string]int{
		"https://app.example.com/chat?x=1#y": 200, "http://localhost:3000": 200, "https://evil.example.com": 200,
		"javascript:alert(1)": 400, "data:text/html,x": 400, "/chat": 400, "//app.example.com": 400, "https://": 400, "https://u:p@app.example.com": 400,
		"ftp://app.example.com": 400, "https://app.example.com/" + strings.Repeat("x", 2000): 400, "app.example.com": 400, "https://a.example\x7f": 400,
	} {
		if got := address(url); got != status {
			t.Errorf("%q: %d", url, got)
		}
	}
	s.must(s.store.Tenants.AllowApps(t.Context(), s.owner, []string{"https://app.example.com"}))
	for url, status := range map[string]int{
		"https://app.example.com/chat": 200, "HTTPS://APP.example.com:443/": 200, "": 200,
		"https://evil.example.com": 400, "http://app.example.com": 400, "https://app.example.com:8443": 400, "https://app.example.com.evil.example": 400,
		`https://evil.example\@app.example.com`: 400, "https://app.example.com@evil.example": 400,
	} {
		if got := address(url); got != status {
			t.Errorf("with a list, %q: %d", url, got)
		}
	}
	got := s.do("POST", "/api/hub/session", "", forUser(user), with(headerAppName, strings.Repeat("n", 101)))
	got.want(400, "")
	if _, err := url.Parse(s.link(user, with(headerAppName, "Ünïcode \xff App"))); err != nil {
		t.Error(err)
	}
}
