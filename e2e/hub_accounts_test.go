package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// accounts is the configuration page, in a browser, with its card of the weather tool.
type accounts struct {
	*chrome
	name     string   // of the pictures
	pictures int      // taken so far
	secrets  []string // that no page may contain
}

// The parts of the card.
const (
	card         = "#tool-weather "
	keyField     = card + `input[name="account.value"]`
	saveButton   = card + `form:has(input[name="do"][value="save"]) button`
	testButton   = card + `form:has(input[name="do"][value="test"]) button`
	removeButton = card + `form:has(input[name="do"][value="remove"]) button`
	unfold       = card + "details.unfold > summary"
	changeLink   = card + `.actions a[href*="edit="]`
	removeLink   = card + `.actions a[href*="remove="]`
	signInLink   = card + `a[href*="/sign-in"]`
)

// visit opens a link, as its user, and expects the state of the tool.
func (a *accounts) visit(link, state string) {
	a.t.Helper()
	if status := a.open(link); status != http.StatusOK {
		a.t.Fatalf("the page: status %d\n%s", status, a.html())
	}
	a.expect(state, "")
	if name := a.text("header.top"); name != appName {
		a.t.Errorf("the page names the application %q", name)
	}
	if back := answer(a.chrome, "way back", chromedp.Evaluate[string](`document.querySelector("footer a").href`)); back != appURL {
		a.t.Errorf("the way back leads to %s", back)
	}
}

// expect checks what every page has to be like: its state and message, no secret in it, no
// wider than its window. It takes a picture.
func (a *accounts) expect(state, message string) {
	a.t.Helper()
	if got := a.text(card + ".state"); got != state {
		a.t.Fatalf("the page says %q, want %q\n%s", got, state, a.html())
	}
	if message != "" && !strings.Contains(a.text(".message"), message) {
		a.t.Errorf("the page says %q, want %q", a.text(".message"), message)
	}
	if message == "" && a.has(".message") {
		a.t.Errorf("the page says %q", a.text(".message"))
	}
	html := a.html()
	for _, secret := range a.secrets {
		if strings.Contains(html, secret) {
			a.t.Errorf("the page contains the secret %s:\n%s", secret, html)
		}
	}
	if over := a.overflow(); over > 0 {
		a.t.Errorf("the page is %d pixels wider than its window", over)
	}
	a.pictures++
	a.screenshot(fmt.Sprintf("hub-%s-%02d.png", a.name, a.pictures))
}

// enter puts a key into the form and saves it.
func (a *accounts) enter(key string) {
	a.t.Helper()
	if a.has(unfold) && !a.has(card+"details.unfold[open]") {
		a.click(unfold)
	}
	a.fill(keyField, key)
	a.send(saveButton)
}

// send presses a button, and expects to come to the page again.
func (a *accounts) send(button string) {
	a.t.Helper()
	if status := a.follow(button); status != http.StatusOK {
		a.t.Fatalf("%s: status %d\n%s", button, status, a.html())
	}
}

// turnedAway expects that a link does not work in this window, and that the page says what to do.
func (c *chrome) turnedAway(link string, want int, title string) {
	c.t.Helper()
	status := c.open(link)
	if got := c.text("h1"); status != want || got != title {
		c.t.Errorf("status %d, %q; want %d, %q", status, got, want, title)
	}
	if !strings.Contains(c.text("main"), "for a new link") {
		c.t.Errorf("the page does not say how to get a new link:\n%s", c.text("main"))
	}
}

// expectNoTrouble expects that the browser complained about nothing, and asked nobody else.
func (c *chrome) expectNoTrouble(t *testing.T, allowed ...string) {
	t.Helper()
	if found := c.trouble(allowed...); len(found) > 0 {
		t.Errorf("in the browser: %q", found)
	}
}
