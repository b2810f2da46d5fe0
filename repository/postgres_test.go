package repository_test

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// TestContractOnPostgres holds the store to the same on PostgreSQL.
func TestContractOnPostgres(t *testing.T) {
	postgresURL(t)
	repotest.Run(t, postgresEngine)
}

// postgresURL is where TEST_POSTGRES says that a PostgreSQL is.
func postgresURL(t testing.TB) string {
	t.Helper()
	base := os.Getenv("TEST_POSTGRES")
	if base == "" {
		t.Skip("TEST_POSTGRES names no PostgreSQL; make test-postgres starts one")
	}
	return base
}

// postgresEngine is a schema of the test's own.
func postgresEngine(t testing.TB) repotest.Database {
	t.Helper()
	own := schemaOf(t, postgresURL(t))
	return repotest.Database{
		Open: func(t testing.TB, o repository.Options) *repository.Store {
			t.Helper()
			o.URL, o.Connections = own, 12
			return open(t, o)
		},
		SQL: postgresSQL(t, own), NoNUL: true,
	}
}

// schemaOf makes an empty schema and returns the URL with which it is the one that is used.
func schemaOf(t testing.TB, base string) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	db := postgresSQL(t, base)
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := db.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Errorf("drop the schema: %v", err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

func postgresSQL(t testing.TB, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
