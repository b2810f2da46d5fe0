package models

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Names of the events that the service itself writes to the audit log.
const (
	EventDeleteSession = "deleteSession"
	EventCreateKey     = "createKey"
	EventRevokeKey     = "revokeKey"
	EventCreateTenant  = "createTenant"
	EventDeleteTenant  = "deleteTenant"
	EventAddTool       = "addTool"
	EventReplaceTool   = "replaceTool"
	EventRemoveTool    = "removeTool"
	EventConnect       = "connect"
	EventReconnect     = "changeConnection"
	EventDisconnect    = "removeConnection"
	EventPerform       = "perform"
	EventAllowApps     = "allowApps"
	EventSignIn        = "signIn"
	EventSignOut       = "signOut"
)

// Events lists the names of the events that the service itself writes.
func Events() []string {
	return []string{
		EventDeleteSession, EventCreateKey, EventRevokeKey, EventSignIn, EventSignOut, EventCreateTenant, EventDeleteTenant,
		EventAddTool, EventReplaceTool, EventRemoveTool, EventConnect, EventReconnect, EventDisconnect, EventPerform, EventAllowApps,
	}
}

// AuditEntry says who did what to which record. Entries are never changed or removed.
type AuditEntry struct {
	ID             int64 // counts up from 1 in each tenant
	IP             string
	UserAgent      string
	KeyLocatorHash string
	DatabaseIDHash string
	EventName      string `field:"eventName" validate:"max=255"`
	RecordLocator  string `field:"recordLocator" validate:"max=4096"` // JSON text, {"id":"..."}; in clear, because it can be searched for
	Diff           Secret `field:"diff" validate:"max=65536"`         // JSON text; sealed at rest
	CreatedAt      time.Time
}

// Validate returns an [InvalidError], or nil.
func (e *AuditEntry) Validate() error { return validate(e) }

// AuditFilter says which entries a list holds. Empty strings filter nothing.
type AuditFilter struct {
	From, To                 time.Time // From <= createdAt < To
	EventName, RecordLocator string
	Limit, Offset            int64
}

// RecordLocator names a record in an audit entry, as Open Agents Builder does: {"id":"..."}. The
// fields are given in pairs of name and value, and written in the order of the names.
func RecordLocator(fields ...string) string {
	record := make(map[string]string, len(fields)/2)
	for pair := range slices.Chunk(fields, 2) {
		record[pair[0]] = pair[1]
	}
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // the id reads as it was given
	if err := encoder.Encode(record); err != nil {
		panic(err) // a map of strings can be written
	}
	return strings.TrimSuffix(text.String(), "\n")
}
