package repotest

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var searchChangePromises = []promise{
	{"agrees with a plain search through everything while everything changes", searchWhileChanging},
	{"what one process has written the next search of another finds", searchElsewhere},
	{"agents that do not fit into memory are answered the same", searchTooMany},
	{"two tenants with the same agent and sessions find each their own", searchTwoTenants},
	{"a tenant that another process deleted is found no more", searchDeletedElsewhere},
	{"a cursor is never longer than a request may send", searchLongCursor},
}

// searchWhileChanging also asks a second process, which is told of no change, and one whose memory
// is enough for one of the agents at a time, if at all.
func searchWhileChanging(t *testing.T, f *fixture) {
	w := f.newWorld(5)
	second, small := f.second(t), f.with(t, 6<<10)
	hits := 0
	for range 120 {
		for range 1 + w.random.IntN(8) {
			w.change(t)
		}
		for range 4 {
			q := w.query(t)
			p := w.search(t, q)
			w.wantAnswer(t, q, p)
			f.wantPage(t, second, q, p)
			f.wantPage(t, small, q, p)
			if q.Query != "" {
				hits += len(p.views)
			}
		}
	}
	if hits < 100 || w.ends < 30 {
		t.Errorf("the queries hit only %d times, and %d sessions were deleted", hits, w.ends)
	}
}

func searchElsewhere(t *testing.T, f *fixture) {
	stores := []*repository.Store{f.Store, f.second(t)}
	wantFound := func(s *repository.Store, query string, want int64) {
		t.Helper()
		p, err := search(t.Context(), s, f.who, models.SessionSearch{AgentID: agent, Query: query, Limit: 10})
		if err != nil || p.total != want || len(p.views) != int(want) {
			t.Fatalf("%s: found %v of %d, %v", query, p.ids(), p.total, err)
		}
	}
	f.create(t, "s-1")
	for i := range 20 {
		writer, reader := stores[i%2], stores[1-i%2]
		name := fmt.Sprintf("name-%d.", i)
		p := &models.SessionPatch{ID: "s-1", AgentID: agent, UserName: set(models.Secret(name))}
		wantError(t, writer.Sessions.Save(t.Context(), f.who, p), nil)
		wantFound(reader, name, 1)
		_, err := writer.Sessions.Create(t.Context(), f.who, session("s-2"))
		wantError(t, err, nil)
		wantFound(reader, "alice of s-2", 1)
		wantError(t, writer.Sessions.Delete(t.Context(), f.who, "s-2"), nil)
		wantFound(reader, "s-2", 0)
		wantFound(writer, fmt.Sprintf("name-%d.", i-1), 0)
	}
}

// searchTooMany goes from more than fits into memory to little, and back.
func searchTooMany(t *testing.T, f *fixture) {
	w := f.newWorld(6)
	small := f.with(t, 4<<10)
	for range 300 {
		w.saveNew(t)
	}
	ask := func(n int) {
		t.Helper()
		for range n {
			q := w.query(t)
			p := w.search(t, q)
			w.wantAnswer(t, q, p)
			f.wantPage(t, small, q, p)
		}
	}
	ask(40)
	for len(w.live) > 15 {
		w.remove(t)
	}
	ask(40)
	for range 60 {
		w.again(t)
		ask(2)
	}
}

func searchTwoTenants(t *testing.T, f *fixture) {
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	for i := range 10 {
		for _, x := range []*fixture{f, other} {
			x.save(t, fmt.Sprint("s-", i), name(fmt.Sprint("of ", x.who.TenantID, " number ", i)))
		}
		for _, x := range []*fixture{f, other} {
			mine := x.search(t, models.SessionSearch{AgentID: agent, Query: fmt.Sprint("of ", x.who.TenantID, " "), OrderBy: models.OrderByUserName, Limit: 100})
			all := x.search(t, models.SessionSearch{AgentID: agent, Limit: 100})
			if int(mine.total) != i+1 || all.total != mine.total {
				t.Fatalf("tenant %d: %d of its own, %d in all, want %d", x.who.TenantID, mine.total, all.total, i+1)
			}
		}
	}
}

// searchDeletedElsewhere: what is kept in memory of the tenant's key is forgotten after a moment;
// by then nothing may be found already.
func searchDeletedElsewhere(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	server := f.second(t)
	q := models.SessionSearch{AgentID: agent, Query: "alice", OrderBy: models.OrderByUserName, Limit: 10}
	if p, err := search(t.Context(), server, f.who, q); err != nil || p.total != 2 {
		t.Fatal(p.total, err)
	}
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	if p, err := search(t.Context(), server, f.who, q); err != nil || p.total != 0 || len(p.views) != 0 {
		t.Errorf("found %v of %d, %v", p.ids(), p.total, err)
	}
	f.clock.Step(time.Minute)
	_, err := search(t.Context(), server, f.who, q)
	wantError(t, err, repository.ErrKey)
}

// searchLongCursor: texts of characters that take most bytes where they are written down.
func searchLongCursor(t *testing.T, f *fixture) {
	for _, letter := range []string{"\x01", "<", `"`, "\u2028", "👩", "ß"} {
		longest := word(repeatable(1), letter, models.MaxName)
		for _, id := range []string{"s-1", "s-2"} {
			f.save(t, id, name(longest), email(longest))
		}
		q := models.SessionSearch{AgentID: agent, Query: longest, OrderBy: models.OrderByUserEmail, Limit: 1}
		q.Cursor = f.search(t, q).next
		if err := q.Validate(); err != nil || q.Cursor == "" {
			t.Errorf("%q: %d bytes: %v", letter, len(q.Cursor), err)
		}
		if p := f.search(t, q); len(p.views) != 1 || p.views[0].ID != "s-2" || p.next != "" {
			t.Errorf("%q: %v, next %q", letter, p.ids(), p.next)
		}
	}
}
