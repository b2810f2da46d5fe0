package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// The addresses are from IANA's registries of special-purpose addresses, with their edges.
func TestWhichAddressesMayBeReached(t *testing.T) {
	const (
		never = iota
		privateOnly
		always
	)
	for want, addresses := range map[int][]string{
		always: {
			"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
			"172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
			"2606:4700:4700::1111", "2a00:1450::1", "2001:200::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
		},
		privateOnly: {
			"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "172.16.0.1",
			"172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1",
			"203.0.113.1", "240.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1",
			"64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b:1::10.0.0.1", "100::1", "2001::1", "2001:0:7f00:1::1", "2001:db8::1",
			"2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "4000::1", "fec0::1",
		},
		never: {
			"169.254.169.254", "169.254.0.1", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "fe80::1", "fe80::1%eth0",
			"fd00:ec2::254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "239.1.1.1", "ff02::1",
		},
	} {
		for _, address := range addresses {
			a := netip.MustParseAddr(address)
			if got := mayConnect(a, false); got != (want == always) {
				t.Errorf("%s for everybody: %t", address, got)
			}
			if got := mayConnect(a, true); got != (want != never) {
				t.Errorf("%s where private ones are allowed: %t", address, got)
			}
		}
	}
}

// privateServer is a server on the loopback that counts who reached it: connections, not only
// requests.
func privateServer(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var reached atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "inside") }))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			reached.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &reached
}

func getWith(t *testing.T, c *Client, address string, allowPrivate bool) (*Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return c.Do(req, allowPrivate)
}

// However a private address is written, no connection is made to it.
func TestNoNotationLeadsInside(t *testing.T) {
	server, reached := privateServer(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	c := NewClient(ClientOptions{Timeout: 5 * time.Second, Resolver: startDNS(t, func(name string, _ int) string {
		switch name {
		case "inside.test.", "metadata.google.internal.":
			return "127.0.0.1"
		}
		return ""
	})})
	for _, host := range []string{
		"127.0.0.1", "127.1.2.3", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]",
		"[2002:7f00:1::]", "[::]", "0.0.0.0", "10.0.0.1", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "224.0.0.1", "255.255.255.255",
		"localhost", "LOCALHOST", "inside.test", "inside.test.", "metadata.google.internal",
	} {
		_, err := getWith(t, c, "http://"+host+":"+port+"/x?secret=1", false)
		if !errors.Is(err, ErrPrivateAddress) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", host, err)
		}
	}
	// The system's resolver would read some of these as numbers; then the guard sees the number.
	for _, host := range []string{"0177.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0", "127.0.0.1%2f", "①②⑦.⓪.⓪.①"} {
		for _, client := range []*Client{c, NewClient(ClientOptions{Timeout: 5 * time.Second})} {
			if res, err := getWith(t, client, "http://"+host+":"+port+"/", false); err == nil {
				t.Errorf("%s: got %s", host, res.Body)
			}
		}
	}
	for _, address := range []string{
		"http://example.com@127.0.0.1:" + port + "/", "http://127.0.0.1:" + port + "@example.com/", "ftp://127.0.0.1:" + port + "/",
		"file:///etc/passwd", "gopher://127.0.0.1:" + port, "//127.0.0.1:" + port + "/", "127.0.0.1/", "http://", "unix:///var/run/docker.sock",
	} {
		if res, err := getWith(t, c, address, false); err == nil {
			t.Errorf("%s: got %s", address, res.Body)
		}
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
	if res, err := getWith(t, c, server.URL, true); err != nil || string(res.Body) != "inside" || reached.Load() != 1 {
		t.Errorf("where it is allowed: got %v, %v, %d connections", res, err, reached.Load())
	}
}

// A connection that a tool of the private network left open is not one for other tools.
func TestOpenConnectionsAreNotShared(t *testing.T) {
	server, _ := privateServer(t)
	c := NewClient(ClientOptions{})
	for range 3 {
		if _, err := getWith(t, c, server.URL, true); err != nil {
			t.Fatal(err)
		}
		if res, err := getWith(t, c, server.URL, false); !errors.Is(err, ErrPrivateAddress) {
			t.Fatalf("got %v, %v", res, err)
		}
	}
}

