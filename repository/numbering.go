package repository

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"gorm.io/gorm"
)

// numbering stands before PostgreSQL, which writes parameters as $1, $2 where the statements of this
// package have ? or ?1. None of them has a question mark for something else.
type numbering struct {
	*sql.DB
	known *sync.Map // statements as PostgreSQL has them, by how they are written here: there are only so many
}

func newNumbering(pool *sql.DB) *numbering { return &numbering{pool, &sync.Map{}} }

// ExecContext, QueryContext and QueryRowContext are those of [gorm.ConnPool].
func (n *numbering) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	return n.DB.ExecContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

func (n *numbering) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	return n.DB.QueryContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

func (n *numbering) QueryRowContext(ctx context.Context, statement string, args ...any) *sql.Row {
	return n.DB.QueryRowContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

// BeginTx makes gorm's transactions ones of this kind.
func (n *numbering) BeginTx(ctx context.Context, opts *sql.TxOptions) (gorm.ConnPool, error) {
	tx, err := n.DB.BeginTx(ctx, opts)
	return &numberingTx{tx, n.known}, err
}

// GetDBConn returns the pool to gorm.
func (n *numbering) GetDBConn() (*sql.DB, error) { return n.DB, nil }

type numberingTx struct {
	*sql.Tx
	known *sync.Map
}

func (n *numberingTx) ExecContext(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	return n.Tx.ExecContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

func (n *numberingTx) QueryContext(ctx context.Context, statement string, args ...any) (*sql.Rows, error) {
	return n.Tx.QueryContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

func (n *numberingTx) QueryRowContext(ctx context.Context, statement string, args ...any) *sql.Row {
	return n.Tx.QueryRowContext(ctx, numbered(n.known, statement), findable(statement, args)...)
}

// numbered writes parameters as PostgreSQL does. gorm's statements have theirs so already.
func numbered(known *sync.Map, statement string) string {
	if !strings.Contains(statement, "?") {
		return statement
	}
	if text, ok := known.Load(statement); ok {
		return text.(string)
	}
	text := dollars(statement)
	known.Store(statement, text)
	return text
}

func dollars(statement string) string {
	parts := strings.Split(statement, "?")
	var text strings.Builder
	text.WriteString(parts[0])
	for i, part := range parts[1:] {
		text.WriteByte('$')
		if part == "" || part[0] < '0' || part[0] > '9' {
			text.WriteString(strconv.Itoa(i + 1))
		}
		text.WriteString(part)
	}
	return text.String()
}

// noID is in no name of anything: see models.
const noID = "\x01"

// findable keeps texts that PostgreSQL takes for none from what only looks for something: there is
// nothing of that name. Who writes one is told: see notText.
func findable(statement string, args []any) []any {
	if !strings.HasPrefix(statement, "SELECT") && !strings.HasPrefix(statement, "DELETE") {
		return args
	}
	for i, arg := range args {
		if text, ok := arg.(string); ok && (strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text)) {
			args = slices.Clone(args)
			args[i] = noID
		}
	}
	return args
}
