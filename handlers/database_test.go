package handlers

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"sessionhub/repository"
	"sessionhub/repository/pgtest"
)

// database is where a stack keeps its data: a file of SQLite, or a schema of its own in the PostgreSQL
// that TEST_POSTGRES names where TEST_ON asks for that.
type database struct{ path, url string }

func newDatabase(t testing.TB) database {
	t.Helper()
	if os.Getenv("TEST_ON") == "postgres" {
		server := os.Getenv("TEST_POSTGRES")
		if server == "" {
			t.Fatal("TEST_ON asks for PostgreSQL, and TEST_POSTGRES names none")
		}
		return database{url: pgtest.Schema(t, server)}
	}
	return database{path: filepath.Join(t.TempDir(), "sessionhub.db")}
}

func (d database) onPostgres() bool { return d.url != "" }

func (d database) options(now func() time.Time) repository.Options {
	return repository.Options{Path: d.path, URL: d.url, Now: now, Connections: 12}
}

// open leads around the store. Parameters are written $1, $2 in the order of the values.
func (d database) open(t testing.TB) *sql.DB {
	t.Helper()
	if d.onPostgres() {
		return pgtest.Open(t, d.url)
	}
	db, err := sql.Open("sqlite3", "file:"+d.path+"?_busy_timeout=15000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// noTable is how the database says that there is none.
func (d database) noTable() string {
	if d.onPostgres() {
		return "does not exist"
	}
	return "no such table"
}

// content is all that is stored, as it is stored.
func (d database) content(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	if !d.onPostgres() {
		for _, suffix := range []string{"", "-wal"} {
			content, err := os.ReadFile(d.path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(content)
		}
		return all.String()
	}
	var tables string
	db := d.open(t)
	if err := db.QueryRow("SELECT string_agg(tablename, ' ') FROM pg_tables WHERE schemaname = CURRENT_SCHEMA()").Scan(&tables); err != nil {
		t.Fatal(err)
	}
	for table := range strings.FieldsSeq(tables) {
		var rows sql.NullString
		if err := db.QueryRow("SELECT string_agg(r::text, ' ') FROM " + table + " r").Scan(&rows); err != nil {
			t.Fatal(err)
		}
		all.WriteString(rows.String)
	}
	return all.String()
}
