package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Everything in the panel can be reached and done with the keyboard; people see where they are, and
// get away from there.
func TestAdminByKeyboard(t *testing.T) {
	s := newInstallation(t).start()
	talk(t, s.client)
	p := newPanel(t, newChrome(t), s.base)
	p.step("sign in", func() {
		p.visit("/admin/sessions?agent=agent-talks")
		if !p.focused(keyInput) {
			p.tabTo(keyInput)
		}
		p.press(s.key)
		p.confirm()
	})
	p.step("skip what is on every page", func() {
		p.visit("/admin/usage")
		p.tabSeen(skipLink)
		p.press(kb.Enter)
		p.until("the focus in the content", `document.activeElement.matches("main, main *")`)
		p.press(kb.Tab)
		if !p.focused("main *") {
			t.Errorf("after skipping, the tabulator leads to %s", p.focusedHTML())
		}
	})
	p.step("navigate", func() {
		p.visit("/admin/usage")
		p.tabSeen(pageLinks + `[href$="/admin/sessions"]`)
		p.confirm()
	})
	p.step("search and delete", func() { findsAndDeletes(p, s) })
	for _, path := range []string{"/admin/sessions?agent=agent-talks", "/admin/sessions/rich", "/admin/usage", "/admin/audit", "/admin/keys"} {
		p.step("walk through "+path, func() { p.walkThrough(path) })
	}
	p.expectNoComplaints(t)
}

func findsAndDeletes(p *panel, s *server) {
	p.tabSeen(searchField)
	p.press("long@")
	p.expectRows("found", "long")
	p.tabSeen(row("long", rowLink))
	p.confirm()
	if heading := p.text("h1"); heading != "Ada of long" {
		p.t.Errorf("opened %q", heading)
	}
	p.back()
	p.expectRows("found, again", "long")
	p.tabSeen(row("long", "input"))
	p.press(" ")
	if !p.has(rowBox + ":checked") {
		p.t.Errorf("the space bar does not choose a session\n%s", p.html())
	}
	for range maxTabs { // the button stands before the rows, or after them
		if p.press(kb.Tab); p.focused(deleteSelected) {
			break
		}
	}
	p.confirm()
	p.tabSeen(reallyDelete)
	p.confirm()
	if len(s.sessions(p.t, "?id=long")) > 0 {
		p.t.Error("the session is still there")
	}
	p.tabSeen(entryLink)
	p.confirm()
	p.expectRead("deleteSession")
}

// focusedHTML is the beginning of what has the focus.
func (p *panel) focusedHTML() string {
	p.t.Helper()
	return answer(p.chrome, "focus", chromedp.Evaluate[string](`document.activeElement.outerHTML.slice(0, 200)`))
}

// tabSeen is tabTo where each stop on the way has to be seen.
func (p *panel) tabSeen(selector string) {
	p.t.Helper()
	for range maxTabs {
		p.press(kb.Tab)
		p.expectSeen()
		if p.focused(selector) {
			return
		}
	}
	p.t.Fatalf("the tabulator does not come to %s\n%s", selector, p.html())
}

// outline says what keeps a person from seeing where the focus is; empty if nothing does.
const outline = `(e => {
	if (e === document.body || e === document.documentElement) return ""
	if (e.matches("input[type=date], input[type=month]") && !e.matches(":focus-visible")) return "" // at the button in it, which the browser outlines
	const style = getComputedStyle(e), box = e.getBoundingClientRect()
	if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) return "no outline: " + e.outerHTML.slice(0, 200)
	if (box.width < 2 || box.height < 2 || style.visibility !== "visible" || parseFloat(style.opacity) < 0.5) return "not to be seen: " + e.outerHTML.slice(0, 200)
	if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return "outside of the window: " + e.outerHTML.slice(0, 200)
	return ""
})(document.activeElement)`

// expectSeen expects that a person sees where the focus is.
func (p *panel) expectSeen() {
	p.t.Helper()
	if hidden := answer(p.chrome, "outline", chromedp.Evaluate[string](outline)); hidden != "" {
		p.t.Errorf("%s: %s", p.location(), hidden)
	}
}

// stops are what the tabulator has to come to on a page: of a group of choices, one.
const stops = `[...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
	.filter(e => !e.disabled && e.type !== "hidden" && e.checkVisibility({visibilityProperty: true}) && !e.closest("[inert]"))
	.filter((e, k, all) => e.type !== "radio" || all.findIndex(other => other.type === "radio" && other.name === e.name) === k).length`

