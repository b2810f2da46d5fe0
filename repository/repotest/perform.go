package repotest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var performPromises = []promise{
	{"a repeated request is told of the first one, and its answer", performRepeat},
	{"another key, user or function is another call", performOthers},
	{"of requests with one key at once one runs", performRace},
	{"after 24 hours a key can be used anew", performAgain},
	{"of requests with an old key at once one runs", performAgainRace},
	{"a call that was given up leaves nothing, unless it has an answer", performAbandon},
	{"a call that was refused is audited, and its key can be used again", performRefuse},
	{"a call whose process died is taken over by one", performTakeover},
	{"every finished call is audited, without a secret", performAudit},
	{"without a key nothing is kept", performKeyless},
	{"a call that is not well formed does not begin", performInvalid},
	{"a call whose tool was removed meanwhile is audited all the same", performToolless},
}

func (f *fixture) begin(t testing.TB, p models.Perform, want bool) models.Repeat {
	t.Helper()
	r, first, err := f.Performs.Begin(t.Context(), f.who, p, f.clock.Now().Add(time.Minute))
	if err != nil || first != want {
		t.Fatalf("begin: first is %v, want %v, %v", first, want, err)
	}
	return r
}

func performRepeat(t *testing.T, f *fixture) {
	p := newPerform("weather", "key-1")
	if r := f.begin(t, p, true); r != (models.Repeat{}) {
		t.Errorf("%+v", r)
	}
	want := models.Repeat{Digest: p.Digest, Since: f.clock.stored(), Until: f.clock.stored().Add(time.Minute)}
	for _, answer := range []models.Secret{"", plainSecret + `-{"status":"success"}`} {
		if answer != "" {
			wantError(t, f.Performs.Finish(t.Context(), f.who, p, answer), nil)
		}
		want.Answer = answer
		f.clock.Step(time.Hour)
		other := p
		other.Digest = "of other arguments" // to compare them is the caller's part
		for _, s := range []*repository.Store{f.Store, f.second(t)} {
			r, first, err := s.Performs.Begin(t.Context(), f.who, other, f.clock.Now())
			if err != nil || first || r != want {
				t.Errorf("%v, %#v, want %#v, %v", first, r, want, err)
			}
		}
	}
}

func performOthers(t *testing.T, f *fixture) {
	f.begin(t, newPerform("weather", "key-1"), true)
	for _, change := range []func(*models.Perform){
		func(p *models.Perform) { p.IdempotencyKey = "KEY-1" }, func(p *models.Perform) { p.IdempotencyKey = "weather__get/key-1" },
		func(p *models.Perform) { p.UserID = "alic" }, func(p *models.Perform) { p.Function = "weather__list" },
		func(p *models.Perform) { p.IdempotencyKey = strings.Repeat("é", 127) },
	} {
		p := newPerform("weather", "key-1")
		change(&p)
		f.begin(t, p, true)
		if r := f.begin(t, p, false); r.Digest != p.Digest {
			t.Errorf("%+v", r)
		}
	}
}

// raceOfPerforms returns how many of 20 requests with one key run.
func (f *fixture) raceOfPerforms(t *testing.T, stores []*repository.Store, p models.Perform) int64 {
	t.Helper()
	var ran atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			mine := p
			mine.Digest = fmt.Sprint("digest-", i)
			r, first, err := stores[i%2].Performs.Begin(t.Context(), f.who, mine, f.clock.Now().Add(time.Minute))
			if err != nil || !first && !strings.HasPrefix(r.Digest, "digest-") {
				t.Errorf("%+v, %v", r, err)
			}
			if first {
				ran.Add(1)
			}
		})
	}
	wg.Wait()
	return ran.Load()
}

func performRace(t *testing.T, f *fixture) {
	if ran := f.raceOfPerforms(t, []*repository.Store{f.Store, f.second(t)}, newPerform("weather", "key-1")); ran != 1 {
		t.Errorf("%d ran", ran)
	}
}

func performAgainRace(t *testing.T, f *fixture) {
	p := newPerform("weather", "key-1")
	f.perform(t, p, "an answer")
	f.clock.Step(models.IdempotencyLifetime)
	if ran := f.raceOfPerforms(t, []*repository.Store{f.Store, f.second(t)}, p); ran != 1 {
		t.Errorf("%d ran", ran)
	}
}

func performAgain(t *testing.T, f *fixture) {
	p := newPerform("weather", "key-1")
	f.perform(t, p, "an answer")
	f.clock.Step(models.IdempotencyLifetime - time.Millisecond)
	if r := f.begin(t, p, false); r.Answer != "an answer" {
		t.Errorf("%+v", r)
	}
	f.clock.Step(time.Millisecond)
	p.Digest = "another"
	f.begin(t, p, true)
	if r := f.begin(t, p, false); r.Answer != "" || r.Digest != "another" || !r.Since.Equal(f.clock.stored()) {
		t.Errorf("%#v", r)
	}
}

