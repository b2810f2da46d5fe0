package repository_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// manySessions puts sessions into a tenant without encryption, faster than the store would.
func manySessions(t testing.TB, path string, tenantID int64, n int) {
	t.Helper()
	execute(t, path, fmt.Sprintf(`INSERT INTO sessions (tenant_id, id, agent_id, user_name, messages_kind, message_count, created_at, updated_at)
		WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < %d)
		SELECT %d, 'x-' || i, 'agent-1', 'Alice', %d, 1, i, i FROM n`, n, tenantID, models.KindText))
}

func TestCheckTellsHowFarItIsAndAHundredProblems(t *testing.T) {
	s, _, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{NoEncryption: true})
	manySessions(t, path, who.TenantID, 2500) // none of them has its message
	var told []int64
	report, err := s.Check(t.Context(), func(r repository.Report) {
		if told = append(told, r.Sessions); r.Done != (len(told) == 3) {
			t.Errorf("call %d: done is %v", len(told), r.Done)
		}
	})
	if err != nil || report.Problems != 2500 || len(report.Details) != 100 || fmt.Sprint(told) != "[1000 2000 2500]" {
		t.Errorf("told %v, %d problems, %d details, %v", told, report.Problems, len(report.Details), err)
	}
}

// The audit log cannot be changed by what the store or a stray statement does. What is found
// here takes a change of the schema.
func TestCheckFindsAnAuditLogThatWasRemoved(t *testing.T) {
	for what, statement := range map[string]string{
		"first":          "DELETE FROM audit_entries WHERE id = 1",
		"in the middle":  "DELETE FROM audit_entries WHERE id IN (2, 3)",
		"all":            "DELETE FROM audit_entries",
		"of the deleted": "DELETE FROM audit_entries WHERE event_name = 'deleteSession'",
	} {
		t.Run(what, func(t *testing.T) {
			s, _, path := newStore(t)
			who := newTenant(t, s, repository.NewTenant{})
			for i := range 4 {
				if _, err := s.Audit.Append(t.Context(), who, models.AuditEntry{EventName: fmt.Sprint(i)}); err != nil {
					t.Fatal(err)
				}
			}
			save(t, s, who, "s-1", "[1]")
			if err := s.Sessions.Delete(t.Context(), who, "s-1"); err != nil {
				t.Fatal(err)
			}
			execute(t, path, "DROP TRIGGER audit_entries_no_delete", statement)
			report, err := s.Check(t.Context(), func(repository.Report) {})
			if err != nil || report.Problems == 0 {
				t.Errorf("found %+v, %v", report, err)
			}
		})
	}
}

func TestCheckFindsADamagedFile(t *testing.T) {
	s, clock, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{NoEncryption: true})
	manySessions(t, path, who.TenantID, 500)
	if err := s.Close(); err != nil { // folds the journal into the file
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// One of the places where the id stands, the table's or an index's.
	at := strings.LastIndex(string(data), "x-499")
	if at < 0 {
		t.Fatal("the id is not in the file")
	}
	data[at+2] = '5'
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, repository.Options{Path: path, Now: clock.Now})
	ready(t, s)
	report, err := s.Check(t.Context(), func(repository.Report) {})
	if err != nil || report.Problems == 0 || !strings.Contains(report.Details[0], "the database file is damaged") {
		t.Errorf("found %+v, %v", report, err)
	}
}

func TestACheckThatCannotBeMadeIsAnError(t *testing.T) {
	s, _, path := newStore(t)
	newTenant(t, s, repository.NewTenant{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Check(ctx, func(repository.Report) {}); err == nil {
		t.Error("no error without time")
	}
	for _, table := range []string{"messages", "audit_entries", "sessions", "tenants"} {
		execute(t, path, "ALTER TABLE "+table+" RENAME TO elsewhere")
		if _, err := s.Check(t.Context(), func(repository.Report) {}); err == nil {
			t.Errorf("no error without %s", table)
		}
		execute(t, path, "ALTER TABLE elsewhere RENAME TO "+table)
	}
}
