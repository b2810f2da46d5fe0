package repository

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Logins signs browsers in to the admin panel, and out of it. A login is as good as the API key that it
// was made with, and no longer than that: its key is looked up with it, each time.
type Logins struct{ store *Store }

// Create signs the actor's key in and returns the token in clear, <id>.<secret>: it is not stored and
// cannot be shown again. Errors: [ErrKey] for a key that was revoked, or has expired, meanwhile.
func (r *Logins) Create(ctx context.Context, who models.Actor) (models.Secret, error) {
	id, err := r.store.newToken()
	if err != nil {
		return "", err
	}
	secret, err := r.store.newToken()
	if err != nil {
		return "", err
	}
	event := models.AuditEntry{EventName: models.EventSignIn, RecordLocator: loginLocator(id.Reveal())}
	err = r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		now := r.store.now()
		if err := checkKey(tx, who, now); err != nil {
			return err
		}
		return tx.Create(&loginRow{
			TenantID: who.TenantID, ID: id.Reveal(), SecretHash: secretHash(secret), KeyLocatorHash: who.KeyLocatorHash,
			CreatedAt: millis(now), UsedAt: millis(now),
		}).Error
	})
	if err != nil {
		return "", err
	}
	return id + loginDot + secret, nil
}

// checkKey returns [ErrKey] for an actor whose key is not there, or not any more.
func checkKey(tx *gorm.DB, who models.Actor, now time.Time) error {
	var there int64
	err := tx.Model(&keyRow{}).Where("tenant_id = ? AND locator_hash = ? AND (expires_at IS NULL OR expires_at > ?)",
		who.TenantID, who.KeyLocatorHash, millis(now)).Count(&there).Error
	if err == nil && there == 0 {
		return ErrKey
	}
	return err
}

// loginLocator names a login in an audit entry. Its id opens nothing.
func loginLocator(id string) string { return models.RecordLocator("login", id) }

// loginDot is between the two parts of a token.
const loginDot = "."

// splitLogin takes a token apart; ok says whether it can be one.
func splitLogin(token models.Secret) (id string, secret models.Secret, ok bool) {
	id, rest, _ := strings.Cut(token.Reveal(), loginDot)
	secret = models.Secret(rest)
	return id, secret, isToken(models.Secret(id)) && isToken(secret)
}

// heldLogin is a login with everything that it depends on. A key has a row for each of its origins.
type heldLogin struct {
	Login          loginRow `gorm:"embedded"`
	Key            keyRow   `gorm:"embedded;embeddedPrefix:k_"`
	DatabaseIDHash string
	TenantName     string
	Origin         *string
}

// Ids are random, but no index keeps two tenants from having the same.
const selectLogin = `SELECT l.tenant_id, l.id, l.secret_hash, l.key_locator_hash, l.created_at, l.used_at, t.database_id_hash, t.name AS tenant_name,
		k.tenant_id AS k_tenant_id, k.locator_hash AS k_locator_hash, k.display_name AS k_display_name, k.role AS k_role, k.agent_id AS k_agent_id,
		k.expires_at AS k_expires_at, k.updated_at AS k_updated_at, k.last_used_at AS k_last_used_at, o.origin
	FROM logins l JOIN tenants t ON t.id = l.tenant_id
	JOIN api_keys k ON k.tenant_id = l.tenant_id AND k.locator_hash = l.key_locator_hash
	LEFT JOIN api_key_origins o ON o.tenant_id = k.tenant_id AND o.locator_hash = k.locator_hash
	WHERE l.id = ? AND t.deleted_at IS NULL`

// Authenticate returns the login of a token, or [ErrNotFound]: for one that is unknown, has ended, was not
// used for models.LoginIdle, or whose key or tenant is gone. Nothing of it is remembered, so that this
// holds from the commit on that ends it, in every process.
func (r *Logins) Authenticate(ctx context.Context, token models.Secret) (models.Login, error) {
	id, secret, ok := splitLogin(token)
	if !ok {
		return models.Login{}, ErrNotFound
	}
	var rows []heldLogin
	if err := r.store.read.WithContext(ctx).Raw(selectLogin, id).Scan(&rows).Error; err != nil {
		return models.Login{}, translate(err)
	}
	hash := []byte(secretHash(secret))
	rows = slices.DeleteFunc(rows, func(row heldLogin) bool {
		return subtle.ConstantTimeCompare([]byte(row.Login.SecretHash), hash) != 1
	})
	if len(rows) == 0 {
		return models.Login{}, ErrNotFound
	}
	l, now := newLogin(rows), r.store.now()
	if l.Key.Expired(now) || now.Sub(l.UsedAt) >= models.LoginIdle {
		return models.Login{}, ErrNotFound
	}
	r.store.Keys.note(&l.Key, now)
	r.note(ctx, &rows[0].Login, &l, now)
	return l, nil
}

func newLogin(rows []heldLogin) models.Login {
	first := &rows[0]
	var origins []originRow
	for i := range rows {
		if rows[i].Origin != nil {
			origins = append(origins, originRow{LocatorHash: rows[i].Key.LocatorHash, Origin: *rows[i].Origin})
		}
	}
	l := models.Login{
		Key: first.Key.key(first.DatabaseIDHash, origins), TenantName: first.TenantName,
		CreatedAt: fromMillis(first.Login.CreatedAt), UsedAt: fromMillis(first.Login.UsedAt),
	}
	slices.Sort(l.Key.AllowedOrigins)
	return l
}

// note writes that the login was used, unless that was done within a usageStep: so it may seem to be idle
// for so much longer than it is. Where it cannot be written nobody is turned away: the login ends earlier.
func (r *Logins) note(ctx context.Context, row *loginRow, l *models.Login, now time.Time) {
	if now.Sub(l.UsedAt) < usageStep {
		return
	}
	_, err := r.store.sending(ctx, "UPDATE logins SET used_at = ? WHERE tenant_id = ? AND id = ? AND used_at <= ?",
		millis(now), row.TenantID, row.ID, millis(now.Add(-usageStep)))
	if err != nil {
		r.store.log.WarnContext(ctx, "the use of a login was not written; it may end earlier", slog.Any("error", err))
		return
	}
	l.UsedAt = fromMillis(millis(now))
}

// End signs out. A login that is not there is no error, and not told to the audit log.
func (r *Logins) End(ctx context.Context, who models.Actor, token models.Secret) error {
	id, secret, ok := splitLogin(token)
	if !ok {
		return nil
	}
	event := models.AuditEntry{EventName: models.EventSignOut, RecordLocator: loginLocator(id)}
	err := r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		gone := tx.Where("tenant_id = ? AND id = ? AND secret_hash = ?", who.TenantID, id, secretHash(secret)).Delete(&loginRow{})
		if gone.Error == nil && gone.RowsAffected == 0 {
			return ErrNotFound
		}
		return gone.Error
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, ErrKey) { // with its tenant its logins went
		return nil
	}
	return err
}
