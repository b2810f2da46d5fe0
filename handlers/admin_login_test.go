package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// Owners and admins are let in; the others are told why not, and nobody who is refused gets a cookie.
func TestSignInToPanel(t *testing.T) {
	s := newStack(t, true)
	expired := s.clock.Now().Add(time.Minute)
	late := s.newKey(models.Key{Role: models.RoleOwner, ExpiresAt: &expired})
	s.clock.advance(2 * time.Minute)
	for _, c := range []struct {
		key    string
		status int
		words  string
	}{
		{s.newKey(models.Key{Role: models.RoleOwner}), http.StatusSeeOther, ""},
		{"  " + s.newKey(models.Key{Role: models.RoleAdmin}) + "\n", http.StatusSeeOther, ""},
		{s.newKey(models.Key{Role: models.RoleAgent}), http.StatusForbidden, "this one has the role agent"},
		{s.newKey(models.Key{Role: models.RoleExec}), http.StatusForbidden, "this one has the role exec"},
		{late, http.StatusUnauthorized, "has expired or was revoked"},
		{"", http.StatusUnauthorized, "begins with ad_key_"},
		{"ad_key_nonsense", http.StatusUnauthorized, "no API key of this service"},
		{strings.Repeat("x", 100_000), http.StatusUnauthorized, "no API key of this service"},
	} {
		b := s.browser()
		got := b.post("/admin/login", "key", c.key).want(c.status, "").says(c.words)
		if c.key != "" && len(c.key) < 1000 {
			got.hides(strings.TrimSpace(c.key))
		}
		if (b.token() != "") != (c.status == http.StatusSeeOther) {
			t.Errorf("%d comes with the cookie %q", c.status, b.token())
		}
	}
}

func TestLoginCookie(t *testing.T) {
	for address, secure := range map[string]bool{"https://sessions.example.com": true, "https://example.com/hub": true, "": false} {
		s := newStack(t, true)
		s.deps.PublicURL = address
		b := s.operator(models.RoleOwner)
		cookie := b.cookies[0]
		path := "/admin"
		if strings.HasSuffix(address, "/hub") {
			path = "/hub/admin"
		}
		if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Secure != secure || cookie.Path != path || cookie.MaxAge != 0 || cookie.Domain != "" {
			t.Errorf("at %q the cookie is %v", address, cookie)
		}
		if strings.Contains(s.log.String(), b.token()) {
			t.Error("the cookie is in the log")
		}
	}
}

// Who signs in again gets another login, and the one before is over: a cookie that was put into a
// browser beforehand is worth nothing.
func TestSignInRotates(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	before := b.cookies
	b.post("/admin/login", "key", s.newKey(models.Key{Role: models.RoleAdmin})).want(http.StatusSeeOther, "")
	if b.token() == before[0].Value {
		t.Error("the cookie stayed")
	}
	b.open("/admin/sessions").want(http.StatusOK, "").says("admin")
	b.cookies = before
	b.open("/admin/sessions").want(http.StatusSeeOther, "")
}

// A reader gets to where they wanted to go, and only there.
func TestSignInLeadsBack(t *testing.T) {
	s := newStack(t, true)
	key := s.newKey(models.Key{Role: models.RoleOwner})
	b := s.browser()
	got := b.open("/admin/audit?month=2025-02&event=x%26y").want(http.StatusSeeOther, "")
	if to := got.header.Get("Location"); to != "/admin/login?next=%2Fadmin%2Faudit%3Fmonth%3D2025-02%26event%3Dx%2526y" {
		t.Fatalf("a stranger is led to %s", to)
	}
	if page := b.follow(got).want(http.StatusOK, ""); !strings.Contains(page.body, `value="/admin/audit?month=2025-02&amp;event=x%26y"`) {
		t.Errorf("the form has forgotten: %s", page.body)
	}
	got = b.post("/admin/login", "key", key, "next", "/admin/audit?month=2025-02&event=x%26y")
	if to := got.header.Get("Location"); to != "/admin/audit?month=2025-02&event=x%26y" {
		t.Errorf("signing in leads to %s", to)
	}
	got = b.open("/admin/login?next=/admin/keys").want(http.StatusSeeOther, "")
	if to := got.header.Get("Location"); to != "/admin/keys" {
		t.Errorf("who is signed in is led to %s", to)
	}
	got = s.browser().post("/admin/login", "key", key, "next", "https://evil.example/admin/x")
	if to := got.header.Get("Location"); to != "/admin/sessions" {
		t.Errorf("signing in leads to %s", to)
	}
	got = s.browser().open("/admin/sessions", htmx).want(http.StatusOK, "")
	if got.header.Get(headerHTMXGo) != "/admin/login" || got.body != "" {
		t.Errorf("a part of a page is answered to a stranger with %q, %q", got.header.Get(headerHTMXGo), got.body)
	}
}

