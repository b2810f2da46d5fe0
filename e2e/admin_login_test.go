package e2e

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	loginCookie = "sessionhub_login"
	panelPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// visitor asks for pages of the admin panel with one cookie, and follows nothing.
type visitor struct {
	t      *testing.T
	base   string
	http   *http.Client
	cookie string            // of a login; empty for none
	header map[string]string // of every request besides
}

func newVisitor(t *testing.T, base string) *visitor {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, base: base, http: &http.Client{
		Timeout: requestLimit, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// signedIn is a visitor who has signed in with the key.
func (v visitor) signedIn(key string) *visitor {
	v.t.Helper()
	answer, _ := v.post("/admin/login", "key", key)
	v.cookie = cookieOf(answer).Value
	if answer.StatusCode != http.StatusSeeOther || v.cookie == "" {
		v.t.Fatalf("signing in: status %d", answer.StatusCode)
	}
	return &v
}

// bearing is the same visitor with these headers, given by name and value.
func (v visitor) bearing(headers ...string) *visitor {
	v.header = map[string]string{}
	for k := 0; k < len(headers); k += 2 {
		v.header[headers[k]] = headers[k+1]
	}
	return &v
}

// cookieOf is that of a login, as the answer sets it; an empty one where it does not.
func cookieOf(answer *http.Response) *http.Cookie {
	for _, cookie := range answer.Cookies() {
		if cookie.Name == loginCookie {
			return cookie
		}
	}
	return &http.Cookie{}
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	return v.send(http.MethodGet, path, "")
}

// post sends a form with these fields, given by name and value.
func (v *visitor) post(path string, fields ...string) (*http.Response, string) {
	v.t.Helper()
	form := url.Values{}
	for k := 0; k < len(fields); k += 2 {
		form.Add(fields[k], fields[k+1])
	}
	return v.send(http.MethodPost, path, form.Encode())
}

func (v *visitor) send(method, path, body string) (*http.Response, string) {
	v.t.Helper()
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if v.cookie != "" {
		r.AddCookie(&http.Cookie{Name: loginCookie, Value: v.cookie})
	}
	for name, value := range v.header {
		r.Header.Set(name, value)
	}
	answer, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer, string(page)
}

// expectIn expects that the visitor is signed in, or is not.
func (v *visitor) expectIn(t *testing.T, want bool, when string) {
	t.Helper()
	answer, _ := v.get("/admin/sessions")
	to := answer.Header.Get("Location")
	if in := answer.StatusCode == http.StatusOK; in != want || !in && (answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "/admin/login")) {
		t.Errorf("%s: status %d, to %q; want to be in: %v", when, answer.StatusCode, to, want)
	}
}

// newKey makes an API key with the role, by the API.
func (c *client) newKey(t *testing.T, role string, more ...object) apiKey {
	t.Helper()
	body := object{"displayName": "made for a test", "role": role}
	for _, fields := range more {
		for name, value := range fields {
			body[name] = value
		}
	}
	var made struct{ Data apiKey }
	decode(t, c.must(t, http.StatusOK, "POST", "/api/keys", body), &made)
	return made.Data
}

// panelPages are addresses of all kinds of pages.
var panelPages = []string{
	"/admin/sessions?agent=agent-123", "/admin/sessions/s-1", "/admin/sessions/s-1?view=json", "/admin/sessions/s-1/download",
	"/admin/usage", "/admin/usage?days=7&agent=agent-123", "/admin/audit", "/admin/keys", "/admin/sessions/gone", "/admin/nowhere",
}

// Nobody sees a page without a login, or with what looks like one; after signing in one comes to where
// one wanted to go, if that is in the panel.
func TestAdminIsClosed(t *testing.T) {
	s := newInstallation(t).start()
	s.create(t, "s-1", "Zq9xName", "zq9x@example.com")
	v := newVisitor(t, s.base)
	for _, cookie := range []string{"", "x", s.key, strings.Repeat("a", 64)} {
		v.cookie = cookie
		for _, path := range panelPages[:8] {
			answer, page := v.get(path)
			want := "/admin/login?" + url.Values{"next": {path}}.Encode()
			if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || to != want || strings.Contains(page, "Zq9x") {
				t.Errorf("%s with the cookie %q: status %d, to %q, want %q\n%s", path, cookie, answer.StatusCode, to, want, page)
			}
		}
	}
	v.cookie = ""
	for _, path := range []string{"/admin/sessions/confirm", "/admin/sessions/delete", "/admin/keys"} {
		if answer, page := v.post(path, "id", "s-1", "name", "mine", "role", "owner"); answer.Header.Get("Location") != "/admin/login" || strings.Contains(page, "Zq9x") {
			t.Errorf("%s: status %d, to %q\n%s", path, answer.StatusCode, answer.Header.Get("Location"), page)
		}
	}
	if len(s.sessions(t, "")) != 1 || len(s.entries(t, "createKey")) > 0 {
		t.Errorf("there are the sessions %v and the entries %v", s.sessions(t, ""), s.entries(t, ""))
	}
	for next, want := range map[string]string{
		"/admin/usage?days=7": "/admin/usage?days=7", "https://evil.example/admin/usage": "/admin/sessions", "//evil.example/admin/": "/admin/sessions",
		`/\evil.example/admin/`: "/admin/sessions", "/docs": "/admin/sessions", "": "/admin/sessions",
	} {
		answer, _ := v.post("/admin/login", "key", s.key, "next", next)
		if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || to != want {
			t.Errorf("next %q: status %d, to %q, want %q", next, answer.StatusCode, to, want)
		}
	}
}

// The cookie is for this panel alone, and out of the reach of scripts; every page forbids to be kept,
// framed, or to load what is not ours.
func TestAdminCookieAndHeaders(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	s.create(t, "s-1", "Alice", "alice@example.com")
	v := newVisitor(t, s.base)
	expectCookie(t, v, s.key, "/admin", false)
	expectPanelHeaders(t, v, []string{"/admin/login", "/admin/login?next=%2Fadmin%2Fusage", "/admin/sessions"})
	expectPanelHeaders(t, v.signedIn(s.key), panelPages)
	s.stop()

	address := freeAddress(t)
	i.env = append(i.env, "SESSIONHUB_ADDR="+address, "SESSIONHUB_PUBLIC_URL=https://example.com/hub")
	behind := i.launch()
	v.base = "http://" + address
	if err := behind.await(startLimit, newClient(v.base, "", "").serves); err != nil {
		t.Fatalf("%v\n%s", err, behind.stderr.String())
	}
	expectCookie(t, v, s.key, "/hub/admin", true)
}

// serves says whether the server answers by now.
func (c *client) serves() bool {
	status, _, err := c.do(http.MethodGet, "/readyz", nil)
	c.http.CloseIdleConnections()
	return err == nil && status == http.StatusOK
}

func expectCookie(t *testing.T, v *visitor, key, path string, secure bool) {
	t.Helper()
	answer, _ := v.post("/admin/login", "key", key)
	c := cookieOf(answer)
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != path || c.Domain != "" || c.Secure != secure || len(c.Value) < 32 {
		t.Errorf("the cookie is %v", c)
	}
}

func expectPanelHeaders(t *testing.T, v *visitor, paths []string) {
	t.Helper()
	for _, path := range paths {
		answer, _ := v.get(path)
		for header, want := range map[string]string{
			"Content-Security-Policy": panelPolicy, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		} {
			if got := answer.Header.Get(header); got != want {
				t.Errorf("%s: %s is %q, want %q", path, header, got, want)
			}
		}
	}
}

// A login ends when its person signs out or signs in again, and when its key is revoked; and no other.
func TestAdminLoginEnds(t *testing.T) {
	s := newInstallation(t).start()
	v := newVisitor(t, s.base)
	first, colleague := v.signedIn(s.key), v.signedIn(s.key)
	again := first.signedIn(s.key)
	if again.cookie == first.cookie {
		t.Error("signing in again gives the same cookie")
	}
	first.expectIn(t, false, "the cookie from before signing in again")
	again.expectIn(t, true, "the cookie from signing in again")

	answer, _ := again.post("/admin/logout")
	if c := cookieOf(answer); answer.StatusCode != http.StatusSeeOther || c.MaxAge >= 0 || c.Path != "/admin" {
		t.Errorf("signing out: status %d, and the cookie %v", answer.StatusCode, c)
	}
	again.expectIn(t, false, "the cookie after signing out")
	colleague.expectIn(t, true, "a colleague's cookie")

	made := s.newKey(t, "admin")
	admin := v.signedIn(made.APIKey)
	admin.expectIn(t, true, "with a key of an admin")
	if _, page := admin.get("/admin/sessions"); strings.Contains(page, "/admin/keys") {
		t.Errorf("an admin is led to the keys:\n%s", page)
	}
	if answer, _ := admin.get("/admin/keys"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("an admin at the keys: status %d", answer.StatusCode)
	}
	if answer, _ := admin.post("/admin/keys", "name", "mine", "role", "owner"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("an admin makes a key: status %d", answer.StatusCode)
	}
	s.must(t, http.StatusOK, "DELETE", "/api/keys/"+made.KeyLocatorHash, nil)
	admin.expectIn(t, false, "with a key that was revoked")
	colleague.expectIn(t, true, "a colleague's cookie")
}

// What changes something is not done when another site sends it, whatever the browser says about that.
func TestAdminRefusesOtherSites(t *testing.T) {
	s := newInstallation(t).start()
	s.create(t, "s-1", "Alice", "alice@example.com")
	made := s.newKey(t, "agent")
	operator := newVisitor(t, s.base).signedIn(s.key)
	unsafe := map[string][]string{
		"/admin/login": {"key", s.key}, "/admin/logout": nil, "/admin/sessions/confirm": {"id", "s-1"}, "/admin/sessions/delete": {"id", "s-1"},
		"/admin/keys": {"name", "forged", "role", "owner"}, "/admin/keys/" + made.KeyLocatorHash + "/revoke": nil,
	}
	for _, headers := range [][]string{
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", strings.Replace(s.base, "http://", "https://", 1) + ".evil.example"},
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", s.base, "Sec-Fetch-Site", "cross-site"},
	} {
		for path, fields := range unsafe {
			if answer, page := operator.bearing(headers...).post(path, fields...); answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) > 0 {
				t.Errorf("%s with %v: status %d, %v\n%s", path, headers, answer.StatusCode, answer.Cookies(), page)
			}
		}
	}
	for _, path := range []string{"/admin/sessions/delete?id=s-1", "/admin/keys/" + made.KeyLocatorHash + "/revoke", "/admin/logout"} {
		operator.get(path) // such as an image of another site does
	}
	operator.expectIn(t, true, "after all that")
	if len(s.sessions(t, "")) != 1 || len(s.entries(t, "deleteSession"))+len(s.entries(t, "revokeKey")) > 0 || len(s.entries(t, "createKey")) != 1 {
		t.Errorf("there are the sessions %v and the entries %v", s.sessions(t, ""), s.entries(t, ""))
	}
	s.with(s.hash, made.APIKey).must(t, http.StatusOK, "GET", "/api/session", nil)
	for _, headers := range [][]string{{"Origin", s.base}, {"Sec-Fetch-Site", "same-origin"}, nil} {
		if answer, _ := operator.bearing(headers...).post("/admin/sessions/confirm", "id", "s-1"); answer.StatusCode != http.StatusOK {
			t.Errorf("our own form with %v: status %d", headers, answer.StatusCode)
		}
	}
}

