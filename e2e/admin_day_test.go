package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// day is an operator's, at the panel of a service that is in use.
type day struct {
	*panel
	s      *server
	people []person // all sessions
	began  time.Time
	token  string // of the login
}

// An operator does with the panel what it is for, in a browser that asks nobody else and has nothing to
// complain of.
func TestAdminDay(t *testing.T) {
	s := newInstallation(t).start()
	d := &day{s: s, began: time.Now().UTC(), people: populate(t, s.client)}
	d.panel = newPanel(t, newChrome(t), s.base)
	talk(t, s.client)
	d.step("sign in", d.signsIn)
	d.step("search", d.searches)
	d.step("sort", d.sorts)
	d.step("page", d.pages)
	d.step("filter", d.filters)
	d.step("read a session", d.reads)
	d.step("read a long session", d.readsOn)
	d.step("delete a session", d.deletesOne)
	d.step("delete several", d.deletesSome)
	d.step("count", d.counts)
	d.step("make and revoke a key", d.makesKey)
	d.step("put a key on a web page", d.embeds)
	d.step("sign out", d.signsOut)
	d.expectNoComplaints(t)
}

func (d *day) signsIn() {
	d.visit("/admin/usage?days=7")
	agentKey := d.s.newKey(d.t, "agent")
	for key, why := range map[string]string{
		"ad_key_wrong": "This is no API key of this service", agentKey.APIKey: "the role agent",
	} {
		d.fill(keyInput, key)
		if status := d.follow(signInButton); status != http.StatusUnauthorized && status != http.StatusForbidden {
			d.t.Errorf("signing in with %s: status %d", key, status)
		}
		if got := d.text(saidText); !strings.Contains(got, why) {
			d.t.Errorf("the page says %q, want %q", got, why)
		}
		if strings.Contains(d.html(), key) {
			d.t.Errorf("the page repeats the key:\n%s", d.html())
		}
	}
	d.fill(keyInput, " "+d.s.key) // as it is copied
	d.send(signInButton)
	if d.location() != d.base+"/admin/usage?days=7" {
		d.t.Errorf("signed in, and came to %s", d.location())
	}
	if got := strings.Join(d.texts(pageLinks), " "); got != "Sessions Usage Audit Keys" {
		d.t.Errorf("the pages are %s", got)
	}
	d.token = d.loginToken()
}

// list opens the sessions of the agent.
func (d *day) list() { d.visit("/admin/sessions?agent=" + panelAgent) }

// onPage is how many sessions a page of the list shows.
const onPage = 50

// firstPage are the ids that the first page shows.
func firstPage(ids []string) []string { return ids[:min(len(ids), onPage)] }

func (d *day) searches() {
	d.list()
	d.do("mark the page", chromedp.Evaluate[chromedp.Void](`window.marked = document.querySelector('`+searchField+`')`))
	d.click(searchField)
	d.press("user-01")
	found := ids(of(panelAgent, d.people), "updatedAt", func(p person) bool { return strings.HasPrefix(p.email, "user-01") })
	d.expectRows("as one types", found...)
	d.press("7@")
	one := ids(of(panelAgent, d.people), "updatedAt", func(p person) bool { return p.email == "user-017@example.com" })
	d.expectRows("as one types on", one...)
	d.until("the address", `new URLSearchParams(location.search).get("q") === "user-017@"`)
	if !answer(d.chrome, "same field", chromedp.Evaluate[bool](`window.marked === document.activeElement && document.activeElement.value === "user-017@"`)) {
		d.t.Errorf("the search takes the focus away\n%s", d.html())
	}
	d.screenshot("admin-day-search.png")
	d.do("reload", chromedp.Reload())
	d.expectRows("the address in another window", one...)
	d.fill(searchField, "nobody has this name")
	d.expectRows("nothing")
	d.until("words for nothing", `document.querySelector("#results").innerText.includes("No session matches")`)
	d.click(`#results a[href*="/admin/sessions"]`)
	d.until("everything again", `document.querySelector('`+searchField+`').value === "" && `+shownRows+`.length > 10`)
	d.expectRows("everything again", firstPage(ids(of(panelAgent, d.people), "updatedAt", anybody))...)
}