func TestSignOut(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	before := b.cookies
	got := b.post("/admin/logout").want(http.StatusSeeOther, "")
	if b.cookies[0].MaxAge >= 0 || b.token() != "" {
		t.Errorf("the browser keeps %v", b.cookies)
	}
	b.follow(got).want(http.StatusOK, "").says("You are signed out.")
	b.cookies = before
	b.open("/admin/sessions").want(http.StatusSeeOther, "")
	b.post("/admin/logout").want(http.StatusSeeOther, "") // signed out twice is signed out
	s.browser().post("/admin/logout").want(http.StatusSeeOther, "")
}

// A login ends after eight hours of nothing, and lasts as long as there is something.
func TestLoginEndsWhenIdle(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	for range 3 {
		s.clock.advance(models.LoginIdle - 2*time.Minute)
		b.open("/admin/sessions").want(http.StatusOK, "")
	}
	s.clock.advance(models.LoginIdle + time.Second)
	b.open("/admin/sessions").want(http.StatusSeeOther, "")
}

// A key that is revoked opens nothing any more, from the next request on.
func TestRevokedKeyEndsItsLogins(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleAdmin)
	for _, key := range s.keys() {
		if key.Role == string(models.RoleAdmin) {
			s.do("DELETE", "/api/keys/"+key.KeyLocatorHash, "").want(http.StatusOK, "")
		}
	}
	b.open("/admin/sessions").want(http.StatusSeeOther, "")
}

// keys lists the keys of the tenant.
func (s *stack) keys() []keyResponse {
	s.t.Helper()
	var all []keyResponse
	s.do("GET", "/api/keys", "").want(http.StatusOK, "").json(&all)
	return all
}

// Ten tries are free, then one address has to wait; another one has not.
func TestSignInIsLimited(t *testing.T) {
	s := newStack(t, true)
	key := s.newKey(models.Key{Role: models.RoleOwner})
	for range loginBurst {
		s.browser().post("/admin/login", "key", "ad_key_wrong").want(http.StatusUnauthorized, "")
	}
	got := s.browser().post("/admin/login", "key", key, "next", "/admin/keys").want(http.StatusTooManyRequests, "").says("Too many tries")
	if got.header.Get("Retry-After") != "6" {
		t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
	}
	elsewhere := func(r *http.Request) { r.RemoteAddr = "198.51.100.9:1" }
	s.browser().ask("POST", "/admin/login", "key="+key, elsewhere).want(http.StatusSeeOther, "")
}

// The audit log tells who came and went.
func TestSigningInIsAudited(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleAdmin)
	b.post("/admin/logout")
	var entries []auditResponse
	s.do("GET", "/api/audit?limit=2", "").want(http.StatusOK, "").json(&entries)
	if len(entries) != 2 || entries[0].EventName != models.EventSignOut || entries[1].EventName != models.EventSignIn || entries[0].IP != "203.0.113.7" || !strings.Contains(entries[1].UA, "Firefox") {
		t.Errorf("the log has %+v", entries)
	}
}
