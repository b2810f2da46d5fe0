package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const (
	appendsEach = 20                    // to a session
	afterError  = 20 * time.Millisecond // that a caller waits
	probeEach   = 20 * time.Millisecond
)

// call is a request and how it went.
type call struct {
	what         string
	began, ended time.Time
	status       int
	answer       string
	err          error
}

func (c *call) failed() bool { return c.err != nil || c.status != http.StatusOK }

func (c *call) String() string {
	return fmt.Sprintf("%s: %d, %v after %v: %s", c.what, c.status, c.err, c.ended.Sub(c.began), c.answer)
}

// caller asks one replica, one request after another, and notes what it was told.
type caller struct {
	name   string
	client *client
	stop   *atomic.Bool
	mu     sync.Mutex
	calls  []call
	made   map[string]*written
}

// written is what a caller knows of a session.
type written struct {
	created  bool            // whether that was acknowledged
	messages []string        // that were sent, in their order
	known    map[string]bool // those that were acknowledged
}

// ask notes the call, and says whether it succeeded.
func (c *caller) ask(method, path string, body any) bool {
	one := call{what: c.name + " " + method + " " + path, began: time.Now()}
	status, answer, err := c.client.do(method, path, body)
	one.ended, one.status, one.answer, one.err = time.Now(), status, string(answer), err
	c.mu.Lock()
	c.calls = append(c.calls, one)
	c.mu.Unlock()
	if one.failed() {
		time.Sleep(afterError)
	}
	return !one.failed()
}

// write makes sessions and appends to them. It sends nothing a second time.
func (c *caller) write() {
	for n := 0; !c.stop.Load(); n++ {
		id := fmt.Sprintf("%s-%d", c.name, n)
		w := &written{known: map[string]bool{}}
		c.made[id] = w
		person := object{"agentId": "a", "userName": "name of " + id, "userEmail": id + "@example.com"}
		if w.created = c.ask("POST", "/api/exec/session/"+id, person); !w.created {
			continue
		}
		for k := 0; k < appendsEach && !c.stop.Load(); k++ {
			text := fmt.Sprintf("message %d of %s", k, id)
			w.messages = append(w.messages, text)
			w.known[text] = c.ask("POST", "/api/session/"+id+"/messages", object{"messages": []object{{"role": "user", "content": text}}})
		}
	}
}

// probe asks whether the replica is ready.
func (c *caller) probe() {
	for !c.stop.Load() {
		c.ask("GET", "/readyz", nil)
		time.Sleep(probeEach)
	}
}

// since returns the first successful call that began after the moment, nil if there is none yet.
func (c *caller) since(moment time.Time) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.calls {
		if one := c.calls[k]; !one.failed() && one.began.After(moment) {
			return &one
		}
	}
	return nil
}

// load is callers that write to replicas, and for each replica one that asks whether it is ready.
type load struct {
	writers, probes []*caller
	stop            atomic.Bool
	done            sync.WaitGroup
}

func newLoad(t *testing.T, r *replicas) *load {
	t.Helper()
	l := &load{}
	for n := range failoverCallers * len(r.servers) {
		w := &caller{name: fmt.Sprintf("w%d", n), client: r.client(n), stop: &l.stop, made: map[string]*written{}}
		l.writers = append(l.writers, w)
		l.done.Go(w.write)
	}
	for n := range r.servers {
		p := &caller{name: fmt.Sprintf("probe%d", n), client: r.client(n), stop: &l.stop}
		l.probes = append(l.probes, p)
		l.done.Go(p.probe)
	}
	t.Cleanup(l.end)
	return l
}

func (l *load) end() {
	l.stop.Store(true)
	l.done.Wait()
}

func (l *load) all() []*caller { return append(append([]*caller(nil), l.writers...), l.probes...) }

// awaitWell waits until every caller has succeeded after the promotion, and returns the moment from
// which on each replica said that it is ready.
func (l *load) awaitWell(t *testing.T, promoted time.Time) time.Time {
	t.Helper()
	var well time.Time
	for _, c := range l.all() {
		for c.since(promoted) == nil {
			if time.Since(promoted) > recoveryLimit {
				t.Fatalf("%s gets nothing done: %v", c.name, c.calls[len(c.calls)-1].String())
			}
			time.Sleep(pollInterval)
		}
	}
	for _, p := range l.probes {
		if at := p.since(promoted).ended; at.After(well) {
			well = at
		}
	}
	return well
}

