package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// begin notes the move in the target, unless that was done before, and counts what is to be done.
func (m *mover) begin(ctx context.Context) error {
	source, err := fingerprint(m.source)
	if err != nil {
		return err
	}
	err = m.to.writing(ctx, func(tx *gorm.DB) error {
		if err := waitForOthers(tx); err != nil {
			return err
		}
		move, err := unfinished(tx, source)
		if err != nil {
			return err
		}
		m.report.Resumed = move.Number > 0
		if !m.report.Resumed {
			err = tx.Raw("SELECT COALESCE(MAX(number), 0) + 1 FROM moves").Scan(&move.Number).Error
			if err == nil {
				move.Source, move.StartedAt = source, millis(m.to.now())
				err = tx.Create(&move).Error
			}
		}
		m.number = move.Number
		return err
	})
	if err != nil {
		return err
	}
	return m.count(ctx)
}

func (m *mover) count(ctx context.Context) error {
	for i, table := range m.tables {
		at := &m.report.Tables[i]
		statement := "SELECT COUNT(*) FROM " + table.name
		if err := queryRow(m.source, statement).Scan(&at.Rows); err != nil {
			return err
		}
		if !m.report.Resumed {
			continue
		}
		if err := queryRow(m.to.stream.WithContext(ctx), statement).Scan(&at.Before); err != nil {
			return err
		}
		at.Copied = at.Before
	}
	return nil
}

// fingerprint names a database, and what was copied from it: what a master key has sealed in one is in
// no other.
func fingerprint(db *gorm.DB) (string, error) {
	var rows []masterKeyRow
	if err := db.Order("id").Find(&rows).Error; err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return "", errors.New("the source was never used: there is nothing to move")
	}
	h := sha256.New()
	for _, row := range rows {
		_, _ = fmt.Fprintf(h, "%q %q %d\n", row.ID, row.KnownValue, row.CreatedAt)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// unfinished returns the move from the source that was begun in a database, or one with the number 0
// where the database is empty. Any other is refused.
func unfinished(db *gorm.DB, source string) (moveRow, error) {
	var moves []moveRow
	if err := db.Where("finished_at IS NULL").Find(&moves).Error; err != nil {
		return moveRow{}, err
	}
	if len(moves) > 0 && moves[0].Source != source {
		return moveRow{}, fmt.Errorf("the target: %w: a move from another database into it was begun", ErrOccupied)
	}
	if len(moves) > 0 {
		return moves[0], nil
	}
	for table, row := range map[string]any{"tenants": &tenantRow{}, "a master key": &masterKeyRow{}} {
		var n int64
		if err := db.Model(row).Count(&n).Error; err != nil {
			return moveRow{}, err
		}
		if n > 0 {
			return moveRow{}, fmt.Errorf("the target: %w: it has %s", ErrOccupied, table)
		}
	}
	return moveRow{}, nil
}

// derive makes what only the target has.
func (m *mover) derive(ctx context.Context) error {
	if m.to.dialect != &postgresDialect {
		return nil
	}
	return m.to.writing(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM agents").Error; err != nil {
			return err
		}
		return tx.Exec(fmt.Sprintf(`INSERT INTO agents (tenant_id, agent_id, lane, revision)
			SELECT tenant_id, agent_id, revision / %[1]d, MAX(revision) FROM sessions GROUP BY tenant_id, agent_id, revision / %[1]d`, int64(laneSize))).Error
	})
}

// finish lets the service use the target.
func (m *mover) finish(ctx context.Context) error {
	if m.to.dialect == &postgresDialect { // which otherwise knows nothing of its rows for a while
		if _, err := m.to.sending(ctx, "ANALYZE "+tableNames(m.tables)); err != nil {
			return err
		}
	}
	return m.to.writing(ctx, func(tx *gorm.DB) error {
		return tx.Model(&moveRow{}).Where("number = ?", m.number).Update("finished_at", millis(m.to.now())).Error
	})
}

// moving returns [ErrMoving] for the target of a move that is not finished.
func moving(db *gorm.DB) error {
	var n int64
	if err := db.Model(&moveRow{}).Where("finished_at IS NULL").Count(&n).Error; err != nil {
		return err
	}
	if n > 0 {
		return ErrMoving
	}
	return nil
}
