package hub

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// hop is a server that sends on to wherever the query says, and tells what it was sent.
func hop(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("to"); to != "" {
		status, err := strconv.Atoi(r.URL.Query().Get("status"))
		if err != nil {
			panic(err)
		}
		w.Header().Set("Location", to)
		w.WriteHeader(status)
		return
	}
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %s key=%s auth=%s cookie=%s accept=%s agent=%s referer=%s type=%s", r.Method, body, r.Header.Get("X-Key"),
		r.Header.Get("Authorization"), r.Header.Get("Cookie"), r.Header.Get("Accept"), r.Header.Get("User-Agent"), r.Header.Get("Referer"), r.Header.Get("Content-Type"))
}

func redirected(t *testing.T, method, address, body string) (string, error) {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, address, content)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{
		"X-Key": {"k"}, "Authorization": {"Bearer b"}, "Cookie": {"c=1"}, "Accept": {"text/plain"}, "Content-Type": {"text/x"}, "User-Agent": {"ua"},
	}
	res, err := NewClient(ClientOptions{}).Do(req, true)
	if err != nil {
		return "", err
	}
	return string(res.Body), nil
}

func toward(from string, status int, to string) string {
	return from + "/?status=" + fmt.Sprint(status) + "&to=" + url.QueryEscape(to)
}

// A credential may stand in any header, so none but two goes to another origin; within one
// everything goes on, but never the address that led there.
func TestWhatARedirectCarries(t *testing.T) {
	home, other := serveClient(t, hop), serveClient(t, hop)
	const all, bare = "key=k auth=Bearer b cookie=c=1 accept=text/plain agent=ua referer= type=", "key= auth= cookie= accept=text/plain agent=ua referer= type="
	for _, test := range []struct {
		name, method, address, body, want string
	}{
		{"same origin", "GET", toward(home.URL, 302, "/next"), "", "GET  " + all},
		{"same origin, method kept", "POST", toward(home.URL, 307, "/next"), "b", "POST b " + all + "text/x"},
		{"same origin, see other", "POST", toward(home.URL, 303, "/next"), "b", "GET  " + all},
		{"another origin", "GET", toward(home.URL, 302, other.URL), "", "GET  " + bare},
		{"another origin, 308", "GET", toward(home.URL, 308, other.URL), "", "GET  " + bare},
		{"another origin, see other", "POST", toward(home.URL, 303, other.URL), "b", "GET  " + bare},
		{"away and back", "GET", toward(home.URL, 302, toward(other.URL, 302, home.URL)), "", "GET  " + bare},
		{"a name for the same host is another origin", "GET", toward(home.URL, 302, strings.Replace(home.URL, "127.0.0.1", "localhost", 1)), "", "GET  " + bare},
	} {
		if got, err := redirected(t, test.method, test.address, test.body); err != nil || got != test.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", test.name, got, err, test.want)
		}
	}
}

func TestRedirectsThatAreNotFollowed(t *testing.T) {
	home, other := serveClient(t, hop), serveClient(t, hop)
	loop := serveClient(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path+"x", http.StatusFound) })
	for _, test := range []struct{ name, method, address, body string }{
		{"a body to another origin", "POST", toward(home.URL, 307, other.URL), "b"},
		{"a body to another origin for good", "PUT", toward(home.URL, 308, other.URL), "b"},
		{"a body of a GET", "GET", toward(home.URL, 307, other.URL), "b"},
		{"a change at another origin", "DELETE", toward(home.URL, 307, other.URL), ""},
		{"a change that would become a GET", "POST", toward(home.URL, 301, other.URL), "b"},
		{"a user name", "GET", toward(home.URL, 302, strings.Replace(home.URL, "http://", "http://u:p@", 1)), ""},
		{"another scheme", "GET", toward(home.URL, 302, "file:///etc/passwd"), ""},
		{"too many", "GET", loop.URL, ""},
	} {
		if got, err := redirected(t, test.method, test.address, test.body); !errors.Is(err, ErrRedirect) || strings.Contains(err.Error(), "?") {
			t.Errorf("%s: got %s, %v", test.name, got, err)
		}
	}
}

func TestRedirectsKeepTLS(t *testing.T) {
	plain := serveClient(t, hop)
	secure := httptest.NewTLSServer(http.HandlerFunc(hop))
	defer secure.Close()
	c := NewClient(ClientOptions{})
	c.private.TLSClientConfig = secure.Client().Transport.(*http.Transport).TLSClientConfig
	if res, err := getWith(t, c, toward(secure.URL, 302, plain.URL), true); !errors.Is(err, ErrRedirect) {
		t.Errorf("https to http: got %v, %v", res, err)
	}
	if _, err := getWith(t, c, toward(plain.URL, 302, secure.URL), true); err != nil {
		t.Errorf("http to https: got %v", err)
	}
}

// A public server must not lead inside. It is at a public address, as far as the guard can tell:
// its transport lets that one address through.
func TestRedirectsDoNotLeadInside(t *testing.T) {
	public := serveClient(t, hop)
	inside, reached := privateServer(t)
	c := NewClient(ClientOptions{})
	c.public.DialContext = dialPast(t, c, hostOf(t, public.URL))
	for _, to := range []string{inside.URL, "http://localhost:" + portOf(inside.URL), "http://169.254.169.254/latest/meta-data", "http://[::1]:" + portOf(inside.URL)} {
		for _, address := range []string{toward(public.URL, 302, to), toward(public.URL, 307, toward(public.URL, 303, to))} {
			if _, err := getWith(t, c, address, false); !errors.Is(err, ErrPrivateAddress) {
				t.Errorf("%s: got %v", to, err)
			}
			if _, err := c.Fetch(t.Context(), address, 100, false); !errors.Is(err, ErrPrivateAddress) {
				t.Errorf("Fetch %s: got %v", to, err)
			}
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
}

func portOf(address string) string { return address[strings.LastIndex(address, ":")+1:] }

// What libraries send holds secrets, so their requests stay where they were sent.
func TestLibrariesFollowNoRedirect(t *testing.T) {
	home, other := serveClient(t, hop), serveClient(t, hop)
	for _, to := range []string{"/next", other.URL} {
		res, err := NewClient(ClientOptions{}).HTTP(true).Post(toward(home.URL, 307, to), "text/x", strings.NewReader("secret"))
		if err == nil {
			res.Body.Close()
		}
		if !errors.Is(err, ErrRedirect) {
			t.Errorf("%s: got %v", to, err)
		}
	}
}
