package repository

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"time"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

var (
	// ErrNotFound is models.ErrNotFound, which those know who may not import this package.
	ErrNotFound = models.ErrNotFound
	// ErrDeleted means that the session was deleted, and only an explicit create starts it anew.
	ErrDeleted = errors.New("the session was deleted")
	// ErrUnreadable is what every [UnreadableError] is.
	ErrUnreadable = errors.New("a sealed field does not open")
	// ErrLocked means that the store is used before Unlock gave it the master key.
	ErrLocked = errors.New("the store has no master key yet")
)

// UnreadableError names the record of which a sealed field does not open: its key is wrong or
// lost, or the data are damaged or stood elsewhere.
type UnreadableError struct {
	Noun string // "session", "audit entry", "connection" and so on
	ID   string
	Err  error
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%s %q holds a field that could not be decrypted: its key is wrong or lost, or the data are damaged", e.Noun, e.ID)
}

// Is makes errors.Is(err, ErrUnreadable) true.
func (*UnreadableError) Is(target error) bool { return target == ErrUnreadable }

func (e *UnreadableError) Unwrap() error { return e.Err }

// Options say where the store is and what it takes from its surroundings.
type Options struct {
	Path   string           // of the SQLite file; its directory has to exist
	URL    string           // of a PostgreSQL database, postgres://...; then there is no file
	Now    func() time.Time // the clock
	Random io.Reader        // of keys, ids and nonces; nil means crypto/rand
	Log    *slog.Logger     // nil means none

	// SearchCache is how many bytes of opened names, e-mail addresses and ids may be kept for
	// searches; 0 means none.
	SearchCache int64

	// Of PostgreSQL: how many connections are used at most, and how long a statement may take. 0 means
	// 20, and 30 seconds.
	Connections      int
	StatementTimeout time.Duration
}

// Store is an open database.
type Store struct {
	Sessions       *Sessions
	Keys           *Keys
	Tenants        *Tenants
	Audit          *Audit
	Tools          *Tools
	Connections    *Connections
	Links          *Links
	Authorizations *Authorizations
	Performs       *Performs
	Logins         *Logins

	dialect             *dialect
	read, stream, write *gorm.DB
	door                door          // of writes
	commits             func() int64  // how many there were
	limit               time.Duration // of what reads and ends at once; 0 for none
	streams, lists      slots         // of what is under way
	helpers             chan struct{} // holds one for each part that is read beside another

	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	master *crypto.Box // seals storage keys; nil until Unlock
	plain  *crypto.Box // the box of every tenant without encryption
	boxes  *cache[int64, *crypto.Box]

	snapshots *snapshots
	maxKept   int64
	partLeast int64

	manySessions int64 // of a tenant, from which on their counts are remembered
	stats        stats
}

// Open opens the database and makes the file where there is none. It neither migrates nor
// unlocks: see Migrate and Unlock, which the other methods need.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{now: o.Now, random: o.Random, log: o.Log, plain: crypto.Plain()}
	s.helpers = make(chan struct{}, min(runtime.GOMAXPROCS(0), maxReaders/2))
	s.boxes = newCache[int64, *crypto.Box](o.Now)
	s.snapshots, s.maxKept = newSnapshots(o.SearchCache), maxKept
	s.partLeast, s.manySessions = partLeast, manySessions
	s.Sessions, s.Keys, s.Tenants, s.Audit = newSessions(s), newKeys(s), &Tenants{s}, &Audit{s}
	s.Tools, s.Connections, s.Links = &Tools{s}, &Connections{s}, &Links{s}
	s.Authorizations, s.Performs, s.Logins = &Authorizations{s}, &Performs{s}, &Logins{s}
	var err error
	if o.URL != "" {
		s.dialect, err = &postgresDialect, s.openPostgres(ctx, o)
	} else {
		s.dialect, err = &sqliteDialect, s.openSQLite(ctx, o.Path)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Ping says whether the database answers, its schema is the one of this program, and no move into it
// is unfinished.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.upToDate(ctx); err != nil {
		return err
	}
	return moving(s.read.WithContext(ctx))
}

// reading runs fn in a transaction that shows one state of the database and cannot change it.
func (s *Store) reading(ctx context.Context, fn func(tx *gorm.DB) error) error {
	defer s.took(&s.stats.reads, s.now())
	if s.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.limit)
		defer cancel()
	}
	return readOnly(s.read.WithContext(ctx), fn)
}

