package models

import (
	"regexp"
	"time"
)

// Tenant is what Open Agents Builder calls a database: all sessions, keys and audit entries
// of one operator, apart from everybody else's.
type Tenant struct {
	ID             int64  // given by the repository, never reused
	DatabaseIDHash string `field:"database-id-hash" validate:"databaseidhash"` // how the wire calls it
	Name           string `field:"name" validate:"label"`
	Encrypted      bool   // whether names, e-mail addresses and messages are sealed at rest
	CreatedAt      time.Time
}

// Validate returns an [InvalidError], or nil.
func (t *Tenant) Validate() error { return validate(t) }

var databaseIDHash = regexp.MustCompile(`^[0-9a-f]{64}$`)

// IsDatabaseIDHash says whether s is 64 lower-case hex digits.
func IsDatabaseIDHash(s string) bool { return databaseIDHash.MatchString(s) }
