package handlers

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
)

// callback is the path that the provider of the tool sends users back to.
func (s *stack) callback(tool string) string {
	return strings.TrimPrefix(hub.CallbackURL(s.deps.PublicURL, s.owner.DatabaseIDHash, tool), s.deps.PublicURL)
}

// stateOf takes the state out of the way to a provider.
func stateOf(a answer) string {
	a.t.Helper()
	u, err := url.Parse(a.want(http.StatusSeeOther, "").header.Get("Location"))
	if err != nil {
		a.t.Fatal(err)
	}
	return u.Query().Get("state")
}

// issuer is the token endpoint of a provider: it counts what it issues, and refuses what it is
// told to.
type issuer struct {
	mu      sync.Mutex
	issued  int
	fail    http.HandlerFunc // instead of a token
	expires string           // what it says of the token's life
	refresh bool             // whether it gives a refresh token with each access token
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.fail != nil {
		i.fail(w, r)
		return
	}
	i.issued++
	refresh := ""
	if i.refresh {
		refresh = fmt.Sprintf(`,"refresh_token":"refresh-%d"`, i.issued)
	}
	replying(200, fmt.Sprintf(`{"access_token":"access-%d","token_type":"bearer"%s%s}`, i.issued, i.expires, refresh))(w, r)
}

// say changes what the issuer does.
func (i *issuer) say(change func(*issuer)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change(i)
}

func oauthFailure(status int, code string) http.HandlerFunc {
	return replying(status, `{"error":"`+code+`","error_description":"s3cret words"}`)
}

// signInStack is a stack with the tool accounts, registered at its provider, and a browser at the
// page of its user.
func signInStack(t *testing.T) (*stack, *provider, *issuer, *browser, string) {
	t.Helper()
	s, p := newStack(t, true), newProvider(t)
	i := &issuer{expires: `,"expires_in":3600`, refresh: true}
	p.on("/token", i.ServeHTTP)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID, in.ClientSecret = "sessionhub", "cl1ent s3cret" })
	b, page := s.browser(), s.link(user)
	b.open(page).want(200, "")
	return s, p, i, b, page
}

const signInPath = "/sign-in?tool=accounts&scheme=account"

// signedIn takes the browser to the provider and back.
func (b *browser) signedIn(page string) answer {
	b.s.t.Helper()
	state := stateOf(b.open(page + signInPath))
	return b.follow(b.open(b.s.callback("accounts") + "?code=c0de&state=" + state))
}

// A sign-in asks for what the functions need, proves who asks (PKCE, RFC 7636), and ends with
// tokens that calls are made with.
func TestSignIn(t *testing.T) {
	s, p, _, b, page := signInStack(t)
	callback := "https://sessions.example.com" + s.callback("accounts")
	b.open(page).says("Sign in with Accounts", "read", "write").hides("cl1ent", "admin")
	away := b.open(page+signInPath).want(303, "")
	location, err := url.Parse(away.header.Get("Location"))
	s.must(err)
	q := location.Query()
	for name, want := range map[string]string{
		"prompt": "consent", "response_type": "code", "client_id": "sessionhub", "redirect_uri": callback, "scope": "read write", "code_challenge_method": "S256",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q", name, q.Get(name))
		}
	}
	if location.Scheme+"://"+location.Host+location.Path != p.URL+"/authorize" || len(q.Get("state")) < 22 || away.header.Get("Referrer-Policy") == "" {
		t.Errorf("leads to %s", location)
	}
	b.follow(b.open(s.callback("accounts")+"?code=c0de&iss="+url.QueryEscape(p.URL)+"&state="+q.Get("state"))).says("The account is connected.").hides("c0de", "access-1", "refresh-1")
	calls := p.calls("/token")
	if len(calls) != 1 {
		t.Fatalf("the code was exchanged %d times", len(calls))
	}
	form, err := url.ParseQuery(calls[0].body)
	s.must(err)
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") || form.Get("code") != "c0de" || form.Get("redirect_uri") != callback ||
		form.Get("grant_type") != "authorization_code" || calls[0].header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("sessionhub:cl1ent+s3cret")) {
		t.Errorf("exchanged by %v with %s", form, calls[0].header.Get("Authorization"))
	}
	token := s.connection("accounts", user).Credentials["account"].Token
	if token.Access != "access-1" || token.Refresh != "refresh-1" {
		t.Errorf("kept %#v", token)
	}
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	if got := p.calls("/me")[0].header.Get("Authorization"); got != "Bearer access-1" {
		t.Errorf("called with %s", got)
	}
	s.do("GET", "/api/hub/tools/accounts", "", forUser(user)).want(200, `{"provider":"accounts","connected":true}`)
}

// The way back works once, in time, and in the browser where it began; anything else leaves the
// accounts as they are, and exchanges no code.
func TestSignInStates(t *testing.T) {
	s, p, _, b, page := signInStack(t)
	back := s.callback("accounts") + "?code=c0de&state="
	for _, state := range []string{"", "x", strings.Repeat("a", 26), "%00", page[len(page)-26:]} {
		b.open(back+state).want(400, "").says("This sign-in is over")
	}
	state := stateOf(b.open(page + signInPath))
	s.browser().open(back+state).want(403, "")
	other := s.browser()
	other.open(s.link("mallory"))
	other.open(back+state).want(403, "").says("another browser")
	b.open(back+state).want(400, "") // whoever took it elsewhere has used it up
	state = stateOf(b.open(page + signInPath))
	b.open(back+state).want(303, "")
	b.open(back+state).want(400, "").says("This sign-in is over")
	if n := len(p.calls("/token")); n != 1 {
		t.Errorf("%d codes were exchanged", n)
	}
	state = stateOf(b.open(page + signInPath))
	s.clock.advance(models.AuthorizationLifetime)
	b.open(back+state).want(400, "")
	if list, err := s.store.Connections.List(t.Context(), s.owner, "mallory"); err != nil || len(list) != 0 {
		t.Errorf("somebody else is connected: %v, %v", list, err)
	}
}

