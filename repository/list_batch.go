package repository

import (
	"context"
	"database/sql"
	"iter"

	"gorm.io/gorm"

	"sessionhub/models"
)

// batchMessages selects the messages of many sessions, in the order in which these are named: a server
// that is asked once for all of them, and not for each, is waited for once. The rows come as they are
// read. What is inside the parentheses is run for one session after another, since it has an order.
const batchMessages = `SELECT named.place, parts.seq, parts.body FROM unnest(CAST(? AS TEXT[])) WITH ORDINALITY AS named (id, place)
	CROSS JOIN LATERAL (SELECT seq, body FROM messages WHERE tenant_id = CAST(? AS BIGINT) AND session_id = named.id ORDER BY seq) AS parts`

// batch reads the messages of sessions that are handed on one after another.
type batch struct {
	ids    []string
	places []int64 // in ids, of each session; 0 for one without messages
	send   func(ids []string) (*sql.Rows, error)
	cancel context.CancelFunc

	rows *sql.Rows // nil until the first message is wanted
	next batchRow
	held bool // whether next was read and is not handed on yet
}

type batchRow struct {
	place int64
	storedPart
}

func newBatch(tx *gorm.DB, who models.Actor, sessions []sessionRow) *batch {
	ctx, cancel := context.WithCancel(tx.Statement.Context)
	b := &batch{cancel: cancel, places: make([]int64, len(sessions)), send: func(ids []string) (*sql.Rows, error) {
		return query(tx.WithContext(ctx), of(tx).batchMessages, ids, who.TenantID)
	}}
	for i := range sessions {
		if sessions[i].MessageCount > 0 {
			b.ids = append(b.ids, sessions[i].ID)
			b.places[i] = int64(len(b.ids))
		}
	}
	return b
}

// close ends the statement. Where the list has failed, what is left of it is not sent any more; else it is
// read to its end, because a request to stop could come late and stop the next statement.
func (b *batch) close(failed bool) {
	if failed {
		b.cancel()
	}
	if b.rows != nil {
		_ = b.rows.Close() // rows.Err told what went wrong
	}
	b.cancel()
}

// of returns the messages of a session. Those of the sessions before it that nobody wanted are passed over.
func (b *batch) of(session int) iter.Seq2[storedPart, error] {
	place := b.places[session]
	return func(yield func(storedPart, error) bool) {
		for {
			found, err := b.read()
			if err != nil {
				yield(storedPart{}, err)
			}
			if err != nil || !found || b.next.place > place {
				return
			}
			b.held = false
			if b.next.place == place && !yield(b.next.storedPart, nil) {
				return
			}
		}
	}
}

// read sees to it that there is a next row, and says whether there is.
func (b *batch) read() (found bool, err error) {
	if b.held {
		return true, nil
	}
	if b.rows == nil {
		if b.rows, err = b.send(b.ids); err != nil { //nolint:rowserrcheck,sqlclosecheck // below, and by close
			return false, err
		}
	}
	if !b.rows.Next() {
		return false, b.rows.Err()
	}
	b.held = true
	return true, b.rows.Scan(&b.next.place, &b.next.seq, &b.next.body)
}
