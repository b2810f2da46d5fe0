package e2e

import (
	"encoding/json"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const (
	killRounds  = 6
	killWriters = 8
	killFirst   = 100 * time.Millisecond // the earliest moment to kill, after writing began
	killSpread  = 900 * time.Millisecond
)

// Whenever the process dies, what it acknowledged is there after the next start: no write is
// lost, no deleted session is back, and none is gone without its audit entry.
func TestKillNine(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	i := newInstallation(t)
	var writers [killWriters]*writer
	for n := range writers {
		writers[n] = newWriter(n, seed)
	}
	for range killRounds {
		s := i.start()
		settle(t, s.client, writers[:])
		expectCheckOK(t, i)
		var done sync.WaitGroup
		for _, w := range writers {
			done.Go(func() { w.write(s.client) })
		}
		time.Sleep(killFirst + time.Duration(random.Int64N(int64(killSpread))))
		s.kill()
		done.Wait()
		i.awaitQuiet(t)
	}
	s := i.start()
	settle(t, s.client, writers[:])
	expectCheckOK(t, i)
	expectWork(t, writers[:])
}

// settle compares what the writers were told with what the service has.
func settle(t *testing.T, c *client, writers []*writer) {
	t.Helper()
	stored := make(map[string]session)
	for _, s := range c.sessions(t, "") {
		stored[s.ID] = s
	}
	deletes := make(map[string]bool)
	for _, entry := range c.entries(t, "deleteSession") {
		var locator struct{ ID string }
		decode(t, []byte(entry.RecordLocator), &locator)
		deletes[locator.ID] = true
	}
	for _, w := range writers {
		w.settle(t, stored, deletes)
	}
	for id := range stored {
		t.Errorf("session %s is there, and nobody made it", id)
	}
}

func expectCheckOK(t *testing.T, i *installation) {
	t.Helper()
	r := i.run("check", "--json")
	var report struct {
		OK      bool
		Details []string
	}
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.code != 0 || !report.OK {
		t.Errorf("check: exit code %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
}

// expectWork fails when too little happened for the test to mean anything.
func expectWork(t *testing.T, writers []*writer) {
	t.Helper()
	total := map[string]int{}
	cut := 0
	for _, w := range writers {
		for kind, n := range w.acknowledged {
			total[kind] += n
		}
		cut += w.cut
		for _, problem := range w.problems {
			t.Error(problem)
		}
	}
	t.Logf("acknowledged %v, cut off %d", total, cut)
	for _, kind := range []string{"create", "append", "save", "delete"} {
		if total[kind] < killRounds {
			t.Errorf("only %d of %q were acknowledged", total[kind], kind)
		}
	}
	if cut < killRounds {
		t.Errorf("only %d requests were under way when the process was killed", cut)
	}
}

// A first start that dies half-way leaves nothing that stops the next one, and never more
// than one tenant. Where it died before it printed the key, the command line makes another.
func TestKillNineAtFirstStart(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 8 {
		i := newInstallation(t)
		s := i.launch()
		time.Sleep(time.Duration(random.Int64N(int64(60 * time.Millisecond))))
		s.kill()

		s = i.start()
		var tenants []struct{ DatabaseIDHash string }
		decode(t, []byte(i.mustRun("tenant", "list", "--json")), &tenants)
		if len(tenants) != 1 {
			t.Fatalf("there are %d tenants after the second start", len(tenants))
		}
		var made struct{ APIKey string }
		decode(t, []byte(i.mustRun("key", "create", "--tenant", tenants[0].DatabaseIDHash, "--role", "owner", "--json")), &made)
		s.with(tenants[0].DatabaseIDHash, made.APIKey).create(t, "s-1", "Alice", "alice@example.com")
		expectCheckOK(t, i)
		s.kill()
	}
}
