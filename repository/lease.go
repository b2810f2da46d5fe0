package repository

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Of all processes that want to refresh the tokens of a connection, one shall: a refresh token
// often works once. It takes a lease, which ends by itself where its holder dies.

// Lease is true for one of all who ask for the revision that they know, until the time is over;
// false where another has the lease, or the connection was changed or removed.
func (r *Connections) Lease(ctx context.Context, who models.Actor, c *models.Connection, until time.Time) (bool, error) {
	taken := false
	err := r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		done := atRevision(tx, who, c).Where("(refresh_until IS NULL OR refresh_until <= ?)", millis(r.store.now())).
			Update("refresh_until", millis(until))
		taken = done.RowsAffected == 1
		return done.Error
	})
	if taken = taken && err == nil; taken {
		c.RefreshUntil = fromMillis(millis(until))
	}
	return taken, err
}

// Renew writes the credentials and the problem that a refresh ended with, and ends the lease.
// Errors: [ErrConflict] where the connection was changed or removed since c was read.
func (r *Connections) Renew(ctx context.Context, who models.Actor, c *models.Connection) error {
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
	now := fromMillis(millis(r.store.now()))
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		done := atRevision(tx, who, c).Updates(map[string]any{
			"credentials": sealed, "problem": string(c.Problem), "revision": c.Revision + 1, "refresh_until": nil, "updated_at": millis(now),
		})
		if done.Error == nil && done.RowsAffected == 0 {
			return ErrConflict
		}
		return done.Error
	})
	if err == nil {
		c.Revision, c.UpdatedAt, c.RefreshUntil = c.Revision+1, now, time.Time{}
	}
	return err
}

// Release ends the lease that Lease has given for c, also where the connection was changed since,
// and changes nothing else. One that is over, and may be another's by now, is left alone.
func (r *Connections) Release(ctx context.Context, who models.Actor, c *models.Connection) error {
	err := r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		return tx.Model(&connectionRow{}).
			Where("tenant_id = ? AND user_id = ? AND tool = ? AND refresh_until = ?", who.TenantID, c.UserID, c.Tool, millis(c.RefreshUntil)).
			Update("refresh_until", nil).Error
	})
	if err == nil {
		c.RefreshUntil = time.Time{}
	}
	return err
}

// atRevision is the connection, as long as it is the one that was read.
func atRevision(tx *gorm.DB, who models.Actor, c *models.Connection) *gorm.DB {
	return tx.Model(&connectionRow{}).
		Where("tenant_id = ? AND user_id = ? AND tool = ? AND revision = ?", who.TenantID, c.UserID, c.Tool, c.Revision)
}
