package repository

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// panelMethods are those of the admin panel, and what their plans have to hold.
func (p *planned) panelMethods(t *testing.T) []method {
	ctx := t.Context()
	key := models.Key{DisplayName: "x", Role: models.RoleAdmin}
	who := p.who
	var token models.Secret
	signIn := func() (err error) {
		token, err = p.Logins.Create(ctx, who)
		return err
	}
	usage := func(f models.UsageFilter) func() error {
		return func() error { _, err := p.Sessions.Usage(ctx, p.who, f); return err }
	}
	from, to := p.now().Add(-time.Hour), p.now().Add(time.Hour)
	return []method{
		{"make a key", func() error {
			_, err := p.Keys.Create(ctx, p.who, &key)
			who.KeyLocatorHash = key.LocatorHash
			return err
		}, nil},
		{"sign in", signIn, []string{"SEARCH api_keys USING INDEX api_keys_by_locator (locator_hash=?"}},
		{"login", func() error { _, err := p.Logins.Authenticate(ctx, token); return err }, []string{
			"SEARCH l USING INDEX logins_by_id (id=?)", "SEARCH k USING INDEX api_keys_by_locator (locator_hash=? AND tenant_id=?)",
			"SEARCH o USING PRIMARY KEY (tenant_id=? AND locator_hash=?)",
		}},
		{"sign out", func() error { return p.Logins.End(ctx, who, token) }, []string{"SEARCH logins USING PRIMARY KEY (tenant_id=? AND id=?)"}},
		{"sign in again", signIn, nil},
		{"sweep", func() error { return p.Sweep(ctx) }, []string{"logins_by_use (used_at<?)"}},
		{"revoke", func() error { return p.Keys.Revoke(ctx, p.who, key.LocatorHash, false) }, []string{"SEARCH logins USING PRIMARY KEY (tenant_id=?)"}},
		{"agents", func() error { _, _, err := p.Sessions.Agents(ctx, p.who, 10); return err }, []string{"USING COVERING INDEX sessions_by_agent (tenant_id=?)"}},
		{"usage of most", usage(models.UsageFilter{To: to}), []string{counting1, "SEARCH sessions USING PRIMARY KEY (tenant_id=?)"}},
		{"usage of few", usage(models.UsageFilter{From: from, To: from}), []string{"USING INDEX sessions_by_creation (tenant_id=? AND created_at>? AND created_at<?)"}},
		{"usage of an agent", usage(models.UsageFilter{AgentID: "agent-1", From: from, To: to}), []string{
			"USING INDEX sessions_by_agent (tenant_id=? AND agent_id=? AND created_at>? AND created_at<?)",
		}},
		{"part", func() error { _, err := p.Sessions.Part(ctx, p.who, "s-1", 1, 10); return err }, []string{
			session, "SEARCH messages USING PRIMARY KEY (tenant_id=? AND session_id=? AND seq>? AND seq<?)",
		}},
	}
}

// grouped begins the name of methods that sort what they add up, since no index has it by day.
const grouped = "usage"

// TestALoginIsOneRead: it is on the way of every page.
func TestALoginIsOneRead(t *testing.T) {
	p := newPlanned(t, 0)
	for _, m := range p.panelMethods(t)[:3] {
		p.statements = nil
		if err := m.call(); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
	}
	if len(p.statements) != 1 || !strings.HasPrefix(p.statements[0].sql, "SELECT") {
		t.Errorf("sent %v", p.statements)
	}
}

// TestAPartSendsTheSameStatementsHoweverLongTheConversation: they differ in nothing but parameters.
func TestAPartSendsTheSameStatementsHoweverLongTheConversation(t *testing.T) {
	p := newPlanned(t, 0)
	var short []string
	for _, n := range []int{2, 1000} {
		p.save(t, "s-1", "["+strings.Repeat("1,", n-1)+"1]")
		p.statements = nil
		if _, err := p.Sessions.Part(t.Context(), p.who, "s-1", 0, 10); err != nil {
			t.Fatal(err)
		}
		var sent []string
		for _, s := range p.statements {
			sent = append(sent, s.sql)
		}
		if short == nil {
			short = sent
		}
		if fmt.Sprint(sent) != fmt.Sprint(short) || len(sent) != 2 {
			t.Errorf("at %d messages: %q, before: %q", n, sent, short)
		}
	}
}