func (d *day) sorts() {
	d.list()
	for _, column := range []string{"userName", "userEmail", "createdAt", "updatedAt"} {
		sorted := ids(of(panelAgent, d.people), column, anybody)
		d.click(columns[column])
		d.expectRows("sorted by "+column, firstPage(sorted)...)
		d.click(columns[column])
		reversed := make([]string, len(sorted))
		for k, id := range sorted {
			reversed[len(sorted)-1-k] = id
		}
		d.expectRows("reversed by "+column, firstPage(reversed)...)
		if sort := answer(d.chrome, "aria-sort", chromedp.Evaluate[string](`document.querySelector("#results th[aria-sort]").querySelector("a").innerText`)); sort != d.text(columns[column]) {
			d.t.Errorf("sorted by %s, and the page says by %s", column, sort)
		}
	}
}

func (d *day) pages() {
	d.list()
	all := ids(of(panelAgent, d.people), "updatedAt", anybody)
	d.click(nextPage)
	d.expectRows("the second page", all[onPage:]...)
	if !strings.Contains(d.location(), "page=2") {
		d.t.Errorf("the second page is at %s", d.location())
	}
	d.click(previousPage)
	d.expectRows("the first page", all[:onPage]...)
	d.back()
	d.expectRows("the second page again", all[onPage:]...)
}

func (d *day) filters() {
	d.list()
	d.unfold(filters)
	d.choose(stateField, "finalized")
	finalized := func(p person) bool { return p.finalized }
	d.until("finalized sessions only", shownRows+`.every(id => Number(id.slice(2)) % 3 === 0)`)
	d.expectRows("finalized", firstPage(ids(of(panelAgent, d.people), "updatedAt", finalized))...)
	day := time.Now().UTC().AddDate(0, 0, -10)
	d.choose(fromField, day.AddDate(0, 0, -1).Format(time.DateOnly))
	d.choose(toField, day.Format(time.DateOnly))
	then := ids(of(panelAgent, d.people), "updatedAt", func(p person) bool {
		return p.finalized && p.created.After(day.AddDate(0, 0, -3)) && p.created.Before(day.AddDate(0, 0, 3))
	})
	d.expectRows("finalized, ten days ago", then...)
	for _, part := range []string{"state=finalized", "from=" + day.AddDate(0, 0, -1).Format(time.DateOnly), "to=" + day.Format(time.DateOnly)} {
		d.until("the address with "+part, `location.search.includes("`+part+`")`)
	}
	d.do("reload", chromedp.Reload())
	d.expectRows("the address in another window", then...)
	d.choose(agentField, otherAgent)
	d.until("another agent", `location.search.includes("`+otherAgent+`")`)
	d.expectRows("another agent's, with the same filters")
}

func (d *day) reads() {
	d.visit("/admin/sessions?agent=agent-talks&q=rich")
	d.send(row("rich", rowLink))
	if heading := d.text("h1"); heading != "Ada of rich" {
		d.t.Errorf("the session is called %q", heading)
	}
	if n := d.count(messageItem); n != len(richMessages) {
		d.t.Errorf("the page has %d messages", n)
	}
	for what, expression := range map[string]string{
		"bold letters": `main.querySelector("strong").innerText === "warm"`, "code": `[...main.querySelectorAll("pre code, pre")].some(e => e.innerText.trim() === 'fmt.Println("21.5")')`,
		"a list": `[...main.querySelectorAll("li")].filter(e => ["sun", "no rain"].includes(e.innerText.trim())).length === 2`, "a link": `main.querySelector('a[href="https://weather.example.com/vienna"]').innerText === "the service"`,
		"a folded call": `main.querySelector("li details:not([open])").innerText.includes("currentWeather")`, "a line break": `/weather\s*\n\s*in Vienna/.test(main.innerText)`,
	} {
		if !answer(d.chrome, what, chromedp.Evaluate[bool](`(main => { try { return `+expression+` } catch { return false } })(document.querySelector("main"))`)) {
			d.t.Errorf("the conversation has not %s\n%s", what, d.html())
		}
	}
	d.unfoldMessages()
	d.until("what the tool said", `document.querySelector("main").innerText.includes('"temperature": 21.5')`)
	d.screenshot("admin-day-session.png")
	d.downloads()
	d.send(jsonView)
	for _, message := range richMessages {
		d.expectRead(plainJSON(d.t, message["content"]))
	}
}

