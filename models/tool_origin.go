package models

import (
	"net"
	"net/url"
	"slices"
	"strings"
)

// Origins lists where credentials of the tool go: those of its users with calls, codes and
// refresh tokens, and the secret of its client. They are in order, each once, as
// scheme://host:port.
func (t *Tool) Origins() []string {
	addresses := []string{t.BaseURL, t.RevocationURL}
	for i := range t.Functions {
		addresses = append(addresses, t.Functions[i].Call.BaseURL)
	}
	for i := range t.Schemes {
		addresses = append(addresses, t.Schemes[i].AuthorizationURL, t.Schemes[i].TokenURL)
	}
	var origins []string
	for _, address := range addresses {
		if address != "" {
			origins = append(origins, originOf(address))
		}
	}
	slices.Sort(origins)
	return slices.Compact(origins)
}

// originOf is the whole address where it has no host: then it is the same as no other.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	scheme, port := strings.ToLower(u.Scheme), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
