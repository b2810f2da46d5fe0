package repository

import (
	"context"

	"gorm.io/gorm"

	"sessionhub/models"
)

// toolColumns are those of every read: without the document, and what was skipped of it.
const toolColumns = `t.name, t.title, t.source, t.base_url, t.credentials, t.allow_private, t.client_id, t.client_secret,
	t.revocation_url, t.created_at, t.updated_at, t.schemes, t.description`

// List returns the tools of the tenant with their functions, by name, without their documents
// and client secrets.
func (r *Tools) List(ctx context.Context, who models.Actor) ([]models.Tool, error) {
	var rows []toolRow
	var functions []functionRow
	err := r.store.reading(ctx, func(tx *gorm.DB) error {
		err := tx.Raw("SELECT "+toolColumns+", t.only_operations, t.skipped FROM tools t WHERE t.tenant_id = ? ORDER BY t.name",
			who.TenantID).Scan(&rows).Error
		if err != nil {
			return err
		}
		return tx.Where("tenant_id = ?", who.TenantID).Order("tool, position").Find(&functions).Error
	})
	if err != nil {
		return nil, err
	}
	tools := make([]models.Tool, len(rows))
	for i := range rows {
		if tools[i], err = rows[i].tool(); err != nil {
			return nil, err
		}
		own := 0
		for own < len(functions) && functions[own].Tool == rows[i].Name {
			own++
		}
		if tools[i].Functions, err = openFunctions(functions[:own]); err != nil {
			return nil, err
		}
		functions = functions[own:]
	}
	return tools, nil
}

// Get returns the tool with everything that it has, but for its document: see [Tools.Document].
// Errors: [ErrNotFound], [ErrUnreadable].
func (r *Tools) Get(ctx context.Context, who models.Actor, name string) (models.Tool, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return models.Tool{}, err
	}
	var row toolRow
	var functions []functionRow
	err = r.store.reading(ctx, func(tx *gorm.DB) error {
		err := tx.Omit("document").Where("tenant_id = ? AND name = ?", who.TenantID, name).Take(&row).Error
		if err != nil {
			return err
		}
		return tx.Where("tenant_id = ? AND tool = ?", who.TenantID, name).Order("position").Find(&functions).Error
	})
	if err != nil {
		return models.Tool{}, err
	}
	t, err := r.store.openTool(box, who, &row)
	if err != nil {
		return models.Tool{}, err
	}
	t.Functions, err = openFunctions(functions)
	return t, err
}

// Document returns the document of the tool, as it was given. Errors: [ErrNotFound].
func (r *Tools) Document(ctx context.Context, who models.Actor, name string) ([]byte, error) {
	var row toolRow
	err := r.store.read.WithContext(ctx).Select("name, document").Where("tenant_id = ? AND name = ?", who.TenantID, name).Take(&row).Error
	if err != nil {
		return nil, translate(err)
	}
	return unpack(row.Name, row.Document)
}

// Functions returns all functions of the tenant, by tool and then in the order of its document,
// as a model sees them: without how they are called.
func (r *Tools) Functions(ctx context.Context, who models.Actor) ([]models.Function, error) {
	var rows []functionRow
	err := r.store.read.WithContext(ctx).Select("tool, name, operation, description, parameters").
		Where("tenant_id = ?", who.TenantID).Order("tool, position").Find(&rows).Error
	functions := make([]models.Function, len(rows))
	for i := range rows {
		functions[i] = rows[i].function()
	}
	return functions, err
}

// calledRow is a function and its tool.
type calledRow struct {
	Tool     toolRow     `gorm:"embedded"`
	Function functionRow `gorm:"embedded;embeddedPrefix:f_"`
}

// Function returns the function with how it is called, and its tool without document and
// functions. Errors: [ErrNotFound], [ErrUnreadable].
func (r *Tools) Function(ctx context.Context, who models.Actor, name string) (models.Tool, models.Function, error) {
	box, err := r.store.secretBox(ctx, who)
	if err != nil {
		return models.Tool{}, models.Function{}, err
	}
	// One statement, as it is sent for every call.
	var rows []calledRow
	err = r.store.read.WithContext(ctx).Raw(`SELECT `+toolColumns+`, f.name AS f_name, f.tool AS f_tool, f.operation AS f_operation,
		f.description AS f_description, f.parameters AS f_parameters, f.call AS f_call
		FROM functions f JOIN tools t ON t.tenant_id = f.tenant_id AND t.name = f.tool WHERE f.tenant_id = ? AND f.name = ?`,
		who.TenantID, name).Scan(&rows).Error
	if err != nil {
		return models.Tool{}, models.Function{}, err
	}
	if len(rows) == 0 {
		return models.Tool{}, models.Function{}, ErrNotFound
	}
	t, err := r.store.openTool(box, who, &rows[0].Tool)
	if err != nil {
		return models.Tool{}, models.Function{}, err
	}
	f, err := openFunction(&rows[0].Function)
	return t, f, err
}
