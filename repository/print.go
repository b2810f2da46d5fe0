package repository

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// SchemaStep is one step of the schema as SQL.
type SchemaStep struct {
	Number    int
	Name, SQL string
}

// SchemaSQL returns the steps that Migrate makes of an empty database, in order: of PostgreSQL, or else
// of SQLite. No database is touched.
func SchemaSQL(ctx context.Context, postgres bool) ([]SchemaStep, error) {
	if postgres {
		var all []SchemaStep
		for i, statements := range []string{step4Postgres, step5Postgres} {
			number := postgresDialect.firstStep + i
			all = append(all, SchemaStep{Number: number, Name: steps[number-1].name, SQL: statements})
		}
		return all, nil
	}
	db, err := openHandle(ctx, ":memory:", "", 1, 1) // what is made there is gone with it
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	defer func() { _ = pool.Close() }() // there is nothing to lose
	all := make([]SchemaStep, len(steps))
	for i, step := range steps {
		sent := &sent{Interface: logger.Discard}
		if err := step.apply(db.Session(&gorm.Session{Logger: sent, NewDB: true, Context: ctx})); err != nil {
			return nil, err
		}
		all[i] = SchemaStep{Number: i + 1, Name: step.name, SQL: sent.text.String()}
	}
	return all, nil
}

// sent notes the statements that gorm sends.
type sent struct {
	logger.Interface
	text strings.Builder
}

// LogMode keeps gorm from taking another log.
func (s *sent) LogMode(logger.LogLevel) logger.Interface { return s }

// Trace is called for every statement.
func (s *sent) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	text, _ := statement()
	s.text.WriteString(strings.ReplaceAll(text, "`", `"`) + ";\n")
}
