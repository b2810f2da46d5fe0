package web

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// panelPages are the examples of the pages of the panel.
func panelPages(t *testing.T) map[string]string {
	t.Helper()
	return examplePages(t, func(page string) bool { return strings.HasPrefix(page, "admin_") })
}

// The policy of the panel allows the two scripts of its own, and no style or script on a page, no other
// host, and nothing that makes a script of a text.
func TestAdminFitsTheContentPolicy(t *testing.T) {
	for name, page := range panelPages(t) {
		var scripts []string
		for _, n := range elements(t, page) {
			switch {
			case n.Data == "script" && n.FirstChild == nil && has(n, "defer"):
				scripts = append(scripts, attribute(n, "src"))
			case n.Data == "script" || n.Data == "style" || n.Data == "iframe" || n.Data == "object" || n.Data == "base" || has(n, "style"):
				t.Errorf("%s has <%s style=%q>", name, n.Data, attribute(n, "style"))
			case n.Data == "link" && !strings.HasPrefix(attribute(n, "href"), "/static/"):
				t.Errorf("%s loads %s", name, attribute(n, "href"))
			}
			checkAttributes(t, name, n)
		}
		if len(scripts) != 2 || !strings.HasPrefix(scripts[0], "/static/htmx.min.js?") || !strings.HasPrefix(scripts[1], "/static/admin.js?") {
			t.Errorf("%s runs %q", name, scripts)
		}
	}
}

// checkAttributes looks at what an element asks, where it sends to, and what it would have evaluated.
func checkAttributes(t *testing.T, page string, n *html.Node) {
	t.Helper()
	for _, a := range n.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Key, "hx-on") || strings.Contains(a.Val, "js:"):
			t.Errorf("%s: <%s> evaluates %s=%q", page, n.Data, a.Key, a.Val)
		case a.Key == "hx-trigger" && strings.Contains(a.Val, "["):
			t.Errorf("%s: a filter of hx-trigger is evaluated: %q", page, a.Val)
		case slices.Contains([]string{"src", "action", "formaction", "hx-get", "hx-post"}, a.Key) && (!strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "//")):
			t.Errorf("%s: <%s> asks or sends to %s=%q", page, n.Data, a.Key, a.Val)
		}
	}
}

// Texts of end users, of programs and of addresses stay texts: the examples with hostile ones have no
// elements that a template did not make, and no link that runs a script.
func TestAdminEscapesHostileText(t *testing.T) {
	hostile := 0
	for name, page := range panelPages(t) {
		if strings.Contains(page, "&lt;script&gt;alert(1)") {
			hostile++
		}
		for _, n := range elements(t, page) {
			if n.Data == "img" && attribute(n, "src") != "/static/icon.svg" {
				t.Errorf("%s has <img src=%q>", name, attribute(n, "src"))
			}
			link, err := url.Parse(attribute(n, "href"))
			if err != nil || link.Scheme != "" && link.Scheme != "https" {
				t.Errorf("%s leads to %q", name, attribute(n, "href"))
				continue
			}
			if link.Host != "" && !strings.Contains(attribute(n, "rel"), "noopener") {
				t.Errorf("%s leads to %q without %q", name, link, attribute(n, "rel"))
			}
		}
	}
	if hostile < 10 {
		t.Errorf("only %d pages show the hostile text", hostile)
	}
}

// A browser runs the scripts only if they are what the pages say, and asks for them anew when they
// change. htmx is the release that was looked at, to the byte.
func TestAdminAssetsAreWhatPagesSay(t *testing.T) {
	assets := slices.Concat(adminScripts, adminStyles)
	for _, asset := range assets {
		name, version, _ := strings.Cut(asset.Path, "?v=")
		content, err := fs.ReadFile(Static(), name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha512.Sum384(content)
		if want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); asset.Integrity != want {
			t.Errorf("%s has the checksum %s, the pages say %s", name, want, asset.Integrity)
		}
		if version == "" {
			t.Errorf("%s has no version in its address", name)
		}
		if name == "htmx.min.js" && !strings.Contains(string(content), `this.version="`+htmxVersion+`"`) {
			t.Errorf("%s is not the release %s", name, htmxVersion)
		}
	}
	if len(assets) < 5 {
		t.Errorf("saw only %d files", len(assets))
	}
	if licence, err := fs.ReadFile(Static(), "htmx.LICENSE.txt"); err != nil || !strings.HasPrefix(string(licence), "Zero-Clause BSD") {
		t.Errorf("the licence of htmx is not there: %v", err)
	}
}

// Pages hold personal data: htmx keeps none of them, and it adds nothing to a page that the policy
// would stop.
func TestHtmxIsConfigured(t *testing.T) {
	want := map[string]any{"history": "reload", "includeIndicatorCSS": false, "extensions": "admin", "prefix": ""}
	for name, page := range panelPages(t) {
		found := false
		for _, n := range elements(t, page) {
			if n.Data != "meta" || attribute(n, "name") != "htmx-config" {
				continue
			}
			found = true
			var got map[string]any
			if err := json.Unmarshal([]byte(attribute(n, "content")), &got); err != nil {
				t.Fatal(err)
			}
			for key, value := range want {
				if got[key] != value {
					t.Errorf("%s: %s is %v", name, key, got[key])
				}
			}
		}
		if !found {
			t.Errorf("%s does not configure htmx", name)
		}
	}
	for _, file := range []string{"htmx.min.js", "admin.js"} {
		script, err := fs.ReadFile(Static(), file)
		if err != nil {
			t.Fatal(err)
		}
		for _, store := range []string{"localStorage", "sessionStorage", "indexedDB", "document.cookie"} {
			if strings.Contains(string(script), store) {
				t.Errorf("%s uses %s", file, store)
			}
		}
	}
}

// Who is signed in gets to the pages that they may see, and a page without anybody signed in leads to
// none and names nobody.
func TestAdminNavigation(t *testing.T) {
	pages := panelPages(t)
	for name, c := range map[string]struct {
		links int
		here  string
	}{
		"admin_sessions usual": {4, "Sessions"}, "admin_sessions second page": {3, "Sessions"}, "admin_session usual": {4, "Sessions"},
		"admin_usage usual": {4, "Usage"}, "admin_audit usual": {4, "Audit"}, "admin_key usual": {4, "Keys"},
		"admin_notice usual": {3, ""}, "admin_notice nobody": {0, ""}, "admin_login usual": {0, ""},
	} {
		links, here := 0, ""
		for _, n := range elements(t, pages[name]) {
			if n.Data != "a" || n.Parent.Parent.Parent == nil || attribute(n.Parent.Parent.Parent, "class") != "pages" {
				continue
			}
			links++
			if attribute(n, "aria-current") == "page" {
				here += textOf(n)
			}
		}
		if links != c.links || here != c.here {
			t.Errorf("%s has %d links to pages and says that it is %q", name, links, here)
		}
		if out := strings.Contains(pages[name], "/logout"); out != (c.links > 0) {
			t.Errorf("%s offers to sign out: %v", name, out)
		}
	}
}
