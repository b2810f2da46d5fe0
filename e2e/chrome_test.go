package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// verbLimit is how long a page may take to do what a test asked of it.
const verbLimit = time.Minute

// size is the inside of a window, in CSS pixels.
type size struct{ width, height int64 }

// The windows that pages are made for. A narrow one is told to behave as a telephone does.
var (
	phone   = size{390, 844}
	desktop = size{1440, 900}
)

// chrome is a window of a browser that can reach this machine only. Its verbs wait for what
// they name, and end the test when it does not come. A selector is one of CSS.
type chrome struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	asked      map[string]bool // by host, what any page asked for
	complaints []string        // errors and warnings of the console
	caught     []string        // what the canary sang: see watch
}

// newChrome starts a browser with an empty profile, or skips the test where there is none.
func newChrome(t *testing.T) *chrome {
	t.Helper()
	browser := need(t, "chromium", "chromium-browser", "google-chrome")
	allocator, release := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(browser), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-extensions", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("force-prefers-reduced-motion", true), // a click would miss what glides by
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"),
		chromedp.NoInheritEnv, chromedp.Env("PATH="+os.Getenv("PATH"), "HOME="+t.TempDir()),
	)
	t.Cleanup(release)
	return newWindow(allocator, t)
}

// other opens a window of another person: same browser, but nothing in common, such as cookies.
func (c *chrome) other() *chrome {
	c.t.Helper()
	return newWindow(c.ctx, c.t, chromedp.WithNewBrowserContext())
}

func newWindow(parent context.Context, t *testing.T, options ...chromedp.ContextOption) *chrome {
	t.Helper()
	c := &chrome{t: t, asked: map[string]bool{}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(c.listen))...)
	c.ctx = ctx
	t.Cleanup(func() {
		end, stop := context.WithTimeout(ctx, stopLimit)
		defer stop()
		_ = chromedp.Cancel(end) // the browser goes with the allocator at the latest
		cancel()
	})
	late := time.AfterFunc(browserLimit, cancel) // what limits the first call would limit the window's life
	defer late.Stop()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser did not start: %v", err)
	}
	c.resize(desktop)
	return c
}

// listen notes what pages do beside what they show.
func (c *chrome) listen(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if u, err := url.Parse(e.Request.URL); err != nil {
			c.asked[e.Request.URL] = true
		} else if u.Host != "" { // "data:" and the like ask nobody
			c.asked[u.Host] = true
		}
	case *runtime.EventExceptionThrown:
		c.complain(e.ExceptionDetails.Text, e.ExceptionDetails.Exception)
	case *runtime.EventConsoleAPICalled:
		if slices.Contains([]string{"error", "warning", "assert"}, string(e.Type)) {
			c.complain("console."+string(e.Type), e.Args...)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			c.complain(strings.TrimSpace(e.Entry.Text + " " + e.Entry.URL))
		}
	case *runtime.EventBindingCalled:
		c.caught = append(c.caught, e.Payload)
	}
}

func (c *chrome) complain(what string, about ...*runtime.RemoteObject) {
	for _, o := range about {
		if o != nil {
			what += " " + o.Description + string(o.Value)
		}
	}
	c.complaints = append(c.complaints, what)
}

// do has the browser do something that is not among the verbs.
func (c *chrome) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	answer(c, what, chromedp.Steps(actions...))
}

// answer is do for what has a result.
func answer[T any](c *chrome, what string, action chromedp.Action[T]) T {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.ctx, verbLimit)
	defer cancel()
	got, err := chromedp.Run(ctx, action)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", what, err, c.seen())
	}
	return got
}

// seen tells what the window shows, for a test that fails.
func (c *chrome) seen() string {
	ctx, cancel := context.WithTimeout(c.ctx, pageLimit)
	defer cancel()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.location + "\n" + document.documentElement.outerHTML`))
	if err != nil {
		return err.Error()
	}
	return shown
}

// pageLimit bounds a look at a page that did not do what it should.
const pageLimit = 5 * time.Second

// open opens an address, and returns the status of the answer.
func (c *chrome) open(address string) int {
	c.t.Helper()
	return c.status("open "+address, chromedp.NavigateResponse(address))
}

// follow clicks what leads to another page, waits for that page through all redirects, and
// returns the status of its answer.
func (c *chrome) follow(selector string) int {
	c.t.Helper()
	return c.status("follow "+selector, func(ctx context.Context, _ *chromedp.Target) (*network.Response, error) {
		return chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	})
}

func (c *chrome) status(what string, action chromedp.Action[*network.Response]) int {
	c.t.Helper()
	response := answer(c, what, action)
	if response == nil { // a part of the same page
		return http.StatusOK
	}
	return int(response.Status)
}

// click clicks what changes the page that it is on.
func (c *chrome) click(selector string) {
	c.t.Helper()
	c.do("click "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// fill types over what a field contains.
func (c *chrome) fill(selector, value string) {
	c.t.Helper()
	c.do("fill "+selector,
		chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible),
		chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`),
		chromedp.KeyEvent(kb.Delete),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.InsertText, input.InsertTextParams{Text: value})
			return err
		}))
}

