package repository

import (
	"context"
	"database/sql"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sessionhub/repository/pgtest"
)

// plannedPostgres is a store on the PostgreSQL that TEST_POSTGRES names, in a schema of its own, whose
// statements are written down. It has a tenant with a session.
func plannedPostgres(t *testing.T) (*planned, *sql.DB) {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		t.Skip("TEST_POSTGRES names no PostgreSQL; make test-postgres starts one")
	}
	now := time.UnixMilli(1_773_480_413_589)
	s, err := Open(t.Context(), Options{URL: pgtest.Schema(t, base), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := &planned{Store: s}
	p.begin(t)
	pool, err := s.write.DB()
	if err != nil {
		t.Fatal(err)
	}
	for _, handle := range []*gorm.DB{s.stream, s.write} {
		p.listen(handle)
	}
	return p, pool
}

// generic returns, for each statement since the last call, how PostgreSQL would run it from the sixth
// time on: without knowing the parameters.
func (p *planned) generic(t *testing.T, pool *sql.DB) []string {
	t.Helper()
	ctx := t.Context()
	conn, err := pool.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	must := func(statement string) {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	must("SET plan_cache_mode = force_generic_plan")
	defer must("RESET plan_cache_mode")
	plans := []string{}
	for _, s := range p.statements {
		if strings.HasPrefix(s.sql, "SET ") {
			continue
		}
		must("PREPARE asked AS " + dollars(s.sql))
		execute := "EXECUTE asked"
		if len(s.vars) > 0 {
			execute += "(NULL" + strings.Repeat(", NULL", parameters(s.sql)-1) + ")"
		}
		plans = append(plans, explained(ctx, t, conn, execute)+"    "+strings.Join(strings.Fields(s.sql), " "))
		must("DEALLOCATE asked")
	}
	p.statements = nil
	return plans
}

// parameters counts those of a statement, of which one may stand in several places.
func parameters(statement string) int {
	names := numberedParameter.FindAllString(dollars(statement), -1)
	slices.Sort(names)
	return len(slices.Compact(names))
}

var numberedParameter = regexp.MustCompile(`\$\d+`)

func explained(ctx context.Context, t *testing.T, conn *sql.Conn, statement string) string {
	t.Helper()
	rows, err := conn.QueryContext(ctx, "EXPLAIN "+statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer func() { _ = rows.Close() }()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}

var (
	// growing finds a scan of a whole table of those that grow with use.
	growing = regexp.MustCompile(`Seq Scan on (sessions|messages|audit_entries|connections|functions|api_keys|logins)\b`)
	// sortedSessions finds that sessions are put in order, which an index has them in.
	sortedSessions = regexp.MustCompile(`(?s)Sort .* on sessions`)
	// byTheWrongIndex finds a session looked up by its id in an index that has the id behind other columns.
	byTheWrongIndex = regexp.MustCompile(`sessions_by_\w+ on sessions[^\n]*\n\s*Index Cond: [^\n]*\(id = `)
)

// wholeTenant are methods that go through all that a tenant or the installation has.
var wholeTenant = []string{"check", "check the hub", "delete the tenant", "sweep"}

// TestPlansOnPostgres: once there are statistics, every statement finds what it reads by an index. Before,
// a session is found by its key all the same: plans are kept, and until they are made anew a database that
// fills fast would read a whole tenant for each session.
func TestPlansOnPostgres(t *testing.T) {
	p, pool := plannedPostgres(t)
	for _, m := range p.methods(t)[:10] {
		p.asked(t, m, pool, func(plan string) {
			if byTheWrongIndex.MatchString(plan) {
				t.Errorf("%s, while there are no statistics: %s", m.name, plan)
			}
		})
	}
	for _, statement := range fillPostgres {
		if _, err := pool.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	for _, m := range slices.Concat(p.hubMethods(t), p.panelMethods(t), p.methods(t)) {
		p.asked(t, m, pool, func(plan string) {
			if slices.Contains(wholeTenant, m.name) {
				return
			}
			sorted := sortedSessions.MatchString(plan) && !strings.HasPrefix(m.name, grouped) && m.name != "agents"
			if growing.MatchString(plan) || sorted || byTheWrongIndex.MatchString(plan) {
				t.Errorf("%s: %s", m.name, plan)
			}
		})
	}
}

// asked calls the method and looks at the plans of what it sent.
func (p *planned) asked(t *testing.T, m method, pool *sql.DB, look func(plan string)) {
	t.Helper()
	p.boxes.drop()
	p.statements = nil
	if err := m.call(); err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	plans := p.generic(t, pool)
	for _, plan := range plans {
		look(plan)
	}
	if len(plans) == 0 && !strings.HasPrefix(m.name, "check") {
		t.Errorf("%s sent nothing", m.name)
	}
}

// fillPostgres gives five tenants three agents, some thousand sessions and the rest each.
var fillPostgres = []string{
	`INSERT INTO tenants (id, database_id_hash, name, encrypted, created_at) SELECT i, repeat(i::text, 64), 'x', false, 1 FROM generate_series(2, 5) i`,
	`INSERT INTO sessions (tenant_id, id, agent_id, messages_kind, message_count, created_at, updated_at, deleted_at, revision)
		SELECT t, 'x-' || i, 'agent-' || i % 3, 0, 0, i, i, CASE WHEN i % 20 = 0 THEN i END, i FROM generate_series(1, 5) t, generate_series(1, 3000) i`,
	`INSERT INTO messages (tenant_id, session_id, seq, body) SELECT t, 'x-' || i, n, repeat('x', 200)
		FROM generate_series(1, 5) t, generate_series(1, 1000) i, generate_series(0, 3) n`,
	`INSERT INTO audit_entries (tenant_id, id, ip, user_agent, key_locator_hash, event_name, record_locator, created_at)
		SELECT t, i, '', '', '', 'e' || i % 7, 'r' || i, i FROM generate_series(1, 5) t, generate_series(100, 3000) i`,
	`INSERT INTO connections (tenant_id, user_id, tool, problem, revision, created_at, updated_at, credentials)
		SELECT t, 'user-' || i, 'tool-' || i % 5, '', 1, 1, 1, '' FROM generate_series(1, 5) t, generate_series(1, 2000) i`,
	`INSERT INTO functions (tenant_id, name, tool, position, operation, description, parameters, call)
		SELECT t, 'f-' || i, 'tool-' || i % 20, i, '', '', '', '' FROM generate_series(1, 5) t, generate_series(1, 400) i`,
	`INSERT INTO api_keys (tenant_id, locator_hash, secret_hash, display_name, role, updated_at)
		SELECT t, 'l-' || t || '-' || i, '', '', 'agent', 1 FROM generate_series(1, 5) t, generate_series(1, 400) i`,
	`INSERT INTO logins (tenant_id, id, secret_hash, key_locator_hash, created_at, used_at)
		SELECT t, 'id-' || t || '-' || i, '', 'l-' || t || '-' || i, 1, 1773480413589 FROM generate_series(1, 5) t, generate_series(1, 400) i`,
	"ANALYZE",
}
