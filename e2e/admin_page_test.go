package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// The parts of the admin panel's pages.
const (
	keyInput      = `input[name="key"]`
	signInButton  = `form:has(input[name="key"]) button`
	signOutButton = `form[action$="/admin/logout"] button`
	skipLink      = `a[href="#content"]`
	pageLinks     = `nav[aria-label="Pages"] a`
	saidText      = `main [role="alert"], main [role="status"]`

	searchField  = `input[name="q"]`
	agentField   = `form[role="search"] select[name="agent"]`
	searchButton = `form[role="search"] button[type="submit"]`
	filters      = `form[role="search"] details`
	stateField   = `select[name="state"]`
	fromField    = `input[name="from"]`
	toField      = `input[name="to"]`

	rowBox         = `#results input[name="id"]`
	allBoxes       = `#results input[data-all]`
	rowLink        = `a[href*="/admin/sessions/"]`
	nextPage       = `#results a[rel="next"]`
	previousPage   = `#results a[rel="prev"]`
	deleteSelected = `#results form[action$="/sessions/confirm"] button`

	messageItem  = `main li[id^="message-"]`
	foldedPart   = messageItem + ` details:not([open])`
	moreButton   = `#more a:first-child`
	jsonView     = `nav[aria-label="Views of the session"] a[href*="view=json"]`
	downloadLink = `a[href$="/download"]`
	deleteOne    = `main form[action$="/sessions/confirm"] button`
	reallyDelete = `form[action$="/sessions/delete"] button`
	entryLink    = `main a[href*="/admin/audit?"]`
	entryItem    = `main li:has(> details[id^="entry-"])`

	keyForm      = `form[action$="/admin/keys"] `
	newKey       = `details:has(> form[action$="/admin/keys"])`
	makeKey      = keyForm + `button[type="submit"]`
	secretText   = `#secret`
	copySecret   = `[data-copy-from=secret]`
	snippetText  = `pre[aria-label="HTML for a web page"]`
	revokeLink   = `main a[href$="?revoke=1"]`
	reallyRevoke = `form[action$="/revoke"] button`
)

// columns are the parts of the list's head that sort it.
var columns = map[string]string{
	"userName": `#results th:nth-child(2) a`, "userEmail": `#results th:nth-child(3) a`,
	"createdAt": `#results th:nth-child(4) a`, "updatedAt": `#results th:nth-child(5) a`,
}

// row is the part of the list that is about one session.
func row(id, part string) string {
	return `#results tr:has(input[value=` + strconv.Quote(id) + `]) ` + part
}

// panel is the admin panel, in a window.
type panel struct {
	*chrome
	base string
}

func newPanel(t *testing.T, c *chrome, base string) *panel {
	t.Helper()
	c.t = t
	return &panel{c, base}
}

// step runs a part of a test, without which what comes after it makes no sense.
func (p *panel) step(name string, do func()) {
	p.t.Helper()
	t := p.t
	ok := t.Run(name, func(t *testing.T) {
		p.t = t
		do()
	})
	if p.t = t; !ok {
		t.FailNow()
	}
}

// visit opens a page of the panel.
func (p *panel) visit(path string) {
	p.t.Helper()
	if status := p.open(p.base + path); status != http.StatusOK {
		p.t.Fatalf("%s: status %d\n%s", path, status, p.html())
	}
}

// signIn signs in, from wherever the window is, and comes to the list of sessions.
func (p *panel) signIn(key string) {
	p.t.Helper()
	p.visit("/admin")
	p.fill(keyInput, key)
	p.send(signInButton)
	if !strings.HasPrefix(p.location(), p.base+"/admin/sessions") {
		p.t.Fatalf("signed in, and came to %s", p.location())
	}
}

// send follows what leads to a page that is there.
func (p *panel) send(selector string) {
	p.t.Helper()
	if status := p.follow(selector); status != http.StatusOK {
		p.t.Fatalf("%s: status %d\n%s", selector, status, p.html())
	}
}

