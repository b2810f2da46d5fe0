package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

var (
	// ErrKey means that a text is not, or no longer, an API key of this installation.
	ErrKey = errors.New("the API key is unknown, expired or revoked")
	// ErrLastOwner means that a tenant would be left without a key that can make keys.
	ErrLastOwner = errors.New("the last owner key of a tenant cannot be revoked here")
)

// usageStep is how exact the time of last use is: a write for each request would cost more
// than the request.
const usageStep = time.Minute

// Keys makes, revokes, lists and checks API keys.
type Keys struct {
	store *Store
	cache *cache[string, storedKey]

	mu   sync.Mutex
	used map[keyName]time.Time // not yet written
}

type storedKey struct {
	key        models.Key
	secretHash string
}

type keyName struct {
	tenantID    int64
	locatorHash string
}

func newKeys(s *Store) *Keys {
	return &Keys{store: s, cache: newCache[string, storedKey](s.now), used: make(map[keyName]time.Time)}
}

// Authenticate returns the key that is given in clear, or [ErrKey]. A key that this
// process revokes fails from then on; one that another process revokes, at most 2 s later.
func (r *Keys) Authenticate(ctx context.Context, apiKey models.Secret) (models.Key, error) {
	token, err := crypto.ParseToken(apiKey.Reveal())
	if err != nil {
		return models.Key{}, ErrKey
	}
	locator := token.LocatorHash()
	stored, err := r.cache.get(locator, func() (storedKey, error) { return r.load(ctx, locator) })
	if errors.Is(err, ErrNotFound) {
		return models.Key{}, ErrKey
	}
	if err != nil {
		return models.Key{}, err
	}
	now := r.store.now()
	if !token.Matches(stored.secretHash) || stored.key.Expired(now) {
		return models.Key{}, ErrKey
	}
	r.note(&stored.key, now)
	return stored.key, nil
}

// note remembers that a key was used, until that is written.
func (r *Keys) note(key *models.Key, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.used[keyName{key.TenantID, key.LocatorHash}] = now
}

func (r *Keys) load(ctx context.Context, locator string) (storedKey, error) {
	var stored storedKey
	err := r.store.reading(ctx, func(tx *gorm.DB) error {
		var row keyRow
		if err := tx.Where("locator_hash = ?", locator).Take(&row).Error; err != nil {
			return err
		}
		var tenant tenantRow
		if err := tx.Where("id = ? AND deleted_at IS NULL", row.TenantID).Take(&tenant).Error; err != nil {
			return err
		}
		var origins []originRow
		err := tx.Where("tenant_id = ? AND locator_hash = ?", row.TenantID, locator).Order("origin").Find(&origins).Error
		stored = storedKey{key: row.key(tenant.DatabaseIDHash, origins), secretHash: row.SecretHash}
		return err
	})
	return stored, err
}

// OriginAllowed says whether an exec key of any tenant lists the origin: a browser asks before
// it sends a request, and shows no key then.
func (r *Keys) OriginAllowed(ctx context.Context, origin string) (bool, error) {
	var one originRow
	err := translate(r.store.read.WithContext(ctx).Where("origin = ?", origin).Take(&one).Error)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Create makes a key and returns it in clear: that is not stored and cannot be shown again.
func (r *Keys) Create(ctx context.Context, who models.Actor, key *models.Key) (models.Secret, error) {
	if err := key.Validate(); err != nil {
		return "", err
	}
	token, err := crypto.NewToken(r.store.random)
	if err != nil {
		return "", err
	}
	event := models.AuditEntry{
		EventName: models.EventCreateKey, RecordLocator: models.RecordLocator("keyLocatorHash", token.LocatorHash()),
		Diff: models.Secret(fmt.Sprintf(`{"role":%q}`, key.Role)),
	}
	err = r.store.change(ctx, who, event, func(tx *gorm.DB) error { return r.insert(tx, who, key, token) })
	return models.Secret(token.Reveal()), err
}

// insert writes the key and fills in what the store decides of it.
func (r *Keys) insert(tx *gorm.DB, who models.Actor, key *models.Key, token crypto.Token) error {
	key.TenantID, key.DatabaseIDHash = who.TenantID, who.DatabaseIDHash
	key.LocatorHash, key.UpdatedAt = token.LocatorHash(), fromMillis(millis(r.store.now()))
	err := tx.Create(&keyRow{
		TenantID: key.TenantID, LocatorHash: key.LocatorHash, SecretHash: token.SecretHash(),
		DisplayName: key.DisplayName, Role: string(key.Role), AgentID: key.AgentID,
		ExpiresAt: optionalMillis(key.ExpiresAt), UpdatedAt: millis(key.UpdatedAt),
	}).Error
	if err != nil || len(key.AllowedOrigins) == 0 {
		return err
	}
	origins := make([]originRow, len(key.AllowedOrigins))
	for i, origin := range key.AllowedOrigins {
		origins[i] = originRow{TenantID: key.TenantID, LocatorHash: key.LocatorHash, Origin: origin}
	}
	return tx.Create(&origins).Error
}

// List returns the keys of the tenant, by name.
func (r *Keys) List(ctx context.Context, who models.Actor) ([]models.Key, error) {
	var keys []models.Key
	err := r.store.reading(ctx, func(tx *gorm.DB) error {
		var rows []keyRow
		if err := tx.Where("tenant_id = ?", who.TenantID).Order("display_name, locator_hash").Find(&rows).Error; err != nil {
			return err
		}
		var origins []originRow
		if err := tx.Where("tenant_id = ?", who.TenantID).Order("origin").Find(&origins).Error; err != nil {
			return err
		}
		for i := range rows {
			keys = append(keys, rows[i].key(who.DatabaseIDHash, origins))
		}
		return nil
	})
	return keys, err
}

// Revoke removes the key and its logins. With keepOwner it refuses to take a tenant's last owner key that
// has not expired: [ErrLastOwner]. A key that the tenant does not have is [ErrNotFound].
func (r *Keys) Revoke(ctx context.Context, who models.Actor, locatorHash string, keepOwner bool) error {
	locator := models.RecordLocator("keyLocatorHash", locatorHash)
	event := models.AuditEntry{EventName: models.EventRevokeKey, RecordLocator: locator}
	err := r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		if keepOwner {
			if err := r.checkOwnerStays(tx, who, locatorHash); err != nil {
				return err
			}
		}
		gone := tx.Where("tenant_id = ? AND locator_hash = ?", who.TenantID, locatorHash).Delete(&keyRow{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return ErrNotFound
		}
		if err := tx.Where("tenant_id = ? AND key_locator_hash = ?", who.TenantID, locatorHash).Delete(&loginRow{}).Error; err != nil {
			return err
		}
		return tx.Where("tenant_id = ? AND locator_hash = ?", who.TenantID, locatorHash).Delete(&originRow{}).Error
	})
	r.cache.drop()
	return err
}

