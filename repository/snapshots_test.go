package repository_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

const searchAgent = "agent-1"

// searching is a store with one tenant, of which searches are made.
type searching struct {
	*repository.Store
	path  string
	clock *repotest.Clock
	who   models.Actor
}

func newSearching(t *testing.T, searchCache int64) *searching {
	t.Helper()
	s := &searching{path: filepath.Join(t.TempDir(), "x.db"), clock: repotest.NewClock()}
	s.Store = s.another(t, searchCache)
	s.who = newTenant(t, s.Store, repository.NewTenant{})
	return s
}

// another is one more process on the database.
func (s *searching) another(t *testing.T, searchCache int64) *repository.Store {
	t.Helper()
	store := open(t, repository.Options{Path: s.path, Now: s.clock.Now, SearchCache: searchCache})
	ready(t, store)
	return store
}

// fill makes sessions from one number up to another, with long names.
func (s *searching) fill(t *testing.T, who models.Actor, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		s.clock.Step(time.Millisecond)
		p := &models.SessionPatch{ID: fmt.Sprintf("s-%03d", i), AgentID: searchAgent}
		p.UserName.Set, p.UserName.Value = true, new(models.Secret(fmt.Sprintf("The name of %d is quite long", i*7%100)))
		if err := s.Sessions.Save(t.Context(), who, p); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *searching) find(ctx context.Context, store *repository.Store, who models.Actor, q models.SessionSearch) (ids []string, total int64, err error) {
	q.AgentID = searchAgent
	err = store.Sessions.Search(ctx, who, q, repository.SessionReader{
		Total:   func(n int64) error { total = n; return nil },
		Session: func(m *models.Session, _ models.Text) error { ids = append(ids, m.ID); return nil },
	})
	return ids, total, err
}

func (s *searching) wantTotal(t *testing.T, who models.Actor, want int64) {
	t.Helper()
	_, total, err := s.find(t.Context(), s.Store, who, models.SessionSearch{Query: "name of", OrderBy: models.OrderByUserName, Limit: 1})
	if err != nil || total != want {
		t.Fatalf("found %d, want %d, %v", total, want, err)
	}
}

// An agent that outgrows the bound loses its snapshot, and has one again when it has shrunk.
func TestASnapshotComesBackWhenItFitsAgain(t *testing.T) {
	const bound = 16 << 10
	s := newSearching(t, bound)
	s.fill(t, s.who, 0, 60)
	s.wantTotal(t, s.who, 60)
	if n := s.SearchMemory(s.who.TenantID, searchAgent); n == 0 || n > bound {
		t.Errorf("60 sessions take %d bytes", n)
	}
	s.fill(t, s.who, 60, 300)
	s.wantTotal(t, s.who, 300)
	s.wantTotal(t, s.who, 300)
	if n := s.SearchMemory(s.who.TenantID, searchAgent); n != 0 {
		t.Errorf("300 sessions take %d bytes", n)
	}
	for i := 40; i < 300; i++ {
		if err := s.Sessions.Delete(t.Context(), s.who, fmt.Sprintf("s-%03d", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.wantTotal(t, s.who, 40) // sees that it fits
	s.wantTotal(t, s.who, 40)
	if n := s.SearchMemory(s.who.TenantID, searchAgent); n == 0 || n > bound {
		t.Errorf("40 sessions take %d bytes", n)
	}
}

// What all snapshots take together stays in the bound: who was not asked for lately makes room.
func TestSnapshotsStayWithinTheirBound(t *testing.T) {
	const bound, tenants = 24 << 10, 8
	s := newSearching(t, bound)
	who := make([]models.Actor, tenants)
	for i := range who {
		who[i] = newTenant(t, s.Store, repository.NewTenant{})
		s.fill(t, who[i], 0, 50)
	}
	for range 3 {
		for i := range who {
			s.wantTotal(t, who[i], 50)
		}
	}
	kept := int64(0)
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) { // the cache takes its time
		kept = 0
		for i := range who {
			kept += s.SearchMemory(who[i].TenantID, searchAgent)
		}
		if kept <= bound {
			break
		}
	}
	if kept == 0 || kept > bound {
		t.Errorf("all take %d bytes", kept)
	}
}

func TestADeletedTenantIsForgotten(t *testing.T) {
	s := newSearching(t, 1<<20)
	other := newTenant(t, s.Store, repository.NewTenant{})
	for _, who := range []models.Actor{s.who, other} {
		s.fill(t, who, 0, 3)
		s.wantTotal(t, who, 3)
	}
	server := s.another(t, 1<<20)
	if _, _, err := s.find(t.Context(), server, s.who, models.SessionSearch{Query: "name", Limit: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Tenants.Delete(t.Context(), s.who); err != nil {
		t.Fatal(err)
	}
	if n := s.SearchMemory(s.who.TenantID, searchAgent); n != 0 {
		t.Errorf("%d bytes are left of it", n)
	}
	if n := s.SearchMemory(other.TenantID, searchAgent); n == 0 {
		t.Error("the other tenant was forgotten")
	}
	if server.SearchMemory(s.who.TenantID, searchAgent) == 0 {
		t.Fatal("the other process kept nothing")
	}
	if err := server.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := server.SearchMemory(s.who.TenantID, searchAgent); n != 0 {
		t.Errorf("%d bytes are left of it in another process", n)
	}
}

// A search that is under way while the tenant is deleted leaves nothing behind.
func TestASearchOfATenantThatIsBeingDeletedKeepsNothing(t *testing.T) {
	s := newSearching(t, 1<<20)
	s.fill(t, s.who, 0, 3)
	err := s.WhileBuilding(func() {
		if err := s.Tenants.Delete(t.Context(), s.who); err != nil {
			t.Error(err)
		}
	}, func() error {
		_, _, err := s.find(t.Context(), s.Store, s.who, models.SessionSearch{Query: "name", Limit: 10})
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if n := s.SearchMemory(s.who.TenantID, searchAgent); n != 0 {
		t.Errorf("%d bytes are left of it", n)
	}
}

// However far a page is and however little a scan keeps at once, it is the same page.
func TestAScanFindsFarPages(t *testing.T) {
	s := newSearching(t, 0)
	s.fill(t, s.who, 0, 60)
	with := s.another(t, 1<<20)
	for _, most := range []int64{1, 2, 7, 30, 60, 61} {
		s.KeepAtMost(most)
		for _, q := range []models.SessionSearch{
			{OrderBy: models.OrderByUserName}, {OrderBy: models.OrderByCreatedAt, Query: "1"}, {Query: "name"}, {Query: "nobody"}, {OrderBy: models.OrderByUserName, Reverse: true},
		} {
			for _, q.Offset = range []int64{0, 1, 6, 7, 8, 29, 59, 60, 61, 1 << 62} {
				for _, q.Limit = range []int64{1, 6, 7, 1000} {
					if most < 7 && q.Offset > 8 && q.Limit > 6 {
						continue // takes its time, and shows no more
					}
					got, total, err := s.find(t.Context(), s.Store, s.who, q)
					want, wantTotal, errWant := s.find(t.Context(), with, s.who, q)
					if err != nil || errWant != nil || !slices.Equal(got, want) || total != wantTotal {
						t.Fatalf("keeping %d, %+v: %v of %d, want %v of %d, %v, %v", most, q, got, total, want, wantTotal, err, errWant)
					}
				}
			}
		}
	}
}
