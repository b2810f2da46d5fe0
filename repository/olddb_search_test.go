package repository_test

import (
	"fmt"
	"slices"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// wantOldSearched says that sessions which were written before revisions were counted are found,
// and that changes of them are: by a store that keeps snapshots and by one that does not.
func wantOldSearched(t *testing.T, s, cold *repository.Store) {
	t.Helper()
	tenants, err := s.Tenants.List(t.Context())
	if err != nil || len(tenants) == 0 {
		t.Fatal(len(tenants), err)
	}
	for _, tenant := range tenants {
		who := models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}
		want := func(query string, ids ...string) {
			t.Helper()
			for _, store := range []*repository.Store{s, cold} {
				if got := foundOld(t, store, who, query); !slices.Equal(got, ids) {
					t.Errorf("%q finds %q, want %q", query, got, ids)
				}
			}
		}
		want("ALICE", "appended", "created", "deleted and created")
		want("zoë", "saved/1 ü", "saved/3 ü", "saved/5 ü", "saved/7 ü")
		want("@example.com", "saved/1 ü", "saved/3 ü", "saved/5 ü", "saved/7 ü", "appended", "created", "deleted and created")
		changeOld(t, s, who)
		want("alice", "deleted and created", "made later")
		want("bob", "created")
		want("zoë", "saved/1 ü", "saved/3 ü", "saved/5 ü", "saved/7 ü")
		wantOldAppended(t, s, who)
	}
}

// foundOld searches by e-mail address, then by id.
func foundOld(t *testing.T, s *repository.Store, who models.Actor, query string) (ids []string) {
	t.Helper()
	q := models.SessionSearch{AgentID: "agent-1", Query: query, OrderBy: models.OrderByUserEmail, Limit: 100}
	total := int64(0)
	err := s.Sessions.Search(t.Context(), who, q, repository.SessionReader{
		Total:   func(n int64) error { total = n; return nil },
		Session: func(m *models.Session, _ models.Text) error { ids = append(ids, m.ID); return nil },
	})
	if err != nil || int(total) != len(ids) {
		t.Errorf("%q: %d of %d, %v", query, len(ids), total, err)
	}
	return ids
}

// changeOld renames one, removes one and makes one.
func changeOld(t *testing.T, s *repository.Store, who models.Actor) {
	t.Helper()
	err := s.Sessions.Save(t.Context(), who, &models.SessionPatch{
		ID: "created", AgentID: "agent-1", UserName: change(models.Secret("Bob")), UserEmail: change(models.Secret("bob@example.com")),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Sessions.Delete(t.Context(), who, "appended"); err != nil {
		t.Fatal(err)
	}
	fillCreated(t, s, who, "made later")
}

// wantOldAppended says that a message does not hide a session.
func wantOldAppended(t *testing.T, s *repository.Store, who models.Actor) {
	t.Helper()
	if _, err := s.Sessions.Append(t.Context(), who, &models.Append{SessionID: "made later", Messages: []string{`{"role":"user"}`}}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(foundOld(t, s, who, "made later")); got != "[made later]" {
		t.Errorf("after a message: %s", got)
	}
}
