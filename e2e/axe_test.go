package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

var axeSource = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("node_modules/axe-core/axe.min.js") })

// needAxe returns axe-core, or ends a test on a machine without it.
func needAxe(t *testing.T) string {
	t.Helper()
	source, err := axeSource()
	if err != nil {
		missing(t, "axe-core is missing: npm ci in e2e/")
	}
	return string(source)
}

// barrier is what axe-core finds that keeps people from using a page.
type barrier struct {
	Rule, Impact, Help string
	Where              []string // selectors
}

func (b barrier) String() string {
	return fmt.Sprintf("%s (%s): %s\n\t%s", b.Rule, b.Impact, b.Help, strings.Join(b.Where, "\n\t"))
}

// What axe-core looks at: all of it, or what depends on the colours.
const (
	everyRule   = `{resultTypes: ["violations"]}`
	colourRules = `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`
)

// barriers lists what axe-core finds serious or critical on the page as it is.
func (c *chrome) barriers(rules string) []barrier {
	c.t.Helper()
	if !answer(c, "axe", chromedp.Evaluate[bool](`"axe" in window`)) {
		c.do("load axe", chromedp.Evaluate[chromedp.Void](needAxe(c.t)))
	}
	return answer(c, "axe.run", chromedp.Evaluate[[]barrier](`axe.run(document, `+rules+`).then(found => found.violations
		.filter(v => v.impact === "serious" || v.impact === "critical")
		.map(v => ({Rule: v.id, Impact: v.impact, Help: v.help, Where: v.nodes.map(n => n.target.join(" ") + ": " + n.failureSummary)})))`,
		chromedp.EvalAwaitPromise))
}

// A page with what people cannot read and cannot find their way in is found out, in each scheme.
func TestBarriersAreFound(t *testing.T) {
	needAxe(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><html lang="en"><title>Test</title><link rel="icon" href="data:,">
<style>:root{color-scheme:light dark} @media (prefers-color-scheme: dark) {p{color:#333;background:#000}}</style>
<main><h1>Test</h1><p>words</p><input></main></html>`))
	}))
	defer page.Close()
	c := newChrome(t)
	c.open(page.URL)
	if found := fmt.Sprint(c.barriers(everyRule)); !strings.Contains(found, "label (critical)") || strings.Contains(found, "contrast") {
		t.Errorf("in the light: %s", found)
	}
	c.dark(true)
	if found := fmt.Sprint(c.barriers(colourRules)); !strings.Contains(found, "color-contrast (serious)") || strings.Contains(found, "label") {
		t.Errorf("in the dark: %s", found)
	}
}
