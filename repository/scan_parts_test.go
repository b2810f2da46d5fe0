package repository_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// divided is a store whose scans are read in four parts, with sessions of two agents, of which some
// were deleted.
type divided struct {
	*searching
	helped, batches atomic.Int64 // transactions that began to help, and what they read
}

func newDivided(t *testing.T) *divided {
	t.Helper()
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	d := &divided{searching: newSearching(t, 0)}
	d.fill(t, d.who, 0, 1200)
	for i := range 40 {
		if _, err := d.Sessions.Create(t.Context(), d.who, &models.Session{ID: fmt.Sprintf("s-%03d-other", i*29), AgentID: "agent-2"}); err != nil {
			t.Fatal(err)
		}
		if err := d.Sessions.Delete(t.Context(), d.who, fmt.Sprintf("s-%03d", i)); err != nil {
			t.Fatal(err)
		}
	}
	d.DivideFrom(100)
	if err := d.OnPart(func() { d.batches.Add(1) }); err != nil {
		t.Fatal(err)
	}
	return d
}

// wantAll searches without a snapshot and finds each session once.
func (d *divided) wantAll(t *testing.T, want int) {
	t.Helper()
	ids, total, err := d.find(t.Context(), d.Store, d.who, models.SessionSearch{Query: "NAME of", OrderBy: models.OrderByCreatedAt, Limit: 2000})
	slices.Sort(ids)
	if err != nil || total != int64(want) || len(ids) != want || len(slices.Compact(ids)) != want {
		t.Fatalf("found %d, %d sessions, want %d, %v", total, len(ids), want, err)
	}
}

func (d *divided) onHelp(t *testing.T, fn func()) {
	t.Helper()
	if err := d.OnHelp(func() { d.helped.Add(1); fn() }); err != nil {
		t.Fatal(err)
	}
}

func TestAScanIsReadByManyConnections(t *testing.T) {
	d := newDivided(t)
	d.onHelp(t, func() {})
	d.wantAll(t, 1160)
	if d.helped.Load() != 3 || d.batches.Load() < 3 {
		t.Errorf("%d others helped and read %d batches", d.helped.Load(), d.batches.Load())
	}
}

// A session that comes between the transactions is in none of the parts, or else the page would be
// of no state at all.
func TestAScanReadsOneStateInAllItsParts(t *testing.T) {
	d := newDivided(t)
	d.onHelp(t, func() {
		n := d.helped.Load()
		id := fmt.Sprintf("s-%03d-new-%d", 300*n, n)
		name := models.Secret("the name of a late one")
		if _, err := d.Sessions.Create(t.Context(), d.who, &models.Session{ID: id, AgentID: searchAgent, UserName: &name}); err != nil {
			t.Error(err)
		}
	})
	d.wantAll(t, 1160)
	if d.helped.Load() != 3 || d.batches.Load() != 0 {
		t.Errorf("%d began to help, and read %d batches of another state", d.helped.Load(), d.batches.Load())
	}
}

func TestAScanNeedsNobodysHelp(t *testing.T) {
	d := newDivided(t)
	d.BusyHelpers()
	d.onHelp(t, func() {})
	d.wantAll(t, 1160)
	if d.helped.Load() != 0 {
		t.Errorf("%d helped, though all were busy", d.helped.Load())
	}
}

func TestADamagedRowIsNotPassedOver(t *testing.T) {
	d := newDivided(t)
	execute(t, d.path, "UPDATE sessions SET created_at = 'yesterday' WHERE id = 's-1000'")
	_, _, err := d.find(t.Context(), d.Store, d.who, models.SessionSearch{Query: "name", Limit: 10})
	if err == nil {
		t.Error("a time that is no number is answered")
	}
}

// The byte that ends a text in what the database joins can stand in a damaged one: its session does not
// open then, whether it is read with all others or as a change, and nothing else comes of it.
func TestADamagedTextEndsNoOther(t *testing.T) {
	d := newDivided(t)
	for i, store := range []*repository.Store{d.Store, d.another(t, 1<<20), d.another(t, 1<<20)} {
		if i == 2 { // it knows all sessions already
			d.wantFound(t, store, nil)
		}
		execute(t, d.path, "UPDATE sessions SET user_name = CAST(x'FF00FE' AS TEXT), revision = revision + 1000000 WHERE id = 's-1000'")
		d.wantFound(t, store, repository.ErrUnreadable)
		execute(t, d.path, "UPDATE sessions SET user_name = NULL, revision = revision + 1000000 WHERE id = 's-1000'")
		d.wantFound(t, store, nil)
	}
}

func (d *divided) wantFound(t *testing.T, store *repository.Store, want error) {
	t.Helper()
	_, _, err := d.find(t.Context(), store, d.who, models.SessionSearch{Query: "name", Limit: 10})
	if !errors.Is(err, want) {
		t.Errorf("the search ends with %v, want %v", err, want)
	}
}
