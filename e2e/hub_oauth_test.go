package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// justOver is how long after its issue an access token is over that lives for a second: the
// provider adds half of one.
const justOver = 1600 * time.Millisecond

// weatherWithProvider is a server whose weather tool wants users to sign in at a provider.
func weatherWithProvider(t *testing.T) (*installation, *server, *provider, *weather) {
	t.Helper()
	i := newInstallation(t)
	s := i.start()
	p := newProvider(t)
	w := newWeather(t, p.forUsers())
	i.addWeather(w, i.registration()...)
	p.register(s.callback("weather"))
	return i, s, p, w
}

// callback is the redirect URI of a tool.
func (s *server) callback(tool string) string {
	s.t.Helper()
	var tools []struct{ Name, CallbackURL string }
	if err := json.Unmarshal(s.must(s.t, http.StatusOK, "GET", "/api/hub/tools", nil), &tools); err != nil {
		s.t.Fatal(err)
	}
	for _, known := range tools {
		if known.Name == tool && strings.HasPrefix(known.CallbackURL, s.base+"/api/hub/oauth/callback/") {
			return known.CallbackURL
		}
	}
	s.t.Fatalf("%s has no redirect URI: %v", tool, tools)
	return ""
}

// Users connect accounts at a provider that they sign in to, each the own one, and calls are made
// as them. Who declines is told so, and who removes an account ends the grant.
func TestConnectAtProvider(t *testing.T) {
	_, s, p, w := weatherWithProvider(t)
	window := newChrome(t)
	for _, v := range []struct {
		name, account string
		size          size
		scripts       bool
	}{{"oauth-desktop", "alice", desktop, true}, {"oauth-phone-no-scripts", "bob", phone, false}} {
		t.Run(v.name, func(t *testing.T) {
			c := window.other()
			c.t = t
			c.resize(v.size)
			c.scripts(v.scripts)
			user, page := s.client.agent(t, "acme|"+v.name), &accounts{chrome: c, name: v.name, secrets: []string{clientSecret}}
			page.visit(user.mustAct(""), "Not connected")
			page.follow(signInLink)
			p.decline(c)
			page.expect("Not connected", "You did not give access at the provider. Nothing was changed.")
			user.mustAct("")

			page.follow(signInLink)
			p.signIn(c, v.account)
			page.expect("Connected", "The account is connected.")
			if !strings.HasPrefix(page.location(), s.base+"/api/hub/session/") {
				t.Errorf("back at %s", page.location())
			}
			user.weatherOf(v.account)
			page.send(testButton)
			page.expect("Connected", "The account works.")

			page.follow(removeLink)
			revoked := p.asked("revoke")
			page.send(removeButton)
			page.expect("Not connected", "The account was removed.")
			if p.asked("revoke") != revoked+1 {
				t.Error("the provider was not told that the access has ended")
			}
			user.mustAct("")
			page.expectNoTrouble(t, s.base, p.url)
		})
	}
	if w.answered(http.StatusUnauthorized) != 0 || p.asked("refresh_token") != 0 {
		t.Errorf("the API refused %d calls; %d tokens were refreshed", w.answered(http.StatusUnauthorized), p.asked("refresh_token"))
	}
}

// What users have granted is over at the provider when they remove the account here.
func TestRemoveEndsTheGrant(t *testing.T) {
	_, s, p, w := weatherWithProvider(t)
	user, b := s.agent("acme|alice"), newBrowser(t)
	link := user.link()
	b.signIn(link, "alice")
	user.weatherOf("alice")
	b.post(link, "remove")
	p.grants.mu.Lock()
	defer p.grants.mu.Unlock()
	for _, g := range p.grants.all {
		if !g.over {
			t.Errorf("the grant of %s goes on", g.UserID)
		}
	}
	if len(p.grants.all) != 1 || w.answered(http.StatusOK) != 1 {
		t.Errorf("%d grants, %d calls", len(p.grants.all), w.answered(http.StatusOK))
	}
}