// streaming is reading for answers that are written while they are read.
func (s *Store) streaming(ctx context.Context, fn func(tx *gorm.DB) error) error {
	defer s.took(&s.stats.streams, s.now())
	return s.streams.with(ctx, func() error { return readOnly(s.stream.WithContext(ctx), fn) })
}

// listing is streaming for answers that may be long, of which there are only so many at once.
func (s *Store) listing(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.lists.with(ctx, func() error { return s.streaming(ctx, fn) })
}

// slots hold one for each that is under way.
type slots chan struct{}

// with runs fn when there is room for it, or returns the error of a context that ended before.
func (s slots) with(ctx context.Context, fn func() error) error {
	select {
	case s <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s }()
	return fn()
}

func readOnly(db *gorm.DB, fn func(tx *gorm.DB) error) error {
	return translate(db.Transaction(fn, readOne))
}

// writing runs fn in a transaction that may write, and returns nil when it is committed to disk.
// Whatever fn did is undone when it fails. fn may be run again after that: see door.
func (s *Store) writing(ctx context.Context, fn func(tx *gorm.DB) error) error {
	defer s.took(&s.stats.writes, s.now())
	return translate(s.door.do(ctx, fn))
}

// sending is writing for a single statement. It returns how many rows that changed.
func (s *Store) sending(ctx context.Context, statement string, args ...any) (int64, error) {
	defer s.took(&s.stats.writes, s.now())
	changed, err := s.door.send(ctx, statement, args...)
	return changed, translate(err)
}

// writingFor is writing for a tenant, which may have been deleted by another process since its
// key was looked up: nothing may be left behind of it then.
func (s *Store) writingFor(ctx context.Context, who models.Actor, fn func(tx *gorm.DB) error) error {
	return s.writing(ctx, func(tx *gorm.DB) error {
		if err := checkTenant(tx, who, of(tx).keep); err != nil {
			return err
		}
		return fn(tx)
	})
}

// writingAlone is writingFor for what is audited. Of a tenant that is one after another: so the numbers
// of the audit entries have no gaps, and what such a change has read stays as it is until its end.
func (s *Store) writingAlone(ctx context.Context, who models.Actor, fn func(tx *gorm.DB) error) error {
	return s.writing(ctx, func(tx *gorm.DB) error {
		if err := checkTenant(tx, who, of(tx).alone); err != nil {
			return err
		}
		return fn(tx)
	})
}

// checkTenant returns [ErrKey] for a tenant that was deleted, and locks one that was not: see dialect.
func checkTenant(tx *gorm.DB, who models.Actor, lock string) error {
	var there int
	err := queryRow(tx, "SELECT 1 FROM tenants WHERE id = ? AND deleted_at IS NULL"+lock, who.TenantID).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: its tenant was deleted", ErrKey)
	}
	return err
}

// change is writingAlone for what has to be told: the audit entry is in the same transaction.
func (s *Store) change(ctx context.Context, who models.Actor, event models.AuditEntry, fn func(tx *gorm.DB) error) error {
	var box *crypto.Box
	if event.Diff != "" { // without one a change needs no key: who has lost it can still delete
		var err error
		if box, err = s.box(ctx, who); err != nil {
			return err
		}
	}
	return s.writingAlone(ctx, who, func(tx *gorm.DB) error {
		if err := fn(tx); err != nil {
			return err
		}
		_, err := s.appendAudit(tx, box, who, event)
		return err
	})
}

// changeAs is change for an event of which only the transaction shows what it is. The box seals the
// diff that it may have.
func (s *Store) changeAs(ctx context.Context, who models.Actor, box *crypto.Box, fn func(tx *gorm.DB) (models.AuditEntry, error)) error {
	return s.writingAlone(ctx, who, func(tx *gorm.DB) error {
		event, err := fn(tx)
		if err != nil {
			return err
		}
		_, err = s.appendAudit(tx, box, who, event)
		return err
	})
}

// translate is the one place that knows the errors of gorm, database/sql and the drivers.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%w (%w)", ErrNotFound, err)
	case notText(err):
		return errNotText
	}
	return reached(err)
}

// millis is how times are stored: milliseconds since 1970, UTC.
func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func optionalMillis(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	ms := millis(*t)
	return &ms
}

func fromOptionalMillis(ms *int64) *time.Time {
	if ms == nil {
		return nil
	}
	t := fromMillis(*ms)
	return &t
}
