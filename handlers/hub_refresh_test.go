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

// meanwhile answers for the token endpoint after something else has happened, once: before a
// refresh is answered.
func meanwhile(i *issuer, happen func()) http.HandlerFunc {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request) {
		if form, err := url.ParseQuery(formOf(r)); err == nil && form.Get("grant_type") == "refresh_token" {
			once.Do(happen)
		}
		i.ServeHTTP(w, r)
	}
}

func formOf(r *http.Request) string {
	if err := r.ParseForm(); err != nil {
		return ""
	}
	return r.PostForm.Encode()
}

// refreshStack is a token stack whose token is over, and a page on which its user can act.
func refreshStack(t *testing.T) (*stack, *provider, *issuer, *browser, string) {
	t.Helper()
	s, p, i := tokenStack(t)
	s.token("access-0", "refresh-0", 0)
	b, page := s.browser(), s.link(user)
	b.open(page)
	return s, p, i, b, page
}

// A refresh token that works once is not lost because its user saves a password just then.
func TestRefreshWhileAnotherWayIsSaved(t *testing.T) {
	s, p, i, b, page := refreshStack(t)
	p.on("/token", meanwhile(i, func() {
		b.post(page, "do", "save", "tool", "accounts", "way", "password", "password.username", "me", "password.password", "pa55").want(303, "")
	}))
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	c := s.connection("accounts", user)
	if token := c.Credentials["account"].Token; token.Access != "access-1" || token.Refresh != "refresh-1" || c.Credentials["password"].Username != "me" {
		t.Errorf("kept %+v, %+v", token, c.Credentials)
	}
	if !c.RefreshUntil.IsZero() || len(p.calls("/token")) != 1 || p.bearers("/me") != "access-1" {
		t.Errorf("leased until %v; called with %s", c.RefreshUntil, p.bearers("/me"))
	}
}

// Who signs in anew while the old token is refreshed is who counts.
func TestRefreshWhileItsUserSignsIn(t *testing.T) {
	s, p, i, b, page := refreshStack(t)
	p.on("/token", meanwhile(i, func() { b.signedIn(page).says("The account is connected.") }))
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	c := s.connection("accounts", user)
	if token := c.Credentials["account"].Token; token.Refresh != "refresh-1" || p.bearers("/me") != "access-1" || !c.RefreshUntil.IsZero() {
		t.Errorf("kept %+v; called with %s", token, p.bearers("/me"))
	}
}

// What a provider says of a token is about that token, whatever was saved beside it meanwhile.
func TestDeadGrantWhileAnotherWayIsSaved(t *testing.T) {
	s, p, i, b, page := refreshStack(t)
	i.say(func(i *issuer) { i.fail = oauthFailure(400, "invalid_grant") })
	p.on("/token", meanwhile(i, func() {
		b.post(page, "do", "save", "tool", "accounts", "way", "token", "token.value", "t0ken").want(303, "")
	}))
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "was revoked or has ended")
	if c := s.connection("accounts", user); c.Problem != models.ProblemRevoked || !c.RefreshUntil.IsZero() || c.Credentials["token"].Value != "t0ken" {
		t.Errorf("the connection is %+v", c)
	}
}

// Calls that need different tokens of one connection do not take each other's for their own.
func TestRefreshesOfTwoSchemes(t *testing.T) {
	s, p, i := tokenStack(t)
	s.connected("accounts", user, map[string]models.Credential{
		"account": {Token: &models.OAuthToken{Access: "access-0", Refresh: "refresh-0", Expiry: s.clock.Now()}},
		"machine": {ClientID: "m1", ClientSecret: "s3cret"},
	})
	asked, answer := make(chan bool), make(chan bool)
	p.on("/token", meanwhile(i, func() { asked <- true; <-answer }))
	s.handler()
	var wait sync.WaitGroup
	wait.Go(func() { s.perform("accounts__whoami", "").is(hub.StatusSuccess) })
	<-asked
	wait.Go(func() { s.perform("accounts__jobs", "").is(hub.StatusSuccess) })
	time.Sleep(200 * time.Millisecond)
	close(answer)
	wait.Wait()
	if p.bearers("/me") != "access-1" || p.bearers("/jobs") != "access-2" {
		t.Errorf("called with %s and %s", p.bearers("/me"), p.bearers("/jobs"))
	}
}