// walkThrough presses the tabulator from the beginning of a page to its end: it comes to everything,
// leaves everything, and is seen everywhere.
func (p *panel) walkThrough(path string) {
	p.t.Helper()
	p.visit(path)
	for _, details := range []string{newKey, filters} {
		if p.has(details) {
			p.unfold(details)
		}
	}
	p.do("begin", chromedp.Evaluate[chromedp.Void](`{document.activeElement.blur(); window.stopped = new Set; window.getSelection().removeAllRanges(); window.scrollTo(0, 0)}`))
	want := answer(p.chrome, "stops", chromedp.Evaluate[int](stops))
	came := 0
	for range 3 * maxTabs {
		p.press(kb.Tab)
		p.expectSeen()
		now := answer(p.chrome, "stops so far", chromedp.Evaluate[int](`(window.stopped.add(document.activeElement), window.stopped.delete(document.body), window.stopped.size)`))
		if now == came && now >= want {
			break // a second time, or past the end
		}
		came = now
	}
	if came < want {
		p.t.Errorf("%s has %d stops, and the tabulator came to %d", path, want, came)
	}
}

// With a wrong key, the field that is to be put right has the focus or is the next stop, and a screen
// reader is told.
func TestAdminTellsMistakes(t *testing.T) {
	s := newInstallation(t).start()
	p := newPanel(t, newChrome(t), s.base)
	p.visit("/admin/login")
	p.fill(keyInput, "ad_key_wrong")
	p.confirmTo(http.StatusUnauthorized)
	if !p.has(`[role="alert"]`) || !p.has(keyInput+`[aria-invalid="true"]`) || !p.focused(keyInput) {
		t.Errorf("after a wrong key the focus is on %s\n%s", p.focusedHTML(), p.html())
	}
	p.press(s.key)
	p.confirm()
	p.visit("/admin/keys")
	p.unfold(newKey)
	p.fill(keyForm+`input[name="name"]`, "A page")
	p.click(keyForm + `input[name="role"][value="exec"]`)
	p.fill(keyForm+`textarea[name="origins"]`, "https://shop.example.com\nno origin")
	if status := p.follow(makeKey); status != http.StatusUnprocessableEntity {
		t.Errorf("a key with a mistake: status %d", status)
	}
	wrong := keyForm + `textarea[name="origins"][aria-invalid="true"]`
	if !p.has(`[role="alert"]`) || !p.has(wrong) || !p.has(newKey+"[open]") {
		t.Fatalf("the page does not say what is wrong\n%s", p.html())
	}
	described := answer(p.chrome, "description", chromedp.Evaluate[string](`document.querySelector('`+wrong+`').getAttribute("aria-describedby").split(" ").map(id => document.getElementById(id).innerText).join(" ")`))
	if !strings.Contains(blanks(described), "Error: An origin is written like") {
		t.Errorf("the field is described as %q", described)
	}
	if got := answer(p.chrome, "entered", chromedp.Evaluate[string](`document.querySelector('`+wrong+`').value`)); got != "https://shop.example.com\nno origin" {
		t.Errorf("what was entered is %q", got)
	}
	p.expectNoComplaints(t)
}

// Whoever is signed out meanwhile, because the key was revoked, comes to the form and from there back,
// also where a part of a page was asked for.
func TestAdminIsSignedOutMeanwhile(t *testing.T) {
	s := newInstallation(t).start()
	talk(t, s.client)
	window := newChrome(t)
	for name, ask := range map[string]func(*panel){
		"searching":     func(p *panel) { p.fill(searchField, "rich") },
		"more messages": func(p *panel) { p.click(moreButton) },
		"deleting":      func(p *panel) { p.follow(deleteOne) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPanel(t, window.other(), s.base)
			made := s.newKey(t, "admin")
			p.signIn(made.APIKey)
			if p.visit("/admin/sessions/long"); name == "searching" {
				p.visit("/admin/sessions?agent=agent-talks")
			}
			s.must(t, http.StatusOK, "DELETE", "/api/keys/"+made.KeyLocatorHash, nil)
			ask(p)
			p.until("the form to sign in", `location.pathname === "/admin/login" && document.querySelector('`+keyInput+`') !== null`)
			p.expectNoComplaints(t)
		})
	}
	if len(s.sessions(t, "?id=long")) != 1 {
		t.Error("somebody without a key has deleted a session")
	}
}
