package repotest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var deletePromises = []promise{
	{"session and messages go, and one audit entry tells of it", deleteFound},
	{"nothing to delete is ErrNotFound, with an audit entry too", deleteNotFound},
	{"a tombstone holds ids and times, and nothing else", deleteTombstone},
	{"of 32 at once, one deletes and all are audited", deleteRace},
	{"other sessions stay", deleteOthers},
	{"the audit entry names any id as JSON", deleteOddIDs},
	{"a session that does not open can be deleted", deleteUnreadable},
}

// everything is all audit entries of the actor's tenant, newest first.
func everything(t testing.TB, s *repository.Store, who models.Actor) []models.AuditEntry {
	t.Helper()
	entries, err := s.Audit.List(t.Context(), who, anyTime())
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func anyTime() models.AuditFilter {
	return models.AuditFilter{From: time.UnixMilli(0), To: time.UnixMilli(1 << 50), Limit: 1 << 30}
}

// deletions are the record locators of the audited deletions, newest first.
func (f *fixture) deletions(t testing.TB) []string {
	t.Helper()
	var locators []string
	for _, e := range everything(t, f.Store, f.who) {
		if e.EventName == models.EventDeleteSession {
			locators = append(locators, e.RecordLocator)
		}
	}
	return locators
}

func deleteFound(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.save(t, "s-1", messages(array(20)))
	f.clock.Step(time.Second)
	f.delete(t, "s-1")
	f.wantGone(t, "s-1")
	if p := f.search(t, models.SessionSearch{AgentID: agent, Limit: 10}); p.total != 0 {
		t.Error("search finds it")
	}
	if left := f.rows(t, "SELECT * FROM messages"); len(left) != 0 {
		t.Errorf("messages are left: %v", left)
	}
	want := models.AuditEntry{
		ID: 2, IP: f.who.IP, UserAgent: f.who.UserAgent, KeyLocatorHash: f.who.KeyLocatorHash,
		DatabaseIDHash: f.who.DatabaseIDHash, EventName: models.EventDeleteSession,
		RecordLocator: `{"id":"s-1"}`, CreatedAt: f.clock.stored(),
	}
	if entries := everything(t, f.Store, f.who); len(entries) != 2 || entries[0] != want {
		t.Errorf("audit: %+v", entries)
	}
}

func deleteNotFound(t *testing.T, f *fixture) {
	wantError(t, f.Sessions.Delete(t.Context(), f.who, "s-1"), repository.ErrNotFound)
	f.create(t, "s-1")
	f.delete(t, "s-1")
	wantError(t, f.Sessions.Delete(t.Context(), f.who, "s-1"), repository.ErrNotFound)
	if audited := f.deletions(t); len(audited) != 3 {
		t.Errorf("audited: %v", audited)
	}
}

func deleteTombstone(t *testing.T, f *fixture) {
	full, _ := fullPatch("s-1")
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatal(err)
	}
	created := f.clock.stored().UnixMilli()
	f.clock.Step(time.Minute)
	f.delete(t, "s-1")
	deleted := f.clock.stored().UnixMilli()
	want := fmt.Sprintf("[%d s-1 %s <nil> <nil> <nil> 0 <nil> 0 <nil> <nil> <nil> %d %d %d]", f.tenant.ID, agent, created, deleted, deleted)
	rows := f.rows(t, `SELECT tenant_id, id, agent_id, user_name, user_email, accept_terms, messages_kind, messages_frame,
		message_count, prompt_tokens, completion_tokens, finalized_at, created_at, updated_at, deleted_at FROM sessions`)
	if len(rows) != 1 || rows[0] != want {
		t.Errorf("\n got %v\nwant %v", rows, want)
	}
}

func deleteRace(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	stores := []*repository.Store{f.Store, f.second(t)}
	var deleted, missing atomic.Int64
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			switch err := stores[i%2].Sessions.Delete(t.Context(), f.who, "s-1"); {
			case err == nil:
				deleted.Add(1)
			case errors.Is(err, repository.ErrNotFound):
				missing.Add(1)
			default:
				t.Errorf("delete: %v", err)
			}
		})
	}
	wg.Wait()
	if audited := f.deletions(t); deleted.Load() != 1 || missing.Load() != 31 || len(audited) != 32 {
		t.Errorf("%d deleted, %d did not find it, %d audited", deleted.Load(), missing.Load(), len(audited))
	}
}

func deleteOthers(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2", "s-10")
	f.save(t, "s-10", messages(array(3)))
	one, two := f.get(t, "s-10"), f.get(t, "s-2")
	f.delete(t, "s-1")
	wantView(t, f.get(t, "s-10"), one)
	wantView(t, f.get(t, "s-2"), two)
}

func deleteOddIDs(t *testing.T, f *fixture) {
	ids := []string{`a"b`, `a\b`, "<a&b>", "日本", "a/b"}
	f.create(t, ids...)
	f.delete(t, ids...)
	want := []string{`{"id":"a/b"}`, `{"id":"日本"}`, `{"id":"<a&b>"}`, `{"id":"a\\b"}`, `{"id":"a\"b"}`}
	if got := f.deletions(t); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
}

func deleteUnreadable(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.save(t, "s-1", messages(array(2)))
	f.exec(t, "UPDATE sessions SET user_name = 'v1.k1.damaged' WHERE id = $1", "s-1")
	f.exec(t, "UPDATE messages SET body = 'v1.k1.damaged' WHERE session_id = $1", "s-1")
	f.delete(t, "s-1")
	f.wantGone(t, "s-1")
	if left := f.rows(t, "SELECT * FROM messages"); len(left) != 0 {
		t.Errorf("messages are left: %v", left)
	}
}
