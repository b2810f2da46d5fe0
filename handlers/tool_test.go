package handlers

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// savedTool adds a tool over HTTP.
func (s *stack) savedTool(fields ...any) toolResponse {
	s.t.Helper()
	var got struct{ Data toolResponse }
	r := s.request("POST", "/api/hub/tools", jsonObject(fields...))
	answer := s.send(r)
	s.fits(r, answer)
	answer.want(http.StatusOK, "").json(&got)
	return got.Data
}

const smallTool = `{"openapi":"3.1.0","info":{"title":"Small Thing","version":"1"},"servers":[{"url":"https://small.example.com/v1/"}],
		"paths":{"/x":{"get":{"operationId":"getX","summary":"Get X","responses":{"200":{"description":"X."}}}}}}`

// badTools are fields of requests and what is wrong with them; $ stands for a document.
var badTools = map[string]string{
	`"document":"x"`: "document", `"document":[]`: "document", `"document":7`: "document", `"document":null`: "document", `"document":{}`: "document",
	`"document":"","name":"a"`:                    "document",
	`"name":"Small Thing"`:                        "document",
	`"url":"ftp://x.example.com"`:                 "url",
	`"url":"https://u:p@x.example.com"`:           "url",
	`"url":"x"`:                                   "url",
	`"document":$,"name":"Not A Name"`:            "name",
	`"document":$,"name":"a__b"`:                  "name",
	`"document":$,"credentials":"all"`:            "credentials",
	`"document":$,"only":["nothing"]`:             "only",
	`"document":$,"only":[7]`:                     "only",
	`"document":$,"baseUrl":"x"`:                  "baseUrl",
	`"document":$,"revocationUrl":"javascript:1"`: "revocationUrl",
	`"document":$,"replace":1`:                    "replace",
	`"document":$,"allowPrivate":true`:            "allowPrivate",
	`"document":$,"clientSecret":{}`:              "clientSecret",
}

// A document comes as an object, or as a string of JSON or YAML, and makes the same tool.
func TestToolDocuments(t *testing.T) {
	s := newStack(t, true)
	const yaml = "openapi: 3.1.0\ninfo: {title: Small Thing, version: '1'}\nservers: [{url: 'https://small.example.com/v1/'}]\n" +
		"paths: {/x: {get: {operationId: getX, summary: Get X, responses: {'200': {description: X.}}}}}\n"
	for name, document := range map[string]any{"object": json.RawMessage(smallTool), "json": smallTool, "yaml": yaml} {
		tool := s.savedTool("document", document, "replace", true)
		if tool.Name != "small-thing" || tool.BaseURL != "https://small.example.com/v1" || len(tool.Functions) != 1 || tool.Functions[0].Name != "small-thing__getX" ||
			tool.Credentials != models.OwnerUser || tool.AllowPrivate || tool.CallbackURL != "" {
			t.Errorf("%s: made %+v", name, tool)
		}
	}
	tool := s.savedTool("document", yaml, "name", "mine", "baseUrl", "https://other.example.com", "credentials", "tenant", "only", []string{"GET /x"})
	if tool.Name != "mine" || tool.BaseURL != "https://other.example.com" || tool.Credentials != models.OwnerTenant || tool.Functions[0].Name != "mine__getX" {
		t.Errorf("made %+v", tool)
	}
	for fields, wrong := range badTools {
		got := s.do("POST", "/api/hub/tools", "{"+strings.ReplaceAll(fields, "$", smallTool)+"}")
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, `"path":["`+wrong+`"]`) {
			t.Errorf("%s: %d %s", fields, got.status, got.body)
		}
	}
	s.savedTool("document", yaml, "name", "last", "allowPrivate", false)
	var tools []toolResponse
	s.do("GET", "/api/hub/tools", "").json(&tools)
	if len(tools) != 3 || tools[0].Name != "last" || tools[2].Name != "small-thing" {
		t.Errorf("there are %+v", tools)
	}
}

