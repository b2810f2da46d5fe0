package repository

import (
	_ "embed"

	"gorm.io/gorm"
)

// step4 is the step with which databases on PostgreSQL begin: for them it is the whole schema. Others
// only learn of moves from one database to another.
func step4(tx *gorm.DB) error {
	if of(tx) == &postgresDialect {
		return tx.Exec(step4Postgres).Error
	}
	return tx.Set("gorm:table_options", " WITHOUT ROWID").Migrator().CreateTable(&step4Move{})
}

//go:embed step4_postgres.sql
var step4Postgres string

// step4Move is a move of everything from another database into this one.
type step4Move struct {
	Number     int64  `gorm:"primaryKey;autoIncrement:false"`
	Source     string `gorm:"not null"`
	StartedAt  int64  `gorm:"not null"`
	FinishedAt *int64
}

func (step4Move) TableName() string { return "moves" }