// The lease of a refresh outlasts its requests, however long they may take.
func TestRefreshLeaseOutlastsTheTimeout(t *testing.T) {
	s, p, i, _, _ := refreshStack(t)
	s.useHub(hub.ClientOptions{Timeout: 10 * time.Minute})
	s.server = nil
	var until time.Time
	p.on("/token", meanwhile(i, func() { until = s.connection("accounts", user).RefreshUntil }))
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	if lease := until.Sub(s.clock.Now()); lease < 20*time.Minute || lease > 25*time.Minute {
		t.Errorf("the lease is %v", lease)
	}
}

// Providers name a dead grant in words of their own, some with status 200; what else they say is
// passed on by its name, and no word of theirs but that.
func TestRefreshErrorsOfProviders(t *testing.T) {
	s, _, i, _, _ := refreshStack(t)
	for _, code := range []string{"bad_refresh_token", "invalid_refresh_token", "token_revoked", "token_expired"} {
		s.token("access-0", "refresh-0", 0)
		i.say(func(i *issuer) { i.fail = oauthFailure(200, code) })
		s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "was revoked or has ended")
	}
	s.token("access-0", "refresh-0", 0)
	i.say(func(i *issuer) { i.fail = oauthFailure(400, "ratelimited") })
	s.perform("accounts__whoami", "").is(hub.StatusError, "because its provider answered with the error ratelimited. The call was not made.")
	i.say(func(i *issuer) { i.fail = oauthFailure(200, "incorrect_client_credentials") })
	s.perform("accounts__whoami", "").is(hub.StatusError, "does not accept the registration")
	i.say(func(i *issuer) { i.fail = oauthFailure(400, "Evil words: s3cret-0") })
	got := s.perform("accounts__whoami", "").is(hub.StatusError, "because its provider does not answer")
	if strings.Contains(got.raw.body+s.log.String(), "s3cret") {
		t.Errorf("told %s", got.raw.body)
	}
}

// Removing an account tells its provider of every grant, also after a failure, and of nothing else:
// a token of client credentials is not the operator's to revoke.
func TestDisconnectRevokesEveryGrant(t *testing.T) {
	s, p, _ := tokenStack(t)
	two := strings.NewReplacer("security: [{password: []}]", "security: [{second: [read]}]", "    password: {type: http, scheme: basic}\n",
		"    second: {type: oauth2, flows: {authorizationCode: {authorizationUrl: BASE/authorize, tokenUrl: BASE/token, scopes: {read: Read}}}}\n").Replace(accounts)
	s.addTool("accounts", two, p, nil)
	token := func(name models.Secret) *models.OAuthToken {
		return &models.OAuthToken{Access: name, Refresh: name, Expiry: s.clock.Now().Add(time.Hour)}
	}
	s.connected("accounts", user, map[string]models.Credential{
		"account": {Token: token("first")}, "second": {Token: token("second")}, "machine": {ClientID: "m1", ClientSecret: "s3cret", Token: token("machine")},
	})
	p.on("/revoke", replying(503, `{}`))
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.follow(b.post(page, "do", "remove", "tool", "accounts")).says("Its provider could not be told")
	var bodies []string
	for _, r := range p.calls("/revoke") {
		bodies = append(bodies, r.body)
	}
	if got := strings.Join(bodies, " "); len(bodies) != 2 || !strings.Contains(got, "token=first&") || !strings.Contains(got, "token=second&") {
		t.Errorf("revoked by %s", got)
	}
}
