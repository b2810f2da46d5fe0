package e2e

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

const replicaCount = 3

// replicas are servers on one PostgreSQL that share nothing else but the master key: each has a
// directory of its own, as it would on a machine of its own.
type replicas struct {
	t       *testing.T
	master  string // the setting with the master key
	at      []*installation
	servers []*server
}

// newReplicas starts them at the same moment, on a database that may be empty.
func newReplicas(t *testing.T, n int, url func(replica int) string, env ...string) *replicas {
	t.Helper()
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	r := &replicas{t: t, master: "SESSIONHUB_MASTER_KEY=" + base64.StdEncoding.EncodeToString(key)}
	for k := range n {
		r.at = append(r.at, newInstallationAt(t, url(k), append(env, r.master)...))
	}
	for _, i := range r.at {
		r.servers = append(r.servers, i.launch())
	}
	for k, i := range r.at {
		i.awaitStart(r.servers[k])
		if i.key != "" {
			r.know(i)
		}
	}
	return r
}

// know gives all of them the key that one of them has printed.
func (r *replicas) know(printed *installation) {
	hash, key := printed.hash, printed.key
	for k, i := range r.at {
		i.hash, i.key = hash, key
		if c := r.servers[k].client; c != nil {
			r.servers[k].client = c.with(hash, key)
		}
	}
}

// another starts one more.
func (r *replicas) another(url string, env ...string) *server {
	r.t.Helper()
	i := newInstallationAt(r.t, url, append(env, r.master)...)
	i.hash, i.key = r.at[0].hash, r.at[0].key
	return i.start()
}

// newReplicasOnSchema are three on a schema of their own. The connections of each have a name.
func newReplicasOnSchema(t *testing.T, env ...string) *replicas {
	t.Helper()
	schema := newSchema(t, postgresURL(t))
	return newReplicas(t, replicaCount, func(k int) string {
		return withParameters(t, schema, "application_name", fmt.Sprintf("%s_%d", parameter(t, schema, "search_path"), k))
	}, env...)
}

// client is that of a replica, in turn.
func (r *replicas) client(n int) *client { return r.servers[n%len(r.servers)].client }

// together does something n times at once, spread over the replicas.
func (r *replicas) together(n int, do func(n int, c *client)) {
	var done sync.WaitGroup
	begin := make(chan struct{})
	for k := range n {
		done.Go(func() {
			<-begin
			do(k, r.client(k))
		})
	}
	close(begin)
	done.Wait()
}

// Processes on one PostgreSQL are one service: whatever one of them has acknowledged holds at all of
// them at once, but for a revoked key, which they follow within 2 seconds.
func TestReplicas(t *testing.T) {
	r := newReplicasOnSchema(t)
	for _, promise := range []struct {
		name string
		hold func(*testing.T, *replicas)
	}{
		{"one of them makes the first tenant", oneFirstTenant},
		{"a session is created once", oneCreates},
		{"appends lose nothing and keep their order", appendsFromAll},
		{"a search sees every acknowledged write", searchesSeeWrites},
		{"a new key is good everywhere, a revoked one refused", keysFollow},
		{"audit entries are numbered without a gap", auditWithoutGaps},
		{"a link works everywhere", linksWorkEverywhere},
		{"an idempotency key counts everywhere", repeatsEverywhere},
	} {
		t.Run(promise.name, func(t *testing.T) { promise.hold(t, r) })
	}
	expectCheckOK(t, r.at[0])
}

func oneFirstTenant(t *testing.T, r *replicas) {
	told := 0
	for _, s := range r.servers {
		told += strings.Count(s.stdout.String(), "  API key  ")
	}
	var tenants []apiKey
	decode(t, []byte(r.at[0].mustRun("tenant", "list", "--json")), &tenants)
	if told != 1 || len(tenants) != 1 || tenants[0].DatabaseIDHash != r.at[0].hash {
		t.Errorf("%d replicas printed a key, and the tenants are %v", told, tenants)
	}
}

func oneCreates(t *testing.T, r *replicas) {
	const requests = 200
	var mu sync.Mutex
	told := map[string]int{}
	body := object{"agentId": "agent-123", "userName": "Alice", "userEmail": "alice@example.com"}
	r.together(requests, func(_ int, c *client) {
		status, answer, err := c.do("POST", "/api/exec/session/raced", body)
		var said struct{ Message string }
		if err != nil || status != http.StatusOK {
			t.Errorf("status %d, %v: %s", status, err, answer)
			return
		}
		decode(t, answer, &said)
		mu.Lock()
		defer mu.Unlock()
		told[said.Message]++
	})
	if told["Session created"] != 1 || told["Session already exists"] != requests-1 {
		t.Errorf("told %v", told)
	}
	for _, s := range r.servers {
		if list := s.sessions(t, "?id=raced"); len(list) != 1 {
			t.Errorf("it is there %d times", len(list))
		}
	}
}
