package repository

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sessionhub/repository/pgtest"
)

// schemaColumn is what both engines have to agree on.
type schemaColumn struct {
	Table, Name string
	Required    bool
	Key         int64 // its place in the primary key, from 1; 0 for none
}

const sqliteColumns = `SELECT m.name AS "table", c.name, c."notnull" AS required, c.pk AS key
	FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`

const postgresColumns = `SELECT c.table_name AS "table", c.column_name AS name, c.is_nullable = 'NO' AS required, COALESCE(k.ordinal_position, 0) AS key
	FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k
		ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name
	WHERE c.table_schema = CURRENT_SCHEMA() ORDER BY c.table_name COLLATE "C", c.ordinal_position`

// TestBothEnginesHaveTheSameTables: the schema of PostgreSQL is written down apart from the steps that
// led to that of SQLite.
func TestBothEnginesHaveTheSameTables(t *testing.T) {
	postgres := columnsOf(t, postgresStore(t).read, postgresColumns)
	postgres = slices.DeleteFunc(postgres, func(c schemaColumn) bool { return slices.Contains(postgresTables, c.Table) })
	byTable := func(a, b schemaColumn) int { return strings.Compare(a.Table, b.Table) }
	sqlite := columnsOf(t, newPlanned(t, 0).read, sqliteColumns)
	slices.SortStableFunc(postgres, byTable)
	slices.SortStableFunc(sqlite, byTable)
	// A column that came in a later step is at the end in SQLite too, so that the order is the same.
	if got, want := lines(postgres), lines(sqlite); !slices.Equal(got, want) || len(got) < 100 {
		t.Errorf("PostgreSQL has\n%s\nand SQLite\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func lines(columns []schemaColumn) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = fmt.Sprintf("%s.%s required=%v key=%d", c.Table, c.Name, c.Required, c.Key)
	}
	return all
}

func columnsOf(t *testing.T, db *gorm.DB, statement string) []schemaColumn {
	t.Helper()
	var all []schemaColumn
	if err := db.Raw(statement).Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	return all
}

// TestKeysOfTenantsBeginWithTheTenant: a distributed PostgreSQL places rows by it, and takes no unique
// index without it. Texts of keys compare byte by byte there too.
func TestKeysOfTenantsBeginWithTheTenant(t *testing.T) {
	s := postgresStore(t)
	var indexes []struct{ Tablename, Indexdef string }
	if err := s.read.Raw("SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = CURRENT_SCHEMA()").Scan(&indexes).Error; err != nil {
		t.Fatal(err)
	}
	for _, index := range indexes {
		column := tenantColumn[index.Tablename]
		if index.Tablename != "tenants" && strings.Contains(index.Indexdef, "UNIQUE") && column != "" && !strings.Contains(index.Indexdef, "("+column+", ") {
			t.Errorf("%s", index.Indexdef)
		}
	}
	var loose []string
	err := s.read.Raw(`SELECT table_name || '.' || column_name FROM information_schema.columns c
		WHERE table_schema = CURRENT_SCHEMA() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C' AND EXISTS
			(SELECT 1 FROM information_schema.key_column_usage k WHERE k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name)`).
		Scan(&loose).Error
	if err != nil || len(loose) > 0 || len(indexes) < 20 {
		t.Errorf("%d indexes; of other collations are %v, %v", len(indexes), loose, err)
	}
}

// postgresStore is a store in a schema of its own, with the handles that tests of this package look at.
func postgresStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: pgtest.Schema(t, os.Getenv("TEST_POSTGRES")), Now: func() time.Time { return time.UnixMilli(1_773_480_413_589) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
