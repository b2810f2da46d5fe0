package repository

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Performs keeps what became of calls with an Idempotency-Key, and writes down who called what.
type Performs struct{ store *Store }

// Begin claims the key of p until the lease is over, and is true for one of all requests with it:
// for the others it tells of that one. After models.IdempotencyLifetime a key can be used anew.
// Without a key there is nothing to claim. Errors: models.ErrInvalid, [ErrUnreadable].
func (r *Performs) Begin(ctx context.Context, who models.Actor, p models.Perform, lease time.Time) (models.Repeat, bool, error) {
	if err := p.Validate(); err != nil {
		return models.Repeat{}, false, err
	}
	if p.IdempotencyKey == "" {
		return models.Repeat{}, true, nil
	}
	row, err := r.earlier(r.store.read.WithContext(ctx), who, p) // who waits for an answer keeps no writer from its work
	if errors.Is(err, gorm.ErrRecordNotFound) {
		row, err = r.claim(ctx, who, p, lease)
	}
	if err != nil || row == nil {
		return models.Repeat{}, err == nil, err
	}
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return models.Repeat{}, false, err
	}
	repeat, err := r.store.openPerform(box, who, row)
	return repeat, false, err
}

// earlier reads the call that has the key, unless it is too long ago.
func (r *Performs) earlier(db *gorm.DB, who models.Actor, p models.Perform) (*performRow, error) {
	var row performRow
	err := named(db, who, p).Where("started_at > ?", r.forgotten()).Take(&row).Error
	return &row, err
}

// forgotten is the newest start of a call that counts no more.
func (r *Performs) forgotten() int64 {
	return millis(r.store.now().Add(-models.IdempotencyLifetime))
}

// claim makes the row of the call, or returns that of another one which was faster.
func (r *Performs) claim(ctx context.Context, who models.Actor, p models.Perform, lease time.Time) (faster *performRow, err error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return nil, err
	}
	row := performRow{
		TenantID: who.TenantID, UserID: p.UserID, Function: p.Function, IdempotencyKey: p.IdempotencyKey,
		StartedAt: millis(r.store.now()), LeaseUntil: millis(lease),
	}
	digest := models.Secret(p.Digest)
	row.Digest = *r.store.seal(box, &digest, performPlace(who, "digest", &row))
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		faster = nil
		done := tx.Exec(claimPerform, row.TenantID, row.UserID, row.Function, row.IdempotencyKey, row.Digest, row.StartedAt, row.LeaseUntil, r.forgotten())
		if done.Error != nil || done.RowsAffected == 1 {
			return done.Error
		}
		faster, err = r.earlier(tx, who, p)
		return err
	})
	return faster, err
}

const claimPerform = `INSERT INTO performs (tenant_id, user_id, function, idempotency_key, digest, started_at, lease_until, answer)
	VALUES (?, ?, ?, ?, ?, ?, ?, NULL)
	ON CONFLICT (tenant_id, user_id, function, idempotency_key) DO UPDATE SET
		digest = excluded.digest, started_at = excluded.started_at, lease_until = excluded.lease_until, answer = NULL
	WHERE performs.started_at <= ?`

// Takeover claims the key of a call whose process died: its lease is over, and it has no answer.
// It is true for one of all who try, until the new lease is over.
func (r *Performs) Takeover(ctx context.Context, who models.Actor, p models.Perform, lease time.Time) (bool, error) {
	taken := false
	err := r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		done := named(tx.Model(&performRow{}), who, p).Where("answer IS NULL AND lease_until <= ?", millis(r.store.now())).
			Update("lease_until", millis(lease))
		taken = done.RowsAffected == 1
		return done.Error
	})
	return taken && err == nil, err
}

// Finish writes the audit entry of the call, and keeps the answer for its key where it has one.
func (r *Performs) Finish(ctx context.Context, who models.Actor, p models.Perform, answer models.Secret) error {
	event := performEvent(p)
	if p.IdempotencyKey == "" {
		return r.store.change(ctx, who, event, func(*gorm.DB) error { return nil })
	}
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return err
	}
	row := performRow{UserID: p.UserID, Function: p.Function, IdempotencyKey: p.IdempotencyKey}
	sealed := r.store.seal(box, &answer, performPlace(who, "answer", &row))
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		// Where the tool was removed meanwhile there is no row, and the call was made all the same.
		return named(tx.Model(&performRow{}), who, p).Update("answer", sealed).Error
	})
}

// Abandon gives the key back: nothing was called. An answer that is there stays.
func (r *Performs) Abandon(ctx context.Context, who models.Actor, p models.Perform) error {
	if p.IdempotencyKey == "" {
		return nil
	}
	return r.store.writingFor(ctx, who, func(tx *gorm.DB) error { return giveBack(tx, who, p) })
}

// Refuse writes the audit entry of a call that did nothing, although the provider was asked, and
// gives the key back.
func (r *Performs) Refuse(ctx context.Context, who models.Actor, p models.Perform) error {
	return r.store.change(ctx, who, performEvent(p), func(tx *gorm.DB) error { return giveBack(tx, who, p) })
}

func giveBack(tx *gorm.DB, who models.Actor, p models.Perform) error {
	if p.IdempotencyKey == "" {
		return nil
	}
	return named(tx, who, p).Where("answer IS NULL").Delete(&performRow{}).Error
}

func performEvent(p models.Perform) models.AuditEntry {
	return models.AuditEntry{EventName: models.EventPerform, RecordLocator: models.RecordLocator("function", p.Function, "user", p.UserID)}
}

// named is the row of the key.
func named(db *gorm.DB, who models.Actor, p models.Perform) *gorm.DB {
	return db.Where("tenant_id = ? AND user_id = ? AND function = ? AND idempotency_key = ?", who.TenantID, p.UserID, p.Function, p.IdempotencyKey)
}
