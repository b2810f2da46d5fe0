package repository_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// TestContract holds the store to what every engine has to keep, and each statement that it sends to
// naming its tenant.
func TestContract(t *testing.T) { repotest.Run(t, hooked(t, sqliteEngine)) }

// hooked is the engine with a hook on the statements of its stores.
func hooked(t *testing.T, engine repotest.Engine) repotest.Engine {
	hook := repository.NewTenantHook()
	t.Cleanup(func() { hook.Done(t) })
	return func(t testing.TB) repotest.Database {
		database := engine(t)
		open := database.Open
		database.Open = func(t testing.TB, o repository.Options) *repository.Store {
			s := open(t, o)
			hook.Listen(t, s)
			return s
		}
		return database
	}
}

// sqliteEngine is a database file of the test's own.
func sqliteEngine(t testing.TB) repotest.Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sessionhub.db")
	return repotest.Database{
		Open: func(t testing.TB, o repository.Options) *repository.Store {
			t.Helper()
			o.Path = path
			return open(t, o)
		},
		SQL: raw(t, path),
	}
}

func open(t testing.TB, o repository.Options) *repository.Store {
	t.Helper()
	s, err := repository.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// raw leads around the store to a file, which it does not make.
func raw(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=rw&_busy_timeout=15000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
