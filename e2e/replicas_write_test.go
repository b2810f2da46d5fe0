package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"
)

func appendsFromAll(t *testing.T, r *replicas) {
	const each = 50
	r.client(0).create(t, "shared", "Alice", "alice@example.com")
	r.together(replicaCount, func(n int, c *client) {
		for k := range each {
			body := object{"messages": []object{{"role": "user", "content": fmt.Sprintf("%d of %d", k, n)}}}
			if status, answer, err := c.do("POST", "/api/session/shared/messages", body); err != nil || status != http.StatusOK {
				t.Errorf("status %d, %v: %s", status, err, answer)
			}
		}
	})
	for _, s := range r.servers {
		next := map[int]int{}
		for _, text := range messagesOf(t, s.client, "shared") {
			var k, n int
			if _, err := fmt.Sscanf(text, "%d of %d", &k, &n); err != nil || k != next[n] {
				t.Fatalf("%q follows when %d is next: %v", text, next[n], err)
			}
			next[n]++
		}
		for n := range replicaCount {
			if next[n] != each {
				t.Errorf("%d messages of appender %d are there", next[n], n)
			}
		}
	}
}

// messagesOf are the contents of a session's messages.
func messagesOf(t *testing.T, c *client, id string) []string {
	t.Helper()
	list := c.sessions(t, "?id="+url.QueryEscape(id))
	if len(list) != 1 {
		t.Fatalf("session %s is there %d times", id, len(list))
	}
	var messages []struct{ Content string }
	if list[0].Messages != nil {
		if err := json.Unmarshal([]byte(*list[0].Messages), &messages); err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	for _, m := range messages {
		all = append(all, m.Content)
	}
	return all
}

// searchesSeeWrites writes through each replica in turn and searches on the others: who has searched
// before remembers what was there.
func searchesSeeWrites(t *testing.T, r *replicas) {
	const rounds = 30
	expect := func(k int, name string, want int) {
		t.Helper()
		for n := range replicaCount {
			var found struct{ Total int }
			path := "/api/agent/searched/session?query=" + url.QueryEscape(name)
			decode(t, r.client(n).must(t, http.StatusOK, "GET", path, nil), &found)
			if found.Total != want {
				t.Errorf("round %d: replica %d finds %d times %s, want %d", k, n, found.Total, name, want)
			}
		}
	}
	for k := range rounds {
		id, name, other := fmt.Sprintf("searched-%d", k), fmt.Sprintf("Name%dNumber", k), fmt.Sprintf("Other%dNumber", k)
		put := func(c *client, name string) {
			c.must(t, http.StatusOK, "PUT", "/api/session", object{"id": id, "agentId": "searched", "userName": name})
		}
		put(r.client(k), name)
		expect(k, name, 1)
		put(r.client(k+1), other)
		expect(k, name, 0)
		expect(k, other, 1)
		r.client(k+2).must(t, http.StatusOK, "DELETE", "/api/session/"+id, nil)
		expect(k, other, 0)
	}
}

func keysFollow(t *testing.T, r *replicas) {
	const path = "/api/keys"
	var made struct{ Data apiKey }
	decode(t, r.client(0).must(t, http.StatusOK, "POST", path, object{"displayName": "short", "role": "admin"}), &made)
	keys := make([]*client, replicaCount)
	for n := range keys {
		keys[n] = r.client(n).with(made.Data.DatabaseIDHash, made.Data.APIKey)
		keys[n].must(t, http.StatusOK, "GET", "/api/session?limit=1", nil)
	}
	r.client(1).must(t, http.StatusOK, "DELETE", path+"/"+made.Data.KeyLocatorHash, nil)
	revoked := time.Now()
	var done sync.WaitGroup
	for n, c := range keys {
		done.Go(func() {
			after, err := c.untilRefused(revoked)
			if err != nil {
				t.Errorf("replica %d: %v", n, err)
			}
			t.Logf("replica %d refuses it after %v", n, after)
		})
	}
	done.Wait()
}

func auditWithoutGaps(t *testing.T, r *replicas) {
	const sessions = 40
	for k := range sessions {
		r.client(k).create(t, fmt.Sprintf("gone-%d", k), "Alice", "alice@example.com")
	}
	var mu sync.Mutex
	told := map[int]int{}
	r.together(replicaCount*sessions, func(n int, c *client) { // each replica deletes each of them
		status, answer, err := c.do("DELETE", fmt.Sprintf("/api/session/gone-%d", n/replicaCount), nil)
		if err != nil {
			t.Errorf("%v: %s", err, answer)
		}
		mu.Lock()
		defer mu.Unlock()
		told[status]++
	})
	if told[http.StatusOK] != sessions || told[http.StatusBadRequest] != (replicaCount-1)*sessions {
		t.Errorf("told %v", told)
	}
	entries := r.client(0).entries(t, "")
	if len(entries) < replicaCount*sessions {
		t.Errorf("there are %d entries", len(entries))
	}
	for k, entry := range entries { // newest first
		if want := int64(len(entries) - k); entry.ID != want {
			t.Fatalf("entry %d stands where %d should", entry.ID, want)
		}
	}
}
