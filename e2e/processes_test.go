package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	staleLimit    = 2 * time.Second // how long a change by another process may go unnoticed
	startsAtOnce  = 3
	startAttempts = 4
)

// apiKey is what "key create" and "tenant create" print.
type apiKey struct{ DatabaseIDHash, APIKey, KeyLocatorHash string }

func (i *installation) make(args ...string) apiKey {
	i.t.Helper()
	var made apiKey
	decode(i.t, []byte(i.mustRun(append(args, "--json")...)), &made)
	return made
}

// The command line may be used beside a running server, which follows it within 2 seconds.
func TestTwoProcesses(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	t.Run("a new key is good at once", func(t *testing.T) {
		made := i.make("key", "create", "--tenant", i.hash, "--role", "admin")
		s.with(i.hash, made.APIKey).create(t, "by-new-key", "Alice", "alice@example.com")
	})
	t.Run("a revoked key is refused", func(t *testing.T) {
		made := i.make("key", "create", "--tenant", i.hash, "--role", "admin")
		c := s.with(i.hash, made.APIKey)
		c.must(t, http.StatusOK, "GET", "/api/session", nil)
		i.mustRun("key", "revoke", made.KeyLocatorHash, "--tenant", i.hash)
		expectRefused(t, c)
		s.must(t, http.StatusOK, "GET", "/api/session", nil)
	})
	t.Run("a new tenant is served at once, a deleted one no more", func(t *testing.T) {
		made := i.make("tenant", "create", "--name", "second")
		c := s.with(made.DatabaseIDHash, made.APIKey)
		c.create(t, "s-1", "Alice", "alice@example.com")
		i.mustRun("tenant", "delete", made.DatabaseIDHash, "--yes")
		expectRefused(t, c)
		again := i.make("tenant", "create", "--database-id-hash", made.DatabaseIDHash)
		if list := s.with(again.DatabaseIDHash, again.APIKey).sessions(t, ""); len(list) != 0 {
			t.Errorf("a tenant with the hash of a deleted one starts with %v", list)
		}
		expectRefused(t, c)
	})
	t.Run("a key made over HTTP is on the command line", func(t *testing.T) {
		var made struct{ Data apiKey }
		decode(t, s.must(t, http.StatusOK, "POST", "/api/keys", object{"displayName": "by HTTP", "role": "agent"}), &made)
		if list := i.mustRun("key", "list", "--tenant", i.hash); !strings.Contains(list, made.Data.KeyLocatorHash) {
			t.Errorf("key list does not have it:\n%s", list)
		}
		i.mustRun("key", "revoke", made.Data.KeyLocatorHash, "--tenant", i.hash)
		expectRefused(t, s.with(i.hash, made.Data.APIKey))
	})
	expectCheckOK(t, i)
}

// expectRefused expects the key to be refused from 2 seconds on.
func expectRefused(t *testing.T, c *client) {
	t.Helper()
	if _, err := c.untilRefused(time.Now()); err != nil {
		t.Fatal(err)
	}
}

// untilRefused asks until the key is refused, and returns how long after the revocation that was. A
// request that was sent 2 seconds after it or later has to be refused.
func (c *client) untilRefused(revoked time.Time) (time.Duration, error) {
	for ; ; time.Sleep(pollInterval) {
		asked := time.Since(revoked)
		status, answer, err := c.do("GET", "/api/session", nil)
		if err != nil || status == http.StatusUnauthorized {
			return asked, err
		}
		if asked > staleLimit {
			return asked, fmt.Errorf("after %v: status %d: %s", asked, status, answer)
		}
	}
}

// Servers that start at once on one empty database make one tenant and one master key
// between them, and all of them serve it.
func TestServersStartAtOnce(t *testing.T) {
	for range startAttempts {
		i := newInstallation(t)
		var servers []*server
		for range startsAtOnce {
			servers = append(servers, i.launch())
		}
		told := 0
		for _, s := range servers {
			i.awaitStart(s)
			told += strings.Count(s.stdout.String(), "  API key  ")
		}
		if told != 1 {
			t.Errorf("%d servers printed a key", told)
		}
		for _, s := range servers {
			c := s.with(i.hash, i.key)
			status, answer, err := c.do("GET", "/api/session", nil)
			if err != nil || status != http.StatusOK {
				t.Errorf("status %d, %v: %s", status, err, answer)
			}
		}
		var tenants []apiKey
		decode(t, []byte(i.mustRun("tenant", "list", "--json")), &tenants)
		if len(tenants) != 1 || tenants[0].DatabaseIDHash != i.hash {
			t.Errorf("the tenants are %v", tenants)
		}
		keys, err := filepath.Glob(filepath.Join(i.data(), "*master.key*"))
		if err != nil || len(keys) != 1 {
			t.Errorf("the files with a master key are %v, %v", keys, err)
		}
		expectCheckOK(t, i)
		for _, s := range servers {
			s.stop()
		}
	}
}
