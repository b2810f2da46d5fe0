package repository

import (
	"context"
	"errors"
	"iter"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// SessionReader receives what a list holds, in order. An error that it returns ends the list.
type SessionReader struct {
	// Total is called once, first, with the number of sessions that match.
	Total func(total int64) error
	// Session is called for each session of the page. The messages can be read while it runs.
	Session func(m *models.Session, messages models.Text) error
	// Next is called by a search, last, with the cursor of the page that follows, if any does.
	Next func(cursor string) error
}

// List reads the sessions that pass the filter from one state of the database, newest first,
// ties by id. Memory does not grow with their number, nor with the number of their messages.
func (r *Sessions) List(ctx context.Context, who models.Actor, f models.SessionFilter, to SessionReader) error {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return err
	}
	if f.ID != "" { // one session need not wait for the lists of slow clients
		return r.listOne(ctx, box, who, f, to)
	}
	return r.store.listing(ctx, func(tx *gorm.DB) error {
		selected := selection(who, f)
		total, err := selected.count(tx)
		if err != nil {
			return err
		}
		if err := to.Total(total); err != nil {
			return err
		}
		for batch, err := range selected.batches(tx, f) {
			if err != nil {
				return err
			}
			if err := r.hand(tx, box, who, batch, to); err != nil {
				return err
			}
		}
		return nil
	})
}

// hand opens sessions and hands them on.
func (r *Sessions) hand(tx *gorm.DB, box *crypto.Box, who models.Actor, rows []sessionRow, to SessionReader) (err error) {
	stored := func(i int) iter.Seq2[storedPart, error] { return selectedRows(tx, who, rows[i].ID) }
	if len(rows) > 1 && of(tx).batchMessages != "" {
		b := newBatch(tx, who, rows)
		defer func() { b.close(err != nil) }()
		stored = b.of
	}
	for i := range rows {
		if err = r.handOne(box, who, &rows[i], stored(i), to); err != nil {
			return err
		}
	}
	return nil
}

// handOne opens a session and hands it on, with the messages that it will read from stored.
func (r *Sessions) handOne(box *crypto.Box, who models.Actor, row *sessionRow, stored iter.Seq2[storedPart, error], to SessionReader) error {
	m, err := r.store.openSession(box, who, row)
	if err != nil {
		return err
	}
	text, err := r.text(box, who, row, stored)
	if err != nil {
		return err
	}
	return to.Session(m, text)
}

// text returns the messages of a session, to be read from stored as they are wanted.
func (r *Sessions) text(box *crypto.Box, who models.Actor, row *sessionRow, stored iter.Seq2[storedPart, error]) (models.Text, error) {
	if row.MessagesKind == models.KindNone {
		return nil, nil //nolint:nilnil // no messages: a nil Text says so
	}
	var head, tail string
	if row.MessagesKind == models.KindArray {
		frame, err := r.store.openFrame(box, who, row)
		if err != nil {
			return nil, err
		}
		head, tail = models.SplitFrame(frame)
	}
	return func(yield func(string, error) bool) {
		if !yield(head, nil) {
			return
		}
		if row.MessageCount > 0 {
			count := int64(0)
			for part, err := range r.store.openedParts(box, who, row.ID, stored) {
				if count++; !yield(part, err) || err != nil {
					return
				}
			}
			if count != row.MessageCount {
				yield("", unreadableSession(row.ID, errors.New("the number of its messages is not the stored one")))
				return
			}
		}
		yield(tail, nil)
	}, nil
}

// storedPart is a part of a session's messages as it is stored.
type storedPart struct {
	seq  int64
	body string // sealed
}

var errGap = errors.New("one of its messages is missing")

// openedParts opens the parts of a session's messages one by one.
func (s *Store) openedParts(box *crypto.Box, who models.Actor, sessionID string, stored iter.Seq2[storedPart, error]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		next := int64(0)
		for row, err := range stored {
			var part string
			if err == nil && row.seq != next {
				err = unreadableSession(sessionID, errGap)
			}
			if err == nil {
				part, err = s.openMessage(box, who, sessionID, row.seq, row.body)
			}
			if next++; !yield(part, err) || err != nil {
				return
			}
		}
	}
}

// selectMessages has casts, because SQLite plans a statement that orders its rows, or wants the
// largest, anew for each plain parameter that it is given. See docs/adr/0019.
const selectMessages = "SELECT seq, body FROM messages WHERE tenant_id = CAST(? AS BIGINT) AND session_id = CAST(? AS TEXT) ORDER BY seq"

// selectPart selects the messages of a session from one up to another.
const selectPart = `SELECT seq, body FROM messages WHERE tenant_id = CAST(? AS BIGINT) AND session_id = CAST(? AS TEXT)
	AND seq >= CAST(? AS BIGINT) AND seq < CAST(? AS BIGINT) ORDER BY seq`

// selectedRows reads the messages of a session.
func selectedRows(tx *gorm.DB, who models.Actor, sessionID string) iter.Seq2[storedPart, error] {
	return storedParts(tx, selectMessages, who.TenantID, sessionID)
}

// storedParts reads the messages that a statement selects.
func storedParts(tx *gorm.DB, statement string, args ...any) iter.Seq2[storedPart, error] {
	return func(yield func(storedPart, error) bool) {
		var part storedPart
		rows, err := query(tx, statement, args...)
		if err != nil {
			yield(part, err)
			return
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
		for rows.Next() {
			if err := rows.Scan(&part.seq, &part.body); !yield(part, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(part, err)
		}
	}
}
