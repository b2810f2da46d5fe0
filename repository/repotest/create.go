package repotest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
)

var createPromises = []promise{
	{"what is given is stored, with the time", createStores},
	{"an id that is there is resumed and nothing of it changes", createResumes},
	{"of 64 at once for one id, one creates", func(t *testing.T, f *fixture) { createRace(t, f, "s-1") }},
	{"of 64 at once over a tombstone, one creates", createRaceOverTombstone},
	{"a deleted session starts anew, with nothing of before", createOverTombstone},
	{"ids are taken as they are", createOddIDs},
	{"a tenant that is not there gets none", createWithoutTenant},
}

func createStores(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	wantView(t, f.get(t, "s-1"), view{
		ID: "s-1", Agent: agent, Name: shown("Alice of s-1"), Email: shown("s-1@example.com"), Terms: shown("true"),
		Finalized: "null", Prompt: "null", Completion: "null", Messages: "null",
		Created: stamp(f.clock.stored()), Updated: stamp(f.clock.stored()),
	})
	bare := &models.Session{ID: "s-2", AgentID: agent}
	if created, err := f.Sessions.Create(t.Context(), f.who, bare); err != nil || !created {
		t.Fatal(created, err)
	}
	if v := f.get(t, "s-2"); v.Name != "null" || v.Email != "null" || v.Terms != "null" {
		t.Errorf("what was not given is %+v", v)
	}
}

func createResumes(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.save(t, "s-1", messages(`[{"role":"user"}]`))
	before, rows := f.get(t, "s-1"), f.rows(t, "SELECT * FROM sessions")
	f.clock.Step(time.Hour)
	other := session("s-1")
	other.AgentID, other.UserName, other.UserEmail = "agent-2", new(models.Secret("Mallory")), nil
	created, err := f.Sessions.Create(t.Context(), f.who, other)
	if err != nil || created {
		t.Fatalf("created %v, %v", created, err)
	}
	wantView(t, f.get(t, "s-1"), before)
	if after := f.rows(t, "SELECT * FROM sessions"); after[0] != rows[0] {
		t.Errorf("the row was written:\n%s\n%s", rows[0], after[0])
	}
}

// createRace also holds between two processes.
func createRace(t *testing.T, f *fixture, id string) {
	second := f.second(t)
	var created atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range 64 {
		store := f.Store
		if i%8 == 7 {
			store = second
		}
		wg.Go(func() {
			<-start
			made, err := store.Sessions.Create(t.Context(), f.who, session(id))
			if err != nil {
				t.Errorf("create: %v", err)
			}
			if made {
				created.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	if created.Load() != 1 {
		t.Errorf("%d were told that they created the session", created.Load())
	}
	if p := f.list(t, models.SessionFilter{Limit: -1}); p.total != 1 || len(p.views) != 1 {
		t.Errorf("there are %d sessions", p.total)
	}
}

func createRaceOverTombstone(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.delete(t, "s-1")
	createRace(t, f, "s-1")
}

func createOverTombstone(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.save(t, "s-1", messages(` [{"role":"user"}]`), finalizedAt("2026-03-14T10:00:00.000Z"), func(p *models.SessionPatch) {
		p.PromptTokens, p.CompletionTokens = set(int64(3)), set(int64(4))
	})
	f.delete(t, "s-1")
	f.clock.Step(time.Hour)
	m := &models.Session{ID: "s-1", AgentID: "agent-2", UserName: new(models.Secret("Bob"))}
	if created, err := f.Sessions.Create(t.Context(), f.who, m); err != nil || !created {
		t.Fatal(created, err)
	}
	wantView(t, f.get(t, "s-1"), view{
		ID: "s-1", Agent: "agent-2", Name: shown("Bob"), Email: "null", Terms: "null", Finalized: "null",
		Prompt: "null", Completion: "null", Messages: "null",
		Created: stamp(f.clock.stored()), Updated: stamp(f.clock.stored()),
	})
	if left := f.stored(t, "s-1"); len(left) != 0 {
		t.Errorf("messages of before are left: %v", left)
	}
}

func createOddIDs(t *testing.T, f *fixture) {
	ids := []string{"a", "A", " a", "a/b", "a%2Fb", `a"b`, "a'b", "a\\b", "日本語", "é", "e\u0301", "' OR 1=1 --", "0", "null"}
	f.create(t, ids...)
	if p := f.list(t, models.SessionFilter{Limit: -1}); int(p.total) != len(ids) {
		t.Fatalf("%d sessions of %d", p.total, len(ids))
	}
	for _, id := range ids {
		if v := f.get(t, id); v.ID != id || v.Email != shown(id+"@example.com") {
			t.Errorf("%q is %+v", id, v)
		}
	}
	f.delete(t, "a")
	f.get(t, "A")
}

func createWithoutTenant(t *testing.T, f *fixture) {
	nobody := models.Actor{TenantID: 4711, DatabaseIDHash: f.tenant.DatabaseIDHash}
	if created, err := f.Sessions.Create(t.Context(), nobody, session("s-1")); err == nil || created {
		t.Errorf("created %v, %v", created, err)
	}
	f.wantGone(t, "s-1")
}
