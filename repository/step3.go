package repository

import "gorm.io/gorm"

// step3 counts the changes of an agent's sessions, so that what was changed since can be found.
func step3(tx *gorm.DB) error {
	for _, statement := range step3Statements {
		if err := tx.Exec(statement).Error; err != nil {
			return err
		}
	}
	return nil
}

var step3Statements = []string{
	"ALTER TABLE sessions ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE tenants ADD COLUMN search_epoch BIGINT NOT NULL DEFAULT 0",
	"CREATE INDEX sessions_by_revision ON sessions (tenant_id, agent_id, revision)",
}
