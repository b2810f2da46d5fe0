package repotest

import (
	"errors"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// damaged has the messages of session s-1, and what may happen to their rows.
const damaged = `["a","b","b","b"]`

var rowDamages = map[string][]string{
	"first missing":  {"DELETE FROM messages WHERE session_id = 's-1' AND seq = 0"},
	"middle missing": {"DELETE FROM messages WHERE session_id = 's-1' AND seq = 1"},
	"last missing":   {"DELETE FROM messages WHERE session_id = 's-1' AND seq = 3"},
	"all missing":    {"DELETE FROM messages WHERE session_id = 's-1'"},
	"one too many": {
		"INSERT INTO messages SELECT tenant_id, session_id, 4, body FROM messages WHERE session_id = 's-1' AND seq = 3",
	},
	"too high a count": {"UPDATE sessions SET message_count = 5 WHERE id = 's-1'"},
	"too low a count":  {"UPDATE sessions SET message_count = 3 WHERE id = 's-1'"},
	"changed places": {
		"UPDATE messages SET seq = 9 WHERE session_id = 's-1' AND seq = 1",
		"UPDATE messages SET seq = 1 WHERE session_id = 's-1' AND seq = 2",
		"UPDATE messages SET seq = 2 WHERE session_id = 's-1' AND seq = 9",
	},
	"moved to the end": {"UPDATE messages SET seq = 4 WHERE session_id = 's-1' AND seq = 0"},
}

// eachDamage does each to a session made anew.
func (f *fixture) eachDamage(t *testing.T, try func(t *testing.T)) {
	t.Helper()
	for what, statements := range rowDamages {
		t.Run(what, func(t *testing.T) {
			f.exec(t, "UPDATE sessions SET message_count = 0 WHERE tenant_id = $1", f.tenant.ID)
			if _, err := f.db.SQL.ExecContext(t.Context(), "DELETE FROM messages"); err != nil {
				t.Fatal(err)
			}
			f.save(t, "s-1", messages(damaged))
			for _, statement := range statements {
				f.exec(t, statement)
			}
			try(t)
		})
	}
}

func unreadableMessages(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	f.eachDamage(t, func(t *testing.T) {
		_, err := list(t.Context(), f.Store, f.who, models.SessionFilter{ID: "s-1", Limit: -1})
		var unreadable *repository.UnreadableError
		if !errors.As(err, &unreadable) || unreadable.ID != "s-1" {
			t.Errorf("error %v", err)
		}
		_, err = f.Sessions.Part(t.Context(), f.who, "s-1", 0, 10)
		if unreadable = nil; !errors.As(err, &unreadable) || unreadable.ID != "s-1" {
			t.Errorf("a part: error %v", err)
		}
		f.get(t, "s-2")
	})
}

// unreadableHealed: who is told that the data were saved can read them.
func unreadableHealed(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	for _, text := range []string{damaged, `["a","b"]`, `["a"]`, `["a","b","b","b","b","b"]`, `["c"]`, "[]"} {
		t.Run(text, func(t *testing.T) {
			f.eachDamage(t, func(t *testing.T) {
				f.save(t, "s-1", messages(text))
				if v := f.get(t, "s-1"); v.Messages != shown(text) {
					t.Errorf("read as %s", v.Messages)
				}
			})
		})
	}
}

func unreadableAudit(t *testing.T, f *fixture) {
	for range 2 {
		if _, err := f.Audit.Append(t.Context(), f.who, models.AuditEntry{EventName: "x", Diff: "Plain-Diff"}); err != nil {
			t.Fatal(err)
		}
	}
	// Entries cannot be changed, so the damaged one is new: number 4 with the diff of number 3.
	f.exec(t, `INSERT INTO audit_entries SELECT tenant_id, 4, ip, user_agent, key_locator_hash, 'damaged', record_locator, diff, created_at
		FROM audit_entries WHERE tenant_id = $1 AND id = 3`, f.tenant.ID)
	_, err := f.Audit.List(t.Context(), f.who, anyTime())
	var unreadable *repository.UnreadableError
	if !errors.As(err, &unreadable) || unreadable.ID != "4" || unreadable.Noun != "audit entry" {
		t.Errorf("error %v", err)
	}
	others := anyTime()
	others.EventName = "x"
	if entries, err := f.Audit.List(t.Context(), f.who, others); err != nil || len(entries) != 2 || entries[0].Diff != "Plain-Diff" {
		t.Errorf("%+v, %v", entries, err)
	}
}