// waitFor waits until something is to be seen.
func (c *chrome) waitFor(selector string) {
	c.t.Helper()
	c.do("wait for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// text is what a person reads there.
func (c *chrome) text(selector string) string {
	c.t.Helper()
	return strings.TrimSpace(answer(c, "text of "+selector, chromedp.Text(chromedp.CSS(selector), chromedp.NodeVisible)))
}

// has says whether the page has it now, without waiting.
func (c *chrome) has(selector string) bool {
	c.t.Helper()
	return answer(c, "has "+selector, chromedp.Evaluate[bool](`document.querySelector(`+strconv.Quote(selector)+`) !== null`))
}

// location is the address that the window shows.
func (c *chrome) location() string {
	c.t.Helper()
	return answer(c, "location", chromedp.Location())
}

// html is the page as it is now.
func (c *chrome) html() string {
	c.t.Helper()
	return answer(c, "html", chromedp.OuterHTML(chromedp.CSS("html")))
}

// resize gives the window another size; it starts as the desktop's.
func (c *chrome) resize(to size) {
	c.t.Helper()
	var options []chromedp.EmulateViewportOption
	if to.width < to.height {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	c.do(fmt.Sprint("resize to ", to), chromedp.EmulateViewport(to.width, to.height, options...))
}

// scripts says whether the pages that are opened from now on may run scripts.
func (c *chrome) scripts(may bool) {
	c.t.Helper()
	c.do("switch scripts", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !may})
		return err
	}))
}

// dark says whether the person prefers dark pages.
func (c *chrome) dark(prefers bool) {
	c.t.Helper()
	scheme := "light"
	if prefers {
		scheme = "dark"
	}
	c.do("prefer "+scheme, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	}))
}

// press types.
func (c *chrome) press(keys string) {
	c.t.Helper()
	c.do("press", chromedp.KeyEvent(keys))
}

// confirm presses Enter, which leads to another page.
func (c *chrome) confirm() {
	c.t.Helper()
	c.confirmTo(http.StatusOK)
}

// confirmTo is confirm where the page has this status.
func (c *chrome) confirmTo(want int) {
	c.t.Helper()
	if status := c.status("press Enter", confirmed); status != want {
		c.t.Fatalf("status %d, want %d\n%s", status, want, c.html())
	}
}

func confirmed(ctx context.Context, _ *chromedp.Target) (*network.Response, error) {
	return chromedp.RunResponse(ctx, chromedp.KeyEvent(kb.Enter))
}

// maxTabs is how often a person presses the tabulator before giving up.
const maxTabs = 200

// tabTo presses the tabulator until the focus is there.
func (c *chrome) tabTo(selector string) {
	c.t.Helper()
	for range maxTabs {
		c.press(kb.Tab)
		if c.focused(selector) {
			return
		}
	}
	c.t.Fatalf("the tabulator does not come to %s\n%s", selector, c.html())
}

// focused says whether the focus is there.
func (c *chrome) focused(selector string) bool {
	c.t.Helper()
	return answer(c, "focus", chromedp.Evaluate[bool](`document.activeElement.matches(`+strconv.Quote(selector)+`)`))
}

// overflow is how many pixels the page is wider than its window.
func (c *chrome) overflow() int {
	c.t.Helper()
	return answer(c, "width", chromedp.Evaluate[int](`document.documentElement.scrollWidth - document.documentElement.clientWidth`))
}

// watch notes from now on what calls pwned, the canary that texts of an attacker would call if they
// ran, and what opens a dialog. Without a policy the Content-Security-Policy of pages is not heeded:
// what a page escapes badly runs then.
func (c *chrome) watch(policy bool) {
	c.t.Helper()
	c.do("watch", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := cdp.Call(ctx, target, page.SetBypassCSP, page.SetBypassCSPParams{Enabled: !policy}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, target, runtime.AddBinding, runtime.AddBindingParams{Name: "pwned"}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `window.alert = window.confirm = window.prompt = text => pwned("dialog: " + text)`,
		})
		return err
	}))
}

