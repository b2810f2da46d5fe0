package repotest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var searchCursorPromises = []promise{
	{"walking by cursor shows what one page shows", cursorWalk},
	{"who walks while others create and delete sees everything that stays, once", cursorWhileChanging},
	{"a cursor works when its session is gone", cursorOfTheDeleted},
	{"a cursor is good for its own search and no other", cursorForeign},
	{"a cursor that was changed is refused", cursorDamaged},
}

// walk follows the cursors from the first page to the last; between is called between two pages.
func (f *fixture) walk(t testing.TB, q models.SessionSearch, between func(page)) []string {
	t.Helper()
	var ids []string
	for range 1000 {
		p := f.search(t, q)
		ids = append(ids, p.ids()...)
		if p.next == "" {
			return ids
		}
		if len(p.views) != int(q.Limit) {
			t.Fatalf("%d of %d on a page that is not the last", len(p.views), q.Limit)
		}
		q.Cursor = p.next
		if between != nil {
			between(p)
		}
	}
	t.Fatalf("%+v never ends", q)
	return nil
}

func cursorWalk(t *testing.T, f *fixture) {
	w := f.newWorld(7)
	for range 150 {
		w.change(t)
	}
	longest := 0
	for _, order := range append(searchOrders(), "") {
		for i := range 4 {
			q := models.SessionSearch{AgentID: "agent-1", OrderBy: order}
			if i%2 == 1 {
				q.Query = "s"
			}
			if i > 1 {
				q.Finalized = new(false)
				q.CreatedFrom = new(f.clock.Now().Add(-60 * time.Millisecond))
			}
			want := answer(w.sorted(), q)
			longest = max(longest, len(want))
			for _, size := range []int64{1, 3, 10, 1000} {
				q.Limit = size
				if got := f.walk(t, q, nil); !slices.Equal(got, want) {
					t.Errorf("%+v\n got %v\nwant %v", q, got, want)
				}
			}
		}
	}
	if longest < 15 {
		t.Errorf("the longest walk saw %d sessions", longest)
	}
}

// stay makes sessions that stay, with names and times that many others are before and behind.
func (f *fixture) stay(t testing.TB, of string, n int) []string {
	t.Helper()
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("stays-%02d of %s", i, of)
		f.come(t, of, ids[i], i)
	}
	return ids
}

// come makes a session; some have no name, and some share name and time.
func (f *fixture) come(t testing.TB, of, id string, i int) {
	t.Helper()
	created := f.clock.stored().Add(time.Duration(i%11) * time.Millisecond)
	p := models.SessionPatch{ID: id, AgentID: of, CreatedAt: &created}
	if i%5 > 0 {
		p.UserName, p.UserEmail = set(models.Secret(fmt.Sprint("N", i%13))), set(models.Secret(fmt.Sprint("m", i%17)))
	}
	wantError(t, f.Sessions.Save(t.Context(), f.who, &p), nil)
}

func cursorWhileChanging(t *testing.T, f *fixture) {
	stay := f.stay(t, agent, 40)
	var come []string
	made, random := 0, repeatable(8)
	for _, order := range searchOrders() {
		for _, size := range []int64{3, 7} {
			q := models.SessionSearch{AgentID: agent, OrderBy: order, Limit: size}
			seen := f.walk(t, q, func(page) {
				f.clock.Step(time.Duration(random.IntN(2)) * time.Millisecond)
				for range 2 {
					made++
					come = append(come, fmt.Sprint("comes-", made))
					f.come(t, agent, come[len(come)-1], random.IntN(100))
				}
				for range 1 + random.IntN(2) {
					at := random.IntN(len(come))
					f.delete(t, come[at])
					come = slices.Delete(come, at, at+1)
				}
			})
			slices.Sort(seen)
			if once := slices.Compact(slices.Clone(seen)); len(once) != len(seen) {
				t.Errorf("by %s, %d at a time: some are seen twice: %v", order, size, seen)
			}
			for _, id := range stay {
				if _, ok := slices.BinarySearch(seen, id); !ok {
					t.Errorf("by %s, %d at a time: %s was not seen", order, size, id)
				}
			}
		}
	}
}

