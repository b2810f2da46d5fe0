package repotest

import (
	"database/sql"
	"testing"

	"sessionhub/repository"
)

// Database is an empty database that belongs to one test.
type Database struct {
	// Open opens the database as one more process would. The store is neither migrated nor
	// unlocked, and closed when the test ends. Where the database is, Open fills in.
	Open func(t testing.TB, o repository.Options) *repository.Store
	// SQL leads around the store, to look at rows and to damage them. Parameters are written
	// $1, $2 in the order of the values.
	SQL *sql.DB
	// NoNUL says that texts which are not sealed may not hold the character U+0000.
	NoNUL bool
}

// Engine makes a database for a test.
type Engine func(t testing.TB) Database

// promise is one thing that holds of every engine.
type promise struct {
	name  string
	holds func(t *testing.T, f *fixture)
}

// Run checks all promises. Those about sessions, and those about the tool hub, hold for tenants
// with and without encryption.
func Run(t *testing.T, engine Engine) {
	both := map[string][]promise{
		"Create": createPromises, "Save": savePromises, "Messages": messagePromises, "Append": appendPromises,
		"Delete": deletePromises, "List": listPromises, "Search": searchPromises,
		"SearchChange": searchChangePromises, "SearchCursor": searchCursorPromises, "SearchRace": searchRacePromises,
		"Tools": toolPromises, "Connections": connectionPromises, "Links": linkPromises, "Authorizations": authorizationPromises,
		"Part": partPromises, "Count": countPromises,
		"Performs": performPromises, "Sweep": sweepPromises, "UnreadableHub": hubUnreadablePromises,
	}
	for noun, promises := range both {
		t.Run(noun+"/sealed", func(t *testing.T) { check(t, engine, promises, true) })
		t.Run(noun+"/plain", func(t *testing.T) { check(t, engine, promises, false) })
	}
	others := map[string][]promise{
		"Keys": keyPromises, "Usage": usagePromises, "Authenticate": authenticatePromises, "Tenants": tenantPromises,
		"Audit": auditPromises, "Logins": loginPromises, "Unlock": unlockPromises, "Isolation": isolationPromises,
		"Unreadable": unreadablePromises, "SearchUnreadable": searchUnreadablePromises, "Check": checkPromises,
	}
	for noun, promises := range others {
		t.Run(noun, func(t *testing.T) { check(t, engine, promises, true) })
	}
}

func check(t *testing.T, engine Engine, promises []promise, encrypted bool) {
	t.Parallel()
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.holds(t, newFixture(t, engine, encrypted))
		})
	}
}