// downloads expects that the file is what the API answers.
func (d *day) downloads() {
	dir, events := d.t.TempDir(), true
	id := chromedp.FromContext(d.ctx).BrowserContextID
	if _, err := chromedp.CallBrowser(d.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, BrowserContextID: id, DownloadPath: dir, EventsEnabled: &events,
	}); err != nil {
		d.t.Fatal(err)
	}
	d.click(downloadLink)
	var file string
	var content []byte
	for deadline := time.Now().Add(verbLimit); len(content) == 0; time.Sleep(pollInterval) { // it is empty until it is whole
		if time.Now().After(deadline) {
			d.t.Fatalf("downloaded %q", file)
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "*.json")); len(files) == 1 {
			file = files[0]
			content, _ = os.ReadFile(file)
		}
	}
	list := strings.TrimSpace(string(d.s.must(d.t, http.StatusOK, "GET", "/api/session?id=rich", nil)))
	if want := strings.TrimSuffix(strings.TrimPrefix(list, "["), "]"); strings.TrimSpace(string(content)) != want {
		d.t.Errorf("%s has\n%s\nwant\n%s", file, content, want)
	}
}

func (d *day) readsOn() {
	d.visit("/admin/sessions/long")
	first := d.count(messageItem)
	if asked := d.allMessages(); asked == 0 || first >= longLength {
		d.t.Errorf("showed %d messages at once, and asked %d times for more", first, asked)
	}
	if n := d.count(messageItem); n != longLength {
		d.t.Errorf("the page has %d messages", n)
	}
	texts := d.texts(messageItem)
	for k := range longLength {
		if want := fmt.Sprintf("This is message %d.", k+1); !strings.Contains(texts[k], want) {
			d.t.Fatalf("message %d is %q", k+1, texts[k])
		}
	}
}

func (d *day) deletesOne() {
	d.visit("/admin/sessions?agent=agent-talks&q=long")
	d.send(row("long", rowLink))
	d.send(deleteOne)
	if len(d.s.sessions(d.t, "?id=long")) != 1 {
		d.t.Error("it is deleted before the question is answered")
	}
	d.expectRead("Ada of long", "long@example.com", "250")
	d.screenshot("admin-day-delete.png")
	d.send(reallyDelete)
	d.expectGone("long")
	d.send(entryLink)
	d.expectEntry("long")
}

// expectGone expects that the session is deleted, and that one audit entry says so.
func (d *day) expectGone(id string) {
	d.t.Helper()
	if len(d.s.sessions(d.t, "?id="+id)) > 0 {
		d.t.Errorf("%s is still there", id)
	}
	entries := 0
	for _, e := range d.s.entries(d.t, "deleteSession") {
		if e.RecordLocator == `{"id":"`+id+`"}` {
			entries++
		}
	}
	if entries != 1 {
		d.t.Errorf("%s has %d audit entries", id, entries)
	}
}

// expectEntry expects that the page shows one audit entry, of this session.
func (d *day) expectEntry(id string) {
	d.t.Helper()
	found := d.texts(entryItem)
	if len(found) != 1 || !strings.Contains(found[0], "deleteSession") || !strings.Contains(found[0], id) {
		d.t.Errorf("the audit page has %q\n%s", found, d.html())
	}
}