func (r *Keys) checkOwnerStays(tx *gorm.DB, who models.Actor, locatorHash string) error {
	var row keyRow
	if err := tx.Where("tenant_id = ? AND locator_hash = ?", who.TenantID, locatorHash).Take(&row).Error; err != nil {
		return err
	}
	if models.Role(row.Role) != models.RoleOwner {
		return nil
	}
	var others int64
	err := tx.Model(&keyRow{}).Where("tenant_id = ? AND role = ? AND locator_hash <> ? AND (expires_at IS NULL OR expires_at > ?)",
		who.TenantID, models.RoleOwner, locatorHash, millis(r.store.now())).Count(&others).Error
	if err == nil && others == 0 {
		return ErrLastOwner
	}
	return err
}

// FlushUsage writes the times of last use that were noted since it ran last. Times that
// cannot be written are tried again.
func (r *Keys) FlushUsage(ctx context.Context) error {
	r.mu.Lock()
	used := r.used
	r.used = make(map[keyName]time.Time, len(used))
	r.mu.Unlock()
	if len(used) == 0 {
		return nil
	}
	err := r.store.writing(ctx, func(tx *gorm.DB) error {
		for _, name := range inOrder(used) {
			at := used[name]
			err := tx.Model(&keyRow{}).
				Where("tenant_id = ? AND locator_hash = ?", name.tenantID, name.locatorHash).
				Where("last_used_at IS NULL OR last_used_at <= ?", millis(at.Add(-usageStep))).
				Update("last_used_at", millis(at)).Error
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.restoreUsage(used)
	}
	return err
}

// inOrder keeps processes that write the times of the same keys from waiting for each other in a circle.
func inOrder(used map[keyName]time.Time) []keyName {
	return slices.SortedFunc(maps.Keys(used), func(a, b keyName) int {
		return cmp.Or(cmp.Compare(a.tenantID, b.tenantID), cmp.Compare(a.locatorHash, b.locatorHash))
	})
}

func (r *Keys) restoreUsage(used map[keyName]time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, at := range used {
		if r.used[name].Before(at) {
			r.used[name] = at
		}
	}
}

// key makes the model; origins may hold those of other keys too.
func (row *keyRow) key(databaseIDHash string, origins []originRow) models.Key {
	key := models.Key{
		TenantID: row.TenantID, DatabaseIDHash: databaseIDHash, LocatorHash: row.LocatorHash,
		DisplayName: row.DisplayName, Role: models.Role(row.Role), AgentID: row.AgentID,
		ExpiresAt: fromOptionalMillis(row.ExpiresAt), UpdatedAt: fromMillis(row.UpdatedAt),
		LastUsedAt: fromOptionalMillis(row.LastUsedAt),
	}
	for _, origin := range origins {
		if origin.LocatorHash == row.LocatorHash {
			key.AllowedOrigins = append(key.AllowedOrigins, origin.Origin)
		}
	}
	return key
}
