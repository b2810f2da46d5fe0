package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionhub/repository/pgtest"
)

const (
	failoverReplicas = 2
	failoverCallers  = 3                // at each replica
	loadTime         = time.Second      // before the primary is killed, and after all is well
	withoutPrimary   = time.Second      // before the standby is promoted
	answerLimit      = 20 * time.Second // for every single request, whatever happens
	recoveryLimit    = time.Minute      // for what should take a second
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

// When the primary dies and the standby is promoted, the service goes on by itself: no acknowledged
// write is lost, none is made twice, no request hangs, and only what was asked in between is refused.
func TestFailover(t *testing.T) {
	t.Run("the primary named first", func(t *testing.T) {
		p := newPair(t)
		failOver(t, p, bothURL(p.primary, p.standby, "?target_session_attrs=read-write"))
	})
	t.Run("the standby named first, and no word of writes", func(t *testing.T) {
		p := newPair(t)
		failOver(t, p, bothURL(p.standby, p.primary, ""))
	})
}

func failOver(t *testing.T, p *pair, url string) {
	t.Helper()
	r := newReplicas(t, failoverReplicas, func(int) string { return url })
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
	expectOldPrimaryUnused(t, p, url, r)
}

// expectOldPrimaryUnused has the old primary come back, as one that takes no writes, and expects that
// a process that starts then finds the one that does.
func expectOldPrimaryUnused(t *testing.T, p *pair, url string, r *replicas) {
	t.Helper()
	signal := filepath.Join(parameter(t, p.primary.URL(pgtest.Database), "host"), "data", "standby.signal")
	writeFile(t, signal, "")
	if err := os.Chmod(signal, 0o666); err != nil { // it may be another account's to read
		t.Fatal(err)
	}
	if err := p.primary.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	late := newInstallationAt(t, url, r.at[0].masterKeySetting())
	s := late.start()
	c := s.with(r.at[0].hash, r.at[0].key)
	c.create(t, "late", "Alice", "alice@example.com")
	c.must(t, http.StatusOK, "GET", "/readyz", nil)
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

// masterKeySetting is what gives the program the master key.
func (i *installation) masterKeySetting() string {
	for _, setting := range i.env {
		if strings.HasPrefix(setting, "SESSIONHUB_MASTER_KEY=") {
			return setting
		}
	}
	return ""
}
