package repository

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// ErrTenantExists means that a tenant with this database-id-hash is there already.
var ErrTenantExists = errors.New("a tenant with this database-id-hash exists")

// ErrNotEmpty means that CreateFirst found a tenant, or what is left of one.
var ErrNotEmpty = errors.New("the database has or had a tenant")

// Tenants lists and changes tenants, across the whole installation.
type Tenants struct{ store *Store }

// NewTenant says how to make a tenant.
type NewTenant struct {
	Name           string // empty: "default"
	DatabaseIDHash string // empty: 32 random bytes, in hex
	NoEncryption   bool
	StorageKey     models.Secret // a text that a person gave; empty: 32 random bytes
}

// Create makes a tenant, its storage key and an owner key, and returns the owner key in
// clear: it is not stored and cannot be shown again. Errors: [ErrTenantExists],
// models.ErrInvalid.
func (r *Tenants) Create(ctx context.Context, who models.Actor, n NewTenant) (models.Tenant, models.Secret, error) {
	return r.create(ctx, who, n, func(*gorm.DB) error { return nil })
}

// CreateFirst is Create for a database that never had a tenant, and [ErrNotEmpty] for any
// other; of processes that start together one makes the tenant.
func (r *Tenants) CreateFirst(ctx context.Context, who models.Actor, n NewTenant) (models.Tenant, models.Secret, error) {
	return r.create(ctx, who, n, func(tx *gorm.DB) error {
		var there int64
		if err := tx.Model(&tenantRow{}).Count(&there).Error; err != nil {
			return err
		}
		if there > 0 {
			return ErrNotEmpty
		}
		return nil
	})
}

func (r *Tenants) create(ctx context.Context, who models.Actor, n NewTenant, check func(*gorm.DB) error) (models.Tenant, models.Secret, error) {
	t, err := r.prepare(n)
	if err != nil {
		return models.Tenant{}, "", err
	}
	made, err := r.store.newStorageKey(t, n.StorageKey)
	if err != nil {
		return models.Tenant{}, "", err
	}
	key := models.Key{DisplayName: "owner", Role: models.RoleOwner}
	token, err := crypto.NewToken(r.store.random)
	if err != nil {
		return models.Tenant{}, "", err
	}
	// Not by Store.change: there is no tenant yet to change.
	err = r.store.writing(ctx, func(tx *gorm.DB) error {
		if err := waitForOthers(tx); err != nil {
			return err
		}
		if err := check(tx); err != nil {
			return err
		}
		if err := insertTenant(tx, &t, made.row); err != nil {
			return err
		}
		who.TenantID, who.DatabaseIDHash = t.ID, t.DatabaseIDHash
		if err := r.store.Keys.insert(tx, who, &key, token); err != nil {
			return err
		}
		locator := models.RecordLocator("databaseIdHash", t.DatabaseIDHash)
		_, err := r.store.appendAudit(tx, made.box, who, models.AuditEntry{EventName: models.EventCreateTenant, RecordLocator: locator})
		return err
	})
	return t, models.Secret(token.Reveal()), err
}

// prepare fills in what was left open and checks the rest.
func (r *Tenants) prepare(n NewTenant) (models.Tenant, error) {
	t := models.Tenant{
		DatabaseIDHash: n.DatabaseIDHash, Name: n.Name, Encrypted: !n.NoEncryption,
		CreatedAt: fromMillis(millis(r.store.now())),
	}
	if t.Name == "" {
		t.Name = "default"
	}
	if t.DatabaseIDHash == "" {
		b, err := crypto.Random(r.store.random, 32)
		if err != nil {
			return t, err
		}
		t.DatabaseIDHash = hex.EncodeToString(b)
	}
	if n.NoEncryption && n.StorageKey != "" {
		return t, models.Invalid("storageKey", "makes no sense for a tenant without encryption")
	}
	return t, t.Validate()
}

