package models_test

import (
	"slices"
	"testing"
	"time"

	"sessionhub/models"
)

const (
	agentOnlyExec  = "agentId: only a key with the role exec can be limited to an agent"
	originOnlyExec = "allowedOrigins: only a key with the role exec can be limited to origins"
	originReason   = "allowedOrigins: an origin is written like https://app.example.com or http://localhost:5173, without a path"
	roleChoice     = "role: must be one of owner, admin, agent, exec"
)

// The table of the wire contract, section 1.
func TestRolesMayWhatTheWireContractSays(t *testing.T) {
	const create, read, write, remove = models.ScopeSessionCreate, models.ScopeSessionRead, models.ScopeSessionWrite, models.ScopeSessionDelete
	const hub, hubAdmin = models.ScopeHub, models.ScopeHubAdmin
	all := []models.Scope{create, read, write, remove, models.ScopeAudit, models.ScopeKeys, hub, hubAdmin}
	for role, want := range map[models.Role][]models.Scope{
		models.RoleOwner: all,
		models.RoleAdmin: {create, read, write, remove, models.ScopeAudit, hub, hubAdmin},
		models.RoleAgent: {create, read, write, hub},
		models.RoleExec:  {create},
		"":               nil,
		"Owner":          nil,
		"owner ":         nil,
		"root":           nil,
	} {
		if got := role.Scopes(); !slices.Equal(got, want) {
			t.Errorf("%q has %v, want %v", role, got, want)
		}
		for _, scope := range append(all, "", "session", "session:create ", "*") {
			if got := role.May(scope); got != slices.Contains(want, scope) {
				t.Errorf("%q may %q: %v", role, scope, got)
			}
		}
	}
}

func TestScopesOfARoleCannotBeChangedByWhoReadsThem(t *testing.T) {
	models.RoleExec.Scopes()[0] = models.ScopeKeys
	if models.RoleExec.May(models.ScopeKeys) {
		t.Error("the role has more scopes than before")
	}
}

func goodKey() models.Key { return models.Key{DisplayName: "Website", Role: models.RoleExec} }

func TestKeyKeepsItsLimits(t *testing.T) {
	type model = models.Key
	checkRules(t, goodKey, labelRules("displayName", func(k *model) *string { return &k.DisplayName }))
	checkRules(t, goodKey, texts("role", func(k *model, s string) { k.Role = models.Role(s) }, map[string]string{
		"owner": "", "admin": "", "agent": "", "exec": "",
		"":        "must be one of owner, admin, agent, exec",
		"Exec":    "must be one of owner, admin, agent, exec",
		"exec ":   "must be one of owner, admin, agent, exec",
		"a\nb":    "must be one of owner, admin, agent, exec",
		"exec,ad": "must be one of owner, admin, agent, exec",
	}))
	checkRules(t, goodKey, []rule[model]{
		{"an agent", func(k *model) { k.AgentID = new("a-1") }, ""},
		{"an empty agent", func(k *model) { k.AgentID = new("") }, "agentId: " + identifierReason},
		{"a wrong agent", func(k *model) { k.AgentID = new("a\n") }, "agentId: " + identifierReason},
		{"an agent without exec", func(k *model) { k.Role, k.AgentID = models.RoleOwner, new("a-1") }, agentOnlyExec},
		{"origins without exec", func(k *model) { k.Role, k.AllowedOrigins = models.RoleAgent, origins(1) }, originOnlyExec},
		{"no origins without exec", func(k *model) { k.Role, k.AllowedOrigins = models.RoleAdmin, []string{} }, ""},
		{"as many origins as there may be", func(k *model) { k.AllowedOrigins = origins(models.MaxOrigins) }, ""},
		{"one origin more", func(k *model) { k.AllowedOrigins = origins(models.MaxOrigins + 1) }, "allowedOrigins: lists more than 100 origins"},
		{"a wrong origin", func(k *model) { k.AllowedOrigins = []string{"https://a.example", "*"} }, originReason},
		{"two wrong origins", func(k *model) { k.AllowedOrigins = []string{"", "null"} }, originReason + ", " + originReason},
		{
			"everything at once", func(k *model) { *k = model{Role: "x", AgentID: new(""), AllowedOrigins: []string{"x"}} },
			"displayName: " + labelReason + ", " + roleChoice + ", agentId: " + identifierReason + ", " +
				agentOnlyExec + ", " + originOnlyExec + ", " + originReason,
		},
	})
}

func origins(n int) []string { return slices.Repeat([]string{"https://app.example.com"}, n) }

func TestOriginsOfAValidKeyAreWhatBrowsersSend(t *testing.T) {
	k := goodKey()
	k.AllowedOrigins = []string{"HTTPS://App.Example.com:443/", "http://localhost:5173"}
	if err := k.Validate(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"http://localhost:5173", "https://app.example.com"}; !slices.Equal(k.AllowedOrigins, want) {
		t.Errorf("got %q, want %q", k.AllowedOrigins, want)
	}
}

func TestKeyExpiresAtItsInstant(t *testing.T) {
	at := time.Date(2025, 3, 21, 10, 0, 0, 0, time.UTC)
	k := models.Key{ExpiresAt: &at}
	for now, want := range map[time.Time]bool{
		at.Add(-time.Nanosecond):             false,
		at:                                   true,
		at.In(time.FixedZone("UTC+2", 7200)): true,
		at.Add(time.Nanosecond):              true,
		at.AddDate(100, 0, 0):                true,
		at.Add(-1).In(time.FixedZone("UTC+2", 2*60*60)):  false,
		at.Add(1).In(time.FixedZone("UTC-12", -12*3600)): true,
	} {
		if got := k.Expired(now); got != want {
			t.Errorf("at %v: %v", now, got)
		}
	}
	if never := (models.Key{}); never.Expired(at.AddDate(1000, 0, 0)) {
		t.Error("a key without an end expires")
	}
}

func TestKeyIsLimitedToItsOriginsAndAgent(t *testing.T) {
	limited := models.Key{AllowedOrigins: []string{"https://a.example", "https://b.example"}, AgentID: new("a-1")}
	for origin, want := range map[string]bool{
		"https://a.example": true, "https://b.example": true, "": false, "null": false, "*": false,
		"https://a.example/": false, "http://a.example": false, "https://a.example:8443": false, "https://x.a.example": false,
	} {
		if got := limited.AllowsOrigin(origin); got != want {
			t.Errorf("origin %q: %v", origin, got)
		}
		if !(&models.Key{}).AllowsOrigin(origin) || !(&models.Key{AllowedOrigins: []string{}}).AllowsOrigin(origin) {
			t.Errorf("origin %q is refused by a key without limits", origin)
		}
	}
	for agent, want := range map[string]bool{"a-1": true, "a-2": false, "A-1": false, "": false} {
		if got := limited.AllowsAgent(agent); got != want {
			t.Errorf("agent %q: %v", agent, got)
		}
		if !(&models.Key{}).AllowsAgent(agent) {
			t.Errorf("agent %q is refused by a key without limits", agent)
		}
	}
	if (&models.Key{AgentID: new("")}).AllowsAgent("a-1") {
		t.Error("an empty agent id lets every agent in")
	}
}
