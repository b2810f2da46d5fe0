package repository

import (
	"context"
	"errors"
	"math"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// partBytes is how much of the messages a part has before it ends, be there more to come: it is held in
// memory, and one message may be as long as the body of a request.
const partBytes = 4 << 20

// Part returns a session and its messages from one number on, counted from 0, at most so many; fewer, but
// one at least, where they are long: those after the first 4 MiB are of the next part. It costs the same however
// many there are beside. Errors: [ErrNotFound], [ErrUnreadable].
func (r *Sessions) Part(ctx context.Context, who models.Actor, id string, from, most int64) (part models.SessionPart, err error) {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return part, err
	}
	err = r.store.reading(ctx, func(tx *gorm.DB) error {
		row, err := takeSession(tx, who, id)
		if err != nil {
			return err
		}
		part, err = r.part(tx, box, who, row, max(from, 0), max(most, 0))
		return err
	})
	if errors.Is(err, ErrDeleted) {
		err = ErrNotFound
	}
	if err != nil {
		return models.SessionPart{}, err
	}
	return part, nil
}

func (r *Sessions) part(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, from, most int64) (part models.SessionPart, err error) {
	m, err := r.store.openSession(box, who, row)
	if err != nil {
		return part, err
	}
	part.Session, part.Kind = *m, row.MessagesKind
	if row.MessagesKind == models.KindNone {
		return part, nil
	}
	if _, err := r.store.openFrame(box, who, row); err != nil {
		return part, err
	}
	end := from + min(most, math.MaxInt64-from)
	next, size := from, 0
	for stored, err := range storedParts(tx, selectPart, who.TenantID, row.ID, from, end) {
		if err == nil && (stored.seq != next || next >= row.MessageCount) {
			err = unreadableSession(row.ID, errGap)
		}
		if err != nil {
			return part, err
		}
		text, err := r.store.openMessage(box, who, row.ID, stored.seq, stored.body)
		if err != nil {
			return part, err
		}
		if row.MessagesKind == models.KindArray {
			text = models.Element(text)
		}
		part.Messages = append(part.Messages, text)
		next++
		if size += len(text); size >= partBytes {
			return part, nil
		}
	}
	if next < min(end, row.MessageCount) {
		return part, unreadableSession(row.ID, errGap)
	}
	return part, nil
}
