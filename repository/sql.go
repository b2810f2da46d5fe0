package repository

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// The statements of sessions are written by hand and sent as they are: gorm takes longer to make such a
// statement, and to read its row, than SQLite takes to run it. Everything else goes through gorm.

// execute runs a statement and returns how many rows it changed.
func execute(tx *gorm.DB, statement string, args ...any) (int64, error) {
	result, err := tx.Statement.ConnPool.ExecContext(tx.Statement.Context, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// queryRow runs a statement that selects one row at most.
func queryRow(tx *gorm.DB, statement string, args ...any) *sql.Row {
	return tx.Statement.ConnPool.QueryRowContext(tx.Statement.Context, statement, args...)
}

// query runs a statement that selects rows. The caller closes them.
func query(tx *gorm.DB, statement string, args ...any) (*sql.Rows, error) {
	return tx.Statement.ConnPool.QueryContext(tx.Statement.Context, statement, args...) //nolint:rowserrcheck,sqlclosecheck // the caller's
}

// waitForOthers lets one transaction at a time pass, of all that call it in the whole installation.
func waitForOthers(tx *gorm.DB) error {
	if of(tx).exclusive == "" {
		return nil
	}
	_, err := execute(tx, of(tx).exclusive)
	return err
}

// briefly queries outside of a transaction for what comes at once, and so is not worth watching the context.
func briefly(ctx context.Context, db *gorm.DB, statement string, args ...any) (*sql.Rows, error) {
	return db.ConnPool.QueryContext(unwatched(ctx, db), statement, args...) //nolint:rowserrcheck,sqlclosecheck // the caller's
}

// brieflyRow is briefly for one row at most.
func brieflyRow(ctx context.Context, db *gorm.DB, statement string, args ...any) *sql.Row {
	return db.ConnPool.QueryRowContext(unwatched(ctx, db), statement, args...)
}

// unwatched is a context that is not watched where the database is in this process; a server may not answer.
func unwatched(ctx context.Context, db *gorm.DB) context.Context {
	if of(db) == &sqliteDialect {
		return context.WithoutCancel(ctx)
	}
	return ctx
}