func (d *day) deletesSome() {
	d.visit("/admin/sessions?agent=" + panelAgent + "&q=user-00")
	chosen := d.rows()[:3]
	for _, id := range chosen {
		d.click(row(id, "input"))
	}
	d.send(deleteSelected)
	if heading := d.text("h1"); heading != "Delete 3 sessions?" {
		d.t.Errorf("the question is %q", heading)
	}
	d.send(reallyDelete)
	if links := d.count(entryLink); links != 3 {
		d.t.Errorf("the page has %d links to audit entries", links)
	}
	d.do("reload", chromedp.Reload()) // leads to the list, and does not send the form again
	var left []person
	for _, p := range d.people {
		if strings.Contains(strings.Join(chosen, " "), p.id) {
			d.expectGone(p.id)
			continue
		}
		left = append(left, p)
	}
	d.people = left
	d.expectRows("what is left", ids(of(panelAgent, d.people), "updatedAt", func(p person) bool { return strings.HasPrefix(p.email, "user-00") })...)
	if status := d.open(d.base + "/admin/sessions/" + chosen[0]); status != http.StatusNotFound || d.text("h1") != "This session is not here" {
		d.t.Errorf("a deleted session: status %d, %q", status, d.text("h1"))
	}
}

const (
	daysTable = `Object.fromEntries([...document.querySelectorAll("main tr:has(time[datetime])")].map(r => [r.querySelector("time").dateTime,
		(([Sessions, Prompt, Completion]) => ({Sessions, Prompt, Completion}))([...r.querySelectorAll("td")].map(e => Number(e.textContent.replace(/\D/g, ""))))]))`
	usageTotals = `[...document.querySelectorAll("main dl.totals dd")].map(e => e.innerText.replace(/,/g, "")).join(" ")`
)

func (d *day) counts() {
	talks := usage{Sessions: 1}
	for _, days := range []int{7, 30, 90} {
		for _, agent := range []string{"", panelAgent, otherAgent} {
			d.visit(fmt.Sprintf("/admin/usage?days=%d&agent=%s", days, agent))
			total, byDay := used(d.people, days, agent)
			if agent == "" { // the conversation without tokens, which began today
				total.Sessions += talks.Sessions
				today := d.began.Format(time.DateOnly)
				byDay[today] = usage{byDay[today].Sessions + talks.Sessions, byDay[today].Prompt, byDay[today].Completion}
			}
			d.expectUsage(days, total, byDay)
		}
	}
	d.screenshot("admin-day-usage.png")
	d.click(`main a[href*="days=30"]`)
	d.until("30 days", `location.search.includes("days=30")`)
}

func (d *day) expectUsage(days int, total usage, byDay map[string]usage) {
	d.t.Helper()
	got := answer(d.chrome, "days", chromedp.Evaluate[map[string]usage](daysTable))
	if len(got) != days {
		d.t.Errorf("%s has %d days", d.location(), len(got))
	}
	maps.DeleteFunc(got, func(_ string, u usage) bool { return u == usage{} })
	if !maps.Equal(got, byDay) {
		d.t.Errorf("%s counts %v, want %v", d.location(), got, byDay)
	}
	want := fmt.Sprintf("%d %.1f %d %d", total.Sessions, float64(total.Sessions)/float64(days), total.Prompt, total.Completion)
	if got := answer(d.chrome, "totals", chromedp.Evaluate[string](usageTotals)); got != want {
		d.t.Errorf("%s adds up to %s, want %s", d.location(), got, want)
	}
	if d.count("main figure svg") < 1 {
		d.t.Errorf("%s has no chart\n%s", d.location(), d.html())
	}
}

// newKeyOf fills in the form for a key, with further fields by name and value, and makes it. It returns
// the key, which is shown once.
func (p *panel) newKeyOf(name, role string, more ...string) string {
	p.t.Helper()
	p.visit("/admin/keys")
	p.unfold(newKey)
	p.fill(keyForm+`input[name="name"]`, name)
	p.click(keyForm + `input[name="role"][value="` + role + `"]`)
	for k := 0; k < len(more); k += 2 {
		p.fill(keyForm+`[name="`+more[k]+`"]`, more[k+1])
	}
	p.send(makeKey)
	secret := p.text(secretText)
	if !strings.HasPrefix(secret, "ad_key_") {
		p.t.Fatalf("the key is %q\n%s", secret, p.html())
	}
	return secret
}

// revokes opens the page of a key from the list, and revokes it.
func (p *panel) revokes(name string) {
	p.t.Helper()
	p.visit("/admin/keys")
	link := answer(p.chrome, "its link", chromedp.Evaluate[string](`[...document.querySelectorAll('main a[href*="/admin/keys/"]')].find(e => e.innerText.includes("`+name+`")).getAttribute("href")`))
	p.send(`main a[href="` + link + `"]`)
	p.send(revokeLink)
	p.send(reallyRevoke)
}

