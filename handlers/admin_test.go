package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

// panelTable says who may see which page, and so holds every one of them.
var panelTable = map[routeName]string{
	{"GET", "/admin/sessions"}:                     "owner admin",
	{"GET", "/admin/sessions/:id"}:                 "owner admin",
	{"GET", "/admin/sessions/:id/download"}:        "owner admin",
	{"POST", "/admin/sessions/confirm"}:            "owner admin",
	{"POST", "/admin/sessions/delete"}:             "owner admin",
	{"GET", "/admin/usage"}:                        "owner admin",
	{"GET", "/admin/audit"}:                        "owner admin",
	{"GET", "/admin/keys"}:                         "owner",
	{"POST", "/admin/keys"}:                        "owner",
	{"GET", "/admin/keys/:keyLocatorHash"}:         "owner",
	{"POST", "/admin/keys/:keyLocatorHash/revoke"}: "owner",
}

// A page that somebody adds and forgets to close is found here.
func TestEveryPanelPageIsClosed(t *testing.T) {
	s := newStack(t, true)
	for _, name := range panelRoutesOf(t, s) {
		if panelTable[name] == "" {
			t.Errorf("%v is not in the table of roles", name)
		}
		stranger := s.browser()
		got := stranger.ask(name.method, fill(name.path), "id=x").want(http.StatusSeeOther, "")
		if to := got.header.Get("Location"); !strings.HasPrefix(to, "/admin/login") {
			t.Errorf("%v leads a stranger to %q", name, to)
		}
		stranger.cookies = []*http.Cookie{{Name: loginCookie, Value: "made.up"}}
		stranger.ask(name.method, fill(name.path), "id=x").want(http.StatusSeeOther, "")
	}
}

// Each role sees what the table says, and is told of the rest in words.
func TestPanelRoles(t *testing.T) {
	s := newStack(t, true)
	for _, role := range []models.Role{models.RoleOwner, models.RoleAdmin} {
		b := s.operator(role)
		for _, name := range panelRoutesOf(t, s) {
			got := b.ask(name.method, fill(name.path), "")
			may := slices.Contains(strings.Fields(panelTable[name]), string(role))
			if may == (got.status == http.StatusForbidden) || got.status == http.StatusSeeOther {
				t.Errorf("%v as %s: %d", name, role, got.status)
			}
			if !may {
				got.says("a key with the role admin may not do this")
			}
		}
		b.open("/admin/sessions").want(http.StatusOK, "").says(string(role))
		if shown := strings.Contains(b.open("/admin/sessions").body, `href="/admin/keys"`); shown != (role == models.RoleOwner) {
			t.Errorf("as %s the way to the keys is shown: %v", role, shown)
		}
	}
}

// The panel is no place for others' forms, frames and caches, and loads nothing but its own.
func TestPanelHeaders(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	for _, target := range []string{"/admin/sessions", "/admin/login", "/admin/nothing", "/admin/sessions/nothing", "/admin/keys"} {
		got := b.open(target)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"Cache-Control":           "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, got.header.Get(name))
			}
		}
		if !slices.Contains(got.header.Values("Vary"), headerHTMX) {
			t.Errorf("%s varies by %q", target, got.header.Values("Vary"))
		}
	}
}

// Every route that changes something refuses what another site's page sends with the reader's cookie.
func TestPanelRefusesOtherSites(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	s.talk(1)
	routes := append(panelRoutesOf(t, s), routeName{"POST", "/admin/login"}, routeName{"POST", "/admin/logout"})
	for _, name := range routes {
		if name.method != http.MethodPost {
			continue
		}
		for _, option := range []func(*http.Request){
			with("Sec-Fetch-Site", "cross-site"), with("Sec-Fetch-Site", "same-site"),
			func(r *http.Request) { r.Header.Del("Sec-Fetch-Site"); r.Header.Set("Origin", "https://evil.example") },
		} {
			b.ask(name.method, fill(name.path), "id=s01", option).want(http.StatusForbidden, "").says("another site")
		}
	}
	s.session("s01")
	b.open("/admin/sessions").want(http.StatusOK, "")
}

// What is not there is a page too, for who is signed in and who is not.
func TestPanelPagesThatAreNotThere(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	for _, target := range []string{
		"/admin/nothing", "/admin/sessions/nothing", "/admin/sessions/nothing/download", "/admin/keys/nothing", "/admin/sessions/%00", "/admin/sessions/a%2Fb",
	} {
		got := b.open(target).want(http.StatusNotFound, "")
		if got.header.Get("Content-Type") != "text/html; charset=UTF-8" || got.header.Get("Content-Disposition") != "" {
			t.Errorf("%s is %q, %q", target, got.header.Get("Content-Type"), got.header.Get("Content-Disposition"))
		}
	}
	s.browser().open("/admin/nothing").want(http.StatusNotFound, "")
	got := s.browser().open("/admin").want(http.StatusSeeOther, "")
	if got.header.Get("Location") != "/admin/sessions" {
		t.Errorf("/admin leads to %q", got.header.Get("Location"))
	}
}

// Addresses that come with a request lead to the panel and nowhere else.
func TestPanelLeadsNowhereElse(t *testing.T) {
	for address, want := range map[string]string{
		"/admin/sessions?agent=a&q=b%26c": "/admin/sessions?agent=a&q=b%26c",
		"/admin/keys":                     "/admin/keys",
		"":                                "/admin/sessions",
		"/admin":                          "/admin/sessions",
		"//evil.example/admin/":           "/admin/sessions",
		"https://evil.example/admin/x":    "/admin/sessions",
		`/\evil.example/admin/`:           "/admin/sessions",
		"javascript:alert(1)":             "/admin/sessions",
		"/admin/../api/x":                 "/admin/sessions",
		"/admin/%2e%2e/api/x":             "/admin/sessions",
		"/adminx/":                        "/admin/sessions",
		"/admin/x\r\nSet-Cookie: a=b":     "/admin/sessions",
	} {
		if got := localAddress("/admin", address); got != want {
			t.Errorf("%q leads to %q, want %q", address, got, want)
		}
	}
}
