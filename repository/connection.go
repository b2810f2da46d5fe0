package repository

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// ErrConflict is models.ErrConflict, which those know who may not import this package.
var ErrConflict = models.ErrConflict

// Connections keeps the credentials of users, and of the tenant itself, for its tools.
type Connections struct{ store *Store }

// Get returns the connection of the user, or of the tenant where userID is empty. Errors:
// [ErrNotFound]; [ErrUnreadable] with a connection that has models.ProblemUnreadable and no
// credentials.
func (r *Connections) Get(ctx context.Context, who models.Actor, tool, userID string) (models.Connection, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return models.Connection{}, err
	}
	var row connectionRow
	err = r.store.read.WithContext(ctx).Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, userID, tool).Take(&row).Error
	if err != nil {
		return models.Connection{}, translate(err)
	}
	return r.store.openConnection(box, who, &row)
}

// List returns the connections of the user, by tool. One that does not open hides no other: it
// has no credentials, and models.ProblemUnreadable.
func (r *Connections) List(ctx context.Context, who models.Actor, userID string) ([]models.Connection, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return nil, err
	}
	var rows []connectionRow
	err = r.store.read.WithContext(ctx).Where("tenant_id = ? AND user_id = ?", who.TenantID, userID).Order("tool").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	connections := make([]models.Connection, len(rows))
	for i := range rows {
		connections[i], err = r.store.openConnection(box, who, &rows[i])
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return nil, err
		}
	}
	return connections, nil
}

// Save connects the user, or changes the connection that is there, whatever its revision: what a
// person enters wins over a refresh that is under way. It sets times and revision of c. Errors:
// [ErrNotFound] for a tool that the tenant does not have, models.ErrInvalid.
func (r *Connections) Save(ctx context.Context, who models.Actor, c *models.Connection) error {
	if err := c.Validate(); err != nil {
		return err
	}
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return err
	}
	sealed, err := r.store.sealCredentials(box, who, c)
	if err != nil {
		return err
	}
	return r.store.changeAs(ctx, who, func(tx *gorm.DB) (models.AuditEntry, error) {
		event := models.AuditEntry{EventName: models.EventConnect, RecordLocator: recordLocator("tool", c.Tool, "user", c.UserID)}
		if err := toolExists(tx, who, c.Tool); err != nil {
			return event, err
		}
		there, err := r.next(tx, who, c)
		if err != nil {
			return event, err
		}
		row := connectionRow{
			TenantID: who.TenantID, Tool: c.Tool, UserID: c.UserID, Problem: string(c.Problem), Revision: c.Revision,
			CreatedAt: millis(c.CreatedAt), UpdatedAt: millis(c.UpdatedAt), Credentials: sealed,
		}
		if !there {
			return event, tx.Create(&row).Error
		}
		event.EventName = models.EventReconnect
		return event, tx.Select("*").Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, c.UserID, c.Tool).Updates(&row).Error
	})
}

// next sets the revision and the times of what is about to be saved, and says whether it is a change.
func (r *Connections) next(tx *gorm.DB, who models.Actor, c *models.Connection) (there bool, err error) {
	c.UpdatedAt, c.RefreshUntil = fromMillis(millis(r.store.now())), time.Time{}
	var row connectionRow
	err = tx.Select("revision, created_at").Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, c.UserID, c.Tool).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		c.CreatedAt = c.UpdatedAt
		c.Revision, err = r.firstRevision()
		return false, err
	}
	c.Revision, c.CreatedAt = row.Revision+1, fromMillis(row.CreatedAt)
	return err == nil, err
}

// firstRevision is a random number of 48 bits. Who disconnects and connects again has another
// connection: a refresh that began with the old one must not find its revision.
func (r *Connections) firstRevision() (int64, error) {
	b, err := crypto.Random(r.store.random, 8)
	if err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)>>16) + 1, nil
}

// Delete removes the connection. Errors: [ErrNotFound].
func (r *Connections) Delete(ctx context.Context, who models.Actor, tool, userID string) error {
	event := models.AuditEntry{EventName: models.EventDisconnect, RecordLocator: recordLocator("tool", tool, "user", userID)}
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		gone := tx.Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, userID, tool).Delete(&connectionRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return ErrNotFound
		}
		return gone.Error
	})
}
