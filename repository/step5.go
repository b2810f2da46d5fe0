package repository

import (
	_ "embed"

	"gorm.io/gorm"
)

// step5 is for the admin panel.
func step5(tx *gorm.DB) error {
	if of(tx) == &postgresDialect {
		return tx.Exec(step5Postgres).Error
	}
	return tx.Set("gorm:table_options", " WITHOUT ROWID").Migrator().CreateTable(&step5Login{})
}

//go:embed step5_postgres.sql
var step5Postgres string

// step5Login is looked up by its id alone: the browser that shows it names no tenant.
type step5Login struct {
	TenantID       int64  `gorm:"primaryKey;autoIncrement:false"`
	ID             string `gorm:"primaryKey;index:logins_by_id"`
	SecretHash     string `gorm:"not null"`
	KeyLocatorHash string `gorm:"not null"`
	CreatedAt      int64  `gorm:"not null"`
	UsedAt         int64  `gorm:"not null;index:logins_by_use"`
}

func (step5Login) TableName() string { return "logins" }
