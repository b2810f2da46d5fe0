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
// the client's secret with the id that it belongs to. Nothing of that stays where credentials of
// the new tool would go to an address that the old one did not have, which the audit entry says:
// they were given to the one that is gone. Errors: [ErrToolExists], models.ErrInvalid.
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
	if box, err = r.store.box(ctx, who); err != nil {
		return err
	}
	given := *t
	return r.store.changeAs(ctx, who, box, func(tx *gorm.DB) (models.AuditEntry, error) {
		row := row // what is inherited is of this try
		*t = given
		event := models.AuditEntry{EventName: models.EventAddTool, RecordLocator: models.RecordLocator("tool", t.Name)}
		was, err := r.prepare(tx, who, t, &row)
		switch {
		case err != nil:
			return event, err
		case was != nil && !replace:
			return event, fmt.Errorf("%w: %s", ErrToolExists, t.Name)
		case was != nil:
			event.EventName = models.EventReplaceTool
			if event.Diff, err = r.inherit(tx, who, t, &row, was); err != nil {
				return event, err
			}
		}
		return event, writeTool(tx, who, &row, functions)
	})
}

// prepare sets the times, and returns the tool that is there, if any. A tool that is replaced twice
// within a moment has another time all the same: see toolUnchanged.
func (r *Tools) prepare(tx *gorm.DB, who models.Actor, t *models.Tool, row *toolRow) (*toolRow, error) {
	row.CreatedAt = millis(r.store.now())
	row.UpdatedAt = row.CreatedAt
	var was toolRow
	locked := clause.Locking{Strength: "UPDATE"} // a sign-in that begins with it is either there before, or sees what comes
	err := tx.Clauses(locked).Select("name, base_url, client_id, client_secret, revocation_url, schemes, created_at, updated_at").
		Where("tenant_id = ? AND name = ?", who.TenantID, t.Name).Take(&was).Error
	found := &was
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		found, err = nil, nil
	case err == nil:
		row.CreatedAt, row.UpdatedAt = was.CreatedAt, max(row.UpdatedAt, was.UpdatedAt+1)
	}
	t.CreatedAt, t.UpdatedAt = fromMillis(row.CreatedAt), fromMillis(row.UpdatedAt)
	return found, err
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
	event := models.AuditEntry{EventName: models.EventRemoveTool, RecordLocator: models.RecordLocator("tool", name)}
	return r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		gone := tx.Where("tenant_id = ? AND name = ?", who.TenantID, name).Delete(&toolRow{})
		if gone.Error != nil {
			return gone.Error
		}
		if gone.RowsAffected == 0 {
			return ErrNotFound
		}
		if err := deleteOf(tx, who, name, &functionRow{}, &connectionRow{}, &authorizationRow{}); err != nil {
			return err
		}
		prefix := models.FunctionName(name, "")
		return tx.Where("tenant_id = ? AND substr(function, 1, ?) = ?", who.TenantID, len(prefix), prefix).Delete(&performRow{}).Error
	})
}

// deleteOf removes what is the tool's from the tables of these rows.
func deleteOf(tx *gorm.DB, who models.Actor, tool string, rows ...any) error {
	for _, row := range rows {
		if err := tx.Where("tenant_id = ? AND tool = ?", who.TenantID, tool).Delete(row).Error; err != nil {
			return err
		}
	}
	return nil
}

// toolExists is [ErrNotFound] where the tenant has no such tool.
func toolExists(tx *gorm.DB, who models.Actor, name string) error {
	_, err := toolTime(tx, who, name)
	return err
}

// toolUnchanged is [ErrConflict] where the tool was replaced since t was read: what was given to
// that one may not go where this one sends it.
func toolUnchanged(tx *gorm.DB, who models.Actor, t *models.Tool) error {
	updated, err := toolTime(tx, who, t.Name)
	if err == nil && updated != millis(t.UpdatedAt) {
		return fmt.Errorf("%w: the tool %q", ErrConflict, t.Name)
	}
	return err
}

// toolTime is when the tool was added or replaced.
func toolTime(tx *gorm.DB, who models.Actor, name string) (int64, error) {
	var rows []toolRow
	err := tx.Raw("SELECT updated_at FROM tools WHERE tenant_id = ? AND name = ?"+of(tx).share, who.TenantID, name).Scan(&rows).Error
	if err != nil {
		return 0, err
	}
	if len(rows) == 0 {
		return 0, fmt.Errorf("%w: the tool %q", ErrNotFound, name)
	}
	return rows[0].UpdatedAt, nil
}
