package repository

import (
	"errors"

	"sessionhub/crypto"
	"sessionhub/models"
)

// hub checks what a tenant has of the tool hub.
func (c *checker) hub(box *crypto.Box, who models.Actor) error {
	return errors.Join(c.tools(box, who), c.connections(box, who), c.performs(box, who), c.authorizations(box, who), c.toolless(who))
}

// found tells of a record that does not open, or cannot be read otherwise.
func (c *checker) found(who models.Actor, err error) {
	switch cause := errors.Unwrap(err); {
	case err == nil:
	case cause != nil && errors.Is(err, ErrUnreadable):
		c.problem("tenant %s: %v (%v)", who.DatabaseIDHash, err, cause)
	default:
		c.problem("tenant %s: %v", who.DatabaseIDHash, err)
	}
}

// tools reads one tool at a time: documents are long.
func (c *checker) tools(box *crypto.Box, who models.Actor) error {
	var names []string
	if err := c.tx.Model(&toolRow{}).Where("tenant_id = ?", who.TenantID).Order("name").Pluck("name", &names).Error; err != nil {
		return err
	}
	for _, name := range names {
		var row toolRow
		if err := c.tx.Where("tenant_id = ? AND name = ?", who.TenantID, name).Take(&row).Error; err != nil {
			return err
		}
		_, err := c.store.openTool(box, who, &row)
		c.found(who, err)
		_, err = unpack(row.Name, row.Document)
		c.found(who, err)
		var functions []functionRow
		if err := c.tx.Where("tenant_id = ? AND tool = ?", who.TenantID, name).Order("position").Find(&functions).Error; err != nil {
			return err
		}
		for i := range functions {
			_, err := openFunction(&functions[i])
			c.found(who, err)
		}
	}
	return nil
}

func (c *checker) connections(box *crypto.Box, who models.Actor) error {
	after := connectionRow{}
	return eachBatch(func() (int, error) {
		var rows []connectionRow
		err := c.tx.Where("tenant_id = ? AND (user_id, tool) > (?, ?)", who.TenantID, after.UserID, after.Tool).
			Order("user_id, tool").Limit(listBatch).Find(&rows).Error
		for i := range rows {
			after = rows[i]
			c.counted(&c.report.Connections)
			_, err := c.store.openConnection(box, who, &rows[i])
			c.found(who, err)
		}
		return len(rows), err
	})
}

func (c *checker) performs(box *crypto.Box, who models.Actor) error {
	after := performRow{}
	return eachBatch(func() (int, error) {
		var rows []performRow
		err := c.tx.Where("tenant_id = ? AND (user_id, function, idempotency_key) > (?, ?, ?)",
			who.TenantID, after.UserID, after.Function, after.IdempotencyKey).
			Order("user_id, function, idempotency_key").Limit(listBatch).Find(&rows).Error
		for i := range rows {
			after = rows[i]
			_, err := c.store.openPerform(box, who, &rows[i])
			c.found(who, err)
		}
		return len(rows), err
	})
}

func (c *checker) authorizations(box *crypto.Box, who models.Actor) error {
	after := ""
	return eachBatch(func() (int, error) {
		var rows []authorizationRow
		err := c.tx.Where("tenant_id = ? AND state_hash > ?", who.TenantID, after).Order("state_hash").Limit(listBatch).Find(&rows).Error
		for i := range rows {
			after = rows[i].StateHash
			_, err := c.store.openAuthorization(box, who, &rows[i])
			c.found(who, err)
		}
		return len(rows), err
	})
}

// eachBatch reads until a batch is not full.
func eachBatch(read func() (int, error)) error {
	for {
		if n, err := read(); err != nil || n < listBatch {
			return err
		}
	}
}

// toolless looks for functions and connections whose tool is not there.
func (c *checker) toolless(who models.Actor) error {
	const gone = "tenant_id = ? AND tool NOT IN (SELECT name FROM tools WHERE tenant_id = ?)"
	var functions, connections []string
	err := errors.Join(
		c.tx.Model(&functionRow{}).Where(gone, who.TenantID, who.TenantID).Pluck("name", &functions).Error,
		c.tx.Model(&connectionRow{}).Where(gone, who.TenantID, who.TenantID).Pluck("user_id || '/' || tool", &connections).Error,
	)
	for _, name := range functions {
		c.problem("tenant %s: function %q is of a tool that is not there", who.DatabaseIDHash, name)
	}
	for _, name := range connections {
		c.problem("tenant %s: connection %q is of a tool that is not there", who.DatabaseIDHash, name)
	}
	return err
}
