package repository

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

// statement is one that a method sent to the database.
type statement struct {
	sql  string
	vars []any
}

// planned is a store whose statements are written down.
type planned struct {
	*Store
	who        models.Actor
	statements []statement
}

func newPlanned(t *testing.T, searchCache int64) *planned {
	t.Helper()
	now := time.UnixMilli(1_773_480_413_589)
	s, err := Open(t.Context(), Options{
		Path: filepath.Join(t.TempDir(), "x.db"), Now: func() time.Time { return now }, SearchCache: searchCache,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	p := &planned{Store: s}
	p.begin(t)
	// So many that a list is read in more than one batch.
	err = s.write.Exec(`INSERT INTO sessions (tenant_id, id, agent_id, messages_kind, message_count, created_at, updated_at)
		WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
		SELECT 1, 'x-' || i, 'agent-1', 0, 0, i, i FROM n`).Error
	if err != nil {
		t.Fatal(err)
	}
	for _, db := range []*gorm.DB{s.read, s.stream, s.write} {
		p.listen(db)
	}
	return p
}

// begin makes a tenant with a session.
func (p *planned) begin(t *testing.T) {
	t.Helper()
	if _, _, err := p.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Unlock(t.Context(), make([]byte, 32)); err != nil {
		t.Fatal(err)
	}
	tenant, _, err := p.Tenants.Create(t.Context(), models.Actor{}, NewTenant{NoEncryption: true})
	if err != nil {
		t.Fatal(err)
	}
	p.who = models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}
	p.save(t, "s-1", "[1,2]")
}

func (p *planned) listen(db *gorm.DB) {
	db.ConnPool = listening{db.ConnPool, func(sql string, vars []any) {
		p.statements = append(p.statements, statement{sql, slices.Clone(vars)})
	}}
	db.Statement.ConnPool = db.ConnPool
}

func (p *planned) save(t *testing.T, id, messages string) {
	t.Helper()
	err := p.Sessions.Save(t.Context(), p.who, &models.SessionPatch{
		ID: id, AgentID: "agent-1", Messages: models.Change[string]{Set: true, Value: &messages},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// plans returns, for each statement since the last call, how SQLite would run it.
func (p *planned) plans(t *testing.T) []string {
	t.Helper()
	statements := p.statements
	p.statements = nil
	plans := make([]string, len(statements))
	for i, s := range statements {
		plans[i] = p.explain(t, s) + "\n    " + strings.Join(strings.Fields(s.sql), " ")
	}
	p.statements = nil // those of EXPLAIN
	return plans
}

func (p *planned) explain(t *testing.T, s statement) string {
	t.Helper()
	rows, err := p.read.Raw("EXPLAIN QUERY PLAN "+s.sql, s.vars...).Rows()
	if err != nil {
		t.Fatalf("%s: %v", s.sql, err)
	}
	defer func() { _ = rows.Close() }()
	plan := ""
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan += detail + "; "
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}

func (p *planned) reader() SessionReader {
	return SessionReader{
		Total: func(int64) error { return nil },
		Session: func(_ *models.Session, text models.Text) error {
			if text == nil {
				return nil
			}
			for _, err := range text {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (p *planned) list(t *testing.T, f models.SessionFilter) func() error {
	return func() error { return p.Sessions.List(t.Context(), p.who, f, p.reader()) }
}

func (p *planned) audit(t *testing.T, f models.AuditFilter) func() error {
	return func() error {
		f.To, f.Limit, f.Offset = time.UnixMilli(1<<50), 100, 10
		_, err := p.Audit.List(t.Context(), p.who, f)
		return err
	}
}

const (
	byCreation = "USING INDEX sessions_by_creation (tenant_id=?)"
	nextBatch  = "USING INDEX sessions_by_creation (tenant_id=? AND created_at<?)"
	counting1  = "USING COVERING INDEX sessions_by_creation (tenant_id=?"
	byAgent    = "USING INDEX sessions_by_agent (tenant_id=? AND agent_id=?)"
	agentBatch = "USING INDEX sessions_by_agent (tenant_id=? AND agent_id=? AND created_at<?)"
	counting2  = "USING COVERING INDEX sessions_by_agent (tenant_id=? AND agent_id=?"
	session    = "sessions USING PRIMARY KEY (tenant_id=? AND id=?)"
	messages   = "SEARCH messages USING PRIMARY KEY (tenant_id=? AND session_id=?"
	byTime     = "SEARCH audit_entries USING INDEX audit_entries_by_time (tenant_id=? AND created_at>? AND created_at<?)"
)

// methods are the methods of the store, and what their plans have to hold.
func (p *planned) methods(t *testing.T) []method {
	ctx := t.Context()
	all := models.SessionFilter{Limit: -1}
	return []method{
		{"list", p.list(t, all), []string{byCreation, nextBatch, counting1, messages}},
		{"list a page", p.list(t, models.SessionFilter{Limit: 5, Offset: 0}), []string{byCreation, counting1}},
		{"list of an agent", p.list(t, models.SessionFilter{AgentID: "agent-1", Limit: -1}), []string{byAgent, agentBatch, counting2}},
		{"list one", p.list(t, models.SessionFilter{ID: "s-1", Limit: -1}), []string{session}},
		{"list one of an agent", p.list(t, models.SessionFilter{ID: "s-1", AgentID: "agent-1", Limit: -1}), []string{session}},
		{"search", func() error {
			return p.Sessions.Search(ctx, p.who, models.SessionSearch{AgentID: "agent-1", Limit: 10}, p.reader())
		}, []string{counting2, session, messages}},
		{"create", func() error {
			_, err := p.Sessions.Create(ctx, p.who, &models.Session{ID: "s-2", AgentID: "agent-1"})
			return err
		}, []string{session}},
		{"save", func() error { p.save(t, "s-1", "[1]"); return nil }, []string{session, messages}},
		{"append", p.appending(t, "s-1"), []string{session}},
		{"delete", func() error { return p.Sessions.Delete(ctx, p.who, "s-2") }, []string{session, messages}},
		{"audit", p.audit(t, models.AuditFilter{}), []string{byTime}},
		{"audit of an event", p.audit(t, models.AuditFilter{EventName: "x"}), []string{byTime}},
		{"audit of a record", p.audit(t, models.AuditFilter{RecordLocator: "x"}), []string{byTime}},
		{"audit append", func() error {
			_, err := p.Audit.Append(ctx, p.who, models.AuditEntry{})
			return err
		}, []string{"SEARCH audit_entries USING"}},
		{"keys", func() error { _, err := p.Keys.List(ctx, p.who); return err }, []string{"SEARCH api_keys USING PRIMARY KEY (tenant_id=?)"}},
		{"authenticate", func() error { _, _ = p.Keys.load(ctx, "x"); return nil }, []string{"USING INDEX api_keys_by_locator (locator_hash=?)"}},
		{"origin", func() error { _, err := p.Keys.OriginAllowed(ctx, "x"); return err }, []string{"INDEX api_key_origins_by_origin (origin=?)"}},
		{"count", func() error { _, err := p.Tenants.Count(ctx, p.who); return err }, []string{counting1}},
		{"tenant", func() error { _, _ = p.Tenants.Get(ctx, "x"); return nil }, []string{"USING INDEX tenants_by_hash (database_id_hash=?)"}},
		{"check", func() error { _, err := p.Check(ctx, func(Report) {}); return err }, []string{byCreation, messages}},
		{"delete the tenant", func() error { return p.Tenants.Delete(ctx, p.who) }, []string{"SEARCH messages USING PRIMARY KEY (tenant_id=?)"}},
	}
}

// few are tables of which no tenant has many rows: sorting them costs nothing.
var few = regexp.MustCompile(`^SEARCH (storage_keys|api_keys|api_key_origins) USING`)

type method struct {
	name string
	call func() error
	want []string
}

// wholeTable finds a scan of what grows with use.
var wholeTable = regexp.MustCompile(`SCAN (m|s|t|f|l|a|sessions|messages|audit_entries|api_keys|api_key_origins|storage_keys|tools|functions|connections|links|authorizations|performs|app_origins|logins)\b`)

// TestPlans: no method reads a whole table or sorts what it reads, so that none gets slower
// with what other tenants, agents or sessions have.
func TestPlans(t *testing.T) {
	p := newPlanned(t, 0)
	for _, m := range slices.Concat(p.hubMethods(t), p.panelMethods(t), p.methods(t)) {
		p.boxes.drop()
		if err := m.call(); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		plans := p.plans(t)
		for _, plan := range plans {
			t.Logf("%s: %s", m.name, plan)
			how, _, _ := strings.Cut(plan, "\n")
			if wholeTable.MatchString(how) {
				t.Errorf("%s reads a whole table: %s", m.name, plan)
			}
			if strings.Contains(how, "TEMP B-TREE") && !few.MatchString(how) && !strings.HasPrefix(m.name, grouped) {
				t.Errorf("%s sorts: %s", m.name, plan)
			}
		}
		for _, want := range m.want {
			if !slices.ContainsFunc(plans, func(plan string) bool { return strings.Contains(plan, want) }) {
				t.Errorf("%s has no statement with %q:\n%s", m.name, want, strings.Join(plans, "\n"))
			}
		}
	}
}

func (p *planned) appending(t *testing.T, id string) func() error {
	return func() error {
		_, err := p.Sessions.Append(t.Context(), p.who, &models.Append{SessionID: id, Messages: []string{`{"role":"user"}`}})
		return err
	}
}

// TestAnAppendSendsTheSameStatementsHoweverLongTheConversation and none that reads messages.
func TestAnAppendSendsTheSameStatementsHoweverLongTheConversation(t *testing.T) {
	p := newPlanned(t, 0)
	var short []string
	for _, n := range []int{2, 1000} {
		p.save(t, "s-1", "["+strings.Repeat("1,", n-1)+"1]")
		p.statements = nil
		if err := p.appending(t, "s-1")(); err != nil {
			t.Fatal(err)
		}
		var sent []string
		for _, s := range p.statements {
			sent = append(sent, s.sql)
		}
		if short == nil {
			short = sent
		}
		if !slices.Equal(sent, short) || len(sent) == 0 || strings.Contains(fmt.Sprint(sent), "FROM messages") {
			t.Errorf("at %d messages: %q, before: %q", n, sent, short)
		}
	}
}

// TestASaveThatContinuesWritesAsManyRowsAsAreNew.
func TestASaveThatContinuesWritesAsManyRowsAsAreNew(t *testing.T) {
	p := newPlanned(t, 0)
	p.save(t, "s-1", "[1,2,3,4,5]")
	p.statements = nil
	p.save(t, "s-1", "[1,2,3,4,5,6,7]")
	writes := 0
	for _, s := range p.statements {
		if strings.HasPrefix(s.sql, "INSERT INTO messages") {
			writes++
		}
		if strings.HasPrefix(s.sql, "DELETE") {
			t.Errorf("deletes: %s", s.sql)
		}
	}
	if writes != 2 {
		t.Errorf("%d messages were written", writes)
	}
}
