package repository

import (
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	ofTenant   = "SEARCH sessions USING PRIMARY KEY (tenant_id=? AND id>? AND id<?)"
	changed    = "SEARCH sessions USING INDEX sessions_by_revision (tenant_id=? AND agent_id=? AND revision>?)"
	lastChange = "USING COVERING INDEX sessions_by_revision (tenant_id=? AND agent_id=?)"
)

// searches are the ways of a search, and of what gives revisions, one after another.
func (p *planned) searches(t *testing.T) []method {
	ctx := t.Context()
	search := func(agentID string) func() error {
		return func() error {
			return p.Sessions.Search(ctx, p.who, models.SessionSearch{AgentID: agentID, OrderBy: models.OrderByUserName, Limit: 3}, p.reader())
		}
	}
	return []method{
		{"search most of a tenant", search("agent-1"), []string{ofTenant, counting2, lastChange}},
		{"search again", search("agent-1"), []string{changed, session}},
		{"search few of a tenant", search("agent-2"), []string{byAgent, lastChange}},
		{"create", func() error {
			_, err := p.Sessions.Create(ctx, p.who, &models.Session{ID: "s-2", AgentID: "agent-2"})
			return err
		}, []string{"SEARCH m " + lastChange, session}},
		{"create anew", func() error { p.save(t, "s-3", "[]"); return nil }, []string{"SEARCH m " + lastChange}},
		{"save", func() error { p.save(t, "s-1", "[1]"); return nil }, []string{"SEARCH m " + lastChange}},
		{"append", p.appending(t, "s-1"), []string{"SEARCH m " + lastChange}},
		{"delete", func() error { return p.Sessions.Delete(ctx, p.who, "s-1") }, []string{"SEARCH m " + lastChange}},
		{"search after that", search("agent-1"), []string{changed, session}},
	}
}

// TestPlansOfSearches: what is read of a search grows with the agent when it is asked the first
// time, and with what was changed after that.
func TestPlansOfSearches(t *testing.T) {
	p := newPlanned(t, 1<<20)
	for _, m := range p.searches(t) {
		p.statements = nil
		if err := m.call(); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		plans := p.plans(t)
		for _, plan := range plans {
			how, _, _ := strings.Cut(plan, "\n")
			if wholeTable.MatchString(how) || strings.Contains(how, "TEMP B-TREE") {
				t.Errorf("%s reads a whole table or sorts: %s", m.name, plan)
			}
		}
		for _, want := range m.want {
			if !slices.ContainsFunc(plans, func(plan string) bool { return strings.Contains(plan, want) }) {
				t.Errorf("%s has no statement with %q:\n%s", m.name, want, strings.Join(plans, "\n"))
			}
		}
		if again := strings.Contains(m.name, "again") || strings.Contains(m.name, "after"); again {
			for _, plan := range plans {
				if strings.Contains(plan, ofTenant+";") || strings.Contains(plan, byAgent) || strings.Contains(plan, counting2) {
					t.Errorf("%s reads the whole agent: %s", m.name, plan)
				}
			}
		}
	}
}

// TestTheNextRevisionIsLookedUp: the index gives its last entry; nothing is counted through. The
// instructions tell: a search for the greatest goes backwards from the end.
func TestTheNextRevisionIsLookedUp(t *testing.T) {
	p := newPlanned(t, 0)
	for _, m := range p.searches(t)[3:8] {
		p.statements = nil
		if err := m.call(); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
		sent, seen := p.statements, 0
		for _, s := range sent {
			if !strings.Contains(s.sql, "MAX(") {
				continue
			}
			seen++
			var codes []struct{ Opcode string }
			if err := p.read.Raw("EXPLAIN "+s.sql, s.vars...).Scan(&codes).Error; err != nil {
				t.Fatal(err)
			}
			backwards := slices.ContainsFunc(codes, func(c struct{ Opcode string }) bool {
				return c.Opcode == "SeekLE" || c.Opcode == "SeekLT" || c.Opcode == "Last"
			})
			if !backwards {
				t.Errorf("%s goes through all of the agent for %s", m.name, s.sql)
			}
		}
		if seen == 0 {
			t.Errorf("%s asks for no revision", m.name)
		}
	}
}
