package handlers

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
)

// tokenStack is a stack whose user has a token for the tool accounts, good for an hour.
func tokenStack(t *testing.T) (*stack, *provider, *issuer) {
	t.Helper()
	s, p := newStack(t, true), newProvider(t)
	i := &issuer{expires: `,"expires_in":3600`, refresh: true}
	p.on("/token", i.ServeHTTP)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID, in.ClientSecret = "sessionhub", "cl1ent" })
	s.token("access-0", "refresh-0", time.Hour)
	return s, p, i
}

// token connects the user with a token that lives so long.
func (s *stack) token(access, refresh string, life time.Duration) {
	s.t.Helper()
	s.connected("accounts", user, map[string]models.Credential{"account": {Token: &models.OAuthToken{
		Access: models.Secret(access), Refresh: models.Secret(refresh), Type: "Bearer", Expiry: s.clock.Now().Add(life),
	}}})
}

// bearers lists the tokens that a path was called with.
func (p *provider) bearers(path string) string {
	var tokens []string
	for _, r := range p.calls(path) {
		tokens = append(tokens, strings.TrimPrefix(r.header.Get("Authorization"), "Bearer "))
	}
	return strings.Join(tokens, " ")
}

// A token is renewed before it is over, and not sooner; the refresh token that comes with the new
// one is kept, and one that does not come leaves the old.
func TestRefreshInTime(t *testing.T) {
	s, p, i := tokenStack(t)
	ask := func() { t.Helper(); s.perform("accounts__whoami", "").is(hub.StatusSuccess) }
	ask()
	s.clock.advance(59*time.Minute - time.Second)
	ask()
	if got := p.bearers("/me"); got != "access-0 access-0" {
		t.Fatalf("called with %s", got)
	}
	s.clock.advance(time.Second)
	ask()
	form, err := url.ParseQuery(p.calls("/token")[0].body)
	s.must(err)
	if form.Get("grant_type") != "refresh_token" || form.Get("refresh_token") != "refresh-0" || form.Get("redirect_uri") != "" {
		t.Errorf("refreshed by %v", form)
	}
	// The library measures the life of a token by the clock on the wall.
	kept := s.connection("accounts", user).Credentials["account"].Token
	if kept.Access != "access-1" || kept.Refresh != "refresh-1" || kept.Expiry.IsZero() {
		t.Errorf("kept %#v until %v", kept, kept.Expiry)
	}
	i.say(func(i *issuer) { i.refresh = false })
	s.token("access-1", "refresh-1", 0)
	ask()
	if kept := s.connection("accounts", user).Credentials["account"].Token; kept.Access != "access-2" || kept.Refresh != "refresh-1" {
		t.Errorf("kept %#v", kept)
	}
	if got := p.bearers("/me"); got != "access-0 access-0 access-1 access-2" {
		t.Errorf("called with %s", got)
	}
}

// However many calls need a new token, one asks for it: a refresh token often works once.
func TestRefreshOnceForAll(t *testing.T) {
	s, p, i := tokenStack(t)
	s.token("access-0", "refresh-0", 0)
	i.say(func(i *issuer) { i.expires = "" })
	const racers = 30
	bodies := make([]string, racers)
	s.handler()
	var wait sync.WaitGroup
	for n := range racers {
		wait.Go(func() {
			bodies[n] = s.send(s.request("POST", "/api/hub/perform/accounts__whoami", "", forUser(user))).body
		})
	}
	wait.Wait()
	for _, body := range bodies {
		if !strings.Contains(body, `"status":"success"`) {
			t.Errorf("answered %s", body)
		}
	}
	if n := len(p.calls("/token")); n != 1 {
		t.Errorf("%d tokens were asked for", n)
	}
	if got := p.bearers("/me"); strings.Contains(got, "access-0") {
		t.Errorf("called with %s", got)
	}
}

// A grant that is over is told as that, once: the provider is not asked again and again, and the
// user who connects anew gets on.
func TestRefreshOfADeadGrant(t *testing.T) {
	s, p, i := tokenStack(t)
	s.token("access-0", "refresh-0", 0)
	i.say(func(i *issuer) { i.fail = oauthFailure(400, "invalid_grant") })
	for range 3 {
		s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "The provider says that access to 'accounts' was revoked or has ended. Tell user to go to")
	}
	asked := len(p.calls("/token"))
	if asked > 2 || len(p.calls("/me")) != 0 { // the library may try both ways of naming the client
		t.Errorf("%d tokens were asked for", asked)
	}
	if c := s.connection("accounts", user); c.Problem != models.ProblemRevoked {
		t.Errorf("the connection has the problem %q", c.Problem)
	}
	s.do("GET", "/api/hub/tools/accounts", "", forUser(user)).want(200, `{"provider":"accounts","connected":false}`)
	i.say(func(i *issuer) { i.fail = nil })
	b, page := s.browser(), s.link(user)
	b.open(page).says("was revoked or has ended")
	b.post(page, "do", "test", "tool", "accounts").says("was revoked or has ended")
	b.signedIn(page).says("The account is connected.")
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
}