// pwned is what watch noted so far.
func (c *chrome) pwned() []string {
	c.t.Helper()
	// What a click has begun has its turn first; an event has been noted when what came later is answered.
	c.do("settle", chromedp.Evaluate[chromedp.Void](`new Promise(done => setTimeout(done, 10))`, chromedp.EvalAwaitPromise))
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.caught)
}

// screenshot leaves a picture of the whole page in E2E_OUT, when that is set.
func (c *chrome) screenshot(name string) {
	c.t.Helper()
	out := os.Getenv("E2E_OUT")
	if out == "" {
		return
	}
	picture := answer(c, "screenshot", chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(out, name), picture, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// trouble lists the errors and warnings of the console, and requests to other hosts than the
// ones of these addresses.
func (c *chrome) trouble(allowed ...string) []string {
	c.t.Helper()
	c.location() // whatever happened before it has been noted when it is answered
	c.mu.Lock()
	defer c.mu.Unlock()
	found := slices.Clone(c.complaints)
	for host := range c.asked {
		if !slices.ContainsFunc(allowed, func(address string) bool { return strings.HasPrefix(address+"/", "http://"+host+"/") }) {
			found = append(found, "a page asked "+host)
		}
	}
	return found
}

const selfTestPage = `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>Test</title><p id="cookies">%s</p><noscript><p id="plain">no scripts</p></noscript><p id="width"></p>
<form><input id="word" value="was"><textarea id="more">was</textarea><button id="go" type="button">Go</button></form><p id="done" hidden>done</p>
<script>document.cookie = "here=1"; document.querySelector("#width").textContent = innerWidth; console.error("oh no")
document.querySelector("#go").onclick = () => document.querySelector("#done").hidden = false; fetch("https://other.invalid/x").catch(() => 1)</script></html>`

// The window shows, hides and reports what the tests rely on.
func TestChrome(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, selfTestPage, r.Header.Get("Cookie"))
	}))
	defer page.Close()
	c := newChrome(t)
	c.resize(phone)
	c.open(page.URL)
	c.fill("#word", "wörd")
	c.fill("#more", "words")
	c.click("#go")
	c.waitFor("#done")
	c.screenshot("chrome.png")
	if width, word := c.text("#width"), answer(c, "values", chromedp.Evaluate[string](`word.value + more.value`)); width != "390" || word != "wördwords" {
		t.Errorf("%s wide, filled in %q", width, word)
	}
	if found := strings.Join(c.trouble(page.URL), "\n"); !strings.Contains(found, "oh no") || !strings.Contains(found, "asked other.invalid") {
		t.Errorf("seen of the page's trouble:\n%s", found)
	}
	c.resize(desktop)
	c.open(page.URL)
	if c.text("#cookies") != "here=1" || c.text("#width") != "1440" || c.has("#plain") {
		t.Errorf("the page a second time:\n%s", c.html())
	}
	other := c.other()
	other.scripts(false)
	other.open(page.URL)
	if other.has("#cookies:not(:empty)") || other.text("#plain") != "no scripts" || other.text("#width") != "" {
		t.Errorf("another person's, without scripts:\n%s", other.html())
	}
}

// A page that runs what is written in it is found out, whichever way it runs; under a policy that
// forbids it nothing runs, and the browser complains.
func TestCanarySings(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self'")
		if r.URL.Path == "/" {
			_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><script>pwned("script"); alert("hello")</script>
<img src="/none" onerror="pwned('onerror')"><a href="javascript:pwned('link')">click</a>`))
		}
	}))
	defer page.Close()
	window := newChrome(t)
	for policy, want := range map[bool]string{false: "script, dialog: hello, onerror, link", true: ""} {
		c := window.other()
		c.watch(policy)
		c.open(page.URL)
		c.click("a")
		if sang := strings.Join(c.pwned(), ", "); sang != want {
			t.Errorf("policy %v: the canary sang %q, want %q", policy, sang, want)
		}
		if complains := strings.Contains(strings.Join(c.trouble(page.URL), "\n"), "Content Security Policy"); complains != policy {
			t.Errorf("policy %v: seen of the page's trouble: %q", policy, c.trouble(page.URL))
		}
	}
}
