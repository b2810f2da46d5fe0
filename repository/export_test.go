package repository

import (
	"strings"
	"sync"

	"gorm.io/gorm"
)

// NewestStep is for the tests outside of the package.
func NewestStep() int { return len(steps) }

// Listen has every statement that the store sends noted from now on, whoever wrote it. Statements
// come from many goroutines at once.
func (s *Store) Listen(note func(sql string)) {
	heard := map[*gorm.DB]bool{}
	for _, db := range []*gorm.DB{s.read, s.stream, s.write} {
		if db == nil || heard[db] { // two names of one handle
			continue
		}
		heard[db] = true
		db.ConnPool = listening{db.ConnPool, func(sql string, _ []any) { note(sql) }}
		db.Statement.ConnPool = db.ConnPool
	}
}

// KeepAtMost makes a scan keep only n sessions at once.
func (s *Store) KeepAtMost(n int64) { s.maxKept = n }

// RememberCountsFrom makes n sessions many enough for their counts to be remembered.
func (s *Store) RememberCountsFrom(n int64) { s.manySessions = n }

// SearchMemory is how many bytes the snapshot of an agent takes; 0 when there is none.
func (s *Store) SearchMemory(tenantID int64, agentID string) int64 {
	h, ok := s.snapshots.kept.GetIfPresent(agentName{tenantID, agentID})
	if !ok {
		return 0
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.size.Load()
}

// WhileBuilding runs fn when search has begun to read what a snapshot is made of.
func (s *Store) WhileBuilding(fn func(), search func() error) error {
	var once sync.Once
	err := s.stream.Callback().Row().After("gorm:row").Register("test:building", func(tx *gorm.DB) {
		if sql := tx.Statement.SQL.String(); sql == scanTenant || sql == sqliteDialect.scanAgent {
			once.Do(fn)
		}
	})
	if err != nil {
		return err
	}
	return search()
}

// DivideFrom makes a scan read n rows and more in parts.
func (s *Store) DivideFrom(n int64) { s.partLeast = n }

// BusyHelpers takes all places of those that help to read parts.
func (s *Store) BusyHelpers() {
	for len(s.helpers) < cap(s.helpers) {
		s.helpers <- struct{}{}
	}
}

// OnHelp runs fn in each transaction that is about to help, before it reads anything.
func (s *Store) OnHelp(fn func()) error { return s.beforeRows("SELECT search_epoch", fn) }

// OnPart runs fn for each batch that a helper is about to read.
func (s *Store) OnPart(fn func()) error { return s.beforeRows(scanTenant, fn) }

func (s *Store) beforeRows(prefix string, fn func()) error {
	return s.read.Callback().Row().Before("gorm:row").Register("test:"+prefix, func(tx *gorm.DB) {
		if strings.HasPrefix(tx.Statement.SQL.String(), prefix) {
			fn()
		}
	})
}
