package handlers

import (
	"net/http"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// Whoever can replace tools, with a stolen key for one, comes by nothing that their users or the
// operator entered for other addresses.
func TestReplacedToolSendsNothingElsewhere(t *testing.T) {
	s, p, _ := tokenStack(t)
	evil := newProvider(t)
	s.connected("accounts", user, map[string]models.Credential{"password": {Username: "me", Password: "s3cret-1"}, "token": {Value: "s3cret-2"}})
	b, page := s.browser(), s.link(user)
	b.open(page)
	state := stateOf(b.open(page + signInPath))
	s.addTool("accounts", accounts, evil, func(in *hub.Import) { in.ClientID = "sessionhub" })

	for _, function := range []string{"basic", "bearer", "whoami"} {
		got := s.perform("accounts__"+function, "").is(hub.StatusRequiresAction, "configure access")
		if strings.Contains(got.AssistantHint, "refused") {
			t.Errorf("%s: %s", function, got.AssistantHint)
		}
	}
	b.open(s.callback("accounts")+"?code=c0de&state="+state).want(400, "")
	if len(evil.asked) != 0 {
		t.Errorf("the other provider was asked %+v", evil.asked)
	}
	b.signedIn(page) // whoever signs in at the new provider does so without the secret of the old one
	if calls := evil.calls("/token"); len(calls) != 1 || calls[0].header.Get("Authorization") != "" || strings.Contains(calls[0].body, "cl1ent") {
		t.Errorf("the other provider was asked %+v", calls)
	}
	told := s.audit("?eventName=" + models.EventReplaceTool)
	if len(told) != 1 || !strings.Contains(told[0].Diff, `"connections":"removed"`) || !strings.Contains(told[0].Diff, evil.URL) {
		t.Errorf("told %+v", told)
	}
	if n := len(p.calls("/revoke")) + len(p.calls("/me")); n != 0 {
		t.Errorf("the first provider was asked %d times", n)
	}
}

// A tool that is made anew at the same addresses keeps its users and its registration.
func TestReplacedToolKeepsItsUsers(t *testing.T) {
	s, p, _ := tokenStack(t)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.Title = "Another title" })
	s.perform("accounts__whoami", "").is(hub.StatusSuccess)
	if told := s.audit("?eventName=" + models.EventReplaceTool); len(told) != 1 || told[0].Diff != "" {
		t.Errorf("told %+v", told)
	}
}

// What somebody gave to a provider is not kept for another that took its place meanwhile.
func TestSignInAtAToolThatIsReplaced(t *testing.T) {
	s, p, i, b, page := signInStack(t)
	state := stateOf(b.open(page + signInPath))
	evil := newProvider(t)
	p.on("/token", func(w http.ResponseWriter, r *http.Request) {
		s.addTool("accounts", accounts, evil, nil)
		i.ServeHTTP(w, r)
	})
	b.follow(b.open(s.callback("accounts") + "?code=c0de&state=" + state)).says("The sign-in did not succeed.")
	s.perform("accounts__whoami", "").is(hub.StatusRequiresAction)
	if len(evil.asked) != 0 {
		t.Errorf("the other provider was asked %+v", evil.asked)
	}
}