// Whoever guesses keys is told to wait; whoever is signed in is not.
func TestAdminSignInIsLimited(t *testing.T) {
	s := newInstallation(t).start()
	v := newVisitor(t, s.base)
	operator := v.signedIn(s.key)
	var statuses []int
	for range 50 {
		answer, page := v.post("/admin/login", "key", "ad_key_"+strings.Repeat("A", 22)+"_"+strings.Repeat("B", 43))
		if cookieOf(answer).Value != "" {
			t.Fatalf("a wrong key gives a cookie: %v", answer.Cookies())
		}
		if statuses = append(statuses, answer.StatusCode); answer.StatusCode != http.StatusTooManyRequests {
			continue
		}
		if wait, err := strconv.Atoi(answer.Header.Get("Retry-After")); err != nil || wait < 1 || !strings.Contains(page, "Too many tries") {
			t.Errorf("Retry-After is %q, and the page says\n%s", answer.Header.Get("Retry-After"), page)
		}
		break
	}
	tries := len(statuses) - 1
	if tries < 5 || statuses[tries] != http.StatusTooManyRequests || slices.Contains(statuses[:tries], http.StatusTooManyRequests) || statuses[0] != http.StatusUnauthorized {
		t.Errorf("the tries were answered with %v", statuses)
	}
	operator.expectIn(t, true, "who is signed in")
	s.must(t, http.StatusOK, "GET", "/api/session", nil)
}

