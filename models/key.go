package models

import (
	"slices"
	"time"
)

// Scope is one thing that a role may do. The route table names the scope of each route.
type Scope string

// The scopes.
const (
	ScopeSessionCreate Scope = "session:create"
	ScopeSessionRead   Scope = "session:read"
	ScopeSessionWrite  Scope = "session:write"
	ScopeSessionDelete Scope = "session:delete"
	ScopeAudit         Scope = "audit"
	ScopeKeys          Scope = "keys"
	ScopeHub           Scope = "hub"       // use tools
	ScopeHubAdmin      Scope = "hub:admin" // add and remove tools
)

// Role names a set of scopes.
type Role string

// The roles, from the one that may do everything in its tenant to the one that is safe to
// ship in a browser.
const (
	RoleOwner Role = "owner"
	RoleAdmin Role = "admin"
	RoleAgent Role = "agent"
	RoleExec  Role = "exec"
)

// Scopes lists what the role may do; nothing for an unknown one.
func (r Role) Scopes() []Scope {
	switch r {
	case RoleOwner:
		return []Scope{ScopeSessionCreate, ScopeSessionRead, ScopeSessionWrite, ScopeSessionDelete, ScopeAudit, ScopeKeys, ScopeHub, ScopeHubAdmin}
	case RoleAdmin:
		return []Scope{ScopeSessionCreate, ScopeSessionRead, ScopeSessionWrite, ScopeSessionDelete, ScopeAudit, ScopeHub, ScopeHubAdmin}
	case RoleAgent:
		return []Scope{ScopeSessionCreate, ScopeSessionRead, ScopeSessionWrite, ScopeHub}
	case RoleExec:
		return []Scope{ScopeSessionCreate}
	}
	return nil
}

// May says whether the role has the scope.
func (r Role) May(s Scope) bool { return slices.Contains(r.Scopes(), s) }

// MaxOrigins is how many origins one key may list: every site of one product, not a catalogue.
const MaxOrigins = 100

// Key is an API key as it is stored: everything but its secret.
type Key struct {
	TenantID       int64
	DatabaseIDHash string
	LocatorHash    string // hex SHA-256 of the key's id; names the key on the wire
	DisplayName    string `field:"displayName" validate:"label"`
	Role           Role   `field:"role" validate:"oneof=owner admin agent exec"`

	// AllowedOrigins limits an exec key to browsers at these origins, when not empty.
	AllowedOrigins []string
	// AgentID limits an exec key to one agent, when not nil.
	AgentID *string `field:"agentId" validate:"omitnil,identifier"`

	ExpiresAt  *time.Time // nil: never
	UpdatedAt  time.Time
	LastUsedAt *time.Time // exact to a minute
}

// Validate returns an [InvalidError], or nil. Origins are stored as [ParseOrigin] writes them.
func (k *Key) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(k)); err != nil {
		return err
	}
	if k.Role != RoleExec && k.AgentID != nil {
		issues.Add("agentId", "only a key with the role exec can be limited to an agent")
	}
	if k.Role != RoleExec && len(k.AllowedOrigins) > 0 {
		issues.Add("allowedOrigins", "only a key with the role exec can be limited to origins")
	}
	if len(k.AllowedOrigins) > MaxOrigins {
		issues.Add("allowedOrigins", "lists more than 100 origins")
	}
	for i, origin := range k.AllowedOrigins {
		parsed, err := ParseOrigin(origin)
		if err != nil {
			issues.Add("allowedOrigins", err.Error())
			continue
		}
		k.AllowedOrigins[i] = parsed
	}
	slices.Sort(k.AllowedOrigins)
	k.AllowedOrigins = slices.Compact(k.AllowedOrigins) // each once
	return issues.Err()
}

// Expired says whether the key's time is over.
func (k *Key) Expired(now time.Time) bool { return k.ExpiresAt != nil && !now.Before(*k.ExpiresAt) }

// AllowsOrigin says whether a request with this Origin header, empty for none, may use the key.
func (k *Key) AllowsOrigin(origin string) bool {
	return len(k.AllowedOrigins) == 0 || slices.Contains(k.AllowedOrigins, origin)
}

// AllowsAgent says whether the key may be used for the agent.
func (k *Key) AllowsAgent(agentID string) bool { return k.AgentID == nil || *k.AgentID == agentID }
