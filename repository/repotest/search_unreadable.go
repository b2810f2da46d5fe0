package repotest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// searchUnreadablePromises hold for encrypted tenants: without encryption every value opens.
var searchUnreadablePromises = []promise{
	{"a search that compares values is refused while one does not open, and works when it is gone", searchUnreadable},
	{"a session that does not open is in the way of no other agent", searchUnreadableAgent},
}

// processes are stores that have searched nothing yet: with much memory, with little, and with none.
func (f *fixture) processes(t testing.TB) []*repository.Store {
	t.Helper()
	return []*repository.Store{f.second(t), f.with(t, 2<<10), f.with(t, 0)}
}

func searchUnreadable(t *testing.T, f *fixture) {
	for i := range 8 {
		f.save(t, fmt.Sprint("s-", i), name(fmt.Sprint("Name ", i)), email(fmt.Sprint(i, "@example.com")))
		f.clock.Step(time.Millisecond)
	}
	for _, c := range cells[:2] {
		f.write(t, c, "s-3", "v1.k1.damaged")
		stores := f.processes(t)
		f.wantSearchUnreadable(t, stores, "s-3")
		f.save(t, "s-3", name("Name 3"), email("3@example.com"))
		f.clock.Step(time.Millisecond)
		f.wantSearchable(t, stores, 8)
	}
	f.write(t, cells[0], "s-3", "v1.k1.damaged")
	stores := f.processes(t)
	f.wantSearchUnreadable(t, stores, "s-3")
	f.delete(t, "s-3")
	f.wantSearchable(t, stores, 7)
	f.create(t, "s-3")
	f.wantSearchable(t, stores, 8)
}

func (f *fixture) wantSearchUnreadable(t *testing.T, stores []*repository.Store, id string) {
	t.Helper()
	for i, s := range stores {
		for range 2 { // when it was not kept, and when it was
			for _, q := range []models.SessionSearch{
				{Query: "Name"},
				{Query: "no such name"},
				{OrderBy: models.OrderByUserName},
				{OrderBy: models.OrderByUserEmail, Offset: 7},
				{Query: "Name", Finalized: new(true)},
				{OrderBy: models.OrderByCreatedAt, Limit: 1000},
				{Limit: 1000},
			} {
				q.AgentID, q.Limit = agent, max(1, q.Limit)
				_, err := search(t.Context(), s, f.who, q)
				var unreadable *repository.UnreadableError
				if !errors.As(err, &unreadable) || !errors.Is(err, repository.ErrUnreadable) || unreadable.ID != id || unreadable.Noun != "session" {
					t.Errorf("process %d, %+v: %v", i, q, err)
				}
			}
			for _, q := range []models.SessionSearch{{OrderBy: models.OrderByCreatedAt, Limit: 3}, {Limit: 1, Offset: 1}} {
				q.AgentID = agent
				if p, err := search(t.Context(), s, f.who, q); err != nil || p.total != 8 || len(p.views) != int(q.Limit) {
					t.Errorf("process %d, %+v: %v of %d, %v", i, q, p.ids(), p.total, err)
				}
			}
		}
	}
}

func (f *fixture) wantSearchable(t *testing.T, stores []*repository.Store, n int64) {
	t.Helper()
	for i, s := range stores {
		for _, order := range searchOrders() {
			p, err := search(t.Context(), s, f.who, models.SessionSearch{AgentID: agent, OrderBy: order, Query: "example", Limit: 1000})
			if err != nil || p.total != n || len(p.views) != int(n) {
				t.Errorf("process %d by %s: %v of %d, %v", i, order, p.ids(), p.total, err)
			}
		}
	}
}

func searchUnreadableAgent(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	other := models.SessionPatch{ID: "s-3", AgentID: "agent-2", UserName: set(models.Secret("Alice"))}
	wantError(t, f.Sessions.Save(t.Context(), f.who, &other), nil)
	f.write(t, cells[0], "s-1", "v1.k1.")
	for _, s := range f.processes(t) {
		p, err := search(t.Context(), s, f.who, models.SessionSearch{AgentID: "agent-2", Query: "alice", Limit: 10})
		if err != nil || p.total != 1 {
			t.Errorf("%v of %d, %v", p.ids(), p.total, err)
		}
		_, err = search(t.Context(), s, f.who, models.SessionSearch{AgentID: agent, Query: "alice", Limit: 10})
		wantError(t, err, repository.ErrUnreadable)
	}
}
