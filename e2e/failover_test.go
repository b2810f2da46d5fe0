package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sessionhub/repository/pgtest"
)

const (
	failoverCallers = 3                // at each replica
	loadTime        = time.Second      // before the primary is killed, and after all is well
	withoutPrimary  = time.Second      // before the standby is promoted
	answerLimit     = 20 * time.Second // for every single request, whatever happens
	recoveryLimit   = time.Minute      // for what should take a second
)

// pair is a primary, and a standby that has every commit before its client hears of it.
type pair struct{ primary, standby *pgtest.Cluster }

func newPair(t *testing.T) *pair {
	t.Helper()
	o := pgtest.Options{Durable: true, TCP: true, Name: "second"}
	p := &pair{primary: newCluster(t, o)}
	var err error
	if p.standby, err = p.primary.Standby(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopCluster(t, p.standby) })
	if err := p.primary.SetSynchronous(t.Context(), o.Name); err != nil {
		t.Fatal(err)
	}
	return p
}

// bothURL is the address of two clusters, with the query.
func bothURL(first, second *pgtest.Cluster, query string) string {
	return fmt.Sprintf("%s%s@%s,%s/%s%s", postgresScheme, pgtest.User, first.TCP(), second.TCP(), pgtest.Database, query)
}

// A service on a primary and a standby that is promoted when the primary dies. One process asks the
// primary first and says that it wants to write; another asks the standby first and says nothing.
func TestFailover(t *testing.T) {
	p := newPair(t)
	urls := []string{
		bothURL(p.primary, p.standby, "?target_session_attrs=read-write"),
		bothURL(p.standby, p.primary, ""),
	}
	r := newReplicas(t, len(urls), func(k int) string { return urls[k] })
	t.Run("what the standby has not is not acknowledged", func(t *testing.T) {
		waitForStandby(t, p, r.another(urls[0], "SESSIONHUB_DATABASE_TIMEOUT=1s"))
	})
	t.Run("the primary dies", func(t *testing.T) {
		failOver(t, p, r)
		expectOldPrimaryUnused(t, p, r, urls[0])
	})
}

// waitForStandby expects that no write counts as made while the standby cannot take it: it would be
// lost if the primary died then.
func waitForStandby(t *testing.T, p *pair, s *server) {
	t.Helper()
	for _, id := range []string{"a1", "a2", "a3"} {
		s.must(t, http.StatusOK, "PUT", "/api/session", object{"id": id, "agentId": id})
	}
	if err := p.standby.Kill(); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	for _, ask := range []struct {
		method, path string
		body         any
	}{ // each of another agent, since those of one wait for each other
		{"POST", "/api/exec/session/a0", object{"agentId": "a0", "userName": "Bob", "userEmail": "bob@example.com"}},
		{"POST", "/api/session/a1/messages", object{"messages": []object{{"role": "user"}}}},
		{"PUT", "/api/session", object{"id": "a2", "agentId": "a2", "userName": "Bob"}},
		{"DELETE", "/api/session/a3", nil},
	} {
		done.Go(func() {
			status, answer, err := s.do(ask.method, ask.path, ask.body)
			if err != nil || status != http.StatusServiceUnavailable {
				t.Errorf("%s %s without the standby: %d, %v: %s", ask.method, ask.path, status, err, answer)
			}
		})
	}
	done.Wait()
	if err := p.standby.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a0", "a1", "a2", "a3"} {
		if err := s.await(recoveryLimit, func() bool {
			status, _, err := s.do("DELETE", "/api/session/"+id, nil)
			return err == nil && (status == http.StatusOK || status == http.StatusBadRequest)
		}); err != nil {
			t.Fatalf("with the standby back: %v", err)
		}
	}
	s.stop()
}

// failOver expects that the service goes on by itself when the primary has died and the standby was
// promoted: no acknowledged write is lost, none is made twice, no request hangs, and only what was
// asked in between is refused.
func failOver(t *testing.T, p *pair, r *replicas) {
	t.Helper()
	l := newLoad(t, r)
	time.Sleep(loadTime)
	killed := time.Now()
	if err := p.primary.Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(withoutPrimary)
	promoted := time.Now()
	if err := p.standby.Promote(t.Context()); err != nil {
		t.Fatal(err)
	}
	well := l.awaitWell(t, promoted)
	time.Sleep(loadTime)
	l.end()
	l.expectTrouble(t, killed, promoted, well)
	for _, s := range r.servers {
		l.expectKept(t, s.client)
	}
	expectCheckOK(t, r.at[0])
	for _, s := range r.servers {
		if t.Failed() {
			t.Logf("a log:\n%s", s.stderr.String())
		}
	}
}

// expectOldPrimaryUnused has the old primary come back, as one that takes no writes, and expects that
// a process that starts then finds the one that does.
func expectOldPrimaryUnused(t *testing.T, p *pair, r *replicas, url string) {
	t.Helper()
	signal := filepath.Join(parameter(t, p.primary.URL(pgtest.Database), "host"), "data", "standby.signal")
	writeFile(t, signal, "")
	if err := os.Chmod(signal, 0o666); err != nil { // it may be another account's to read
		t.Fatal(err)
	}
	if err := p.primary.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := r.another(url).client
	c.create(t, "late", "Alice", "alice@example.com")
	for _, other := range r.servers {
		other.must(t, http.StatusOK, "DELETE", "/api/session/late", nil)
		c.create(t, "late", "Alice", "alice@example.com")
	}
	const ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sessionhub'"
	for which, cluster := range map[string]*pgtest.Cluster{"old": p.primary, "new": p.standby} {
		n, err := cluster.Exec(t.Context(), ours)
		if err != nil || (n == "0") != (which == "old") {
			t.Errorf("the %s primary has %s connections of ours: %v", which, n, err)
		}
	}
}
