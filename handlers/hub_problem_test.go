package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
)

// A grant that is over keeps no call from going that needs another credential, nor is it mended by
// one.
func TestDeadGrantBesideOtherCredentials(t *testing.T) {
	s, p, i := tokenStack(t)
	s.connected("accounts", user, map[string]models.Credential{
		"account":  {Token: &models.OAuthToken{Access: "access-0", Refresh: "refresh-0", Expiry: s.clock.Now()}},
		"machine":  {ClientID: "m1", ClientSecret: "s3cret"},
		"password": {Username: "me", Password: "pa55"},
	})
	i.say(func(i *issuer) { i.fail = oauthFailure(400, "invalid_grant") })
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "was revoked or has ended")
	i.say(func(i *issuer) { i.fail = nil })
	s.perform("accounts__jobs", "").is(hub.StatusSuccess)
	s.perform("accounts__basic", "").is(hub.StatusSuccess)
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction, "was revoked or has ended")
	if n := len(p.calls("/token")); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.post(page, "do", "save", "tool", "accounts", "way", "token", "token.value", "t0ken").want(303, "")
	if c := s.connection("accounts", user); c.Problem != models.ProblemRevoked {
		t.Errorf("the problem is %q", c.Problem)
	}
	b.signedIn(page)
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
}

// A call that went without credentials says nothing of those that are there.
func TestRefusedWithoutCredentials(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("accounts", strings.Replace(accounts, "security: [{token: []}]", "security: [{}, {token: []}]", 1), p, nil)
	s.connected("accounts", user, map[string]models.Credential{"password": {Username: "me", Password: "pa55"}})
	notRefused := func(function string) {
		t.Helper()
		got := s.perform(function, "").is(hub.StatusRequiresAction, "configure access to 'accounts'")
		if strings.Contains(got.AssistantHint, "refused") {
			t.Errorf("%s: %s", function, got.AssistantHint)
		}
	}
	p.on("/bearer", replying(401, `{}`))
	notRefused("accounts__bearer")
	if c := s.connection("accounts", user); c.Problem != "" {
		t.Errorf("the password has the problem %s", c.Problem)
	}
	p.on("/basic", replying(401, `{}`))
	s.perform("accounts__basic", "").is(hub.StatusRequiresAction, "refused")
	notRefused("accounts__bearer")
	notRefused("accounts__whoami") // for which there is no credential
	p.on("/bearer", replying(200, `{}`))
	s.perform("accounts__bearer", "").is(hub.StatusSuccess)
	if c := s.connection("accounts", user); c.Problem != models.ProblemRejected {
		t.Errorf("a call without the password left it the problem %q", c.Problem)
	}
}

// Every call that a provider got is told, also one that it refused; a key is used up by none of
// those.
func TestRefusedCallsAreTold(t *testing.T) {
	s, p := deskStack(t)
	p.on("/tickets", replying(401, `{}`))
	p.on("/me", replying(401, `{}`))
	told := func(want int) {
		t.Helper()
		if got := s.audit("?eventName=perform"); len(got) != want {
			t.Errorf("told %+v", got)
		}
	}
	s.perform("desk__write", `{"text":"x"}`, repeatable("k")).is(hub.StatusRequiresAction)
	told(1)
	s.perform("desk__write", `{"text":"x"}`).is(hub.StatusRequiresAction)
	told(2)
	s.perform("desk__write", `{"text":"x"}`, forUser("bob")).is(hub.StatusRequiresAction) // has no account
	s.perform("desk__write", `{}`).is(hub.StatusError)
	told(2)
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.post(page, "do", "test", "tool", "desk").says("refused")
	told(3)
	s.useHub(hub.ClientOptions{Timeout: 50 * time.Millisecond})
	s.server = nil
	p.on("/me", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	b.post(page, "do", "test", "tool", "desk").says("did not answer in time")
	told(4)
	p.on("/tickets", replying(201, `{}`))
	s.perform("desk__write", `{"text":"x"}`, repeatable("k")).is(hub.StatusSuccess)
	told(5)
}
