package repository

import (
	"context"
	"database/sql"
	"iter"
	"strings"

	"sessionhub/crypto"
	"sessionhub/models"
)

// oneSession selects a session and, behind it, its messages: one statement shows one state of both,
// and spares a transaction. Messages have their number and body in the first two columns.
var oneSession = "SELECT 0 AS seq, NULL AS body, " + sessionList + ` FROM sessions WHERE tenant_id = ? AND id = ? AND ` + alive + `
	UNION ALL SELECT seq, body` + strings.Repeat(", NULL", len(sessionColumns)) + ` FROM (` + selectMessages + `) AS parts`

// listOne is List for a filter that names the session.
func (r *Sessions) listOne(ctx context.Context, box *crypto.Box, who models.Actor, f models.SessionFilter, to SessionReader) error {
	defer r.store.took(&r.store.stats.streams, r.store.now())
	return r.store.streams.with(ctx, func() error {
		rows, err := briefly(ctx, r.store.stream, oneSession, who.TenantID, f.ID, who.TenantID, f.ID)
		if err != nil {
			return translate(err)
		}
		defer func() { _ = rows.Close() }() // rows.Err tells what went wrong
		return translate(r.readOne(rows, box, who, f, to))
	})
}

// readOne hands on the session that the first row of oneSession is, if it is one that the filter wants.
func (r *Sessions) readOne(rows *sql.Rows, box *crypto.Box, who models.Actor, f models.SessionFilter, to SessionReader) error {
	row := sessionRow{TenantID: who.TenantID}
	found := rows.Next()
	if found {
		if err := rows.Scan(append([]any{ignored{}, ignored{}}, row.fields()...)...); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if !found || f.AgentID != "" && f.AgentID != row.AgentID {
		return to.Total(0)
	}
	if err := to.Total(1); err != nil || f.Limit == 0 || f.Offset > 0 {
		return err
	}
	return r.handOne(box, who, &row, storedRows(rows), to)
}

// storedRows are the rows of messages that are left of oneSession.
func storedRows(rows *sql.Rows) iter.Seq2[storedPart, error] {
	return func(yield func(storedPart, error) bool) {
		var part storedPart
		fields := []any{&part.seq, &part.body}
		for range sessionColumns {
			fields = append(fields, ignored{})
		}
		for rows.Next() {
			if err := rows.Scan(fields...); !yield(part, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(part, err)
		}
	}
}

// ignored is for a column that is not wanted.
type ignored struct{}

// Scan is for database/sql.
func (ignored) Scan(any) error { return nil }
