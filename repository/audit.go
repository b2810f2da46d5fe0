package repository

import (
	"context"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Audit appends to and reads the audit log. There is no way to change it.
type Audit struct{ store *Store }

// Append writes an entry. Id, time and everything about the caller are set here, whatever e
// says; the entry is returned as it was written.
func (r *Audit) Append(ctx context.Context, who models.Actor, e models.AuditEntry) (models.AuditEntry, error) {
	if err := e.Validate(); err != nil {
		return e, err
	}
	box, err := r.store.box(ctx, who)
	if err != nil {
		return e, err
	}
	err = r.store.writingAlone(ctx, who, func(tx *gorm.DB) error {
		e, err = r.store.appendAudit(tx, box, who, e)
		return err
	})
	return e, err
}

// appendAudit writes an entry as part of a transaction. The box seals the diff, if there is one.
func (s *Store) appendAudit(tx *gorm.DB, box *crypto.Box, who models.Actor, e models.AuditEntry) (models.AuditEntry, error) {
	if err := queryRow(tx, nextAudit, who.TenantID).Scan(&e.ID); err != nil {
		return e, err
	}
	e.IP, e.UserAgent = who.IP, who.UserAgent
	e.KeyLocatorHash, e.DatabaseIDHash = who.KeyLocatorHash, who.DatabaseIDHash
	e.CreatedAt = fromMillis(millis(s.now()))
	row := s.sealAudit(box, who, &e)
	_, err := execute(tx, insertAudit, row.TenantID, row.ID, row.IP, row.UserAgent, row.KeyLocatorHash, row.EventName, row.RecordLocator, row.Diff, row.CreatedAt)
	return e, err
}

const (
	nextAudit   = "SELECT COALESCE(MAX(id), 0) + 1 FROM audit_entries WHERE tenant_id = CAST(? AS BIGINT)"
	insertAudit = `INSERT INTO audit_entries (tenant_id, id, ip, user_agent, key_locator_hash, event_name, record_locator, diff, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// List returns the entries that pass the filter, newest first.
func (r *Audit) List(ctx context.Context, who models.Actor, f models.AuditFilter) ([]models.AuditEntry, error) {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return nil, err
	}
	query := r.store.read.WithContext(ctx).
		Where("tenant_id = ? AND created_at >= ? AND created_at < ?", who.TenantID, millis(f.From), millis(f.To))
	if f.EventName != "" {
		query = query.Where("event_name = ?", f.EventName)
	}
	if f.RecordLocator != "" {
		query = query.Where("record_locator = ?", f.RecordLocator)
	}
	var rows []auditRow
	err = query.Order("created_at DESC, id DESC").Limit(int(f.Limit)).Offset(int(f.Offset)).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	entries := make([]models.AuditEntry, len(rows))
	for i := range rows {
		if entries[i], err = r.store.openAudit(box, who, &rows[i]); err != nil {
			return nil, err
		}
	}
	return entries, nil
}