// until waits until an expression of JavaScript holds, on whatever page there is by then.
func (c *chrome) until(what, expression string) {
	c.t.Helper()
	for deadline := time.Now().Add(verbLimit / 4); ; time.Sleep(2 * pollInterval) {
		ctx, cancel := context.WithTimeout(c.ctx, pageLimit)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && (`+expression+`)`))
		cancel()
		if err == nil && holds { // an error comes from between two pages
			return
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("%s: it does not come, %v\n%s", what, err, c.seen())
		}
	}
}

// back goes to the page before, which the browser may have kept: it waits for nothing.
func (c *chrome) back() {
	c.t.Helper()
	c.do("back", chromedp.Evaluate[chromedp.Void](`history.back()`))
}

// texts are those of all the elements.
func (c *chrome) texts(selector string) []string {
	c.t.Helper()
	return answer(c, "texts of "+selector, chromedp.Evaluate[[]string](`[...document.querySelectorAll(`+strconv.Quote(selector)+`)].map(e => e.innerText.trim())`))
}

// count is how many of them the page has now.
func (c *chrome) count(selector string) int {
	c.t.Helper()
	return answer(c, "count of "+selector, chromedp.Evaluate[int](`document.querySelectorAll(`+strconv.Quote(selector)+`).length`))
}

// choose chooses one of several, as with the arrow keys.
func (c *chrome) choose(selector, value string) {
	c.t.Helper()
	c.waitFor(selector)
	c.do("choose "+value, chromedp.Evaluate[chromedp.Void](`{
		const e = document.querySelector(`+strconv.Quote(selector)+`); e.focus(); e.value = `+strconv.Quote(value)+`
		for (const name of ["input", "change"]) e.dispatchEvent(new Event(name, {bubbles: true}))
	}`))
}

const shownRows = `[...document.querySelectorAll('` + rowBox + `')].map(e => e.value)`

// rows are the ids of the sessions in the list.
func (p *panel) rows() []string {
	p.t.Helper()
	return answer(p.chrome, "rows", chromedp.Evaluate[[]string](shownRows))
}

// expectRows waits until the list has exactly these sessions.
func (p *panel) expectRows(what string, ids ...string) {
	p.t.Helper()
	want, err := json.Marshal(append([]string{}, ids...))
	if err != nil {
		p.t.Fatal(err)
	}
	p.until(what+": "+string(want), `JSON.stringify(`+shownRows+`) === JSON.stringify(`+string(want)+`)`)
}

// unfold opens what is folded; where there is room, it may not be.
func (c *chrome) unfold(details string) {
	c.t.Helper()
	c.waitFor(details)
	if !c.has(details+"[open]") && c.shown(details+" > summary") {
		c.click(details + " > summary")
	}
}

// unfoldMessages opens every call and result of a tool.
func (p *panel) unfoldMessages() {
	p.t.Helper()
	for p.has(foldedPart) {
		p.click(foldedPart + " > summary")
	}
}

// shown says whether it is to be seen now.
func (c *chrome) shown(selector string) bool {
	c.t.Helper()
	return answer(c, "shown "+selector, chromedp.Evaluate[bool](`document.querySelector(`+strconv.Quote(selector)+`)?.checkVisibility() ?? false`))
}

// allMessages asks for more messages until all are there. It returns how often it asked.
func (p *panel) allMessages() int {
	p.t.Helper()
	for asked := 0; ; asked++ {
		if !p.has(moreButton) {
			return asked
		}
		before := p.count(messageItem)
		p.click(moreButton)
		p.until("more than "+strconv.Itoa(before)+" messages", `document.querySelectorAll('`+messageItem+`').length > `+strconv.Itoa(before))
	}
}

// loginToken is the cookie of the window's login.
func (p *panel) loginToken() string {
	p.t.Helper()
	cookies := answer(p.chrome, "cookies", func(ctx context.Context, _ *chromedp.Target) ([]*network.Cookie, error) {
		got, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.base + "/admin"}})
		return got.Cookies, err
	})
	for _, cookie := range cookies {
		if cookie.Name == loginCookie {
			return cookie.Value
		}
	}
	p.t.Fatal("the window has no cookie of a login")
	return ""
}

// complaintsOfPages are what the browser complained about, but for the statuses of pages that say why
// there is nothing else; and the other hosts that pages asked.
func (p *panel) complaintsOfPages() (found []string) {
	p.t.Helper()
	for _, complaint := range p.trouble(p.base) {
		if !strings.HasPrefix(complaint, "Failed to load resource") || !strings.Contains(complaint, p.base+"/admin") {
			found = append(found, complaint)
		}
	}
	return found
}

func (p *panel) expectNoComplaints(t *testing.T) {
	t.Helper()
	if found := p.complaintsOfPages(); len(found) > 0 {
		t.Errorf("in the browser: %q", found)
	}
}