// expectTrouble expects that writes failed only between the end of the primary and the moment from
// which on all was well, and that every request was answered in time.
func (l *load) expectTrouble(t *testing.T, killed, promoted, well time.Time) {
	t.Helper()
	failed, total, longest := map[int]int{}, 0, time.Duration(0)
	var first time.Time
	for _, w := range l.writers {
		for k := range w.calls {
			one := &w.calls[k]
			total++
			longest = max(longest, one.ended.Sub(one.began))
			if one.failed() {
				failed[one.status]++
				expectInBetween(t, one, killed, well)
			}
		}
		if at := w.since(killed.Add(withoutPrimary / 2)); first.IsZero() || at.ended.Before(first) {
			first = at.ended
		}
	}
	for _, p := range l.probes {
		for k := range p.calls {
			longest = max(longest, p.calls[k].ended.Sub(p.calls[k].began))
		}
		expectUnready(t, p, killed, promoted)
	}
	if longest > answerLimit {
		t.Errorf("a request took %v", longest)
	}
	t.Logf("from the kill to the first write %v, from the promotion %v, until every replica said it is ready %v; "+
		"of %d writes failed, by status: %v; the longest request took %v", first.Sub(killed), first.Sub(promoted), well.Sub(promoted), total, failed, longest)
}

func expectInBetween(t *testing.T, one *call, killed, well time.Time) {
	t.Helper()
	var body map[string]any
	problem := json.Unmarshal([]byte(one.answer), &body)
	if one.err != nil || one.status != http.StatusServiceUnavailable || problem != nil || len(body) == 0 {
		t.Errorf("refused with no proper answer: %v", one)
	}
	if one.ended.Before(killed) || one.began.After(well) {
		t.Errorf("%v after the primary was killed, and %v after all was well: %v", one.began.Sub(killed), one.began.Sub(well), one)
	}
}

// expectUnready expects that a replica said that it is not ready while there was no primary.
func expectUnready(t *testing.T, probe *caller, killed, promoted time.Time) {
	t.Helper()
	said := map[int]int{}
	for k := range probe.calls {
		if one := &probe.calls[k]; one.began.After(killed.Add(withoutPrimary/2)) && one.ended.Before(promoted) {
			said[one.status]++
		}
	}
	if len(said) != 1 || said[http.StatusServiceUnavailable] == 0 {
		t.Errorf("%s: without a primary it says %v", probe.name, said)
	}
}

// expectKept compares what the callers were told with what there is: everything acknowledged, nothing
// twice, and nothing that nobody sent.
func (l *load) expectKept(t *testing.T, c *client) {
	t.Helper()
	stored := map[string]session{}
	for _, s := range c.sessions(t, "") {
		stored[s.ID] = s
	}
	sessions, messages := 0, 0
	for _, w := range l.writers {
		for id, made := range w.made {
			s, there := stored[id]
			if made.created && !there {
				t.Errorf("session %s was acknowledged and is lost", id)
			}
			if there {
				sessions++
				messages += made.expectMessages(t, &s)
			}
			delete(stored, id)
		}
	}
	if len(stored) > 0 || sessions < failoverCallers || messages < failoverCallers*appendsEach {
		t.Errorf("%d sessions with %d messages are there, and %d sessions that nobody made", sessions, messages, len(stored))
	}
	t.Logf("%d sessions and %d messages are there", sessions, messages)
}

// expectMessages returns how many messages of the session are there.
func (w *written) expectMessages(t *testing.T, s *session) int {
	t.Helper()
	var found []struct{ Content string }
	if s.Messages != nil {
		decode(t, []byte(*s.Messages), &found)
	}
	at := 0 // in what is there, which holds of what was sent what was acknowledged, and maybe more
	for _, text := range w.messages {
		if at < len(found) && found[at].Content == text {
			at++
		} else if w.known[text] {
			t.Errorf("%q was acknowledged and is lost", text)
		}
	}
	if at != len(found) {
		t.Errorf("session %s holds more than was sent, or in another order: %v", s.ID, found[at:])
	}
	return at
}
