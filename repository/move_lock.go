package repository

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// held runs fn in a transaction that reads, while nobody can write.
func (s *Store) held(ctx context.Context, tables []*moveTable, fn func(tx *gorm.DB) error) error {
	locked := false
	begun := func(tx *gorm.DB) error {
		locked = true
		return fn(tx)
	}
	hold := s.holdPostgres
	if s.dialect == &sqliteDialect {
		hold = s.holdSQLite
	}
	err := hold(ctx, tables, begun)
	if !locked && lockedOut(err) {
		return fmt.Errorf("the source: %w", ErrInUse)
	}
	return err
}

// holdSQLite takes the one place of a writer. It waits for it as long as PostgreSQL does.
func (s *Store) holdSQLite(ctx context.Context, _ []*moveTable, fn func(tx *gorm.DB) error) error {
	db := s.write.WithContext(ctx)
	if _, err := execute(db, "PRAGMA busy_timeout = 5000"); err != nil {
		return err
	}
	err := db.Transaction(fn)
	_, again := execute(s.write, "PRAGMA busy_timeout = 15000") // as in sqliteSettings
	return translate(errors.Join(err, again))
}

// holdPostgres locks the tables against writes and other moves before it reads the first row, and has
// rows come by the primary key rather than sorted. While it waits for the other database no limit that
// the server may have for idle transactions ends it.
func (s *Store) holdPostgres(ctx context.Context, tables []*moveTable, fn func(tx *gorm.DB) error) error {
	statements := []string{
		"SET LOCAL lock_timeout = '5s'", "SET LOCAL idle_in_transaction_session_timeout = 0", unsorted,
		"LOCK TABLE " + tableNames(tables) + " IN SHARE ROW EXCLUSIVE MODE",
	}
	return s.streaming(ctx, func(tx *gorm.DB) error {
		for _, statement := range statements {
			if _, err := execute(tx, statement); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// unsorted keeps PostgreSQL from sorting a whole table that it has an index of.
const unsorted = "SET LOCAL enable_sort = off"

// lockedOut says whether an error is of a lock that somebody else has.
func lockedOut(err error) bool {
	var lite sqlite3.Error
	var answered *pgconn.PgError
	return errors.As(err, &lite) && lite.Code == sqlite3.ErrBusy || errors.As(err, &answered) && answered.Code == "55P03"
}

func tableNames(tables []*moveTable) string {
	names := make([]string, len(tables))
	for i, table := range tables {
		names[i] = table.name
	}
	return strings.Join(names, ", ")
}
