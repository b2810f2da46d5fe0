package web

import (
	"net/url"
	"strings"
)

// wayBack is the way from a page to the application that sent its reader here.
type wayBack struct {
	Name string
	URL  string // empty where there is none that a page may link to
	Host string // of URL: a name can claim anything
}

// newWayBack returns a way back with the link left out unless it is http or https.
func newWayBack(name, link string) wayBack {
	back := wayBack{Name: strings.TrimSpace(name)}
	if u, err := url.Parse(link); err == nil && isWeb(u) {
		back.URL, back.Host = u.String(), u.Host
	}
	return back
}

// address returns a link that leads to a path of this service or to http(s), or else nothing:
// no "javascript:", and no "//host" that looks like a path.
func address(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if isWeb(u) || u.Scheme == "" && u.Host == "" && !strings.HasPrefix(u.Path, "//") && !strings.Contains(u.Path, `\`) {
		return u.String()
	}
	return ""
}

// isWeb says whether a browser opens u without a user name in it: that hides the host.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
