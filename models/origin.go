package models

import (
	"errors"
	"net/url"
	"strings"
)

var errOrigin = errors.New("an origin is written like https://app.example.com or http://localhost:5173, without a path")

// ParseOrigin returns an origin as a browser's Origin header writes it: lower case, no
// default port, no trailing slash.
func ParseOrigin(s string) (string, error) {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(s, "/")))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", errOrigin
	}
	host := u.Host
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", errOrigin
	}
	return u.Scheme + "://" + host, nil
}
