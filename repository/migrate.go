package repository

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// ErrSchema means that the database has a schema which this program does not know.
var ErrSchema = errors.New("the schema of the database is not the one of this program")

// step is one change of the schema. A step that was released is never edited: its structs
// are its own, and what comes later is a step behind it.
type step struct {
	name  string
	apply func(tx *gorm.DB) error
}

// steps is the history of the schema. The number of a step is its place, from 1.
var steps = []step{
	{"tenants, keys, sessions, messages, audit log", step1},
	{"tools, functions, connections, links, performed calls", step2},
	{"revisions of sessions", step3},
	{"PostgreSQL, and moves from one database to another", step4},
	{"logins", step5},
}

// Migrate brings the schema up to date, a transaction for each step, and returns the steps at
// which it was and is. Of processes that start together one makes each step. A database that
// is ahead of the program is refused with [ErrSchema], naming its newest step.
func (s *Store) Migrate(ctx context.Context) (from, to int, err error) {
	if from, err = s.SchemaStep(ctx); err != nil {
		return 0, 0, err
	}
	for number := max(from+1, s.dialect.firstStep); number <= len(steps); number++ {
		if err := s.applyStep(ctx, number); err != nil {
			return from, number - 1, fmt.Errorf("schema step %d (%s): %w", number, steps[number-1].name, err)
		}
	}
	return from, len(steps), nil
}

// SchemaStep returns the number of the newest step that the database has; 0 for an empty one.
func (s *Store) SchemaStep(ctx context.Context) (int, error) {
	db := s.read.WithContext(ctx)
	if !db.Migrator().HasTable(&stepRow{}) {
		return 0, ctx.Err()
	}
	var newest stepRow
	if err := db.Order("number DESC").Take(&newest).Error; err != nil {
		return 0, fmt.Errorf("read the schema's history: %w", err)
	}
	if newest.Number > len(steps) {
		return 0, fmt.Errorf("%w: it has step %d (%s), and this program knows %d; use the release that made it, or a newer one",
			ErrSchema, newest.Number, newest.Name, len(steps))
	}
	return newest.Number, nil
}

// upToDate says whether the schema is the one of this program.
func (s *Store) upToDate(ctx context.Context) error {
	at, err := s.SchemaStep(ctx)
	if err != nil {
		return err
	}
	if at != len(steps) {
		return fmt.Errorf("%w: the database is at step %d of %d", ErrSchema, at, len(steps))
	}
	return nil
}

// applyStep makes one step, unless another process made it meanwhile.
func (s *Store) applyStep(ctx context.Context, number int) error {
	return s.writing(patient(ctx), func(tx *gorm.DB) error {
		if err := waitForOthers(tx); err != nil {
			return err
		}
		if number > of(tx).firstStep || tx.Migrator().HasTable(&stepRow{}) {
			var made int64
			if err := tx.Model(&stepRow{}).Where("number = ?", number).Count(&made).Error; err != nil || made > 0 {
				return err
			}
		}
		if err := steps[number-1].apply(tx); err != nil {
			return err
		}
		return tx.Create(&stepRow{Number: number, Name: steps[number-1].name, AppliedAt: millis(s.now())}).Error
	})
}