// A login outlives the process, because it is in the database; but not so that somebody who holds that,
// or the log, could use it. The log names no user either.
func TestAdminLeavesNothingReadable(t *testing.T) {
	const nameMarker, mailMarker = "Zq9xNameMarkerQ7vK", "zq9xmailmarkerq7vk@example.com"
	i := newInstallation(t, "SESSIONHUB_LOG_LEVEL=debug")
	s := i.start()
	s.create(t, "s-1", nameMarker, mailMarker)
	made := s.newKey(t, "admin")
	v := newVisitor(t, s.base)
	operator := v.signedIn(made.APIKey)
	v.post("/admin/login", "key", made.APIKey+"x")
	for _, path := range append(panelPages, "/admin/sessions?agent=agent-123&q="+nameMarker, "/admin/sessions?agent=agent-123&q="+url.QueryEscape(mailMarker)) {
		if answer, _ := operator.get(path); answer.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s: status %d", path, answer.StatusCode)
		}
	}
	operator.post("/admin/sessions/confirm", "id", "s-1", "back", "/admin/sessions?q="+nameMarker)
	secrets := map[string]string{
		"the cookie": operator.cookie, "the key": made.APIKey[strings.LastIndex(made.APIKey, "_")+1:], "a name": nameMarker, "an address": mailMarker,
	}
	expectUnreadablePanel(t, i, s, secrets)
	s.kill()
	i.awaitQuiet(t)
	s = i.start()
	operator.base = s.base
	operator.expectIn(t, true, "after the process was killed")
	expectUnreadablePanel(t, i, s, secrets)
}

func expectUnreadablePanel(t *testing.T, i *installation, s *server, secrets map[string]string) {
	t.Helper()
	for what, secret := range secrets {
		for _, found := range i.scan(t, secret, map[string]string{"standard output": s.stdout.String(), "the log": s.stderr.String()}) {
			t.Errorf("%s, %q: %s", what, secret, found)
		}
	}
}
