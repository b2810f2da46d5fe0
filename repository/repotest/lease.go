package repotest

import (
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func (f *fixture) lease(t testing.TB, c *models.Connection, lasting time.Duration, want bool) {
	t.Helper()
	if got, err := f.Connections.Lease(t.Context(), f.who, c, f.clock.Now().Add(lasting)); err != nil || got != want {
		t.Fatalf("lease: %v, want %v, %v", got, want, err)
	}
}

// newLeasable is a connection that was read.
func (f *fixture) newLeasable(t testing.TB) models.Connection {
	t.Helper()
	f.addTool(t, "weather", "get")
	f.connect(t, "weather", "bob")
	f.connect(t, "weather", "alice")
	return f.connection(t, "weather", "alice")
}

func leaseRace(t *testing.T, f *fixture) {
	read := f.newLeasable(t)
	stores := []*repository.Store{f.Store, f.second(t)}
	var won atomic.Int64
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			mine := read
			leased, err := stores[i%2].Connections.Lease(t.Context(), f.who, &mine, f.clock.Now().Add(time.Minute))
			if err != nil {
				t.Errorf("lease: %v", err)
			}
			if leased {
				won.Add(1)
			}
			if leased == mine.RefreshUntil.IsZero() {
				t.Errorf("leased %v until %v", leased, mine.RefreshUntil)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d have the lease", won.Load())
	}
	if got := f.connection(t, "weather", "alice"); !got.RefreshUntil.Equal(f.clock.stored().Add(time.Minute)) || got.Revision != read.Revision {
		t.Errorf("%+v", got)
	}
	if bob := f.connection(t, "weather", "bob"); !bob.RefreshUntil.IsZero() {
		t.Errorf("another's is leased: %+v", bob)
	}
}

func leaseRevision(t *testing.T, f *fixture) {
	old := f.newLeasable(t)
	newer := *f.connect(t, "weather", "alice")
	f.lease(t, &old, time.Minute, false)
	f.lease(t, &newer, time.Minute, true)
	wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", "alice"), nil)
	f.lease(t, &newer, time.Minute, false)
	f.connect(t, "weather", "alice")
	f.lease(t, &newer, time.Minute, false)
}

func leaseTakeover(t *testing.T, f *fixture) {
	first := f.newLeasable(t)
	second := first
	f.lease(t, &first, time.Minute, true)
	f.clock.Step(time.Minute - time.Millisecond)
	f.lease(t, &second, time.Minute, false)
	f.clock.Step(time.Millisecond)
	f.lease(t, &second, time.Minute, true)
	third := f.connection(t, "weather", "alice")
	wantError(t, f.Connections.Release(t.Context(), f.who, &first), nil)
	f.lease(t, &third, time.Minute, false)
	wantError(t, f.Connections.Release(t.Context(), f.who, &second), nil)
	f.lease(t, &third, time.Minute, true)
}

func leaseRelease(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	before := c
	other := c
	f.lease(t, &c, time.Minute, true)
	wantError(t, f.Connections.Release(t.Context(), f.who, &c), nil)
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, before) || !c.RefreshUntil.IsZero() {
		t.Errorf("\n got %+v\nwant %+v", got, before)
	}
	f.lease(t, &other, time.Minute, true)
}

func renew(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	before, entries := c, len(everything(t, f.Store, f.who))
	f.lease(t, &c, time.Minute, true)
	f.clock.Step(time.Second)
	c.Credentials = map[string]models.Credential{"oauth": {Token: &models.OAuthToken{Access: plainSecret + "-renewed"}}}
	c.Problem = models.ProblemExpired
	wantError(t, f.Connections.Renew(t.Context(), f.who, &c), nil)
	if c.Revision != before.Revision+1 || !c.CreatedAt.Equal(before.CreatedAt) || !c.UpdatedAt.Equal(f.clock.stored()) || !c.RefreshUntil.IsZero() {
		t.Errorf("%+v", c)
	}
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, c) {
		t.Errorf("\n got %+v\nwant %+v", got, c)
	}
	f.wantUnaudited(t, entries)
	again := c
	wantError(t, f.Connections.Renew(t.Context(), f.who, &c), nil) // a lease is not asked for
	wantError(t, f.Connections.Renew(t.Context(), f.who, &again), repository.ErrConflict)
}

func renewConflict(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	f.lease(t, &c, time.Minute, true)
	saved := *f.connect(t, "weather", "alice")
	stale := c
	c.Credentials, c.Problem = nil, ""
	wantError(t, f.Connections.Renew(t.Context(), f.who, &c), repository.ErrConflict)
	if c.Revision != stale.Revision {
		t.Errorf("revision %d", c.Revision)
	}
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, saved) {
		t.Errorf("\n got %+v\nwant %+v", got, saved)
	}
}

func renewReconnected(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	f.lease(t, &c, time.Minute, true)
	for _, again := range []func(){
		func() { wantError(t, f.Connections.Delete(t.Context(), f.who, "weather", "alice"), nil) },
		func() {
			wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
			f.addTool(t, "weather")
		},
	} {
		again()
		saved := *f.connect(t, "weather", "alice")
		wantError(t, f.Connections.Renew(t.Context(), f.who, &c), repository.ErrConflict)
		if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, saved) {
			t.Errorf("\n got %+v\nwant %+v", got, saved)
		}
	}
}
