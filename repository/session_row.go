package repository

import (
	"database/sql"
	"fmt"
	"strings"

	"gorm.io/gorm"

	"sessionhub/models"
)

// sessionColumns are those of sessionRow but for the tenant, in the order of its fields.
var sessionColumns = []string{
	"id", "agent_id", "user_name", "user_email", "accept_terms", "messages_kind", "messages_frame", "message_count",
	"prompt_tokens", "completion_tokens", "finalized_at", "created_at", "updated_at", "deleted_at", "revision",
}

var (
	sessionList   = strings.Join(sessionColumns, ", ")
	selectSession = "SELECT " + sessionList + " FROM sessions WHERE tenant_id = ? AND id = ?"
	insertSession = "INSERT INTO sessions (tenant_id, " + sessionList + ") VALUES (?" + strings.Repeat(", ?", len(sessionColumns)) + ")"
	// overTombstone lets an insert replace a deleted session, and do nothing to a live one.
	overTombstone = " ON CONFLICT (tenant_id, id) DO UPDATE SET " + assign("%[1]s = excluded.%[1]s") + " WHERE sessions.deleted_at IS NOT NULL"
	updateSession = "UPDATE sessions SET " + assign("%s = ?") + " WHERE tenant_id = ? AND id = ?"
)

// alive is the condition of a session that is found by its id: it is not deleted. "deleted_at IS NULL" would
// let PostgreSQL take an index of such sessions, which holds the id too, but last: while there are no
// statistics it takes that for as good as the key, and goes through all sessions of the tenant.
const alive = "COALESCE(deleted_at, -1) = -1"

// assign writes the form for each column but the id.
func assign(form string) string {
	parts := make([]string, 0, len(sessionColumns))
	for _, column := range sessionColumns[1:] {
		parts = append(parts, fmt.Sprintf(form, column))
	}
	return strings.Join(parts, ", ")
}

// values are what the columns hold.
func (row *sessionRow) values() []any {
	return []any{
		row.ID, row.AgentID, row.UserName, row.UserEmail, row.AcceptTerms, row.MessagesKind, row.MessagesFrame, row.MessageCount,
		row.PromptTokens, row.CompletionTokens, row.FinalizedAt, row.CreatedAt, row.UpdatedAt, row.DeletedAt, row.Revision,
	}
}

// fields are where the columns are read to. What was read before is written over.
func (row *sessionRow) fields() []any {
	return []any{
		&row.ID, &row.AgentID,
		optional[string]{&row.UserName},
		optional[string]{&row.UserEmail},
		optional[string]{&row.AcceptTerms},
		number[int]{&row.MessagesKind},
		optional[string]{&row.MessagesFrame},
		number[int64]{&row.MessageCount},
		optional[int64]{&row.PromptTokens},
		optional[int64]{&row.CompletionTokens},
		optional[string]{&row.FinalizedAt},
		number[int64]{&row.CreatedAt},
		number[int64]{&row.UpdatedAt},
		optional[int64]{&row.DeletedAt},
		number[int64]{&row.Revision},
	}
}

// number reads a column of integers, and optional one that may be NULL, in less time than
// database/sql, which would reflect.
type number[T int | int64] struct{ to *T }

// Scan is for database/sql.
func (n number[T]) Scan(value any) error {
	integer, ok := value.(int64)
	if !ok {
		return fmt.Errorf("a column holds %T", value)
	}
	*n.to = T(integer)
	return nil
}

type optional[T any] struct{ to **T }

// Scan is for database/sql.
func (o optional[T]) Scan(value any) error {
	switch value := value.(type) {
	case nil:
		*o.to = nil
	case T:
		*o.to = &value
	default:
		return fmt.Errorf("a column holds %T", value)
	}
	return nil
}

// lockSession is takeSession for a session that is about to be changed: others wait with that until
// the transaction ends.
func lockSession(tx *gorm.DB, who models.Actor, id string) (*sessionRow, error) {
	return scanSession(queryRow(tx, selectSession+of(tx).own, who.TenantID, id), who)
}

// takeSession reads a session: sql.ErrNoRows, or [ErrDeleted] for a tombstone.
func takeSession(tx *gorm.DB, who models.Actor, id string) (*sessionRow, error) {
	return scanSession(queryRow(tx, selectSession, who.TenantID, id), who)
}

func scanSession(selected *sql.Row, who models.Actor) (*sessionRow, error) {
	row := sessionRow{TenantID: who.TenantID}
	if err := selected.Scan(row.fields()...); err != nil {
		return nil, err
	}
	if row.DeletedAt != nil {
		return nil, ErrDeleted
	}
	return &row, nil
}
