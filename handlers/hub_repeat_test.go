package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/hub"
)

// counting answers with a number that grows with every call.
func counting() http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		body := fmt.Sprintf(`{"call":%d}`, n)
		mu.Unlock()
		replying(201, body)(w, r)
	}
}

// A repeated request gets the first answer, without a second call, for as long as it is kept.
func TestRepeatedPerform(t *testing.T) {
	s, p := deskStack(t)
	p.on("/tickets", counting())
	write := func(text, key string, options ...func(*http.Request)) string {
		t.Helper()
		return s.perform("desk__write", jsonObject("text", text), append(options, repeatable(key))...).is(hub.StatusSuccess).raw.body
	}
	first := write("x", "key-1")
	s.clock.advance(24*time.Hour - time.Millisecond)
	if again := write("x", "key-1"); again != first {
		t.Errorf("repeated: %s", again)
	}
	spelled := s.perform("desk__write", "{ \"te\\u0078t\" : \"x\" }", repeatable("key-1")).raw.body
	if spelled != first {
		t.Errorf("the same arguments, spelled otherwise: %s", spelled)
	}
	s.clock.advance(time.Millisecond)
	if later := write("x", "key-1"); later == first {
		t.Error("a key is not forgotten after a day")
	}
	if n := len(p.calls("/tickets")); n != 2 {
		t.Errorf("%d calls were made", n)
	}
	for _, r := range p.calls("/tickets") {
		if r.header.Get(headerIdempotency) != "" {
			t.Error("our key was sent on")
		}
	}
	write("x", "")
	write("x", "")
	if n := len(p.calls("/tickets")); n != 4 {
		t.Errorf("without a key %d calls were made", n-2)
	}
}

// One key with other arguments is a mistake of the client's, told before anything is called.
func TestRepeatedPerformWithOtherArguments(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__write", `{"text":"x"}`, repeatable("k")).is(hub.StatusSuccess)
	r := s.request("POST", "/api/hub/perform/desk__write", `{"text":"y"}`, forUser(user), repeatable("k"))
	got := s.send(r)
	s.fits(r, got)
	got.want(422, `{"title":"Unprocessable Entity","detail":"This Idempotency-Key was used with other arguments; use a new key for a new call"}`)
	if n := len(p.calls("/tickets")); n != 1 {
		t.Errorf("%d calls were made", n)
	}
}

// A key names a call of one user, function and tenant; others may use the same one.
func TestRepeatedPerformOfOthers(t *testing.T) {
	s, p := deskStack(t)
	s.connected("desk", "bob", keyed("k"))
	other, otherKey := s.newTenant(true, "other")
	s.addToolOf(other, "desk", desk, p, nil)
	p.on("/tickets", counting())
	p.on("/free", counting())
	k := repeatable("k")
	seen := map[string]bool{
		s.perform("desk__write", `{"text":"x"}`, k).raw.body:                 true,
		s.perform("desk__write", `{"text":"x"}`, k, forUser("bob")).raw.body: true,
		s.perform("desk__find", `{"q":"x"}`, k).raw.body:                     true,
		s.perform("desk__write", `{"text":"x"}`, repeatable("K")).raw.body:   true,
	}
	s.perform("desk__free", "", k).is(hub.StatusSuccess)
	s.perform("desk__free", "", k, as(otherKey)).is(hub.StatusSuccess)
	if n, free := len(p.calls("/tickets")), len(p.calls("/free")); n != 4 || len(seen) != 4 || free != 2 {
		t.Errorf("%d and %d calls were made, with %d answers", n, free, len(seen))
	}
}

// Where nothing was called the same key runs: after the user has connected, and after the model
// has corrected its arguments. A failure of the provider is an answer, and is kept.
func TestRepeatedPerformAfterNothing(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, nil)
	k := repeatable("k")
	s.perform("desk__write", `{"txt":"x"}`, k).is(hub.StatusError, "text: is required")
	s.perform("desk__write", `{"text":"x"}`, k).is(hub.StatusRequiresAction)
	s.connected("desk", user, keyed("old"))
	p.on("/tickets", withKey("new", replying(500, `{"message":"oops"}`)))
	s.perform("desk__write", `{"text":"x"}`, k).is(hub.StatusRequiresAction, "refused")
	s.connected("desk", user, keyed("new"))
	s.perform("desk__write", `{"text":"x"}`, k).is(hub.StatusError, "oops")
	s.perform("desk__write", `{"text":"x"}`, k).is(hub.StatusError, "oops")
	if n := len(p.calls("/tickets")); n != 2 {
		t.Errorf("%d calls were made", n)
	}
	p.on("/free", replying(204, ``))
	first := s.perform("desk__free", "", repeatable("empty")).is(hub.StatusSuccess, `"result":null`)
	if again := s.perform("desk__free", "", repeatable("empty")); again.raw.body != first.raw.body {
		t.Errorf("an empty result is repeated as %s", again.raw.body)
	}
}

