package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sessionhub/models"
)

// ErrToolExists means that the tenant has a tool with this name, and replacing it was not asked for.
var ErrToolExists = errors.New("a tool with this name exists; ask for it to be replaced, or give the new one another name")

// Tools adds, replaces, removes and reads tools and their functions.
type Tools struct{ store *Store }

// Add makes the tool, or with replace puts it in the place of the one that is there. Then the
// connections of its users stay, and so does the client registration where t has none of its own:
// the client's secret with the id that it belongs to. Errors: [ErrToolExists], models.ErrInvalid.
func (r *Tools) Add(ctx context.Context, who models.Actor, t *models.Tool, replace bool) error {
	if err := t.Validate(); err != nil {
		return err
	}
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return err
	}
	row, err := r.store.sealTool(box, who, t) // before the lock is taken: documents are long
	if err != nil {
		return err
	}
	functions, err := functionRows(who, t)
	if err != nil {
		return err
	}
	return r.store.changeAs(ctx, who, func(tx *gorm.DB) (models.AuditEntry, error) {
		event := models.AuditEntry{EventName: models.EventAddTool, RecordLocator: recordLocator("tool", t.Name)}
		replaced, err := r.prepare(tx, who, t, &row)
		switch {
		case err != nil:
			return event, err
		case replaced && !replace:
			return event, fmt.Errorf("%w: %s", ErrToolExists, t.Name)
		case replaced:
			event.EventName = models.EventReplaceTool
		}
		return event, writeTool(tx, who, &row, functions)
	})
}

// prepare takes over what a replaced tool leaves to the new one, and sets the times.
func (r *Tools) prepare(tx *gorm.DB, who models.Actor, t *models.Tool, row *toolRow) (replaced bool, err error) {
	t.CreatedAt = fromMillis(millis(r.store.now()))
	t.UpdatedAt = t.CreatedAt
	var old toolRow
	err = tx.Select("name, client_id, client_secret, revocation_url, created_at").
		Where("tenant_id = ? AND name = ?", who.TenantID, t.Name).Take(&old).Error
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
	case err != nil:
		return false, err
	default:
		replaced = true
		t.CreatedAt = fromMillis(old.CreatedAt)
		keepRegistration(t, row, &old)
	}
	row.CreatedAt, row.UpdatedAt = millis(t.CreatedAt), millis(t.UpdatedAt)
	return replaced, nil
}

// keepRegistration keeps the client that is registered at the provider, unless the new tool has
// another. The secret goes over as it stands, sealed for the same place.
func keepRegistration(t *models.Tool, row, old *toolRow) {
	if t.ClientID == "" {
		t.ClientID = old.ClientID
	}
	if t.ClientID == old.ClientID && row.ClientSecret == nil {
		row.ClientSecret = old.ClientSecret
	}
	if t.RevocationURL == "" {
		t.RevocationURL = old.RevocationURL
	}
	row.ClientID, row.RevocationURL = t.ClientID, t.RevocationURL
}

// writeTool puts the tool and its functions in the place of what is there.
func writeTool(tx *gorm.DB, who models.Actor, row *toolRow, functions []functionRow) error {
	if err := tx.Clauses(clause.OnConflict{UpdateAll: true}).Create(row).Error; err != nil {
		return err
	}
	if err := tx.Where("tenant_id = ? AND tool = ?", who.TenantID, row.Name).Delete(&functionRow{}).Error; err != nil {
		return err
	}
	if len(functions) == 0 {
		return nil
	}
	return tx.CreateInBatches(functions, functionBatch).Error
}

// functionBatch keeps the parameters of a statement far below what any engine takes.
const functionBatch = 50

// Delete removes the tool with its functions, connections, begun sign-ins and stored answers.
// Errors: [ErrNotFound].
func (r *Tools) Delete(ctx context.Context, who models.Actor, name string) error {
	event := models.AuditEntry{EventName: models.EventRemoveTool, RecordLocator: recordLocator("tool", name)}
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		gone := tx.Where("tenant_id = ? AND name = ?", who.TenantID, name).Delete(&toolRow{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return ErrNotFound
		}
		for _, row := range []any{&functionRow{}, &connectionRow{}, &authorizationRow{}} {
			if err := tx.Where("tenant_id = ? AND tool = ?", who.TenantID, name).Delete(row).Error; err != nil {
				return err
			}
		}
		prefix := models.FunctionName(name, "")
		return tx.Where("tenant_id = ? AND substr(function, 1, ?) = ?", who.TenantID, len(prefix), prefix).Delete(&performRow{}).Error
	})
}

// toolExists is [ErrNotFound] where the tenant has no such tool.
func toolExists(tx *gorm.DB, who models.Actor, name string) error {
	var there int
	err := tx.Raw("SELECT 1 FROM tools WHERE tenant_id = ? AND name = ?", who.TenantID, name).Scan(&there).Error
	if err == nil && there == 0 {
		return fmt.Errorf("%w: the tool %q", ErrNotFound, name)
	}
	return err
}
