package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

const (
	maxDetails   = 100  // problems told one by one
	progressStep = 1000 // records between two reports of progress
)

// Report is what a check has found.
type Report struct {
	Tenants                          int
	Sessions, Messages, AuditEntries int64
	Connections                      int64
	Problems                         int
	Details                          []string // the first 100 problems; no plaintext
	Done                             bool
}

// Check reads the whole database, in one state of it, and reports what is wrong. progress is
// called every thousand records and at the end. An error means that it could not be checked.
func (s *Store) Check(ctx context.Context, progress func(Report)) (Report, error) {
	c := &checker{store: s, progress: progress}
	err := s.streaming(ctx, func(tx *gorm.DB) error {
		c.tx = tx
		if err := c.database(); err != nil {
			return err
		}
		var tenants []tenantRow
		if err := tx.Order("id").Find(&tenants).Error; err != nil {
			return err
		}
		for i := range tenants {
			if err := c.tenant(ctx, &tenants[i]); err != nil {
				return err
			}
		}
		return nil
	})
	c.report.Done = true
	progress(c.report)
	return c.report, err
}

type checker struct {
	store    *Store
	tx       *gorm.DB
	progress func(Report)
	report   Report
}

func (c *checker) problem(format string, args ...any) {
	c.report.Problems++
	if len(c.report.Details) < maxDetails {
		c.report.Details = append(c.report.Details, fmt.Sprintf(format, args...))
	}
}

// counted adds to a count of the report, and tells how far the check is.
func (c *checker) counted(n *int64) {
	if *n++; *n%progressStep == 0 {
		c.progress(c.report)
	}
}

// database asks SQLite whether its file is whole, and whether the audit log is still guarded.
func (c *checker) database() error {
	var findings []string
	if of(c.tx) == &sqliteDialect {
		if err := c.tx.Raw("PRAGMA integrity_check").Scan(&findings).Error; err != nil {
			return err
		}
	}
	for _, finding := range findings {
		if finding != "ok" {
			c.problem("the database file is damaged: %s", finding)
		}
	}
	var triggers int64
	err := c.tx.Raw(of(c.tx).guards).Scan(&triggers).Error
	if triggers < of(c.tx).guardCount {
		c.problem("the audit log can be changed: triggers that stand against it are gone")
	}
	return err
}

func (c *checker) tenant(ctx context.Context, row *tenantRow) error {
	who := models.Actor{TenantID: row.ID, DatabaseIDHash: row.DatabaseIDHash}
	if row.DeletedAt != nil {
		return c.remains(who)
	}
	c.report.Tenants++
	box, err := c.store.box(ctx, who)
	if errors.Is(err, ErrUnreadable) {
		c.problem("tenant %s: the storage key cannot be read, so nothing of it can", row.DatabaseIDHash)
		return nil
	}
	if err != nil {
		return err
	}
	secrets, err := c.store.secretBox(ctx, who)
	if err != nil {
		return err
	}
	return errors.Join(c.sessions(box, who), c.orphans(who), c.audit(box, who), c.tombstones(who), c.hub(secrets, who))
}

// remains looks for what a deleted tenant should not have.
func (c *checker) remains(who models.Actor) error {
	for table, row := range map[string]any{
		"sessions": &sessionRow{}, "messages": &messageRow{}, "API keys": &keyRow{}, "origins": &originRow{}, "logins": &loginRow{}, "storage keys": &storageKeyRow{},
		"tools": &toolRow{}, "functions": &functionRow{}, "connections": &connectionRow{}, "configuration links": &linkRow{},
		"sign-ins": &authorizationRow{}, "performed calls": &performRow{}, "applications": &appOriginRow{},
	} {
		var n int64
		if err := c.tx.Model(row).Where("tenant_id = ?", who.TenantID).Count(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			c.problem("tenant %s was deleted, and %d of its %s are left", who.DatabaseIDHash, n, table)
		}
	}
	return nil
}

// sessions opens every field of every session.
func (c *checker) sessions(box *crypto.Box, who models.Actor) error {
	all := models.SessionFilter{Limit: -1}
	for rows, err := range selection(who, all).batches(c.tx, all) {
		if err != nil {
			return err
		}
		for i := range rows {
			c.counted(&c.report.Sessions)
			if err := c.session(box, who, &rows[i]); err != nil && !errors.Is(err, ErrUnreadable) {
				return err
			} else if err != nil {
				c.problem("tenant %s: %v (%v)", who.DatabaseIDHash, err, errors.Unwrap(err))
			}
		}
	}
	return nil
}

func (c *checker) session(box *crypto.Box, who models.Actor, row *sessionRow) error {
	if _, err := c.store.openSession(box, who, row); err != nil {
		return err
	}
	text, err := c.store.Sessions.text(box, who, row, selectedRows(c.tx, who, row.ID))
	if err == nil && text == nil && row.MessageCount > 0 {
		err = unreadableSession(row.ID, errors.New("it has messages, and says that it has none"))
	}
	if err != nil || text == nil {
		return err
	}
	c.report.Messages += row.MessageCount
	for _, err := range text {
		if err != nil {
			return err
		}
	}
	return nil
}

// orphans looks for messages whose session is not there, or says that it has none.
func (c *checker) orphans(who models.Actor) error {
	var ids []string
	err := c.tx.Raw(`SELECT DISTINCT m.session_id FROM messages m WHERE m.tenant_id = ? AND NOT EXISTS
		(SELECT 1 FROM sessions s WHERE s.tenant_id = m.tenant_id AND s.id = m.session_id AND s.deleted_at IS NULL AND m.seq < s.message_count)`,
		who.TenantID).Scan(&ids).Error
	for _, id := range ids {
		c.problem("tenant %s: session %q has messages that it does not count", who.DatabaseIDHash, id)
	}
	return err
}

// audit opens every entry, and looks for gaps in their numbers.
func (c *checker) audit(box *crypto.Box, who models.Actor) error {
	next := int64(1)
	for {
		var rows []auditRow
		err := c.tx.Where("tenant_id = ? AND id >= ?", who.TenantID, next).Order("id").Limit(listBatch).Find(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		for i := range rows {
			c.counted(&c.report.AuditEntries)
			if rows[i].ID != next {
				c.problem("tenant %s: audit entries %d to %d are missing", who.DatabaseIDHash, next, rows[i].ID-1)
			}
			next = rows[i].ID + 1
			if _, err := c.store.openAudit(box, who, &rows[i]); err != nil {
				c.problem("tenant %s: %v", who.DatabaseIDHash, err)
			}
		}
	}
}

// tombstones holds deleted sessions against the audit log.
func (c *checker) tombstones(who models.Actor) error {
	var ids []string
	err := c.tx.Raw(of(c.tx).unaudited, map[string]any{"t": who.TenantID, "e": models.EventDeleteSession}).Scan(&ids).Error
	for _, id := range ids {
		c.problem("tenant %s: session %q was deleted without an audit entry", who.DatabaseIDHash, id)
	}
	return err
}
