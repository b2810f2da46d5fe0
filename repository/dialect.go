package repository

import (
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// dialect is where the statements of the engines differ; what else does stands in sqlite.go and
// postgres.go. Numbered parameters let the statements of both take the same arguments.
type dialect struct {
	name string

	// Each gives a session the next revision of its agent: see revision.go.
	create   string // a session, unless its tenant is gone or its id is taken
	appended string // in the row of a session, what was appended to it
	buried   string // leaves a tombstone of a session
	revised  string // selects the revision, and the agent that a session with the id has by now

	// What a SELECT in a transaction that writes ends with, to keep others from something until the
	// transaction ends. SQLite has one such transaction at a time, and needs no more.
	keep  string // from deleting the row
	share string // from changing it
	alone string // from changing it, or asking for the same
	own   string // from doing anything with it but read

	exclusive string // makes transactions of the whole installation wait for each other; "" where all do
	lanes     int    // of an agent's revisions; where there are several, they are counted in the table agents
	known     string // selects the largest revisions of an agent
	firstStep int    // of the schema

	scanAgent, scanChanges string // see scan.go
	parts                  bool   // whether it is for the program to go through all rows of a tenant, and in parts

	batchMessages string // selects the messages of many sessions; "" where asking for those of each costs nothing

	guards     string // counts what keeps the audit log from being changed
	guardCount int64
	unaudited  string // selects the deleted sessions that have no audit entry
}

// of returns what is particular to a database.
func of(db *gorm.DB) *dialect {
	if db.Name() == postgresDialect.name {
		return &postgresDialect
	}
	return &sqliteDialect
}

// newSessionValues are the parameters of what is inserted of a new session, but for its revision.
func newSessionValues() string {
	values := make([]string, len(sessionColumns)-1)
	for i := range values {
		values[i] = fmt.Sprintf("?%d", i+1)
	}
	return strings.Join(values, ", ")
}
