package hub

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
)

// checkRedirect is an http.Client.CheckRedirect. Within an origin a request keeps its headers.
// Once it has left it, credentials may stand in any header, so only two stay, and it must be
// one that a server answers without changing anything.
func checkRedirect(req *http.Request, via []*http.Request) error {
	req.Header.Del("Referer") // has the address of the hop before
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d: %w", maxRedirects, ErrRedirect)
	}
	if checkAddress(req.URL) != nil || (via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https") {
		return ErrRedirect
	}
	if stayed(req, via) {
		return nil
	}
	if !mayLeave(req, via[0]) {
		return ErrRedirect
	}
	maps.DeleteFunc(req.Header, func(name string, _ []string) bool { return name != "Accept" && name != "User-Agent" })
	return nil
}

// stayed says whether no hop was on another origin: one that led away and back may have chosen
// the path.
func stayed(req *http.Request, via []*http.Request) bool {
	home := originOf(via[0].URL)
	for _, hop := range via {
		if originOf(hop.URL) != home {
			return false
		}
	}
	return originOf(req.URL) == home
}

// mayLeave takes requests that only read, and "see other", which is made to point to a result.
// Of a POST that a 301 or 302 turned into a GET the caller would think that it was done.
func mayLeave(req, first *http.Request) bool {
	reads := func(method string) bool { return method == http.MethodGet || method == http.MethodHead }
	if !reads(req.Method) || (req.Body != nil && req.Body != http.NoBody) {
		return false
	}
	return reads(first.Method) || (req.Response != nil && req.Response.StatusCode == http.StatusSeeOther)
}

func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), port)
}