func performAbandon(t *testing.T, f *fixture) {
	p := newPerform("weather", "key-1")
	f.begin(t, p, true)
	wantError(t, f.Performs.Abandon(t.Context(), f.who, p), nil)
	if rows := f.rows(t, "SELECT * FROM performs"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
	wantError(t, f.Performs.Abandon(t.Context(), f.who, p), nil)
	f.wantUnaudited(t, 1)
	f.perform(t, p, "an answer")
	wantError(t, f.Performs.Abandon(t.Context(), f.who, p), nil)
	if r := f.begin(t, p, false); r.Answer != "an answer" {
		t.Errorf("%+v", r)
	}
}

func performRefuse(t *testing.T, f *fixture) {
	for _, key := range []string{"", "key-1"} {
		p := newPerform("weather", key)
		f.begin(t, p, true)
		wantError(t, f.Performs.Refuse(t.Context(), f.who, p), nil)
		f.wantAudited(t, models.EventPerform, `{"function":"weather__get","user":"alice"}`)
		f.begin(t, p, true)
	}
	f.wantUnaudited(t, 3)
	p := newPerform("weather", "key-2")
	f.perform(t, p, "an answer")
	wantError(t, f.Performs.Refuse(t.Context(), f.who, p), nil)
	if r := f.begin(t, p, false); r.Answer != "an answer" {
		t.Errorf("%+v", r)
	}
}

func performTakeover(t *testing.T, f *fixture) {
	p := newPerform("weather", "key-1")
	take := func(s *repository.Store) error {
		taken, err := s.Performs.Takeover(t.Context(), f.who, p, f.clock.Now().Add(time.Minute))
		if err == nil && !taken {
			err = repository.ErrConflict
		}
		return err
	}
	wantError(t, take(f.Store), repository.ErrConflict) // there is none
	f.begin(t, p, true)
	f.begin(t, newPerform("maps", "key-1"), true)
	f.clock.Step(time.Minute - time.Millisecond)
	wantError(t, take(f.Store), repository.ErrConflict)
	f.clock.Step(time.Millisecond)
	if taken, _ := race([]*repository.Store{f.Store, f.second(t)}, take); taken != 1 {
		t.Errorf("%d took it over", taken)
	}
	if r := f.begin(t, p, false); !r.Until.Equal(f.clock.stored().Add(time.Minute)) || r.Digest != p.Digest {
		t.Errorf("%+v", r)
	}
	if r := f.begin(t, newPerform("maps", "key-1"), false); !r.Until.Equal(f.clock.stored()) {
		t.Errorf("another's is taken over: %+v", r)
	}
	wantError(t, f.Performs.Finish(t.Context(), f.who, p, "an answer"), nil)
	f.clock.Step(time.Hour)
	wantError(t, take(f.Store), repository.ErrConflict)
}

func performAudit(t *testing.T, f *fixture) {
	for _, key := range []string{"", "key-1"} {
		f.perform(t, newPerform("weather", key), plainSecret+"-answer")
		f.wantAudited(t, models.EventPerform, `{"function":"weather__get","user":"alice"}`)
	}
	f.begin(t, newPerform("weather", "key-1"), false)
	f.wantUnaudited(t, 3)
}

func performKeyless(t *testing.T, f *fixture) {
	p := newPerform("weather", "")
	f.begin(t, p, true)
	f.begin(t, p, true)
	wantError(t, f.Performs.Finish(t.Context(), f.who, p, "x"), nil)
	wantError(t, f.Performs.Abandon(t.Context(), f.who, p), nil)
	if rows := f.rows(t, "SELECT * FROM performs"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func performInvalid(t *testing.T, f *fixture) {
	for _, p := range []models.Perform{
		{Function: "a__b"},
		{UserID: "a/b", Function: "a__b"},
		{UserID: "alice"},
		{UserID: "alice", Function: "a/b"},
		{UserID: "alice", Function: "a__b", IdempotencyKey: strings.Repeat("k", models.MaxIdempotencyKey+1)},
		{UserID: "alice", Function: "a__b", IdempotencyKey: "a\nb"},
	} {
		_, first, err := f.Performs.Begin(t.Context(), f.who, p, f.clock.Now())
		wantError(t, err, models.ErrInvalid)
		if first {
			t.Errorf("%+v shall run", p)
		}
	}
}

func performToolless(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	p := newPerform("weather", "key-1")
	f.begin(t, p, true)
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
	wantError(t, f.Performs.Finish(t.Context(), f.who, p, "an answer"), nil)
	f.wantAudited(t, models.EventPerform, `{"function":"weather__get","user":"alice"}`)
	if rows := f.rows(t, "SELECT * FROM performs"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func performUnreadable(t *testing.T, f *fixture) {
	for i, change := range []string{
		"answer = digest", "digest = answer", "answer = 'Plain'", "digest = ''",
		"answer = (SELECT answer FROM performs o WHERE o.user_id = 'bob' AND o.idempotency_key = performs.idempotency_key)",
		"digest = (SELECT digest FROM performs o WHERE o.user_id = 'bob' AND o.idempotency_key = performs.idempotency_key)",
	} {
		p := newPerform("weather", fmt.Sprint("key-", i))
		f.perform(t, p, "an answer")
		other := p
		other.UserID = "bob"
		f.perform(t, other, "an answer")
		f.exec(t, "UPDATE performs SET "+change+" WHERE user_id = 'alice' AND idempotency_key = $1", p.IdempotencyKey)
		r, first, err := f.Performs.Begin(t.Context(), f.who, p, f.clock.Now())
		wantError(t, err, repository.ErrUnreadable)
		if first || r != (models.Repeat{}) {
			t.Errorf("%s: %v, %+v", change, first, r)
		}
		f.begin(t, other, false)
	}
}
