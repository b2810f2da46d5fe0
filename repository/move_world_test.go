package repository_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// moveSide is a database from which, or into which, everything is moved.
type moveSide struct {
	repotest.Database
	*repository.Store

	clock *repotest.Clock
}

// newSide is an empty database of which the schema is made.
func newSide(t testing.TB, engine repotest.Engine) *moveSide {
	t.Helper()
	s := &moveSide{Database: engine(t), clock: repotest.NewClock()}
	s.reopen(t)
	if _, _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// reopen is what the next call of the program does.
func (s *moveSide) reopen(t testing.TB) {
	t.Helper()
	s.Store = s.Open(t, repository.Options{Now: s.clock.Now})
}

// moreRows are how many sessions and messages one agent has beside what is made one by one, so that
// tables have more than one batch.
const moreRows = 1200

// newSource is a database with rows in all tables. Not every engine keeps a text with U+0000, which the
// third tenant has in clear.
func newSource(t testing.TB, nul bool) *moveSide {
	t.Helper()
	s := newSide(t, sqliteEngine)
	ready(t, s.Store)
	for i, n := range oldTenants() {
		fillTenant(t.(*testing.T), s.Store, s.clock, n, i)
	}
	s.exec(t, fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO sessions (tenant_id, id, agent_id, messages_kind, message_count, created_at, updated_at, revision)
		SELECT 3, 'more-' || i, 'agent-9', 2, 1, 1700000000000 + i, 1700000000000 + i, i FROM n`, moreRows))
	s.exec(t, `INSERT INTO messages (tenant_id, session_id, seq, body) SELECT tenant_id, id, 0, '{"n":' || revision || '}'
		FROM sessions WHERE agent_id = 'agent-9'`)
	if !nul {
		s.exec(t, withoutNUL)
	}
	return s
}

const withoutNUL = "UPDATE messages SET body = 'not JSON' WHERE instr(CAST(body AS BLOB), x'00') > 0"

func (s *moveSide) exec(t testing.TB, statement string) {
	t.Helper()
	if _, err := s.SQL.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func (s *moveSide) number(t testing.TB, statement string) int {
	t.Helper()
	var n int
	if err := s.SQL.QueryRowContext(t.Context(), statement).Scan(&n); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return n
}

// dump is every value of every row of an SQLite file, with its type, but what is not moved.
func (s *moveSide) dump(t testing.TB) []string {
	t.Helper()
	tables := column(t, s.SQL, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('schema_steps', 'moves') ORDER BY name")
	var all []string
	for _, table := range tables {
		columns := column(t, s.SQL, "SELECT 'quote(' || name || ') || ''/'' || typeof(' || name || ')' FROM pragma_table_info('"+table+"')")
		rows := column(t, s.SQL, "SELECT "+strings.Join(columns, " || ' ' || ")+" FROM "+table)
		if len(rows) == 0 {
			t.Errorf("%s is empty, so that nothing is known of it", table)
		}
		slices.Sort(rows)
		for _, row := range rows {
			all = append(all, table+" "+row)
		}
	}
	return all
}

func column(t testing.TB, db *sql.DB, statement string) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func wantSameDump(t testing.TB, from, to *moveSide) {
	t.Helper()
	want, got := from.dump(t), to.dump(t)
	for i := range min(len(want), len(got)) {
		if want[i] != got[i] {
			t.Fatalf("\n got %.300s\nwant %.300s", got[i], want[i])
		}
	}
	if len(want) != len(got) || len(want) < 2*moreRows {
		t.Errorf("%d rows have come of %d", len(got), len(want))
	}
}

func silent(repository.MoveReport) {}

// mustMove moves everything, and expects that to go well.
func mustMove(t testing.TB, from, to *moveSide) repository.MoveReport {
	t.Helper()
	report, err := repository.Move(t.Context(), from.Store, to.Store, silent)
	if err != nil || !report.Done || report.Differences != 0 || len(report.Details) != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	for _, table := range report.Tables {
		if table.Rows == 0 || table.Copied != table.Rows || table.Verified != table.Rows {
			t.Errorf("%+v", table)
		}
	}
	if err := errorsOf(t.Context(), to.Store); err != nil {
		t.Fatal(err)
	}
	return report
}

// errorsOf says whether a database may be used.
func errorsOf(ctx context.Context, s *repository.Store) error {
	if err := s.Ping(ctx); err != nil {
		return err
	}
	return s.Unlock(ctx, repotest.MasterKey())
}

// wantChecked opens everything.
func wantChecked(t testing.TB, s *repository.Store) {
	t.Helper()
	report, err := s.Check(t.Context(), func(repository.Report) {})
	if err != nil || report.Problems != 0 || report.Sessions < moreRows {
		t.Errorf("check: %+v, %v", report, err)
	}
}

// pairs runs a test for every pair of engines that this machine has.
func pairs(t *testing.T, test func(t *testing.T, from *moveSide, target repotest.Engine)) {
	t.Run("SQLite to SQLite", func(t *testing.T) { test(t, newSource(t, true), sqliteEngine) })
	t.Run("SQLite to PostgreSQL", func(t *testing.T) {
		needPostgres(t)
		test(t, newSource(t, false), postgresEngine)
	})
	t.Run("PostgreSQL to SQLite", func(t *testing.T) {
		needPostgres(t)
		from := newSide(t, postgresEngine)
		mustMove(t, newSource(t, false), from)
		test(t, from, sqliteEngine)
	})
}

func needPostgres(t *testing.T) {
	t.Helper()
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no PostgreSQL; make test-postgres starts one")
	}
}

// third is the tenant without encryption.
func third(t testing.TB, s *repository.Store) models.Actor {
	t.Helper()
	tenant, err := s.Tenants.Get(t.Context(), strings.Repeat("03", 32))
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}
}
