package repository

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// hubMethods are those of the tool hub, and what their plans have to hold.
func (p *planned) hubMethods(t *testing.T) []method {
	ctx := t.Context()
	tool := &models.Tool{
		Name: "weather", Credentials: models.OwnerUser, BaseURL: "https://api.example.com",
		Functions: []models.Function{{Tool: "weather", Name: "weather__get"}},
	}
	connection := &models.Connection{Tool: "weather", UserID: "alice"}
	perform := models.Perform{UserID: "alice", Function: "weather__get", IdempotencyKey: "k"}
	var token, state models.Secret
	return []method{
		{"add a tool", func() error { return p.Tools.Add(ctx, p.who, tool, false) }, []string{"SEARCH tools USING PRIMARY KEY (tenant_id=? AND name=?)"}},
		{"replace a tool", func() error { return p.Tools.Add(ctx, p.who, tool, true) }, []string{"SEARCH functions USING PRIMARY KEY (tenant_id=?)"}},
		{"function", func() error { _, _, err := p.Tools.Function(ctx, p.who, "weather__get"); return err }, []string{
			"SEARCH f USING PRIMARY KEY (tenant_id=? AND name=?); SEARCH t USING PRIMARY KEY (tenant_id=? AND name=?)",
		}},
		{"functions", func() error { _, err := p.Tools.Functions(ctx, p.who); return err }, []string{"INDEX functions_by_tool (tenant_id=?)"}},
		{"tools", func() error { _, err := p.Tools.List(ctx, p.who); return err }, []string{"SEARCH t USING PRIMARY KEY (tenant_id=?)"}},
		{"a tool", func() error { _, err := p.Tools.Get(ctx, p.who, "weather"); return err }, []string{"functions_by_tool (tenant_id=? AND tool=?)"}},
		{"document", func() error { _, err := p.Tools.Document(ctx, p.who, "weather"); return err }, []string{"SEARCH tools USING PRIMARY KEY (tenant_id=? AND name=?)"}},
		{"connect", func() (err error) {
			*connection, err = p.Connections.Change(ctx, p.who, tool, "alice", func(*models.Connection) error { return nil })
			return err
		}, []string{byConnection}},
		{"connection", func() error { _, err := p.Connections.Get(ctx, p.who, "weather", "alice"); return err }, []string{byConnection}},
		{"connections", func() error { _, err := p.Connections.List(ctx, p.who, "alice"); return err }, []string{"SEARCH connections USING PRIMARY KEY (tenant_id=? AND user_id=?)"}},
		{"lease", func() error {
			_, err := p.Connections.Lease(ctx, p.who, connection, p.now().Add(time.Minute))
			return err
		}, []string{byConnection}},
		{"renew", func() error { return p.Connections.Renew(ctx, p.who, connection) }, []string{byConnection}},
		{"make a link", func() (err error) {
			token, err = p.Links.Create(ctx, p.who, &models.Link{App: models.App{URL: "https://a.example"}})
			return err
		}, []string{"app_origins USING PRIMARY KEY (tenant_id=?)"}},
		{"open a link", func() error { _, _, _, err := p.Links.Open(ctx, token, "x"); return err }, []string{"links_by_token (token_hash=?)"}},
		{"begin to sign in", func() (err error) {
			state, err = p.Authorizations.Begin(ctx, p.who, models.Authorization{Tool: "weather"})
			return err
		}, nil},
		{"end signing in", func() error { _, _, err := p.Authorizations.Take(ctx, state); return err }, []string{"authorizations_by_state (state_hash=?)"}},
		{"begin to perform", func() error { _, _, err := p.Performs.Begin(ctx, p.who, perform, p.now()); return err }, []string{byPerform}},
		{"take over performing", func() error { _, err := p.Performs.Takeover(ctx, p.who, perform, p.now()); return err }, []string{byPerform}},
		{"be refused to perform", func() error { return p.Performs.Refuse(ctx, p.who, perform) }, []string{byPerform}},
		{"finish performing", func() error { return p.Performs.Finish(ctx, p.who, perform, "x") }, []string{byPerform}},
		{"abandon performing", func() error { return p.Performs.Abandon(ctx, p.who, perform) }, []string{byPerform}},
		{"sweep", func() error { return p.Sweep(ctx) }, []string{
			"links_by_expiry (expires_at<?)", "authorizations_by_expiry (expires_at<?)", "performs_by_start (started_at<?)",
		}},
		{"check the hub", func() error { _, err := p.Check(ctx, func(Report) {}); return err }, []string{"SEARCH connections USING PRIMARY KEY"}},
		{"remove a tool", func() error { return p.Tools.Delete(ctx, p.who, "weather") }, []string{"SEARCH performs USING PRIMARY KEY (tenant_id=?)"}},
	}
}

const (
	byConnection = "SEARCH connections USING PRIMARY KEY (tenant_id=? AND user_id=? AND tool=?)"
	byPerform    = "SEARCH performs USING PRIMARY KEY (tenant_id=? AND user_id=? AND function=? AND idempotency_key=?)"
)

// TestAPerformSendsFewStatements: it is what agents wait for.
func TestAPerformSendsFewStatements(t *testing.T) {
	p := newPlanned(t, 0)
	for _, m := range p.hubMethods(t)[:8] { // until the user is connected
		if err := m.call(); err != nil {
			t.Fatalf("%s: %v", m.name, err)
		}
	}
	perform := models.Perform{UserID: "alice", Function: "weather__get", IdempotencyKey: "k"}
	for what, test := range map[string]struct {
		call func() error
		want []string
	}{
		"function":   {func() error { _, _, err := p.Tools.Function(t.Context(), p.who, "weather__get"); return err }, []string{"SELECT"}},
		"connection": {func() error { _, err := p.Connections.Get(t.Context(), p.who, "weather", "alice"); return err }, []string{"SELECT"}},
		"begin": {func() error {
			_, _, err := p.Performs.Begin(t.Context(), p.who, perform, p.now())
			return err
		}, []string{"SELECT", "SELECT", "INSERT"}},
		"again": {func() error {
			_, _, err := p.Performs.Begin(t.Context(), p.who, perform, p.now())
			return err
		}, []string{"SELECT"}},
		"finish": {func() error { return p.Performs.Finish(t.Context(), p.who, perform, "x") }, []string{"SELECT", "UPDATE", "SELECT", "INSERT"}},
	} {
		if what == "again" { // whatever the order of the map
			if err := test.call(); err != nil {
				t.Fatal(err)
			}
		}
		if what == "begin" {
			if err := p.Performs.Abandon(t.Context(), p.who, perform); err != nil {
				t.Fatal(err)
			}
			perform.IdempotencyKey += "k"
		}
		p.statements = nil
		if err := test.call(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		var sent []string
		for _, s := range p.statements {
			sent = append(sent, strings.Fields(s.sql)[0])
		}
		if !slices.Equal(sent, test.want) {
			t.Errorf("%s sent %v, want %v", what, p.statements, test.want)
		}
	}
}
