package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionhub/hub"
)

// wayBack is where a provider leads a browser that came to it like this.
func wayBack(away answer, query string) string {
	away.t.Helper()
	u, err := url.Parse(away.want(http.StatusSeeOther, "").header.Get("Location"))
	if err != nil {
		away.t.Fatal(err)
	}
	redirect := u.Query().Get("redirect_uri")
	return redirect[strings.Index(redirect, "/api/"):] + "?" + query + "&state=" + u.Query().Get("state")
}

// A provider that leads its users on to another one, with the state of their sign-in, must not be
// handed the code that the other gives (RFC 9700, section 4.4).
func TestSignInMixUp(t *testing.T) {
	s, honest, _, b, page := signInStack(t)
	hostile := newProvider(t)
	s.addTool("evil", accounts, hostile, func(in *hub.Import) { in.ClientID = "x" })
	other, otherKey := s.newTenant(true, "other")
	s.addToolOf(other, "evil", accounts, hostile, func(in *hub.Import) { in.ClientID = "x" })
	theirs := s.link(user, as(otherKey), with(headerDatabase, ""))
	b.open(theirs).want(200, "")
	good, _, _ := strings.Cut(wayBack(b.open(page+signInPath), ""), "?")
	seen := map[string]bool{good: true}
	for _, from := range []string{page, theirs} {
		away := wayBack(b.open(from+"/sign-in?tool=evil&scheme=account"), "code=c0de")
		own, query, _ := strings.Cut(away, "?")
		if seen[own] {
			t.Errorf("two tools share the way back %s", own)
		}
		seen[own] = true
		b.open(good+"?"+query).want(400, "").says("This sign-in is over").hides("c0de")
		b.open(away).want(400, "").says("This sign-in is over") // it is used up
		b.open(wayBack(b.open(from+"/sign-in?tool=evil&scheme=account"), "error=access_denied")).want(303, "")
	}
	if n := len(hostile.calls("/token")) + len(honest.calls("/token")); n != 0 {
		t.Errorf("%d codes were exchanged", n)
	}
	if log := s.log.String(); !strings.Contains(log, "a sign-in came back from another provider") || strings.Contains(log, "c0de") {
		t.Errorf("the log is %s", log)
	}
}

// A provider that says who it is (RFC 9207) has to be the one of the sign-in.
func TestSignInOfAnotherIssuer(t *testing.T) {
	_, p, _, b, page := signInStack(t)
	for _, issuer := range []string{"https://evil.example.com", "x", strings.Replace(p.URL, "http:", "https:", 1), p.URL + ".evil.example.com", "//" + p.Listener.Addr().String()} {
		for _, query := range []string{"code=c0de", "error=access_denied"} {
			away := wayBack(b.open(page+signInPath), query+"&iss="+url.QueryEscape(issuer))
			b.open(away).want(400, "").says("This sign-in is over").hides("evil.example.com")
		}
	}
	if n := len(p.calls("/token")); n != 0 {
		t.Errorf("%d codes were exchanged", n)
	}
	for _, issuer := range []string{p.URL, p.URL + "/realms/acme"} {
		b.follow(b.open(wayBack(b.open(page+signInPath), "code=c0de&iss="+url.QueryEscape(issuer)))).says("The account is connected.")
	}
}
