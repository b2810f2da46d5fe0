package e2e

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

const (
	goodKey  = "Zq9xGoodKeyQ7vK"
	wrongKey = "Zq9xWrongKeyQ7vK"
)

// A user who is sent to the page connects an account there, is told when it does not work, puts
// that right, tests, changes and removes it: on a telephone as at a desk, with scripts as without.
func TestConnectWithKey(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	i.addWeather(newWeather(t, keyGuard(goodKey)))
	window := newChrome(t)
	for name, v := range map[string]struct {
		size    size
		scripts bool
	}{
		"desktop": {desktop, true}, "phone-no-scripts": {phone, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := window.other()
			c.t = t
			c.resize(v.size)
			c.scripts(v.scripts)
			walk(t, s.client.agent(t, "acme|"+name), &accounts{chrome: c, name: "key-" + name, secrets: []string{goodKey, wrongKey}})
			c.expectNoTrouble(t, s.base)
		})
	}
}

func walk(t *testing.T, user *agent, page *accounts) {
	t.Helper()
	page.visit(user.mustAct(""), "Not connected")
	page.enter(wrongKey)
	page.expect("Connected", "The account is connected.")
	if !user.connected() {
		t.Error("the tool does not count as connected")
	}

	page.visit(user.mustAct(reasonRejected), "Needs attention")
	if problem := page.text(card + ".problem"); problem != "The provider refused the stored credentials of 'Weather'." {
		t.Errorf("the page says %q", problem)
	}
	page.enter(goodKey)
	page.expect("Connected", "The account is connected.")
	user.weatherOf("whoever has the key")

	page.send(testButton)
	page.expect("Connected", "The account works.")
	page.follow(changeLink)
	page.expect("Connected", "")
	page.send(saveButton) // as it was
	page.expect("Connected", "The account is connected.")
	user.weatherOf("whoever has the key")

	page.follow(changeLink)
	page.enter(wrongKey)
	page.expect("Connected", "The account is connected.")
	page.send(testButton)
	page.expect("Needs attention", "The provider refused the stored credentials")
	user.mustAct(reasonRejected)

	page.follow(removeLink)
	page.expect("Needs attention", "")
	page.send(removeButton)
	page.expect("Not connected", "The account was removed.")
	user.mustAct("")
}

// Everything on the page can be done with the keyboard alone.
func TestConnectByKeyboard(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	i.addWeather(newWeather(t, keyGuard(goodKey)))
	user, page := s.agent("acme|keyboard"), &accounts{chrome: newChrome(t), name: "keyboard", secrets: []string{goodKey}}
	page.visit(user.mustAct(""), "Not connected")

	if page.has(unfold) { // it is not where there is one tool only
		page.tabTo(unfold)
		page.press(kb.Enter)
	}
	page.tabTo(keyField)
	page.press(goodKey)
	page.confirm()
	page.expect("Connected", "The account is connected.")
	user.weatherOf("whoever has the key")

	page.tabTo(testButton)
	page.confirm()
	page.expect("Connected", "The account works.")
	page.tabTo(changeLink)
	page.confirm()
	page.tabTo(saveButton)
	page.confirm()
	page.expect("Connected", "The account is connected.")
	page.tabTo(removeLink)
	page.confirm()
	page.tabTo(removeButton)
	page.confirm()
	page.expect("Not connected", "The account was removed.")
	user.mustAct("")
	page.expectNoTrouble(t, s.base)
}

// A link works in the browser that opened it first, for fifteen minutes, and whoever comes with
// one that does not is told what to do.
func TestLinksThatDoNotWork(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	i.addWeather(newWeather(t, keyGuard(goodKey)))
	user, page := s.agent("acme|alice"), &accounts{chrome: newChrome(t), name: "links"}
	link := user.link()
	page.visit(link, "Not connected")

	thief := page.other()
	thief.turnedAway(link, http.StatusForbidden, "This link was opened in another browser")
	thief.screenshot("hub-link-taken.png")
	thief.turnedAway(link+"x", http.StatusNotFound, "This link does not work")
	thief.screenshot("hub-link-unknown.png")
	page.visit(link, "Not connected")

	db := i.open(t)
	defer db.Close()
	execute(t, db, "UPDATE links SET created_at = created_at - 900000, expires_at = expires_at - 900000")
	page.turnedAway(link, http.StatusGone, "This link has expired")
	page.screenshot("hub-link-expired.png")
	page.visit(user.link(), "Not connected")
}
