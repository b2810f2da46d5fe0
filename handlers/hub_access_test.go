package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// Who has no account is sent to the page for one, and the same call succeeds afterwards.
func TestPerformNeedsAnAccount(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, nil)
	got := s.perform("desk__whoami", "").is(hub.StatusRequiresAction, "to configure access to 'desk'", "Always show the whole URL")
	if got.ActionType != "configure_access" || !strings.HasPrefix(got.ActionURL, "https://sessions.example.com/api/hub/session/") {
		t.Errorf("answered %s", got.raw.body)
	}
	if strings.Contains(got.AssistantHint, "refused") || len(p.calls("/me")) != 0 {
		t.Errorf("an account that was never there counts as refused: %s", got.AssistantHint)
	}
	again := s.perform("desk__whoami", "").is(hub.StatusRequiresAction)
	if again.ActionURL == got.ActionURL {
		t.Error("two calls gave one link")
	}
	b := s.browser()
	page := strings.TrimPrefix(got.ActionURL, s.deps.PublicURL)
	b.open(page).want(200, "").says("Desk")
	b.follow(b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "k3y")).want(200, "")
	s.perform("desk__whoami", "").is(hub.StatusSuccess)
}

// A refused API key is told as such and marks the account; a later success takes that back.
func TestPerformRefusedKey(t *testing.T) {
	s, p := deskStack(t)
	p.on("/me", withKey("n3w", replying(200, `{}`)))
	p.on("/tickets", withKey("n3w", replying(200, `{}`)))
	s.perform("desk__write", `{"text":"x"}`).is(hub.StatusRequiresAction, "The provider refused the stored credentials of 'desk'. Tell user to go to")
	if c := s.connection("desk", user); c.Problem != models.ProblemRejected || c.Credentials["key"].Value != "k3y" {
		t.Errorf("the connection is %+v", c)
	}
	s.perform("desk__whoami", "").is(hub.StatusRequiresAction, "refused")
	if n := len(p.calls("/tickets")) + len(p.calls("/me")); n != 2 {
		t.Errorf("two calls with an API key were sent %d times", n)
	}
	p.on("/me", replying(200, `{}`)) // the provider had a bad day
	s.perform("desk__whoami", "").is(hub.StatusSuccess)
	if c := s.connection("desk", user); c.Problem != "" {
		t.Errorf("after a success the connection has the problem %s", c.Problem)
	}
	p.on("/me", replying(403, `{}`)) // what an account may not do says nothing of its key
	s.perform("desk__whoami", "").is(hub.StatusError)
	if c := s.connection("desk", user); c.Problem != "" {
		t.Errorf("a 403 gave the connection the problem %s", c.Problem)
	}
}

// Where credentials are optional, an account is used that is there, and one that is not is not
// said to be refused.
func TestPerformOptionalAccount(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__maybe", "").is(hub.StatusSuccess)
	s.perform("desk__maybe", "", forUser("bob")).is(hub.StatusSuccess)
	if calls := p.calls("/maybe"); calls[0].header.Get("X-Api-Key") != "k3y" || calls[1].header.Get("X-Api-Key") != "" {
		t.Errorf("the provider was asked %+v", calls)
	}
	p.on("/maybe", replying(401, `{}`))
	got := s.perform("desk__maybe", "", forUser("bob")).is(hub.StatusRequiresAction, "configure access to 'desk'")
	if strings.Contains(got.AssistantHint, "refused the stored credentials") {
		t.Errorf("nothing is stored: %s", got.AssistantHint)
	}
	p.on("/free", replying(401, `{"message":"closed today"}`))
	s.perform("desk__free", "").is(hub.StatusError, "status 401: closed today")
}

// An account of the operator's is never the end user's to mend: no link, no name of a reason to
// try again.
func TestPerformTenantsOwnAccount(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, func(in *hub.Import) { in.Credentials = models.OwnerTenant })
	check := func(reason string) {
		t.Helper()
		got := s.perform("desk__whoami", "").is(hub.StatusError, reason, "its operator has to set it up", "nothing that the user can do")
		if strings.Contains(got.raw.body, "/api/hub/session") || strings.Contains(got.raw.body, "URL") {
			t.Errorf("an end user is given a link: %s", got.raw.body)
		}
	}
	check("The operator has not connected 'desk' yet.")
	s.connected("desk", user, keyed("of the user")) // left over from when the tool was the users' own
	check("The operator has not connected 'desk' yet.")
	s.connected("desk", "", keyed("of the tenant"))
	s.perform("desk__whoami", "", forUser("anybody")).is(hub.StatusSuccess)
	p.on("/me", replying(401, `{}`))
	check("The provider refused the stored credentials of 'desk'.")
	if calls := p.calls("/me"); len(calls) != 2 || calls[0].header.Get("X-Api-Key") != "of the tenant" {
		t.Errorf("the provider was asked %+v", calls)
	}
}

// Every sort of credential is put on the request as its scheme says.
func TestPerformSchemes(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("accounts", accounts, p, nil)
	s.connected("accounts", user, map[string]models.Credential{
		"password": {Username: "me", Password: "pass:wörd"}, "token": {Value: "t0ken"},
	})
	for path, want := range map[string]string{"basic": "Basic bWU6cGFzczp3w7ZyZA==", "bearer": "Bearer t0ken"} {
		s.perform("accounts__"+path, "").is(hub.StatusSuccess)
		if got := p.calls("/" + path)[0].header.Get("Authorization"); got != want {
			t.Errorf("%s: sent %s", path, got)
		}
	}
}

// A credential that cannot be sent is the user's to correct, not a fault of the provider.
func TestPerformCredentialThatCannotBeSent(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", strings.Replace(desk, "in: header, name: X-Api-Key", "in: cookie, name: sid", 1), p, nil)
	b, page := s.browser(), s.link(user)
	b.open(page)
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "a;b c").want(http.StatusUnprocessableEntity, "")
	s.connected("desk", user, keyed("a;b c")) // from before it was checked
	s.perform("desk__whoami", "").is(hub.StatusRequiresAction, "configure access to 'desk'")
	if n := len(p.calls("/me")); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// Credentials that no longer open are entered anew: nobody is locked out by them.
func TestPerformUnreadableAccount(t *testing.T) {
	s, _ := deskStack(t)
	s.damage("UPDATE connections SET credentials = substr(credentials, 1, length(credentials) - 4) || 'AAAA'")
	s.perform("desk__whoami", "").is(hub.StatusRequiresAction, "The stored credentials of 'desk' can no longer be read.")
	s.do("GET", "/api/hub/tools/desk", "", forUser(user)).want(200, `{"provider":"desk","connected":false}`)
	s.perform("desk__free", "").is(hub.StatusSuccess)
	b, page := s.browser(), s.link(user)
	b.open(page).want(200, "").says("can no longer be read")
	b.post(page, "do", "test", "tool", "desk").want(200, "").says("no account to test")
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "").want(http.StatusUnprocessableEntity, "")
	b.follow(b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "n3w")).want(200, "")
	s.perform("desk__whoami", "").is(hub.StatusSuccess)

	s.damage("UPDATE connections SET credentials = 'x'")
	b.follow(b.post(page, "do", "remove", "tool", "desk")).want(200, "")
	s.perform("desk__whoami", "").is(hub.StatusRequiresAction, "configure access")
}