func (d *day) makesKey() {
	d.visit("/admin/keys")
	d.unfold(newKey)
	d.fill(keyForm+`input[name="name"]`, "wrong")
	d.click(keyForm + `input[name="role"][value="agent"]`)
	d.fill(keyForm+`textarea[name="origins"]`, "no origin")
	if status := d.follow(makeKey); status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
		d.t.Errorf("a key with mistakes: status %d", status)
	}
	d.expectRead("wrong", "no origin")
	d.screenshot("admin-day-key-wrong.png")

	secret := d.newKeyOf("For the kitchen", "agent")
	d.click(copySecret) // says so only if the browser took it
	d.until("the key is copied", `document.querySelector("`+copySecret+`").textContent === "Copied" && document.querySelector("#announce").textContent === "The key is copied."`)
	made := d.s.with(d.s.hash, secret)
	made.must(d.t, http.StatusOK, "GET", "/api/session?id=rich", nil)
	keys := len(d.keys())
	d.do("reload", chromedp.Reload())
	if html := d.html(); strings.Contains(html, secret) || strings.Contains(html, secret[strings.LastIndex(secret, "_")+1:]) {
		d.t.Errorf("the secret is shown a second time:\n%s", html)
	}
	if again := len(d.keys()); again != keys {
		d.t.Errorf("reloading the page of the new key made another: there are %d", again-keys)
	}
	d.revokes("For the kitchen")
	if status, _, err := made.do("GET", "/api/session?id=rich", nil); err != nil || status != http.StatusUnauthorized {
		d.t.Errorf("the revoked key: status %d, %v", status, err)
	}
	if keyed := d.texts("main tbody"); strings.Contains(strings.Join(keyed, " "), "For the kitchen") {
		d.t.Errorf("the keys are\n%s", keyed)
	}
}

// keys lists the API keys.
func (d *day) keys() (list []object) {
	d.t.Helper()
	decode(d.t, d.s.must(d.t, http.StatusOK, "GET", "/api/keys", nil), &list)
	return list
}

// embeds puts the page that an exec key offers on another site, as its author would, and visits it.
func (d *day) embeds() {
	var page string
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprint(w, page)
		}
	}))
	defer site.Close()
	d.newKeyOf("On the site", "exec", "origins", site.URL, "agent", "agent-site")
	page = d.text(snippetText)
	d.screenshot("admin-day-snippet.png")
	c := d.other()
	c.t = d.t
	for _, want := range []string{"Session created", "Session already exists"} {
		c.open(site.URL)
		c.fill(`input[name="userName"]`, "Zoë")
		c.fill(`input[name="userEmail"]`, "zoe@example.com")
		c.click(`input[name="acceptTerms"]`)
		c.click("form button")
		c.until("the answer", `document.querySelector("#status").innerText === "`+want+`"`)
	}
	made := d.s.sessions(d.t, "?agentId=agent-site")
	if len(made) != 1 || *made[0].UserName != "Zoë" {
		d.t.Errorf("the page of the site made %v", made)
	}
	d.visit("/admin/sessions?agent=agent-site")
	d.expectRows("in the panel", made[0].ID)
	c.expectNoTrouble(d.t, site.URL, d.base)
}

func (d *day) signsOut() {
	d.visit("/admin/sessions?agent=" + panelAgent)
	d.visit("/admin/sessions/rich")
	d.send(signOutButton)
	if !strings.Contains(d.text(saidText), "You are signed out.") {
		d.t.Errorf("the page says %q", d.text(saidText))
	}
	d.back()
	d.until("the form to sign in", `location.pathname === "/admin/login" && !location.search.includes("done")`)
	if !d.has(keyInput) || strings.Contains(d.html(), "Ada of rich") {
		d.t.Errorf("the button back shows\n%s", d.html())
	}
	stolen := newVisitor(d.t, d.base)
	stolen.cookie = d.token
	stolen.expectIn(d.t, false, "the cookie from before")
}
