package config

import (
	"math"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/dustin/go-humanize"

	"sessionhub/models"
)

// parsers reads every type of Config that is not text. Not slog.Level: env asks the type itself.
func parsers() map[reflect.Type]env.ParserFunc {
	return map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[int64]():          parseSize,
		reflect.TypeFor[float64]():        parseRate,
		reflect.TypeFor[time.Duration]():  parseDuration,
		reflect.TypeFor[[]string]():       parseOrigins,
		reflect.TypeFor[[]netip.Prefix](): parseNetworks,
	}
}

func parseSize(s string) (any, error) {
	n, err := humanize.ParseBytes(s)
	if err != nil {
		return nil, problem("is not a size")
	}
	return int64(min(n, math.MaxInt64)), nil
}

func parseRate(s string) (any, error) {
	rate, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return nil, problem("is not a number")
	}
	return rate, nil
}

func parseDuration(s string) (any, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return nil, problem("is not a time with a unit")
	}
	return d, nil
}

// parseOrigins reads a list of origins, or "*" alone.
func parseOrigins(s string) (any, error) {
	var origins []string
	for _, part := range list(s) {
		if part == "*" {
			origins = append(origins, part)
			continue
		}
		origin, err := models.ParseOrigin(part)
		if err != nil {
			return nil, problem("has an entry that is not an origin")
		}
		origins = append(origins, origin)
	}
	for _, origin := range origins {
		if origin == "*" && len(origins) > 1 {
			return nil, problem("has * beside others")
		}
	}
	return origins, nil
}

// parseWebURL parses an http or https URL that has a host and neither user, query nor fragment.
func parseWebURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, problem("is not a web address")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, problem("does not start with http:// or https://")
	case u.Hostname() == "":
		return nil, problem("has no host")
	case u.User != nil:
		return nil, problem("has a user name or password")
	case strings.ContainsAny(s, "?#"):
		return nil, problem("has a query or fragment")
	case strings.HasSuffix(u.Host, ":") || u.Port() != "" && !isPort(u.Port()):
		return nil, problem("has a port that is not a number from 0 to 65535")
	}
	return u, nil
}

func isPort(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

func parseNetworks(s string) (any, error) {
	var networks []netip.Prefix
	for _, part := range list(s) {
		network, err := parseNetwork(part)
		if err != nil {
			return nil, err
		}
		networks = append(networks, network)
	}
	return networks, nil
}

// parseNetwork reads 10.0.0.0/8 or one address. It refuses what no client address would ever
// match: a zone, and an IPv4 network written as IPv6.
func parseNetwork(s string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(s)
	if err != nil {
		addr, err := netip.ParseAddr(s)
		if err != nil || addr.Zone() != "" {
			return netip.Prefix{}, problem("has an entry that is neither an address nor a network")
		}
		network = netip.PrefixFrom(addr, addr.BitLen())
	}
	if network.Addr().Is4In6() {
		return netip.Prefix{}, problem("has an IPv4 address that is written as IPv6")
	}
	return network.Masked(), nil
}

// list splits at commas and leaves out spaces and empty entries.
func list(s string) []string {
	var parts []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
