package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// leadsTo are the addresses on a page that lead to this server, and the files that it is made of.
const leadsTo = `[...new Set([...document.querySelectorAll("a[href], form[action], link[href], script[src], img[src]")]
	.map(e => new URL(e.getAttribute("href") ?? e.getAttribute("action") ?? e.getAttribute("src"), location.href))
	.filter(at => at.origin === location.origin).map(at => at.pathname))]`

// Behind a proxy that has the service below a path, every link, form and file of the panel is below
// that path; and whoever is signed in is so there alone.
func TestAdminBelowAPath(t *testing.T) {
	address := freeAddress(t)
	proxy := newProxy(t, "/hub", "http://"+address)
	i := newInstallation(t)
	i.start().stop()
	i.env = append(i.env, "SESSIONHUB_ADDR="+address, "SESSIONHUB_PUBLIC_URL="+proxy+"/hub")
	s := i.launch()
	direct := newClient("http://"+address, i.hash, i.key)
	if err := s.await(startLimit, direct.serves); err != nil {
		t.Fatalf("%v\n%s", err, s.stderr.String())
	}
	p := newPanel(t, newChrome(t), proxy+"/hub")
	p.signIn(i.key)
	p.expectBelow("empty")
	talk(t, direct)
	for _, path := range []string{"/admin/sessions?agent=agent-talks", "/admin/sessions/rich", "/admin/usage", "/admin/audit", "/admin/keys"} {
		p.visit(path)
		p.expectBelow(path)
	}
	p.visit("/admin/sessions/long")
	p.allMessages()
	p.send(deleteOne)
	p.expectBelow("the question")
	p.send(reallyDelete)
	p.send(entryLink)
	p.newKeyOf("Below a path", "exec", "agent", "agent-talks")
	p.expectBelow("a new key")
	p.expectRead(`"url": "` + proxy + `/hub"`)
	p.revokes("Below a path")
	p.send(signOutButton)
	p.expectBelow("the form to sign in")
	p.expectNoComplaints(t)
}

// newProxy serves what the target has below the path, and nothing else.
func newProxy(t *testing.T, path, target string) string {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(path+"/", http.StripPrefix(path, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.SetXForwarded()
	}}))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// expectBelow expects that the page leads to nothing beside the path.
func (p *panel) expectBelow(what string) {
	p.t.Helper()
	found := answer(p.chrome, "addresses", chromedp.Evaluate[[]string](leadsTo))
	if len(found) < 3 {
		p.t.Errorf("%s leads to %v only", what, found)
	}
	if beside := slices.DeleteFunc(found, func(at string) bool { return strings.HasPrefix(at, "/hub/") }); len(beside) > 0 {
		p.t.Errorf("%s leads to %v", what, beside)
	}
}