func cursorOfTheDeleted(t *testing.T, f *fixture) {
	for _, order := range searchOrders() {
		q := models.SessionSearch{AgentID: "agent-" + order, OrderBy: order, Limit: 1000}
		f.stay(t, q.AgentID, 30)
		want := f.search(t, q).ids()
		q.Limit = 4
		seen := f.walk(t, q, func(p page) { f.delete(t, p.ids()...) }) // all that it has shown, the last too
		if !slices.Equal(seen, want) {
			t.Errorf("by %s\n got %v\nwant %v", order, seen, want)
		}
	}
}

// wantCursorRefused searches with the cursor in both ways.
func (f *fixture) wantCursorRefused(t testing.TB, what string, who models.Actor, q models.SessionSearch) {
	t.Helper()
	for _, s := range []*repository.Store{f.Store, f.uncached} {
		p, err := search(t.Context(), s, who, q)
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Issues) != 1 || invalid.Issues[0].Field != "cursor" || len(p.views) != 0 {
			t.Errorf("%s: %v, %v", what, p.ids(), err)
		}
	}
}

func cursorForeign(t *testing.T, f *fixture) {
	_, foreign, _ := f.addTenant(t, repository.NewTenant{NoEncryption: !f.tenant.Encrypted})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: foreign}
	f.stay(t, agent, 10)
	other.stay(t, agent, 10)
	from, to := f.clock.Now().Add(-time.Hour), f.clock.Now().Add(time.Hour)
	good := models.SessionSearch{
		AgentID: agent, OrderBy: models.OrderByUserName, Query: "s", Finalized: new(false), CreatedFrom: &from, CreatedTo: &to, Limit: 2,
	}
	good.Cursor = f.search(t, good).next
	later := from.Add(time.Nanosecond)
	for what, change := range map[string]func(q *models.SessionSearch){
		"agent": func(q *models.SessionSearch) { q.AgentID = "agent-2" }, "query": func(q *models.SessionSearch) { q.Query = "S" },
		"no query":  func(q *models.SessionSearch) { q.Query = "" },
		"order":     func(q *models.SessionSearch) { q.OrderBy = models.OrderByUserEmail },
		"finalized": func(q *models.SessionSearch) { q.Finalized = new(true) }, "both": func(q *models.SessionSearch) { q.Finalized = nil },
		"from": func(q *models.SessionSearch) { q.CreatedFrom = &later }, "no from": func(q *models.SessionSearch) { q.CreatedFrom = nil },
		"to": func(q *models.SessionSearch) { q.CreatedTo = &later }, "no to": func(q *models.SessionSearch) { q.CreatedTo = nil },
		"direction": func(q *models.SessionSearch) { q.Reverse = true },
	} {
		q := good
		change(&q)
		f.wantCursorRefused(t, "another "+what, f.who, q)
	}
	f.wantCursorRefused(t, "another tenant", foreign, good)
	good.Limit = 3 // how much is on a page may change on the way
	if p := f.search(t, good); !slices.Equal(p.ids(), f.search(t, f.behind(good, 2)).ids()) {
		t.Errorf("behind the cursor: %v", p.ids())
	}
}

// behind is the same search by offset.
func (f *fixture) behind(q models.SessionSearch, offset int64) models.SessionSearch {
	q.Cursor, q.Offset = "", offset
	return q
}

func cursorDamaged(t *testing.T, f *fixture) {
	f.stay(t, agent, 6)
	q := models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserName, Limit: 2}
	own := f.search(t, q).next
	if strings.Contains(own, "stays") || !strings.HasPrefix(own, "v1.") {
		t.Errorf("a cursor shows what it holds: %s", own)
	}
	flip := func(i int) string {
		other := "A"
		if own[i] == 'A' {
			other = "Q"
		}
		return own[:i] + other + own[i+1:]
	}
	plain := `{"s":"","i":"stays-01 of agent-1"}`
	sealed := f.rows(t, "SELECT COALESCE(user_name, 'none') FROM sessions WHERE tenant_id = $1 AND id = 'stays-01 of agent-1'", f.tenant.ID)[0]
	for what, cursor := range map[string]string{
		"cut": own[:len(own)-1], "half": own[:len(own)/2], "flipped at the start": flip(9), "flipped": flip(len(own) / 2),
		"flipped at the end": flip(len(own) - 3), "longer": own + "A", "with a line feed": own + "\n", "twice": own + own,
		"made up": "x", "in clear": plain, "JSON": "{}", "a name": sealed[1 : len(sealed)-1], "a space": " ",
	} {
		q.Cursor = cursor
		f.wantCursorRefused(t, what, f.who, q)
	}
}
