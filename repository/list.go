package repository

import (
	"context"
	"errors"
	"iter"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// listBatch is how many sessions are in memory while a list is read.
const listBatch = 200

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
		// Each statement starts from here; without Session they would pile up their conditions.
		matching := filtered(tx.Model(&sessionRow{}), who, f).Session(&gorm.Session{})
		var total int64
		if err := matching.Count(&total).Error; err != nil {
			return err
		}
		if err := to.Total(total); err != nil {
			return err
		}
		for batch, err := range batches(matching, f) {
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

func filtered(tx *gorm.DB, who models.Actor, f models.SessionFilter) *gorm.DB {
	tx = tx.Where("tenant_id = ? AND deleted_at IS NULL", who.TenantID)
	if f.AgentID != "" {
		tx = tx.Where("agent_id = ?", f.AgentID)
	}
	return tx
}

// batches reads the page a batch at a time; each starts behind the last row of the one before.
func batches(matching *gorm.DB, f models.SessionFilter) iter.Seq2[[]sessionRow, error] {
	return func(yield func([]sessionRow, error) bool) {
		var last *sessionRow
		for left := f.Limit; left != 0; {
			size := int64(listBatch)
			if left > 0 {
				size = min(size, left)
			}
			rows, err := batch(matching, last, f.Offset, int(size))
			if err == nil && len(rows) == 0 || !yield(rows, err) || err != nil {
				return
			}
			last = &rows[len(rows)-1]
			if left > 0 {
				left -= int64(len(rows))
			}
		}
	}
}

// batch reads what comes behind the last row: first what was created in the same millisecond,
// of which an import can have made many, and where there is no more of that, what is older.
func batch(matching *gorm.DB, last *sessionRow, offset int64, size int) (rows []sessionRow, err error) {
	page := matching.Select(sessionList).Order("created_at DESC, id").Limit(size)
	if last == nil {
		return readSessions(page.Offset(int(offset)), size)
	}
	page = page.Session(&gorm.Session{})
	rows, err = readSessions(page.Where("created_at = ? AND id > ?", last.CreatedAt, last.ID), size)
	if err != nil || len(rows) > 0 {
		return rows, err
	}
	return readSessions(page.Where("created_at < ?", last.CreatedAt), size)
}

// hand opens sessions and hands them on.
func (r *Sessions) hand(tx *gorm.DB, box *crypto.Box, who models.Actor, rows []sessionRow, to SessionReader) error {
	for i := range rows {
		if err := r.handOne(box, who, &rows[i], selectedRows(tx, who, rows[i].ID), to); err != nil {
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

// selectedRows reads the messages of a session.
func selectedRows(tx *gorm.DB, who models.Actor, sessionID string) iter.Seq2[storedPart, error] {
	return func(yield func(storedPart, error) bool) {
		var part storedPart
		rows, err := query(tx, selectMessages, who.TenantID, sessionID)
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
