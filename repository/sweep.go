package repository

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sessionhub/models"
)

const (
	// sweepBatch rows are removed at a time: requests that write wait for a batch, not for a sweep.
	sweepBatch = 500
	// linkMemory is how long an expired link is told from one that never was.
	linkMemory = 24 * time.Hour
)

// sweeps remove what is over, by the index of its time.
var sweeps = []struct {
	what, statement string
	age             time.Duration
}{
	{"links", `DELETE FROM links WHERE (tenant_id, token_hash) IN
		(SELECT tenant_id, token_hash FROM links WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, linkMemory},
	{"authorizations", `DELETE FROM authorizations WHERE (tenant_id, state_hash) IN
		(SELECT tenant_id, state_hash FROM authorizations WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`, 0},
	{"performs", `DELETE FROM performs WHERE (tenant_id, user_id, function, idempotency_key) IN
		(SELECT tenant_id, user_id, function, idempotency_key FROM performs WHERE started_at <= ? ORDER BY started_at LIMIT ?)`, models.IdempotencyLifetime},
	{"logins", `DELETE FROM logins WHERE (tenant_id, id) IN
		(SELECT tenant_id, id FROM logins WHERE used_at <= ? ORDER BY used_at LIMIT ?)`, models.LoginIdle},
}

// Sweep removes, for all tenants, what nobody can use any more: expired links, sign-ins and logins, and
// answers of calls whose key may be used anew. A run that ends early is taken up by the next. What
// is in memory of tenants that another process deleted is forgotten too.
func (s *Store) Sweep(ctx context.Context) error {
	for _, sweep := range sweeps {
		until := millis(s.now().Add(-sweep.age))
		for removed := int64(sweepBatch); removed == sweepBatch; {
			err := s.writing(ctx, func(tx *gorm.DB) error {
				gone := tx.Exec(sweep.statement, until, sweepBatch)
				removed = gone.RowsAffected
				return gone.Error
			})
			if err != nil {
				return fmt.Errorf("sweep %s: %w", sweep.what, err)
			}
		}
	}
	return s.dropGone(ctx)
}

func (s *Store) dropGone(ctx context.Context) error {
	for tenantID := range s.snapshots.tenants() {
		var there int64
		err := s.read.WithContext(ctx).Model(&tenantRow{}).Where("id = ? AND deleted_at IS NULL", tenantID).Count(&there).Error
		if err != nil {
			return fmt.Errorf("look for tenant %d: %w", tenantID, err)
		}
		if there == 0 {
			s.snapshots.drop(tenantID)
		}
	}
	return nil
}
