package repository

import (
	"context"
	"crypto/subtle"
	"errors"
	"slices"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Links makes and opens configuration links. The token is the only credential of who has one.
type Links struct{ store *Store }

// Create makes a link and returns its token in clear: it is not stored and cannot be shown again.
// The way back has to lead to an application that the tenant allows: see Tenants.AllowApps.
// Errors: models.ErrInvalid.
func (r *Links) Create(ctx context.Context, who models.Actor, l *models.Link) (models.Secret, error) {
	if err := l.Validate(); err != nil {
		return "", err
	}
	token, err := r.store.newToken()
	if err != nil {
		return "", err
	}
	l.CreatedAt = fromMillis(millis(r.store.now()))
	l.ExpiresAt = l.CreatedAt.Add(models.LinkLifetime)
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		if err := checkApp(tx, who, &l.App); err != nil {
			return err
		}
		return tx.Create(&linkRow{
			TenantID: who.TenantID, TokenHash: secretHash(token), UserID: l.UserID, AppName: l.App.Name, AppURL: l.App.URL,
			CreatedAt: millis(l.CreatedAt), ExpiresAt: millis(l.ExpiresAt),
		}).Error
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// checkApp keeps a stolen API key from sending users to an application of the thief.
func checkApp(tx *gorm.DB, who models.Actor, app *models.App) error {
	if app.URL == "" {
		return nil
	}
	allowed, err := appOrigins(tx, who)
	if err != nil || len(allowed) == 0 {
		return err
	}
	if origin, err := app.Origin(); err != nil || !slices.Contains(allowed, origin) {
		return models.Invalid(models.AppURLField, "is not among the addresses this tenant allows; its operator can add it")
	}
	return nil
}

// heldLink is a link and the tenant that it is of.
type heldLink struct {
	Link           linkRow `gorm:"embedded"`
	DatabaseIDHash string
}

// Open returns who may act by the link, and as whom. The first browser that opens a link binds it to
// itself, bound says so; another one gets models.ErrLinkTaken, for ever. After its time a link is
// models.ErrLinkExpired, and is not bound any more. With both errors the link is returned for the
// way back, and no actor. Errors besides: [ErrNotFound], also when the tenant was deleted.
func (r *Links) Open(ctx context.Context, token, browser models.Secret) (who models.Actor, l models.Link, bound bool, err error) {
	if browser == "" {
		return who, l, false, models.Invalid("browser", "is required") // a link is never left unbound
	}
	held, err := r.find(ctx, token)
	if err != nil {
		return who, l, false, err
	}
	row := &held.Link
	by := models.Actor{TenantID: row.TenantID, DatabaseIDHash: held.DatabaseIDHash}
	l, hash := row.link(), secretHash(browser)
	over := r.expired(&l)
	if over == nil && row.BrowserHash == nil {
		if bound, err = r.bind(ctx, by, row, hash); err != nil {
			return who, l, false, err
		}
	}
	// Also of a link that is over: a sign-in that began in time ends in the browser where it began.
	if row.BrowserHash != nil && subtle.ConstantTimeCompare([]byte(*row.BrowserHash), []byte(hash)) != 1 {
		return who, l, false, models.ErrLinkTaken
	}
	if over != nil {
		return who, l, false, over
	}
	return by, l, bound, nil
}

// bind gives the link to the browser, unless it has one by now, and fills in which one it has.
func (r *Links) bind(ctx context.Context, who models.Actor, row *linkRow, hash string) (bound bool, err error) {
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		done := tx.Model(&linkRow{}).Where("tenant_id = ? AND token_hash = ? AND browser_hash IS NULL", who.TenantID, row.TokenHash).
			Update("browser_hash", hash)
		if bound = done.RowsAffected == 1; done.Error != nil || bound {
			row.BrowserHash = &hash
			return done.Error
		}
		return tx.Where("tenant_id = ? AND token_hash = ? AND browser_hash IS NOT NULL", who.TenantID, row.TokenHash).Take(row).Error
	})
	if errors.Is(err, ErrKey) { // its tenant was deleted
		return false, ErrNotFound
	}
	return bound && err == nil, err
}

// Look returns the link without binding it. After its time it comes with models.ErrLinkExpired.
// Errors besides: [ErrNotFound].
func (r *Links) Look(ctx context.Context, token models.Secret) (models.Link, error) {
	held, err := r.find(ctx, token)
	if err != nil {
		return models.Link{}, err
	}
	l := held.Link.link()
	return l, r.expired(&l)
}

func (r *Links) expired(l *models.Link) error {
	if r.store.now().Before(l.ExpiresAt) {
		return nil
	}
	return models.ErrLinkExpired
}

// find knows no tenant: it is the one who finds it.
func (r *Links) find(ctx context.Context, token models.Secret) (heldLink, error) {
	var found []heldLink
	if isToken(token) {
		err := r.store.read.WithContext(ctx).Raw(`SELECT l.*, t.database_id_hash FROM links l JOIN tenants t ON t.id = l.tenant_id
			WHERE l.token_hash = ? AND t.deleted_at IS NULL`, secretHash(token)).Scan(&found).Error
		if err != nil {
			return heldLink{}, err
		}
	}
	if len(found) == 0 {
		return heldLink{}, ErrNotFound
	}
	return found[0], nil
}

func (row *linkRow) link() models.Link {
	return models.Link{
		UserID: row.UserID, App: models.App{Name: row.AppName, URL: row.AppURL},
		CreatedAt: fromMillis(row.CreatedAt), ExpiresAt: fromMillis(row.ExpiresAt),
	}
}