// A token that is over is renewed without the user. While the provider does not answer the agent
// is told that, and not to bother the user; when it does again, all is well.
func TestTokenIsRenewed(t *testing.T) {
	_, s, p, w := weatherWithProvider(t)
	user := s.agent("acme|alice")
	p.tokensLive(time.Second)
	newBrowser(t).signIn(user.link(), "alice")
	for n, how := range []fault{unavailable, hangUp} {
		time.Sleep(justOver)
		p.fails(how)
		user.failed("The access to 'weather' could not be renewed, because its provider does not answer.")
		if !user.connected() {
			t.Errorf("%d: the tool counts as not connected for a fault of its provider", how)
		}
		p.fails(noFault)
		user.weatherOf("alice")
		if got := w.answered(http.StatusOK); got != n+1 {
			t.Errorf("%d calls arrived", got)
		}
	}
	p.tokensLive(5 * time.Minute)
	time.Sleep(justOver)
	asked := p.asked("refresh_token")
	user.weatherOf("alice")
	user.weatherOf("alice")
	if got := p.asked("refresh_token"); got != asked+1 {
		t.Errorf("%d refreshes for a token that lives long", got-asked)
	}
	if w.answered(http.StatusUnauthorized) != 0 || p.asked("reuse") != 0 {
		t.Errorf("the API refused %d calls, %d refresh tokens came again", w.answered(http.StatusUnauthorized), p.asked("reuse"))
	}
}

// Access that a user withdrew at the provider, whether the token is over or not, is for that user
// to give again: the agent is told why, and so is the user.
func TestWithdrawnGrant(t *testing.T) {
	_, s, p, _ := weatherWithProvider(t)
	user, page := s.agent("acme|alice"), &accounts{chrome: newChrome(t), name: "withdrawn"}
	for name, lifetime := range map[string]time.Duration{"token is over": time.Second, "token looks good": 5 * time.Minute} {
		p.tokensLive(lifetime)
		newBrowser(t).signIn(user.link(), "alice")
		user.weatherOf("alice")
		if lifetime < justOver {
			time.Sleep(justOver)
		}
		p.withdraw("alice")
		user.mustAct(reasonRevoked)
		asked := p.asked("refresh_token")
		link := user.mustAct(reasonRevoked)
		if p.asked("refresh_token") != asked {
			t.Errorf("%s: the provider is asked again for a grant that is dead", name)
		}
		page.visit(link, "Needs attention")
		if problem := page.text(card + ".problem"); problem != "The provider says that access to 'Weather' was revoked or has ended." {
			t.Errorf("%s: the page says %q", name, problem)
		}
		page.follow(signInLink)
		p.signIn(page.chrome, "alice")
		page.expect("Connected", "The account is connected.")
		user.weatherOf("alice")
	}
	page.expectNoTrouble(t, s.base, p.url)
}

// A sign-in ends in the browser where it began. Somebody who is tricked into it gives no access
// to the account of somebody else's user.
func TestSignInElsewhereIsRefused(t *testing.T) {
	_, s, p, _ := weatherWithProvider(t)
	user, page := s.agent("acme|mallory"), &accounts{chrome: newChrome(t), name: "elsewhere"}
	link := user.link()
	for name, victim := range map[string]*chrome{"who was never here": page.other(), "who has a link of their own": page.other()} {
		if name != "who was never here" {
			victim.open(s.agent("acme|bob").link())
		}
		page.visit(link, "Not connected")
		page.follow(signInLink)
		if status := victim.open(page.location()); status != http.StatusOK {
			t.Fatalf("the provider's page: status %d", status)
		}
		if status := p.signIn(victim, "bob"); status != http.StatusForbidden || victim.text("h1") != "This link was opened in another browser" {
			t.Errorf("%s: status %d, %q", name, status, victim.text("h1"))
		}
		victim.screenshot("hub-sign-in-elsewhere.png")
		victim.turnedAway(link+"/sign-in?tool=weather&scheme=account", http.StatusForbidden, "This link was opened in another browser")
	}
	user.mustAct("")
	s.agent("acme|bob").mustAct("")
	if p.asked("authorization_code") != 0 {
		t.Error("a code was exchanged")
	}
}
