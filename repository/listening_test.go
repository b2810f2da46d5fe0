package repository

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// listening stands between gorm and the database, and notes what is sent, whoever wrote it.
type listening struct {
	gorm.ConnPool
	note func(sql string, vars []any)
}

func (l listening) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	l.note(query, args)
	return l.ConnPool.ExecContext(ctx, query, args...)
}

func (l listening) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	l.note(query, args)
	return l.ConnPool.QueryContext(ctx, query, args...)
}

func (l listening) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	l.note(query, args)
	return l.ConnPool.QueryRowContext(ctx, query, args...)
}

func (l listening) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	l.note(query, nil)
	return l.ConnPool.PrepareContext(ctx, query)
}

// BeginTx makes transactions listen too.
func (l listening) BeginTx(ctx context.Context, opts *sql.TxOptions) (gorm.ConnPool, error) {
	switch pool := l.ConnPool.(type) {
	case gorm.TxBeginner:
		tx, err := pool.BeginTx(ctx, opts)
		return &listeningTx{listening{tx, l.note}, tx}, err
	case gorm.ConnPoolBeginner: // another that listens, or a dialect's own
		inner, err := pool.BeginTx(ctx, opts)
		if err != nil {
			return nil, err
		}
		return &listeningTx{listening{inner, l.note}, inner.(gorm.TxCommitter)}, nil
	}
	return nil, errors.New("no transactions")
}

// GetDBConn is for those who want the pool itself.
func (l listening) GetDBConn() (*sql.DB, error) {
	if inner, ok := l.ConnPool.(gorm.GetDBConnector); ok {
		return inner.GetDBConn()
	}
	pool, ok := l.ConnPool.(*sql.DB)
	if !ok {
		return nil, errors.New("no pool")
	}
	return pool, nil
}

type listeningTx struct {
	listening
	tx gorm.TxCommitter
}

func (l *listeningTx) Commit() error   { return l.tx.Commit() }
func (l *listeningTx) Rollback() error { return l.tx.Rollback() }