// An address is fetched only from the public internet: the key of one tenant opens no other door.
func TestToolByAddress(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	p.on("/openapi.yaml", replying(200, desk, "Content-Type", "application/yaml"))
	for _, address := range []string{
		p.URL + "/openapi.yaml", strings.Replace(p.URL, "127.0.0.1", "localhost", 1) + "/openapi.yaml",
		"http://169.254.169.254/latest/meta-data/iam", "http://[::1]/x", "http://[::ffff:127.0.0.1]/x", "http://2130706433/x", "http://0x7f.1/x", "http://10.0.0.1/x",
	} {
		got := s.do("POST", "/api/hub/tools", jsonObject("url", address))
		if got.status != http.StatusBadRequest || !strings.Contains(got.body, `"path":["url"]`) || !strings.Contains(got.body, "could not be fetched") {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
	if n := len(p.calls("/openapi.yaml")); n != 0 {
		t.Errorf("the address was asked %d times", n)
	}
	s.deps.Importer = privately{s.client}
	s.server = nil
	tool := s.savedTool("url", p.URL+"/openapi.yaml")
	if tool.Name != "desk" || tool.Source != p.URL+"/openapi.yaml" {
		t.Errorf("made %+v", tool)
	}
	p.on("/openapi.yaml", replying(404, `s3cret`))
	s.do("POST", "/api/hub/tools", jsonObject("url", p.URL+"/openapi.yaml?key=s3cret")).want(400, "").hides("s3cret")
}

// privately stands in for a document on the public internet: it is here, on this machine.
type privately struct{ next importer }

func (i privately) Import(ctx context.Context, in hub.Import) (models.Tool, []hub.Finding, error) {
	in.AllowPrivate = true
	return i.next.Import(ctx, in)
}

// Replacing a tool keeps what its users entered and what is registered; removing it leaves
// nothing.
func TestToolReplacedAndRemoved(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	registered := func(in *hub.Import) { in.ClientID, in.ClientSecret = "sessionhub", "cl1ent" }
	s.addTool("accounts", accounts, p, registered)
	s.connected("accounts", user, map[string]models.Credential{"token": {Value: "t0ken"}})
	s.perform("accounts__bearer", "", repeatable("k")).is(hub.StatusSuccess)
	b, page := s.browser(), s.link(user)
	b.open(page)
	state := stateOf(b.open(page + signInPath))

	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.Only = []string{"bearer", "whoami"} })
	s.perform("accounts__bearer", "").is(hub.StatusSuccess)
	s.do("POST", "/api/hub/perform/accounts__basic", "", forUser(user)).want(404, "")
	if tool, err := s.store.Tools.Get(t.Context(), s.owner, "accounts"); err != nil || tool.ClientID != "sessionhub" || tool.ClientSecret != "cl1ent" {
		t.Errorf("the registration became %s, %v", tool.ClientID, err)
	}
	s.do("POST", "/api/hub/tools", jsonObject("document", desk, "name", "accounts")).want(409, "")

	s.do("DELETE", "/api/hub/tools/accounts", "").want(200, "")
	s.do("POST", "/api/hub/perform/accounts__bearer", "", forUser(user), repeatable("k")).want(404, "")
	s.do("GET", "/api/hub/tools/accounts", "", forUser(user)).want(404, "")
	b.open(s.callback("accounts")+"?code=c0de&state="+state).want(400, "")
	b.open(page).want(200, "").says("There is nothing to connect")
	for _, table := range []string{"tools", "functions", "connections", "authorizations", "performs"} {
		var n int
		s.row("SELECT count(*) FROM "+table, &n)
		if n != 0 {
			t.Errorf("%d rows stay in %s", n, table)
		}
	}
	s.addTool("accounts", accounts, p, nil)
	s.perform("accounts__bearer", "").is(hub.StatusRequiresAction) // a new tool of an old name inherits nothing
	for _, name := range []string{"account", "accounts__bearer", "ACCOUNTS", "%00", "a/b"} {
		s.do("DELETE", "/api/hub/tools/"+name, "").want(404, "")
	}
}

// Whoever lists tools reads no secret, no document and nothing of how they are called.
func TestToolListHoldsNoSecrets(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID, in.ClientSecret = "sessionhub", "cl1ent" })
	got := s.do("GET", "/api/hub/tools", "").want(200, "").hides("cl1ent", "openapi", "clientSecret")
	if !strings.Contains(got.body, `"callbackUrl":"https://sessions.example.com`+s.callback("accounts")+`"`) || !strings.Contains(got.body, `"clientId":"sessionhub"`) {
		t.Errorf("lists %s", got.body)
	}
}

// Metrics tell how each function does, and of no other than those that exist.
func TestHubMetrics(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__find", `{"q":"m4rk3r"}`).is(hub.StatusSuccess)
	s.perform("desk__find", `{}`).is(hub.StatusError)
	s.perform("desk__whoami", "", forUser("m4rk3r")).is(hub.StatusRequiresAction)
	s.do("POST", "/api/hub/perform/desk__m4rk3r", "{}", forUser(user)).want(404, "")
	s.perform("desk__write", `{"text":"a"}`, repeatable("k")).is(hub.StatusSuccess)
	s.do("POST", "/api/hub/perform/desk__write", `{"text":"b"}`, forUser(user), repeatable("k")).want(422, "")
	s.addTool("accounts", accounts, p, nil)
	s.token("access-0", "refresh-0", 0)
	p.on("/token", replying(200, `{"access_token":"x","expires_in":3600}`))
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	page := s.do("GET", "/metrics", "", with("Authorization", "")).want(200, "").hides("m4rk3r", user)
	for _, line := range []string{
		`sessionhub_hub_performs_total{function="desk__find",status="success"} 1`, `sessionhub_hub_performs_total{function="desk__find",status="error"} 1`,
		`sessionhub_hub_performs_total{function="desk__whoami",status="requires_action"} 1`, `sessionhub_hub_performs_total{function="desk__write",status="failed"} 1`,
		`sessionhub_hub_perform_seconds_count{function="desk__find"} 2`, `sessionhub_hub_refreshes_total{outcome="renewed"} 1`,
		`sessionhub_http_requests_total{method="POST",route="/api/hub/perform/:function",status="404"} 1`,
	} {
		if !strings.Contains(page.body, "\n"+line) {
			t.Errorf("the page has no %s", line)
		}
	}
	if n := strings.Count(page.body, "sessionhub_hub_perform_seconds_count{"); n != 4 {
		t.Errorf("%d functions have metrics", n)
	}
}