// insertTenant gives the tenant the next id. Deleted ones keep their row, so none returns.
func insertTenant(tx *gorm.DB, t *models.Tenant, key *storageKeyRow) error {
	var same int64
	err := tx.Model(&tenantRow{}).Where("database_id_hash = ? AND deleted_at IS NULL", t.DatabaseIDHash).Count(&same).Error
	if err != nil {
		return err
	}
	if same > 0 {
		return fmt.Errorf("%w: %s", ErrTenantExists, t.DatabaseIDHash)
	}
	if err := tx.Raw("SELECT COALESCE(MAX(id), 0) + 1 FROM tenants").Scan(&t.ID).Error; err != nil {
		return err
	}
	err = tx.Create(&tenantRow{
		ID: t.ID, DatabaseIDHash: t.DatabaseIDHash, Name: t.Name, Encrypted: t.Encrypted, CreatedAt: millis(t.CreatedAt),
	}).Error
	if err != nil || key == nil {
		return err
	}
	key.TenantID = t.ID
	return tx.Create(key).Error
}

// List returns all tenants, oldest first.
func (r *Tenants) List(ctx context.Context) ([]models.Tenant, error) {
	var rows []tenantRow
	err := r.store.read.WithContext(ctx).Where("deleted_at IS NULL").Order("id").Find(&rows).Error
	tenants := make([]models.Tenant, len(rows))
	for i := range rows {
		tenants[i] = rows[i].tenant()
	}
	return tenants, err
}

// Get returns the tenant with the database-id-hash, or [ErrNotFound].
func (r *Tenants) Get(ctx context.Context, databaseIDHash string) (models.Tenant, error) {
	var row tenantRow
	err := r.store.read.WithContext(ctx).
		Where("database_id_hash = ? AND deleted_at IS NULL", databaseIDHash).Take(&row).Error
	return row.tenant(), translate(err)
}

// Counts is how much a tenant has.
type Counts struct{ Sessions, Messages, Keys, AuditEntries, Tools, Connections int64 }

// Count returns how much the tenant has.
func (r *Tenants) Count(ctx context.Context, who models.Actor) (Counts, error) {
	var c Counts
	err := r.store.reading(ctx, func(tx *gorm.DB) error {
		return tx.Raw(`SELECT
			(SELECT COUNT(*) FROM sessions WHERE tenant_id = @t AND deleted_at IS NULL) AS sessions,
			(SELECT COUNT(*) FROM messages WHERE tenant_id = @t) AS messages,
			(SELECT COUNT(*) FROM api_keys WHERE tenant_id = @t) AS keys,
			(SELECT COUNT(*) FROM audit_entries WHERE tenant_id = @t) AS audit_entries,
			(SELECT COUNT(*) FROM tools WHERE tenant_id = @t) AS tools,
			(SELECT COUNT(*) FROM connections WHERE tenant_id = @t) AS connections`,
			map[string]any{"t": who.TenantID}).Scan(&c).Error
	})
	return c, err
}

// Delete removes the tenant with its sessions, messages, tools, connections, keys and logins, and with the
// storage key the only way to read any copy of them. Its audit entries stay, as does a row that keeps its
// id from being used again.
func (r *Tenants) Delete(ctx context.Context, who models.Actor) error {
	locator := models.RecordLocator("databaseIdHash", who.DatabaseIDHash)
	event := models.AuditEntry{EventName: models.EventDeleteTenant, RecordLocator: locator}
	err := r.store.change(patient(ctx), who, event, func(tx *gorm.DB) error {
		if err := checkTenant(tx, who, of(tx).own); err != nil { // what is being written for it comes to its end before
			return err
		}
		rows := append(hubRows(), &messageRow{}, &sessionRow{}, &loginRow{}, &originRow{}, &keyRow{}, &storageKeyRow{})
		for _, row := range rows {
			if err := tx.Where("tenant_id = ?", who.TenantID).Delete(row).Error; err != nil {
				return err
			}
		}
		if of(tx).lanes > 1 {
			if _, err := execute(tx, "DELETE FROM agents WHERE tenant_id = ?", who.TenantID); err != nil {
				return err
			}
		}
		return tx.Model(&tenantRow{}).Where("id = ?", who.TenantID).Updates(map[string]any{
			"deleted_at": millis(r.store.now()), "search_epoch": gorm.Expr("search_epoch + 1"),
		}).Error
	})
	r.store.boxes.drop()
	r.store.Keys.cache.drop()
	r.store.snapshots.drop(who.TenantID)
	if errors.Is(err, ErrKey) { // it was deleted before
		return ErrNotFound
	}
	return err
}

func (row *tenantRow) tenant() models.Tenant {
	return models.Tenant{
		ID: row.ID, DatabaseIDHash: row.DatabaseIDHash, Name: row.Name, Encrypted: row.Encrypted,
		CreatedAt: fromMillis(row.CreatedAt),
	}
}
