package hub

import (
	"context"
	"net/netip"
	"strings"
	"syscall"
)

// privateNetworks are the addresses that are not for everybody, from the IANA registries of
// special-purpose addresses. A guarded connection goes to none of them.
var privateNetworks = networks(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24",
	"192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"2001::/23",     // protocol assignments, with Teredo: an IPv4 address is hidden inside
	"2001:db8::/32", // documentation
	"2002::/16",     // 6to4: an IPv4 address inside
	"3fff::/20",     // documentation
)

// forbiddenNetworks are refused to tools of private networks too: no API is there, but the
// metadata of clouds, which holds credentials of the machine.
var forbiddenNetworks = networks(
	"169.254.0.0/16", "fe80::/10",
	"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128",
	"224.0.0.0/4", "ff00::/8",
)

var (
	globalIPv6 = netip.MustParsePrefix("2000::/3") // all that is handed out for unicast
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
)

func networks(texts ...string) []netip.Prefix {
	prefixes := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		prefixes[i] = netip.MustParsePrefix(text)
	}
	return prefixes
}

// guardConnection is a net.Dialer.ControlContext. It sees the address that is about to be
// connected to, after every name, notation and redirect has been resolved.
func guardConnection(allowPrivate bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") || !mayConnect(at.Addr(), allowPrivate) {
			return ErrPrivateAddress
		}
		return nil
	}
}

// mayConnect judges an address that stands for an IPv4 address by that one.
func mayConnect(a netip.Addr, allowPrivate bool) bool {
	a = a.Unmap().WithZone("")
	if nat64.Contains(a) {
		b := a.As16()
		a = netip.AddrFrom4([4]byte(b[12:]))
	}
	if within(forbiddenNetworks, a) {
		return false
	}
	if allowPrivate {
		return true
	}
	return !within(privateNetworks, a) && (a.Is4() || globalIPv6.Contains(a))
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
