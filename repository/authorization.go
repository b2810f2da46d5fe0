package repository

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Authorizations keeps sign-ins at OAuth 2.0 providers between their beginning and the way back.
type Authorizations struct{ store *Store }

// Begin keeps the sign-in until models.AuthorizationLifetime is over, and returns the state by which
// the provider sends the user back: it is not stored and cannot be shown again. Errors:
// [ErrNotFound] for a tool that the tenant does not have.
func (r *Authorizations) Begin(ctx context.Context, who models.Actor, a models.Authorization) (models.Secret, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return "", err
	}
	state, err := r.store.newToken()
	if err != nil {
		return "", err
	}
	hash := secretHash(state)
	row := authorizationRow{
		TenantID: who.TenantID, StateHash: hash, LinkHash: secretHash(a.Link),
		LinkToken: *r.store.seal(box, &a.Link, authorizationPlace(who, "link_token", hash)),
		Tool:      a.Tool, Scheme: a.Scheme, UserID: a.UserID,
		Verifier:    *r.store.seal(box, &a.Verifier, authorizationPlace(who, "verifier", hash)),
		RedirectURL: a.RedirectURL, ExpiresAt: millis(r.store.now().Add(models.AuthorizationLifetime)),
	}
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		if err := toolExists(tx, who, a.Tool); err != nil {
			return err
		}
		return tx.Create(&row).Error
	})
	if err != nil {
		return "", err
	}
	return state, nil
}

// begunRow is a sign-in and the tenant that it is of.
type begunRow struct {
	Authorization  authorizationRow `gorm:"embedded"`
	DatabaseIDHash string
}

// Take returns the sign-in that has this state, and who began it, once: it is gone then, also when
// it does not open. Errors: [ErrNotFound] for a state that is unknown, used or over, or of a
// tenant that was deleted; [ErrUnreadable].
func (r *Authorizations) Take(ctx context.Context, state models.Secret) (models.Actor, models.Authorization, error) {
	if !isToken(state) {
		return models.Actor{}, models.Authorization{}, ErrNotFound
	}
	var row begunRow
	won := false
	err := r.store.writing(ctx, func(tx *gorm.DB) error {
		row, won = begunRow{}, false
		err := tx.Raw(`SELECT a.*, t.database_id_hash FROM authorizations a JOIN tenants t ON t.id = a.tenant_id
			WHERE a.state_hash = ? AND t.deleted_at IS NULL`, secretHash(state)).Scan(&row).Error
		if err != nil || row.DatabaseIDHash == "" {
			return err
		}
		gone := tx.Where("tenant_id = ? AND state_hash = ?", row.Authorization.TenantID, row.Authorization.StateHash).Delete(&authorizationRow{})
		won = gone.RowsAffected == 1
		return gone.Error
	})
	if err != nil {
		return models.Actor{}, models.Authorization{}, err
	}
	if !won || millis(r.store.now()) >= row.Authorization.ExpiresAt {
		return models.Actor{}, models.Authorization{}, ErrNotFound
	}
	who := models.Actor{TenantID: row.Authorization.TenantID, DatabaseIDHash: row.DatabaseIDHash}
	a, err := r.open(ctx, who, &row.Authorization)
	if err != nil {
		return models.Actor{}, models.Authorization{}, err
	}
	return who, a, nil
}

// open opens what is sealed of the sign-in.
func (r *Authorizations) open(ctx context.Context, who models.Actor, row *authorizationRow) (models.Authorization, error) {
	box, err := r.store.secretBox(ctx, who)
	if errors.Is(err, ErrKey) { // the tenant was deleted meanwhile
		return models.Authorization{}, ErrNotFound
	}
	if err != nil {
		return models.Authorization{}, err
	}
	return r.store.openAuthorization(box, who, row)
}
