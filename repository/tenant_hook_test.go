package repository

import (
	"flag"
	"slices"
	"strings"
	"sync"
	"testing"
)

// systemWide are all statements that may reach rows without naming their tenant, by the method that
// sends them. See the package's comment for why these cannot.
var systemWide = map[string][]string{
	"Tenants.Create":      {"SELECT COALESCE(MAX(id), 0) + 1 FROM tenants", "SELECT count(*) FROM tenants WHERE database_id_hash = ? AND deleted_at IS NULL"},
	"Tenants.CreateFirst": {"SELECT count(*) FROM tenants"},
	"Tenants.Get":         {"SELECT * FROM tenants WHERE database_id_hash = ? AND deleted_at IS NULL LIMIT 1"},
	"Tenants.List":        {"SELECT * FROM tenants WHERE deleted_at IS NULL ORDER BY id"},
	"Keys.Authenticate":   {"SELECT * FROM api_keys WHERE locator_hash = ? LIMIT 1"},
	"Keys.OriginAllowed":  {"SELECT * FROM api_key_origins WHERE origin = ? LIMIT 1"},
	"Links.Open, Look": {`SELECT l.*, t.database_id_hash FROM links l JOIN tenants t ON t.id = l.tenant_id
		WHERE l.token_hash = ? AND t.deleted_at IS NULL`},
	"Authorizations.Take": {`SELECT a.*, t.database_id_hash FROM authorizations a JOIN tenants t ON t.id = a.tenant_id
		WHERE a.state_hash = ? AND t.deleted_at IS NULL`},
	"Logins.Authenticate": {`SELECT l.tenant_id, l.id, l.secret_hash, l.key_locator_hash, l.created_at, l.used_at,
			t.database_id_hash, t.name AS tenant_name, k.tenant_id AS k_tenant_id, k.locator_hash AS k_locator_hash,
			k.display_name AS k_display_name, k.role AS k_role, k.agent_id AS k_agent_id, k.expires_at AS k_expires_at,
			k.updated_at AS k_updated_at, k.last_used_at AS k_last_used_at, o.origin
		FROM logins l JOIN tenants t ON t.id = l.tenant_id
		JOIN api_keys k ON k.tenant_id = l.tenant_id AND k.locator_hash = l.key_locator_hash
		LEFT JOIN api_key_origins o ON o.tenant_id = k.tenant_id AND o.locator_hash = k.locator_hash
		WHERE l.id = ? AND t.deleted_at IS NULL`},
	"Store.Check": {"SELECT * FROM tenants ORDER BY id"},
	"Store.Sweep": {
		`DELETE FROM links WHERE (tenant_id, token_hash) IN
			(SELECT tenant_id, token_hash FROM links WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM authorizations WHERE (tenant_id, state_hash) IN
			(SELECT tenant_id, state_hash FROM authorizations WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
		`DELETE FROM performs WHERE (tenant_id, user_id, function, idempotency_key) IN
			(SELECT tenant_id, user_id, function, idempotency_key FROM performs WHERE started_at <= ? ORDER BY started_at LIMIT ?)`,
		"DELETE FROM logins WHERE (tenant_id, id) IN (SELECT tenant_id, id FROM logins WHERE used_at <= ? ORDER BY used_at LIMIT ?)",
	},
}

// TenantHook fails a test that sends a statement without its tenant. Many goroutines may use it.
type TenantHook struct {
	listed map[string]string // the methods, by the shapes of their statements
	known  sync.Map          // the reason of each statement that was seen; empty for what may be sent
	sent   sync.Map          // the shapes that are listed and were seen
}

// NewTenantHook makes the hook of one run of all tests.
func NewTenantHook() *TenantHook {
	h := &TenantHook{listed: map[string]string{}}
	for method, statements := range systemWide {
		for _, statement := range statements {
			h.listed[sqlShape(statement)] = method
		}
	}
	return h
}

// Listen makes the test fail when the store sends such a statement.
func (h *TenantHook) Listen(t testing.TB, s *Store) {
	s.Listen(func(sql string) {
		if reason := h.reason(sql); reason != "" {
			t.Errorf("a statement without its tenant %s:\n%s", reason, strings.Join(strings.Fields(sql), " "))
		}
	})
}

func (h *TenantHook) reason(sql string) string {
	if reason, ok := h.known.Load(sql); ok {
		return reason.(string)
	}
	reason := untenanted(sql)
	if shape := sqlShape(sql); reason != "" && h.listed[shape] != "" {
		h.sent.Store(shape, true)
		reason = ""
	}
	h.known.Store(sql, reason)
	return reason
}

// Done fails a run of all tests that listened to nothing, or in which a listed statement was not
// sent: such a line lets something through that nobody needs.
func (h *TenantHook) Done(t testing.TB) {
	if t.Failed() || some("test.run") || some("test.skip") {
		return
	}
	for shape, method := range h.listed {
		if _, ok := h.sent.Load(shape); !ok {
			t.Errorf("%s is listed with a statement that is never sent, or names its tenant: %s", method, shape)
		}
	}
}

// some says whether only some of the tests inside of a test are run.
func some(name string) bool {
	f := flag.Lookup(name)
	return f != nil && strings.Contains(f.Value.String(), "/")
}

// systemTables hold nothing of a tenant's.
var systemTables = []string{"schema_steps", "master_keys", "moves"}

// postgresTables are those that only PostgreSQL has.
var postgresTables = []string{"agents"}

// TestTheTenantHookKnowsEveryTable, so that a new one cannot be forgotten, and takes no table for the
// system's that has rows of tenants.
func TestTheTenantHookKnowsEveryTable(t *testing.T) {
	p := newPlanned(t, 0)
	var there []string
	if err := p.read.Raw("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name").Scan(&there).Error; err != nil {
		t.Fatal(err)
	}
	for _, table := range there {
		column := tenantColumn[table]
		if (column == "") != slices.Contains(systemTables, table) {
			t.Errorf("%s has to be either in tenantColumn or in systemTables", table)
		}
		var columns []string
		if err := p.read.Raw("SELECT name FROM pragma_table_info(?)", table).Scan(&columns).Error; err != nil {
			t.Fatal(err)
		}
		if column == "" && slices.Contains(columns, "tenant_id") || column != "" && !slices.Contains(columns, column) {
			t.Errorf("%s has the columns %v, and its tenant is said to be in %q", table, columns, column)
		}
	}
	for table := range tenantColumn {
		if !slices.Contains(there, table) && !slices.Contains(postgresTables, table) {
			t.Errorf("there is no table %s", table)
		}
	}
}

// TestTheTenantHookHearsEveryHandle, also inside of transactions, and says nothing of what is listed.
func TestTheTenantHookHearsEveryHandle(t *testing.T) {
	p := newPlanned(t, 0)
	var failed failures
	NewTenantHook().Listen(&failed, p.Store)
	statements := []func() error{
		func() error { return p.read.Exec("SELECT 1 FROM sessions").Error },
		func() error { return p.stream.Raw("SELECT 2 FROM sessions").Scan(new([]int)).Error },
		func() error { return p.write.Exec("UPDATE sessions SET updated_at = 3").Error },
		func() error {
			_, err := p.sending(t.Context(), "UPDATE sessions SET updated_at = 4")
			return err
		},
		func() error { return p.Tenants.Delete(t.Context(), p.who) },
		func() error { _, err := p.Tenants.List(t.Context()); return err },
	}
	for i, send := range statements {
		if err := send(); err != nil {
			t.Fatal(err)
		}
		if want := min(i+1, 4); failed.n != want {
			t.Errorf("after statement %d: %d failures, want %d", i+1, failed.n, want)
		}
	}
}

// failures counts what a test would fail with.
type failures struct {
	testing.TB
	n int
}

func (f *failures) Errorf(string, ...any) { f.n++ }
