package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// ErrMasterKey means that the database was sealed with another master key.
var ErrMasterKey = errors.New("the master key is not the one of this database")

// knownValue is sealed by each master key, to be opened at every start.
const knownValue = "sessionhub"

const firstStorageKey = "k1"

// HasMasterKey says whether the database was ever unlocked, so that it needs the master key
// with which that was done.
func (s *Store) HasMasterKey(ctx context.Context) (bool, error) {
	var n int64
	err := s.read.WithContext(ctx).Model(&masterKeyRow{}).Count(&n).Error
	return n > 0, err
}

// Unlock gives the store the master key. The first one that an empty database is given
// becomes its own; after that, any other is [ErrMasterKey]. Where not everything was moved that is to be,
// it is [ErrMoving].
func (s *Store) Unlock(ctx context.Context, key []byte) error {
	box, id, err := crypto.MasterBox(s.random, key)
	if err != nil {
		return err
	}
	place := crypto.Place{Table: "master_keys", Column: "known_value", Row: id}
	err = s.writing(ctx, func(tx *gorm.DB) error {
		if err := waitForOthers(tx); err != nil {
			return err
		}
		if err := moving(tx); err != nil {
			return err
		}
		var rows []masterKeyRow
		if err := tx.Order("id").Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return tx.Create(&masterKeyRow{ID: id, KnownValue: box.Seal(knownValue, place), CreatedAt: millis(s.now())}).Error
		}
		for _, row := range rows {
			opened, err := box.Open(row.KnownValue, place)
			if row.ID == id && err == nil && opened == knownValue {
				return nil
			}
		}
		return fmt.Errorf("%w: it is %s, and the database was sealed with %s", ErrMasterKey, id, rows[0].ID)
	})
	if err == nil {
		s.master = box
	}
	return err
}

// storageKey is a new tenant's way to seal.
type storageKey struct {
	row *storageKeyRow // nil without encryption
	box *crypto.Box
}

// newStorageKey makes the key of a tenant at random, or from the text that a person gave.
func (s *Store) newStorageKey(t models.Tenant, text models.Secret) (storageKey, error) {
	if !t.Encrypted {
		return storageKey{box: s.plain}, nil
	}
	if s.master == nil {
		return storageKey{}, ErrLocked
	}
	row := &storageKeyRow{ID: firstStorageKey, CreatedAt: millis(t.CreatedAt)}
	key, err := crypto.Random(s.random, crypto.KeySize)
	if text != "" {
		var how string
		key, how, err = crypto.Stretch(s.random, text.Reveal())
		row.Stretched = &how
	}
	if err != nil {
		return storageKey{}, err
	}
	row.Wrapped = s.master.Seal(crypto.FormatStorageKey(key), wrappedPlace(t.DatabaseIDHash, row.ID))
	box, err := s.fieldBox(t.DatabaseIDHash, []storageKeyRow{*row})
	return storageKey{row: row, box: box}, err
}

func wrappedPlace(databaseIDHash, keyID string) crypto.Place {
	return crypto.Place{Tenant: databaseIDHash, Table: "storage_keys", Column: "wrapped", Row: keyID}
}

// box returns what seals and opens the fields of the actor's tenant.
func (s *Store) box(ctx context.Context, who models.Actor) (*crypto.Box, error) {
	return s.boxes.get(who.TenantID, func() (*crypto.Box, error) { return s.loadBox(ctx, who) })
}

func (s *Store) loadBox(ctx context.Context, who models.Actor) (*crypto.Box, error) {
	var tenant tenantRow
	var keys []storageKeyRow
	err := s.reading(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("id = ? AND deleted_at IS NULL", who.TenantID).Take(&tenant).Error; err != nil {
			return err
		}
		// The newest key seals. Ids are k1, k2, ...: the longer the newer.
		return tx.Where("tenant_id = ?", who.TenantID).Order("length(id) DESC, id DESC").Find(&keys).Error
	})
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("%w: its tenant was deleted", ErrKey)
	}
	if err != nil {
		return nil, fmt.Errorf("load the storage key: %w", err)
	}
	if !tenant.Encrypted {
		return s.plain, nil
	}
	return s.fieldBox(tenant.DatabaseIDHash, keys)
}

// fieldBox unwraps storage keys and derives from them what seals fields.
func (s *Store) fieldBox(databaseIDHash string, rows []storageKeyRow) (*crypto.Box, error) {
	if s.master == nil {
		return nil, ErrLocked
	}
	if len(rows) == 0 {
		return nil, &UnreadableError{Noun: "tenant", ID: databaseIDHash, Err: errors.New("its storage key is gone")}
	}
	keys := make([]crypto.Key, len(rows))
	for i, row := range rows {
		text, err := s.master.Open(row.Wrapped, wrappedPlace(databaseIDHash, row.ID))
		if err != nil {
			return nil, &UnreadableError{Noun: "storage key", ID: row.ID, Err: err}
		}
		storage, err := crypto.ParseStorageKey(text)
		if err != nil {
			return nil, err
		}
		if keys[i], err = crypto.FieldKey(row.ID, storage, databaseIDHash); err != nil {
			return nil, err
		}
	}
	return crypto.NewBox(s.random, keys...)
}
