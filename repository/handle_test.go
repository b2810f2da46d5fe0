package repository

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"gorm.io/gorm"
)

// Settings of a connection are lost with it, so every connection of both pools must come
// with them: synchronous=2 is FULL, without which a power cut can take what was acknowledged.
func TestEveryConnectionHasTheSettings(t *testing.T) {
	p := newPlanned(t, 0)
	for _, test := range []struct {
		db          *gorm.DB
		connections int
		queryOnly   string
		cache       string
	}{{p.write, 1, "0", "-2000"}, {p.read, 5, "1", "-512"}, {p.stream, 5, "1", "-512"}} {
		pool, err := test.db.DB()
		if err != nil {
			t.Fatal(err)
		}
		for range test.connections {
			c, err := pool.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }() // at the end, so that each is another one
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "busy_timeout": "15000", "foreign_keys": "1",
				"secure_delete": "2", "query_only": test.queryOnly, "cache_size": test.cache,
			} {
				if got := setting(t, c, pragma); got != want {
					t.Errorf("%s is %s, want %s", pragma, got, want)
				}
			}
		}
	}
}

func setting(t *testing.T, c *sql.Conn, pragma string) string {
	t.Helper()
	var value string
	if err := c.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestReadersCannotWrite(t *testing.T) {
	p := newPlanned(t, 0)
	err := p.reading(t.Context(), func(tx *gorm.DB) error { return tx.Exec("DELETE FROM sessions").Error })
	if err == nil || !strings.Contains(err.Error(), "readonly") {
		t.Errorf("error %v", err)
	}
}

// An error in the middle of a transaction, or the end of its request, leaves nothing of it.
func TestWhatFailsIsUndone(t *testing.T) {
	p := newPlanned(t, 0)
	ctx, cancel := context.WithCancel(t.Context())
	err := p.writing(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM sessions").Error; err != nil {
			return err
		}
		cancel()
		return nil
	})
	if err == nil {
		t.Error("a transaction without its request was committed")
	}
	func() {
		defer func() { _ = recover() }()
		_ = p.writing(t.Context(), func(tx *gorm.DB) error {
			if err := tx.Exec("DELETE FROM sessions").Error; err != nil {
				return err
			}
			panic("in the middle")
		})
	}()
	var n int64
	if err := p.read.Model(&sessionRow{}).Count(&n).Error; err != nil || n != 301 {
		t.Errorf("%d sessions, %v", n, err)
	}
	p.save(t, "s-2", "[]") // the writer is free again
}

// The rows of tables.go and the newest step of the schema are written down apart.
func TestRowsHaveTheColumnsOfTheSchema(t *testing.T) {
	p := newPlanned(t, 0)
	rows := []any{
		&stepRow{}, &moveRow{}, &masterKeyRow{}, &tenantRow{}, &storageKeyRow{}, &keyRow{}, &originRow{},
		&sessionRow{}, &messageRow{}, &auditRow{}, &loginRow{},
	}
	rows = append(rows, hubRows()...)
	for _, row := range rows {
		stmt := &gorm.Statement{DB: p.read}
		if err := stmt.Parse(row); err != nil {
			t.Fatal(err)
		}
		var columns []string
		err := p.read.Raw("SELECT name FROM pragma_table_info(?)", stmt.Schema.Table).Scan(&columns).Error
		if err != nil || strings.Join(columns, " ") != strings.Join(stmt.Schema.DBNames, " ") {
			t.Errorf("%s has the columns %v, and the row has %v, %v", stmt.Schema.Table, columns, stmt.Schema.DBNames, err)
		}
	}
	var tables int
	err := p.read.Raw("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables).Error
	if err != nil || tables != len(rows) {
		t.Errorf("%d tables, %d rows, %v", tables, len(rows), err)
	}
}

// Statements that are written by hand name the columns of the row, in the order of its fields.
func TestSessionColumnsAreThoseOfTheRow(t *testing.T) {
	p := newPlanned(t, 0)
	stmt := &gorm.Statement{DB: p.read}
	if err := stmt.Parse(&sessionRow{}); err != nil {
		t.Fatal(err)
	}
	if want := stmt.Schema.DBNames[1:]; strings.Join(sessionColumns, " ") != strings.Join(want, " ") {
		t.Errorf("columns %v, want %v", sessionColumns, want)
	}
	row := sessionRow{}
	if len(row.values()) != len(sessionColumns) || len(row.fields()) != len(sessionColumns) {
		t.Errorf("%d values, %d fields", len(row.values()), len(row.fields()))
	}
}
