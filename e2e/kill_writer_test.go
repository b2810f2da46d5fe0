package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

// writer writes to sessions of its own, one request after another, and keeps what it was told.
type writer struct {
	name         string
	random       *rand.Rand
	ledger       map[string]*record
	alive        []string // ids of sessions that can be written to
	next         int
	acknowledged map[string]int // by kind of request
	cut          int            // requests that got no answer
	problems     []string
	stop         atomic.Bool // told to end
}

// record is what a writer knows of one session: what was acknowledged, and what the request
// asked for that got no answer. After the process died either may be there, and nothing else.
type record struct{ acknowledged, asked *state }

// state is a session as it should be; nil stands for none.
type state struct {
	deleted        bool
	name, messages string
	tokens         int64
}

func newWriter(n int, seed uint64) *writer {
	return &writer{
		name: fmt.Sprintf("w%d", n), random: rand.New(rand.NewPCG(seed, uint64(n)+1)),
		ledger: make(map[string]*record), acknowledged: make(map[string]int),
	}
}

// write sends requests until one gets no answer, or it is told to end.
func (w *writer) write(c *client) {
	for !w.stop.Load() {
		choice := w.random.IntN(10)
		var answered bool
		switch {
		case len(w.alive) == 0 || choice < 3:
			answered = w.create(c)
		case choice < 7:
			answered = w.append(c)
		case choice < 9:
			answered = w.save(c)
		default:
			answered = w.delete(c)
		}
		if !answered {
			return
		}
	}
}

func (w *writer) create(c *client) bool {
	w.next++
	id := fmt.Sprintf("%s-%d", w.name, w.next)
	w.ledger[id] = &record{}
	w.alive = append(w.alive, id)
	body := object{"agentId": "a", "userName": "name of " + id, "userEmail": id + "@example.com"}
	return w.ask(c, "create", id, &state{name: "name of " + id}, "POST", "/api/exec/session/"+id, body)
}

func (w *writer) append(c *client) bool {
	id, now := w.any()
	var more []object
	for range 1 + w.random.IntN(3) {
		w.next++
		message := object{"role": "user", "content": fmt.Sprintf("message %d", w.next)}
		more = append(more, message)
		now.messages = appended(now.messages, fmt.Sprintf(`{"content":"message %d","role":"user"}`, w.next))
	}
	now.tokens += 7
	return w.ask(c, "append", id, &now, "POST", "/api/session/"+id+"/messages", object{"messages": more, "promptTokens": 7})
}

// appended puts a message at the end of a JSON array as text.
func appended(array, message string) string {
	if array == "" || array == "[]" {
		return "[" + message + "]"
	}
	return strings.TrimSuffix(array, "]") + "," + message + "]"
}

// save replaces everything: sometimes with a continuation of what is there, sometimes not.
func (w *writer) save(c *client) bool {
	id, now := w.any()
	w.next++
	if w.random.IntN(2) == 0 {
		now.messages = "[]"
	}
	now.messages = appended(now.messages, fmt.Sprintf(`{"role":"assistant","content":"save %d"}`, w.next))
	now.name, now.tokens = fmt.Sprintf("name %d", w.next), int64(w.next)
	body := object{"id": id, "agentId": "a", "userName": now.name, "messages": now.messages, "promptTokens": now.tokens}
	return w.ask(c, "save", id, &now, "PUT", "/api/session", body)
}

func (w *writer) delete(c *client) bool {
	at := w.random.IntN(len(w.alive))
	id := w.alive[at]
	w.alive = append(w.alive[:at], w.alive[at+1:]...)
	return w.ask(c, "delete", id, &state{deleted: true}, "DELETE", "/api/session/"+id, nil)
}

// any picks a session that can be written to, and returns what it should hold.
func (w *writer) any() (id string, now state) {
	id = w.alive[w.random.IntN(len(w.alive))]
	return id, *w.ledger[id].acknowledged
}

// ask sends a request that should bring the session to the state.
func (w *writer) ask(c *client, kind, id string, to *state, method, path string, body any) (answered bool) {
	r := w.ledger[id]
	r.asked = to
	status, answer, err := c.do(method, path, body)
	if err != nil {
		w.cut++
		return false
	}
	if status != http.StatusOK {
		w.problems = append(w.problems, fmt.Sprintf("%s of %s: status %d: %s", kind, id, status, answer))
		return false
	}
	w.acknowledged[kind]++
	r.acknowledged, r.asked = to, nil
	return true
}

// settle compares the ledger with what is stored, takes its sessions out of stored, and takes
// for acknowledged what was found.
func (w *writer) settle(t *testing.T, stored map[string]session, deletes map[string]bool) {
	t.Helper()
	w.alive = w.alive[:0]
	for id, r := range w.ledger {
		s, there := stored[id]
		found := found(s, there, deletes[id])
		delete(stored, id)
		if !same(found, r.acknowledged) && (r.asked == nil || !same(found, r.asked)) {
			t.Errorf("session %s:\nthere is     %+v\nacknowledged %+v\nasked for    %+v", id, found, r.acknowledged, r.asked)
		}
		r.acknowledged, r.asked = found, nil
		if found == nil {
			delete(w.ledger, id)
		} else if !found.deleted {
			w.alive = append(w.alive, id)
		}
	}
}

// found is the state of a session that the service has. A session counts as deleted when the
// audit log says so; one that is there as well shows as both, which no writer asked for.
func found(s session, there, inAudit bool) *state {
	if !there && !inAudit {
		return nil
	}
	f := &state{deleted: inAudit}
	if s.UserName != nil {
		f.name = *s.UserName
	}
	if s.Messages != nil {
		f.messages = *s.Messages
	}
	if s.PromptTokens != nil {
		f.tokens = *s.PromptTokens
	}
	return f
}

func same(a, b *state) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