// A sign-in that began in time may end after the link's: its reader was at the provider.
func TestSignInOutlivesTheLink(t *testing.T) {
	s, _, _, b, page := signInStack(t)
	s.clock.advance(models.LinkLifetime - time.Second)
	state := stateOf(b.open(page + signInPath))
	s.clock.advance(time.Minute)
	b.follow(b.open(s.callback("accounts")+"?code=c0de&state="+state)).want(410, "")
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
}

// Who declines, or whose provider declines, comes back to the page and reads so; what was
// connected before stays.
func TestSignInRefused(t *testing.T) {
	s, p, i, b, page := signInStack(t)
	b.signedIn(page).says("The account is connected.")
	before := s.connection("accounts", user)
	for query, says := range map[string]string{
		"error=access_denied":                              "You did not give access at the provider. Nothing was changed.",
		"error=server_error&error_description=%3Cb%3Eevil": "The sign-in did not succeed.",
		"":      "The sign-in did not succeed.",
		"code=": "The sign-in did not succeed.",
	} {
		state := stateOf(b.open(page + signInPath))
		b.follow(b.open(s.callback("accounts") + "?" + query + "&state=" + state)).says(says).hides("evil")
	}
	for _, fail := range []http.HandlerFunc{
		oauthFailure(400, "invalid_grant"), oauthFailure(401, "invalid_client"), replying(500, `s3cret`), replying(200, `{"token_type":"bearer"}`),
		replying(200, `<html>`), replying(307, ``, "Location", "http://169.254.169.254/"),
	} {
		i.say(func(i *issuer) { i.fail = fail })
		b.signedIn(page).says("The sign-in did not succeed. Nothing was changed").hides("s3cret")
	}
	if after := s.connection("accounts", user); after.Revision != before.Revision {
		t.Errorf("the connection became %+v", after)
	}
	p.Close()
	b.signedIn(page).says("The sign-in did not succeed.")
	if log := s.log.String(); strings.Contains(log, "s3cret") || strings.Contains(log, "c0de") || !strings.Contains(log, "a sign-in failed") {
		t.Errorf("the log is %s", log)
	}
}

// A sign-in needs a scheme that has one, of a tool of the page, and a registration.
func TestSignInThatThereIsNot(t *testing.T) {
	s, p, _, b, page := signInStack(t)
	s.addTool("shared", accounts, p, func(in *hub.Import) { in.Credentials, in.ClientID = models.OwnerTenant, "x" })
	s.addTool("bare", accounts, p, nil)
	for query, status := range map[string]int{
		"": 404, "tool=accounts": 404, "tool=accounts&scheme=token": 404, "tool=accounts&scheme=nothing": 404, "tool=nothing&scheme=account": 404,
		"tool=shared&scheme=account": 404, "tool=bare&scheme=account": 409,
	} {
		b.open(page+"/sign-in?"+query).want(status, "")
	}
	b.open(page + "/sign-in?tool=bare&scheme=account").says("This sign-in is not set up yet")
}

// A public client, which has no secret, is named in the body, as RFC 6749 asks.
func TestSignInOfAPublicClient(t *testing.T) {
	s, p, i, b, page := signInStack(t)
	s.addTool("accounts", desk, p, nil)
	s.must(s.store.Tools.Delete(t.Context(), s.owner, "accounts"))
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID = "public" })
	b.signedIn(page).says("The account is connected.")
	i.say(func(i *issuer) { i.fail = nil })
	calls := p.calls("/token")
	if len(calls) != 1 || calls[0].header.Get("Authorization") != "" || !strings.Contains(calls[0].body, "client_id=public") {
		t.Errorf("exchanged by %+v", calls)
	}
}

// Removing an account takes the access back at the provider; where that fails its user is told.
func TestDisconnectRevokes(t *testing.T) {
	s, p, i, b, page := signInStack(t)
	b.signedIn(page)
	b.open(page + "?remove=accounts").says("Its provider is told to end the access too.")
	b.follow(b.post(page, "do", "remove", "tool", "accounts")).says("The account was removed.").hides("could not be told")
	calls := p.calls("/revoke")
	if len(calls) != 1 || calls[0].body != "token=refresh-1&token_type_hint=refresh_token" ||
		calls[0].header.Get("Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("sessionhub:cl1ent+s3cret")) {
		t.Errorf("revoked by %+v", calls)
	}
	i.say(func(i *issuer) { i.refresh = false })
	b.signedIn(page)
	p.on("/revoke", replying(503, `{}`))
	b.follow(b.post(page, "do", "remove", "tool", "accounts")).says("Its provider could not be told: end the access there too")
	if calls := p.calls("/revoke"); len(calls) != 2 || calls[1].body != "token=access-2&token_type_hint=access_token" {
		t.Errorf("revoked by %+v", calls)
	}
	if log := s.log.String(); strings.Contains(log, "access-") || strings.Contains(log, "refresh-") {
		t.Errorf("the log has a token")
	}
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction)
	if told := s.audit("?eventName=removeConnection"); len(told) != 2 || slices.ContainsFunc(told, func(e auditDTO) bool { return e.Diff != "" }) {
		t.Errorf("told %v", told)
	}
}
