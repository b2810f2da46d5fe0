package repository

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
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

// Change connects the user, or changes the connection that is there, whatever its revision: what a
// person enters wins over a refresh that is under way. change gets what is stored, in the
// transaction that writes it back: what it leaves alone stays, also what a refresh wrote a moment
// ago. It gets models.ProblemUnreadable and no credentials where those do not open, and must not
// use the store. t is the tool that the credentials were given for. Errors: those of change;
// [ErrNotFound] for a tool that the tenant does not have; [ErrConflict] where it was replaced since
// t was read; models.ErrInvalid.
func (r *Connections) Change(ctx context.Context, who models.Actor, t *models.Tool, userID string, change func(*models.Connection) error) (models.Connection, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return models.Connection{}, err
	}
	var c models.Connection
	err = r.store.changeAs(ctx, who, nil, func(tx *gorm.DB) (models.AuditEntry, error) {
		c = models.Connection{Tool: t.Name, UserID: userID}
		event := models.AuditEntry{EventName: models.EventConnect, RecordLocator: models.RecordLocator("tool", t.Name, "user", userID)}
		if err := toolUnchanged(tx, who, t); err != nil {
			return event, err
		}
		there, err := r.stored(tx, box, who, &c)
		if err != nil {
			return event, err
		}
		if there {
			event.EventName = models.EventReconnect
		}
		leased := refreshTokens(&c)
		if err := change(&c); err != nil {
			return event, err
		}
		if !slices.ContainsFunc(refreshTokens(&c), func(token models.Secret) bool { return slices.Contains(leased, token) }) {
			c.RefreshUntil = time.Time{} // a refresh that is under way has nothing to bring
		}
		return event, r.write(tx, box, who, &c, there)
	})
	if err != nil {
		return models.Connection{}, err
	}
	return c, nil
}

// stored reads the connection that is there, if any, as the base of a change.
func (r *Connections) stored(tx *gorm.DB, box *crypto.Box, who models.Actor, c *models.Connection) (there bool, err error) {
	var row connectionRow
	err = tx.Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, c.UserID, c.Tool).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	*c, err = r.store.openConnection(box, who, &row)
	if errors.Is(err, ErrUnreadable) { // whoever cannot read it may still replace it
		err = nil
	}
	return true, err
}

// refreshTokens are those that somebody who has the lease may be about to exchange.
func refreshTokens(c *models.Connection) []models.Secret {
	var tokens []models.Secret
	for _, credential := range c.Credentials {
		if credential.Token != nil && credential.Token.Refresh != "" {
			tokens = append(tokens, credential.Token.Refresh)
		}
	}
	return tokens
}

// write puts the changed connection in its place, under the next revision.
func (r *Connections) write(tx *gorm.DB, box *crypto.Box, who models.Actor, c *models.Connection, there bool) error {
	if err := c.Validate(); err != nil {
		return err
	}
	c.UpdatedAt = fromMillis(millis(r.store.now()))
	c.Revision++
	if !there {
		var err error
		if c.Revision, err = r.firstRevision(); err != nil {
			return err
		}
		c.CreatedAt = c.UpdatedAt
	}
	sealed, err := r.store.sealCredentials(box, who, c)
	if err != nil {
		return err
	}
	row := connectionRow{
		TenantID: who.TenantID, Tool: c.Tool, UserID: c.UserID, Problem: string(c.Problem), Revision: c.Revision,
		CreatedAt: millis(c.CreatedAt), UpdatedAt: millis(c.UpdatedAt), Credentials: sealed,
	}
	if !c.RefreshUntil.IsZero() {
		row.RefreshUntil = optionalMillis(&c.RefreshUntil)
	}
	if !there {
		return tx.Create(&row).Error
	}
	return tx.Select("*").Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, c.UserID, c.Tool).Updates(&row).Error
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
	event := models.AuditEntry{EventName: models.EventDisconnect, RecordLocator: models.RecordLocator("tool", tool, "user", userID)}
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		gone := tx.Where("tenant_id = ? AND user_id = ? AND tool = ?", who.TenantID, userID, tool).Delete(&connectionRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return ErrNotFound
		}
		return gone.Error
	})
}
