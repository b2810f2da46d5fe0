package e2e

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

const (
	writersEach    = 3           // at each replica
	writeTime      = time.Second // before a replica is killed, and after
	leastByReplica = 20          // that its writers have acknowledged, for the test to mean anything
)

// When one of several processes dies while all are written to, nothing that was acknowledged is lost,
// and only its own clients notice.
func TestKillNineOfAReplica(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := newReplicasOnSchema(t)
	writers := make([]*writer, writersEach*replicaCount)
	var done sync.WaitGroup
	for n := range writers {
		writers[n] = newWriter(n, seed)
		done.Go(func() { writers[n].write(r.client(n)) })
	}
	time.Sleep(writeTime)
	const dying = replicaCount - 1
	r.servers[dying].kill()
	time.Sleep(writeTime)
	for _, w := range writers {
		w.stop.Store(true)
	}
	done.Wait()
	r.at[dying].awaitQuiet(t)
	for n, w := range writers {
		expectOwnTrouble(t, w, n%replicaCount == dying)
	}
	settle(t, r.client(0), writers)
	expectCheckOK(t, r.at[1])
}

// expectOwnTrouble expects that a writer was cut off if its replica was killed, and only then.
func expectOwnTrouble(t *testing.T, w *writer, killed bool) {
	t.Helper()
	total := 0
	for _, n := range w.acknowledged {
		total += n
	}
	t.Logf("%s: acknowledged %v, cut off %d", w.name, w.acknowledged, w.cut)
	if (w.cut > 0) != killed || len(w.problems) > 0 || total < leastByReplica {
		t.Errorf("%s of a replica that was killed (%v): cut off %d, %d acknowledged, %q", w.name, killed, w.cut, total, w.problems)
	}
}
