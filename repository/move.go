package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

var (
	// ErrMoving means that not everything has come into the database that is moved there.
	ErrMoving = errors.New("a move into this database was begun and is not finished; run sessionhub move again to finish it")
	// ErrInUse means that the database from which everything is moved cannot be kept as it is meanwhile.
	ErrInUse = errors.New("it is being written to, so it cannot be locked: the service still runs on it; stop it first")
	// ErrOccupied means that a database into which everything is to be moved holds something else.
	ErrOccupied = errors.New("it is not empty")
	// ErrDiffers means that two databases are not the same after a move.
	ErrDiffers = errors.New("the two databases differ")
)

// MoveReport is how far a move is.
type MoveReport struct {
	Tables      []MovedTable // in the order in which they are moved
	At          int          // the place in Tables of the one that is under way
	Resumed     bool         // an earlier call has begun
	Verifying   bool         // everything was copied
	Differences int
	Details     []string // the first 100 differences, by table and key; nothing else of the rows
	Done        bool     // there is nothing more to come
}

// MovedTable is how far a table is.
type MovedTable struct {
	Name     string
	Rows     int64 // there are in the source
	Before   int64 // had been copied before this call
	Copied   int64 // are copied, those included
	Verified int64
}

// Move copies everything from one database into another one that is empty, row by row and column by
// column, so that what is sealed stays as it is and no key is needed; then it compares the two. Until
// that went well [Store.Unlock] and [Store.Ping] refuse the target with [ErrMoving]. A call that follows
// one that was interrupted goes on behind what was copied. The source is locked meanwhile.
//
// progress is called after each batch of rows, at each table, and at the end.
func Move(ctx context.Context, from, to *Store, progress func(MoveReport)) (MoveReport, error) {
	m := &mover{from: from, to: to, progress: progress}
	for _, row := range movedRows() {
		table, err := newMoveTable(row)
		if err != nil {
			return m.report, err
		}
		m.tables = append(m.tables, table)
		m.report.Tables = append(m.report.Tables, MovedTable{Name: table.name})
	}
	err := m.check(ctx)
	if err == nil {
		err = from.held(ctx, m.tables, func(tx *gorm.DB) error {
			m.source = tx
			return m.run(ctx)
		})
	}
	m.report.Done = true
	m.tell()
	return m.report, err
}

type mover struct {
	from, to *Store
	source   *gorm.DB // the transaction that holds it
	number   int64    // of the move, in the target
	tables   []*moveTable
	progress func(MoveReport)
	report   MoveReport
}

// movedRows are one of each table that is moved, in the order in which that is done. What is not: the
// history of each database of its own, and PostgreSQL's agents, which are counted from the sessions.
func movedRows() []any {
	return append([]any{
		&masterKeyRow{}, &tenantRow{}, &storageKeyRow{}, &keyRow{}, &originRow{}, &sessionRow{}, &messageRow{}, &auditRow{}, &loginRow{},
	}, hubRows()...)
}

// check says no before anything is locked or written.
func (m *mover) check(ctx context.Context) error {
	if err := m.from.Ping(ctx); err != nil {
		return fmt.Errorf("the source: %w", err)
	}
	if err := m.to.upToDate(ctx); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	source, err := fingerprint(m.from.read.WithContext(ctx))
	if err != nil {
		return err
	}
	_, err = unfinished(m.to.read.WithContext(ctx), source)
	return err
}

func (m *mover) run(ctx context.Context) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	for at, table := range m.tables {
		m.report.At = at
		if err := m.copy(ctx, table, &m.report.Tables[at]); err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	if err := m.derive(ctx); err != nil {
		return err
	}
	m.report.Verifying = true
	if err := m.verify(ctx); err != nil {
		return fmt.Errorf("compare the databases: %w", err)
	}
	if m.report.Differences > 0 {
		return ErrDiffers
	}
	return m.finish(ctx)
}

func (m *mover) tell() {
	told := m.report
	told.Tables, told.Details = slices.Clone(told.Tables), slices.Clone(told.Details)
	m.progress(told)
}

// copy goes on behind the last row of the target: rows come in the order of their keys, in batches of
// which each is there as a whole or not at all.
func (m *mover) copy(ctx context.Context, table *moveTable, at *MovedTable) error {
	last, err := table.last(m.to.read.WithContext(ctx))
	if err != nil {
		return err
	}
	rows, err := table.behind(ctx, m.source, last)
	if err != nil {
		return err
	}
	defer rows.close()
	for more := true; more; m.tell() {
		var batch []moveRowValue
		if batch, more, err = rows.batch(); err != nil {
			return err
		}
		if m.to.dialect == &postgresDialect {
			if err := table.checkTexts(batch); err != nil {
				return err
			}
		}
		if len(batch) == 0 {
			continue
		}
		err := m.to.writing(ctx, func(tx *gorm.DB) error { return table.insert(tx, batch) })
		if err != nil {
			return err
		}
		at.Copied += int64(len(batch))
	}
	return nil
}
