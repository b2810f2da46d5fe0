package e2e

import (
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// browser is a person with a browser, as far as the service can tell: for tests of something
// else than pages.
type browser struct {
	t    *testing.T
	http *http.Client

	mu   sync.Mutex
	seen []*url.URL // every address it was at
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	b.http = &http.Client{Jar: jar, Timeout: requestLimit, Transport: b.watch(transport)}
	return b
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (b *browser) watch(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		b.mu.Lock()
		b.seen = append(b.seen, r.URL)
		b.mu.Unlock()
		return next.RoundTrip(r)
	})
}

// get opens an address, and returns status and content of the page where it leads.
func (b *browser) get(address string) (int, string) {
	b.t.Helper()
	return b.read(b.http.Get(address))
}

func (b *browser) read(answer *http.Response, err error) (int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer.StatusCode, string(page)
}

// must is get for a page that is there.
func (b *browser) must(address string) string {
	b.t.Helper()
	status, page := b.get(address)
	if status != http.StatusOK {
		b.t.Fatalf("GET %s: status %d\n%s", address, status, page)
	}
	return page
}

// connect fills in the form behind a link.
func (b *browser) connect(link string, fields object) {
	b.t.Helper()
	b.must(link)
	form := url.Values{"do": {"save"}}
	for name, value := range fields {
		form.Set(name, value.(string))
	}
	status, page := b.read(b.http.PostForm(link, form))
	if status != http.StatusOK || !strings.Contains(page, "The account is connected.") {
		b.t.Fatalf("connect: status %d\n%s", status, page)
	}
}

// connectKey connects an account of [weather] by its key.
func (b *browser) connectKey(link, key string) {
	b.t.Helper()
	b.connect(link, object{"tool": "weather", "way": "account", "account.value": key})
}

// signIn connects an account of [weather] at its provider.
func (b *browser) signIn(link, user string) {
	b.t.Helper()
	b.must(link)
	b.must(link + "/sign-in?tool=weather&scheme=account")
	at := b.seen[len(b.seen)-1]
	status, page := b.read(b.http.PostForm(at.String(), url.Values{"username": {user}, "password": {userPassword}}))
	if status != http.StatusOK || !strings.Contains(page, "The account is connected.") {
		b.t.Fatalf("sign in: status %d\n%s", status, page)
	}
}

// freeAddress is one where nothing listens at the moment.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// post does what the page has a button for.
func (b *browser) post(link, do string) {
	b.t.Helper()
	status, page := b.read(b.http.PostForm(link, url.Values{"do": {do}, "tool": {"weather"}}))
	if status != http.StatusOK {
		b.t.Fatalf("%s: status %d\n%s", do, status, page)
	}
}

// temporary makes a file for as long as the test runs.
func temporary(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
