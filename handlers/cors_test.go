package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	adminPage = "https://admin.example.com" // configured
	shopPage  = "https://shop.example.com"  // of an exec key
	evilPage  = "https://evil.example.com"
)

// ask is what a browser sends before a request of another origin.
func (s *stack) ask(target, origin string) answer {
	s.t.Helper()
	return s.do("OPTIONS", target, "", with("Authorization", ""), with(headerDatabase, ""), with("Origin", origin),
		with("Access-Control-Request-Method", "POST"), with("Access-Control-Request-Headers", "authorization,database-id-hash"))
}

func (a answer) allowed() string { return a.header.Get("Access-Control-Allow-Origin") }

func stackWithShop(t *testing.T, origins ...string) (*stack, string) {
	s := newStack(t, true)
	s.deps.CORSOrigins = origins
	return s, s.newKey(models.Key{Role: models.RoleExec, AllowedOrigins: []string{shopPage}})
}

// A browser lets a page send what the preflight allows: everything for configured origins,
// the exec route for those of an exec key, nothing for others.
func TestPreflight(t *testing.T) {
	s, _ := stackWithShop(t, adminPage)
	for _, c := range []struct {
		target, origin string
		allowed        bool
	}{
		{"/api/session", adminPage, true},
		{"/api/exec/session/x", adminPage, true},
		{"/api/keys/x", adminPage, true},
		{"/api/exec/session/x", shopPage, true},
		{"/api/exec/session/a%2Fb", shopPage, true},
		{"/api/session", shopPage, false},
		{"/api/session/x/messages", shopPage, false},
		{"/api/keys", shopPage, false},
		{"/api/exec/session/x", evilPage, false},
		{"/api/session", evilPage, false},
		{"/api/session", "null", false},
	} {
		got := s.ask(c.target, c.origin)
		if got.status != http.StatusNoContent || (got.allowed() == c.origin) != c.allowed || !c.allowed && got.allowed() != "" {
			t.Errorf("%s from %s: %d, allowed %q", c.target, c.origin, got.status, got.allowed())
		}
		methods, headers := got.header.Get("Access-Control-Allow-Methods"), strings.ToLower(got.header.Get("Access-Control-Allow-Headers"))
		complete := methods == "GET, POST, PUT, DELETE"
		for _, header := range []string{"authorization", "content-type", "database-id-hash", "x-api-key", "x-database-id", "x-request-id"} {
			complete = complete && strings.Contains(headers, header)
		}
		if complete != c.allowed || !c.allowed && methods+headers != "" {
			t.Errorf("%s from %s: methods %q, headers %q", c.target, c.origin, methods, headers)
		}
	}
}

// A page reads the answer of its request, errors too; one that is not allowed reads nothing.
func TestAnswersAreReadable(t *testing.T) {
	s, shop := stackWithShop(t, adminPage)
	anywhere := s.newKey(models.Key{Role: models.RoleExec, DisplayName: "anywhere"})
	for _, c := range []struct {
		name, method, target, body, key, origin string
		status                                  int
		readable                                bool
	}{
		{"list", "GET", "/api/session", "", s.key, adminPage, 200, true},
		{"not a key", "GET", "/api/session", "", "x", adminPage, 401, true},
		{"bad input", "GET", "/api/session?limit=x", "", s.key, adminPage, 400, true},
		{"no such route", "GET", "/api/x", "", s.key, adminPage, 404, true},
		{"wrong method", "PATCH", "/api/session", "", s.key, adminPage, 405, true},
		{"exec", "POST", "/api/exec/session/x", alice, shop, shopPage, 200, true},
		{"exec, bad input", "POST", "/api/exec/session/x", "{}", shop, shopPage, 400, true},
		{"exec, owner key", "POST", "/api/exec/session/x", alice, s.key, shopPage, 200, false},
		{"exec, key without origins", "POST", "/api/exec/session/x", alice, anywhere, shopPage, 200, false},
		{"exec, other page", "POST", "/api/exec/session/x", alice, shop, evilPage, 403, false},
		{"list, exec page", "GET", "/api/session", "", s.key, shopPage, 200, false},
		{"list, other page", "GET", "/api/session", "", s.key, evilPage, 200, false},
		{"no page", "GET", "/api/session", "", s.key, "", 200, false},
	} {
		got := s.do(c.method, c.target, c.body, as(c.key), with("Origin", c.origin))
		if got.status != c.status || (got.allowed() == c.origin && c.origin != "") != c.readable || !c.readable && got.allowed() != "" {
			t.Errorf("%s: %d, allowed %q", c.name, got.status, got.allowed())
		}
		exposed := got.header.Get("Access-Control-Expose-Headers")
		if c.readable && exposed != "X-Request-Id, X-Total-Count, Retry-After" || !c.readable && exposed != "" {
			t.Errorf("%s: exposes %q", c.name, exposed)
		}
		if vary := got.header.Values("Vary"); !strings.Contains(strings.Join(vary, ","), "Origin") {
			t.Errorf("%s: varies by %v, so that a cache may give one page the answer of another", c.name, vary)
		}
		if got.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s: allows cookies", c.name)
		}
	}
}

// "*" is for a service that any page may use.
func TestAnyOrigin(t *testing.T) {
	s, _ := stackWithShop(t, "*")
	for _, origin := range []string{adminPage, evilPage, "null"} {
		if got := s.ask("/api/session", origin); got.allowed() != origin {
			t.Errorf("preflight from %s: allowed %q", origin, got.allowed())
		}
		if got := s.do("GET", "/api/session", "", with("Origin", origin)); got.allowed() != origin {
			t.Errorf("from %s: allowed %q", origin, got.allowed())
		}
	}
}

// When the key goes, so does what its pages may do; and an OPTIONS that is no preflight is
// told the methods only.
func TestOriginGoesWithItsKey(t *testing.T) {
	s := newStack(t, true)
	key := models.Key{Role: models.RoleExec, DisplayName: "shop", AllowedOrigins: []string{shopPage}}
	_, err := s.store.Keys.Create(t.Context(), s.owner, &key)
	s.must(err)
	if got := s.ask("/api/exec/session/x", shopPage); got.allowed() != shopPage {
		t.Errorf("allowed %q", got.allowed())
	}
	s.do("DELETE", "/api/keys/"+key.LocatorHash, "").want(200, "")
	if got := s.ask("/api/exec/session/x", shopPage); got.allowed() != "" {
		t.Errorf("still allowed %q", got.allowed())
	}
	got := s.do("OPTIONS", "/api/session", "", with("Origin", adminPage))
	if got.status != http.StatusNoContent || got.header.Get("Access-Control-Allow-Methods") != "" || got.header.Get("Allow") == "" {
		t.Errorf("OPTIONS: %d %v", got.status, got.header)
	}
}
