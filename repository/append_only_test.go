package repository_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

func auditRows(t testing.TB, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT tenant_id, id, event_name, record_locator FROM audit_entries ORDER BY tenant_id, id")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var found []string
	for rows.Next() {
		var tenant, id, event, locator string
		if err := rows.Scan(&tenant, &id, &event, &locator); err != nil {
			t.Fatal(err)
		}
		found = append(found, strings.Join([]string{tenant, id, event, locator}, " "))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// Whoever can write to the file, but not change its schema, can add to the audit log and no more.
func TestTheDatabaseItselfRefusesToChangeTheAuditLog(t *testing.T) {
	s, _, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{})
	for i := range 3 {
		if _, err := s.Audit.Append(t.Context(), who, models.AuditEntry{EventName: fmt.Sprint("event-", i)}); err != nil {
			t.Fatal(err)
		}
	}
	db := raw(t, path)
	before := auditRows(t, db)
	const columns = "(tenant_id, id, ip, user_agent, key_locator_hash, event_name, record_locator, created_at)"
	for _, statement := range []string{
		"UPDATE audit_entries SET event_name = 'x'",
		"UPDATE audit_entries SET created_at = 0 WHERE id = 2",
		"UPDATE OR REPLACE audit_entries SET id = 1 WHERE id = 2",
		"UPDATE OR IGNORE audit_entries SET id = 9 WHERE id = 2",
		"DELETE FROM audit_entries",
		"DELETE FROM audit_entries WHERE id = 4",
		"INSERT OR REPLACE INTO audit_entries " + columns + " VALUES (1, 2, '', '', '', 'forged', '', 0)",
		"REPLACE INTO audit_entries " + columns + " VALUES (1, 2, '', '', '', 'forged', '', 0)",
		"INSERT INTO audit_entries " + columns + " VALUES (1, 2, '', '', '', 'forged', '', 0)",
		"INSERT INTO audit_entries " + columns + " VALUES (1, 2, '', '', '', 'forged', '', 0) ON CONFLICT DO UPDATE SET event_name = 'forged'",
		"INSERT OR REPLACE INTO audit_entries " + columns + " SELECT 1, id, '', '', '', 'forged', '', 0 FROM audit_entries",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "audit entries cannot be") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if after := auditRows(t, db); !slices.Equal(before, after) || len(before) != 4 {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
	_, err := db.ExecContext(t.Context(), "INSERT INTO audit_entries "+columns+" VALUES (1, 5, '', '', '', 'added', '', 0)")
	if err != nil {
		t.Errorf("an entry cannot be added: %v", err)
	}
}

// A change that cannot be told is not made.
func TestWithoutItsAuditEntryNothingIsChanged(t *testing.T) {
	s, _, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{})
	save(t, s, who, "s-1", "[1,2]")
	page := models.Key{DisplayName: "page", Role: models.RoleExec, AllowedOrigins: []string{"https://a.example"}}
	apiKey, err := s.Keys.Create(t.Context(), who, &page)
	if err != nil {
		t.Fatal(err)
	}
	weather := models.Tool{Name: "weather", BaseURL: "https://api.example.com", Credentials: models.OwnerUser}
	alice := models.Connection{Tool: "weather", UserID: "alice"}
	if err := errors.Join(s.Tools.Add(t.Context(), who, &weather, false), repotest.Connect(t.Context(), s, who, &alice)); err != nil {
		t.Fatal(err)
	}
	execute(t, path, "CREATE TRIGGER disk_full BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	before := everyRow(t, path)
	for what, change := range map[string]func() error{
		"delete a session": func() error { return s.Sessions.Delete(t.Context(), who, "s-1") },
		"delete none":      func() error { return s.Sessions.Delete(t.Context(), who, "s-2") },
		"revoke a key":     func() error { return s.Keys.Revoke(t.Context(), who, page.LocatorHash, false) },
		"delete a tenant":  func() error { return s.Tenants.Delete(t.Context(), who) },
		"make a key": func() error {
			_, err := s.Keys.Create(t.Context(), who, &models.Key{DisplayName: "x", Role: models.RoleOwner})
			return err
		},
		"make a tenant": func() error {
			_, _, err := s.Tenants.Create(t.Context(), who, repository.NewTenant{})
			return err
		},
		"allow applications": func() error { return s.Tenants.AllowApps(t.Context(), who, []string{"https://a.example"}) },
		"replace a tool": func() error {
			return s.Tools.Add(t.Context(), who, &models.Tool{Name: "weather", BaseURL: "https://b.example", Credentials: models.OwnerUser}, true)
		},
		"remove a tool": func() error { return s.Tools.Delete(t.Context(), who, "weather") },
		"connect": func() error {
			return repotest.Connect(t.Context(), s, who, &models.Connection{Tool: "weather", UserID: "bob"})
		},
		"change a connection": func() error {
			return repotest.Connect(t.Context(), s, who, &models.Connection{Tool: "weather", UserID: "alice"})
		},
		"remove a connection": func() error { return s.Connections.Delete(t.Context(), who, "weather", "alice") },
		"finish a performance": func() error {
			return s.Performs.Finish(t.Context(), who, models.Perform{UserID: "alice", Function: "weather__get"}, "")
		},
	} {
		if err := change(); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("%s: %v", what, err)
		}
		if after := everyRow(t, path); after != before {
			t.Errorf("%s changed\n%s\nto\n%s", what, before, after)
		}
	}
	if _, err := s.Keys.Authenticate(t.Context(), apiKey); err != nil {
		t.Errorf("the key that was not revoked: %v", err)
	}
}

// everyRow is the whole content of the database.
func everyRow(t testing.TB, path string) string {
	t.Helper()
	db := raw(t, path)
	var all strings.Builder
	for _, table := range slices.Sorted(maps.Keys(repotest.TenantTables)) {
		fmt.Fprintln(&all, table)
		writeRows(t, &all, db, table)
	}
	return all.String()
}

func writeRows(t testing.TB, to io.Writer, db *sql.DB, table string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(to, values)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