// The name is resolved once, for the connection: what it was a moment ago does not matter.
func TestNamesThatChangeTheirAddress(t *testing.T) {
	server, reached := privateServer(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	var asked atomic.Int32
	resolver := startDNS(t, func(_ string, n int) string {
		asked.Add(1)
		if n%2 == 0 {
			return "192.0.2.1" // refused as well, but stands for any other address
		}
		return "127.0.0.1"
	})
	c := NewClient(ClientOptions{Timeout: 5 * time.Second, Resolver: resolver})
	for range 6 {
		if _, err := getWith(t, c, "http://rebind.test:"+port+"/", false); !errors.Is(err, ErrPrivateAddress) {
			t.Errorf("got %v", err)
		}
	}
	if asked.Load() < 6 || reached.Load() != 0 {
		t.Errorf("asked %d times, %d connections", asked.Load(), reached.Load())
	}
}

// The same guard is in what libraries get, and in getting documents.
func TestEveryWayToTheNetworkIsGuarded(t *testing.T) {
	server, reached := privateServer(t)
	c := NewClient(ClientOptions{})
	res, err := c.HTTP(false).Get(server.URL)
	if err == nil {
		res.Body.Close()
	}
	if !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("HTTP: got %v", err)
	}
	if _, err := c.Fetch(t.Context(), server.URL, 1000, false); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("Fetch: got %v", err)
	}
	if n := reached.Load(); n != 0 {
		t.Errorf("%d connections were made", n)
	}
	if body, err := c.Fetch(t.Context(), server.URL, 1000, true); err != nil || string(body) != "inside" {
		t.Errorf("where it is allowed: got %q, %v", body, err)
	}
}

// A proxy would connect for us, past the guard.
func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	server, reached := privateServer(t)
	t.Setenv("HTTP_PROXY", server.URL)
	t.Setenv("HTTPS_PROXY", server.URL)
	c := NewClient(ClientOptions{Timeout: time.Second, Resolver: startDNS(t, func(string, int) string { return "" })})
	for _, allowPrivate := range []bool{false, true} {
		if c.transport(allowPrivate).Proxy != nil {
			t.Error("a proxy is set")
		}
		if _, err := getWith(t, c, "http://api.test/", allowPrivate); !errors.Is(err, ErrUnreachable) {
			t.Errorf("got %v", err)
		}
	}
	if reached.Load() != 0 {
		t.Error("the proxy was asked")
	}
}

// startDNS serves names on the loopback: the answer to the n-th question of an IPv4 address,
// or empty for a name that is not there.
func startDNS(t *testing.T, answer func(name string, n int) string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for n := 0; ; {
			size, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buffer[:size]) != nil || len(m.Questions) == 0 {
				continue
			}
			if m.Questions[0].Type == dnsmessage.TypeA {
				n++
			}
			reply, err := dnsReply(&m, answer(strings.ToLower(m.Questions[0].Name.String()), n))
			if err == nil {
				_, err = conn.WriteTo(reply, from)
			}
			if err != nil {
				return
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func dnsReply(m *dnsmessage.Message, address string) ([]byte, error) {
	m.Response, m.RCode, m.Additionals = true, dnsmessage.RCodeSuccess, nil
	question := m.Questions[0]
	switch {
	case address == "":
		m.RCode = dnsmessage.RCodeNameError
	case question.Type == dnsmessage.TypeA:
		header := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class}
		m.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: netip.MustParseAddr(address).As4()}}}
	}
	return m.Pack()
}

// hostOf is the host of a test server, with its port.
func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// dialPast lets one address through to a server of the test, and guards all others.
func dialPast(t *testing.T, c *Client, through string) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	guarded := c.public.DialContext
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == through {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}
		return guarded(ctx, network, address)
	}
}