// However many requests race with one key, one call is made, and all get its answer.
func TestRepeatedPerformAtOnce(t *testing.T) {
	s, p := deskStack(t)
	answer := counting()
	p.on("/tickets", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		answer(w, r)
	})
	const racers = 10
	bodies := make([]string, racers)
	s.handler()
	var wait sync.WaitGroup
	for i := range racers {
		wait.Go(func() {
			r := s.request("POST", "/api/hub/perform/desk__write", `{"text":"x"}`, forUser(user), repeatable("k"))
			bodies[i] = s.send(r).body
		})
	}
	wait.Wait()
	for _, body := range bodies {
		if body != bodies[0] || !strings.Contains(body, `"result":{"call":1}`) {
			t.Errorf("answered %s", body)
		}
	}
	if n := len(p.calls("/tickets")); n != 1 {
		t.Errorf("%d calls were made", n)
	}
}

// A repeat does not wait for ever: it is told to come again.
func TestRepeatedPerformUnderWay(t *testing.T) {
	s, p := deskStack(t)
	begun, release := make(chan bool), make(chan bool)
	p.on("/tickets", func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-release
		replying(200, `{}`)(w, r)
	})
	s.handler()
	var wait sync.WaitGroup
	wait.Go(func() { s.perform("desk__write", `{"text":"x"}`, repeatable("k")).is(hub.StatusSuccess) })
	<-begun
	waited := make(chan bool)
	wait.Go(func() { // slowly, for the repeat may be late, and must not find a call that counts as dead
		for {
			select {
			case <-waited:
				return
			case <-time.After(100 * time.Millisecond):
				s.clock.advance(2 * time.Second)
			}
		}
	})
	r := s.request("POST", "/api/hub/perform/desk__write", `{"text":"x"}`, forUser(user), repeatable("k"))
	got := s.send(r).want(409, `{"title":"Conflict","detail":"A request with this Idempotency-Key is under way; ask again in a moment"}`)
	close(waited)
	close(release)
	wait.Wait()
	s.fits(r, got)
}

// When the process died that had the first call, nobody claims to know whether it took effect,
// while one that does no harm twice is made again.
func TestRepeatedPerformAfterADeath(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__write", `{"text":"x"}`, repeatable("died")).is(hub.StatusSuccess)
	s.perform("desk__find", `{"q":"x"}`, repeatable("died")).is(hub.StatusSuccess)
	s.damage("UPDATE performs SET answer = NULL WHERE idempotency_key = 'died'")
	s.clock.advance(10 * time.Minute)
	before := len(p.calls("/tickets"))
	s.perform("desk__write", `{"text":"x"}`, repeatable("died")).is(hub.StatusError, "was interrupted. Whether the call took effect is not known.")
	s.perform("desk__find", `{"q":"x"}`, repeatable("died")).is(hub.StatusSuccess)
	if n := len(p.calls("/tickets")) - before; n != 1 {
		t.Errorf("after the interruption %d calls were made", n)
	}
}

// A key is bounded, and names what is wrong with it.
func TestIdempotencyKeyIsChecked(t *testing.T) {
	s, p := deskStack(t)
	for key, status := range map[string]int{
		strings.Repeat("k", 255): 200, "ü ☃": 200, "'; DROP TABLE performs": 200,
		strings.Repeat("k", 256): 400, "a\x00b": 400, "a\x7fb": 400, "\xff": 400,
	} {
		r := s.request("POST", "/api/hub/perform/desk__free", "{}", forUser(user), repeatable(key))
		got := s.send(r)
		s.fits(r, got)
		if got.status != status || status == 400 && !strings.Contains(strings.ToLower(got.body), `"path":["idempotency-key"]`) {
			t.Errorf("%.20q: %d %s", key, got.status, got.body)
		}
	}
	if n := len(p.calls("/free")); n != 3 {
		t.Errorf("%d calls were made", n)
	}
}