// A token that is over and has no refresh token is told as that.
func TestTokenWithoutRefresh(t *testing.T) {
	s, p, _ := tokenStack(t)
	s.token("access-0", "", time.Hour)
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	s.clock.advance(time.Hour)
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "The access to 'accounts' has expired and cannot be renewed without the user.")
	if n := len(p.calls("/token")); n != 0 {
		t.Errorf("%d tokens were asked for", n)
	}
}

// A fault of the provider's is nobody's revocation: the call fails, the connection stays, and the
// next call succeeds.
func TestRefreshOfAFault(t *testing.T) {
	s, p, i := tokenStack(t)
	s.token("access-0", "refresh-0", 0)
	for name, fail := range map[string]http.HandlerFunc{
		"503": replying(503, `s3cret`), "html": replying(200, `<html>s3cret`), "no token": replying(200, `{}`), "429": replying(429, `{}`),
		"temporarily": oauthFailure(503, "temporarily_unavailable"), "redirect": replying(302, ``, "Location", "/elsewhere"),
		"hangs up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		i.say(func(i *issuer) { i.fail = fail })
		got := s.perform("accounts__note", "").is(hub.StatusError, "The access to 'accounts' could not be renewed", "The call was not made.", "try again later")
		if c := s.connection("accounts", user); c.Problem != "" || c.Credentials["account"].Token.Refresh != "refresh-0" {
			t.Errorf("%s: the connection is %+v (%s)", name, c, got.raw.body)
		}
	}
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.post(page, "do", "test", "tool", "accounts").want(200, "").says("could not be renewed")
	i.say(func(i *issuer) { i.fail = oauthFailure(401, "invalid_client") })
	s.perform("accounts__whoami", "").is(hub.StatusError, "does not accept the registration of this service", "operator")
	i.say(func(i *issuer) { i.fail = nil })
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	if n := len(p.calls("/notes")) + len(p.calls("/elsewhere")); n != 0 {
		t.Errorf("%d calls were made", n)
	}
	if log := s.log.String(); !strings.Contains(log, "a token could not be renewed") || strings.Contains(log, "s3cret") || strings.Contains(log, "refresh-0") {
		t.Errorf("the log is %s", log)
	}
}

// A provider may end a token before its time: one refresh and one more try, whatever the call,
// for what was refused did nothing. Who is refused with a new token too is asked to act.
func TestRefreshAfter401(t *testing.T) {
	s, p, _ := tokenStack(t)
	p.on("/notes", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer access-0" {
			replying(401, `{}`)(w, r)
			return
		}
		replying(200, `{}`)(w, r)
	})
	s.perform("accounts__note", "").is(hub.StatusSuccess)
	if got := p.bearers("/notes"); got != "access-0 access-1" {
		t.Errorf("called with %s", got)
	}
	p.on("/notes", replying(401, `{}`))
	s.perform("accounts__note", "", repeatable("k")).is(hub.StatusRequiresAction, "refused the stored credentials")
	if got := p.bearers("/notes"); got != "access-0 access-1 access-1 access-2" {
		t.Errorf("called with %s", got)
	}
	p.on("/notes", replying(200, `{}`))
	s.perform("accounts__note", "", repeatable("k")).is(hub.StatusSuccess)
	if c := s.connection("accounts", user); c.Problem != "" {
		t.Errorf("the connection has the problem %s", c.Problem)
	}
	p.on("/me", inTurn(replying(401, `{}`), replying(200, `{}`)))
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.follow(b.post(page, "do", "test", "tool", "accounts")).says("The account works.")
}

// Client credentials are entered by a person, and changed into a token when one is needed.
func TestClientCredentials(t *testing.T) {
	s, p, i := tokenStack(t)
	i.say(func(i *issuer) { i.refresh = false })
	b, page := s.browser(), s.link(user)
	b.open(page)
	save := func(secret string) {
		t.Helper()
		b.follow(b.post(page, "do", "save", "tool", "accounts", "way", "machine", "machine.clientId", "m1", "machine.clientSecret", secret)).hides("s3cret")
	}
	save("s3cret")
	s.perform("accounts__jobs", "").is(hub.StatusSuccess)
	s.perform("accounts__jobs", "").is(hub.StatusSuccess)
	calls := p.calls("/token")
	if len(calls) != 1 || calls[0].header.Get("Authorization") != "Basic bTE6czNjcmV0" || calls[0].body != "grant_type=client_credentials&scope=run" {
		t.Errorf("asked for a token by %+v", calls)
	}
	if got := p.bearers("/jobs"); got != "access-1 access-1" {
		t.Errorf("called with %s", got)
	}
	save("s3cret-2") // what the old secret gave is not used with the new one
	i.say(func(i *issuer) { i.fail = oauthFailure(401, "invalid_client") })
	s.perform("accounts__jobs", "").is(hub.StatusRequiresAction, "refused the stored credentials")
	s.perform("accounts__whoami", "").is(hub.StatusSuccess) // another account of the same tool
	i.say(func(i *issuer) { i.fail = nil })
	s.perform("accounts__jobs", "").is(hub.StatusSuccess)
}
