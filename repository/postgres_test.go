package repository_test

import (
	"os"
	"testing"

	"sessionhub/repository"
	"sessionhub/repository/pgtest"
	"sessionhub/repository/repotest"
)

// TestContractOnPostgres holds the store to the same on PostgreSQL.
func TestContractOnPostgres(t *testing.T) {
	if os.Getenv("TEST_POSTGRES") == "" {
		t.Skip("TEST_POSTGRES names no PostgreSQL; make test-postgres starts one")
	}
	repotest.Run(t, hooked(t, postgresEngine))
}

// postgresEngine is a schema of the test's own.
func postgresEngine(t testing.TB) repotest.Database {
	t.Helper()
	own := pgtest.Schema(t, os.Getenv("TEST_POSTGRES"))
	return repotest.Database{
		Open: func(t testing.TB, o repository.Options) *repository.Store {
			t.Helper()
			o.URL, o.Connections = own, 12
			return open(t, o)
		},
		SQL: pgtest.Open(t, own), NoNUL: true,
	}
}
