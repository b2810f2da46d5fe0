package models

import (
	"errors"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// originHost is a host as browsers write it: international names in their ASCII form, IPv6 in
// brackets, a port without zeros before it.
var originHost = regexp.MustCompile(`^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?$`)

var errOrigin = errors.New("an origin is written like https://app.example.com or http://localhost:5173, without a path")

// ParseOrigin returns an origin as a browser's Origin header writes it: lower case, no
// default port, no trailing slash.
func ParseOrigin(s string) (string, error) {
	u, err := url.Parse(strings.ToLower(strings.TrimSuffix(s, "/")))
	if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" || strings.ContainsAny(s, "?#") {
		return "", errOrigin
	}
	if port, err := strconv.Atoi("0" + u.Port()); err != nil || port > math.MaxUint16 || !originHost.MatchString(u.Host) {
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
