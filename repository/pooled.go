package repository

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// door is the way in for whatever writes.
type door interface {
	// do runs fn in a transaction and returns when it is committed, or else undone: then with the
	// error of fn, or of the commit. fn may be run more than once, each time after all was undone.
	do(ctx context.Context, fn func(tx *gorm.DB) error) error
	// send runs a single statement and returns how many rows it changed.
	send(ctx context.Context, statement string, args ...any) (changed int64, err error)
}

// pooled is the door of an engine that many may write to at once: each write has a connection and a
// transaction of its own. One that is undone because of another is tried again.
type pooled struct {
	db      *gorm.DB
	limit   time.Duration // of a transaction
	commits atomic.Int64
}

// maxTries is how often a write may come into the way of others.
const maxTries = 10

// pause is about how long a write waits before it is tried again the first time.
const pause = 2 * time.Millisecond

func (p *pooled) do(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return p.try(ctx, func(db *gorm.DB) error {
		return db.Transaction(func(tx *gorm.DB) error {
			if isPatient(ctx) {
				if _, err := execute(tx, "SET LOCAL statement_timeout = 0"); err != nil {
					return err
				}
			}
			if err := fn(tx); err != nil {
				return err
			}
			return ctx.Err() // who gave up is told so, and nothing is written
		})
	})
}

func (p *pooled) send(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	err = p.try(ctx, func(db *gorm.DB) (err error) {
		changed, err = execute(db, statement, args...)
		return err
	})
	return changed, err
}

// try calls write, and calls it again where others came into its way. A write is not interrupted when
// its caller leaves: nobody would know what became of it, and the connection would be lost with it.
func (p *pooled) try(ctx context.Context, write func(db *gorm.DB) error) error {
	for tries := 1; ; tries++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := p.once(ctx, write)
		if err == nil {
			p.commits.Add(1)
			return nil
		}
		if !again(err) || tries == maxTries {
			return err
		}
		time.Sleep(time.Duration(rand.Int64N(int64(pause) << min(tries, 5)))) //nolint:gosec // it need not be a secret
	}
}

// once calls write within the limit. A commit that waits for a standby at that moment is told to wait no
// more, and then succeeds here alone: it counts as one of which nobody knows.
func (p *pooled) once(ctx context.Context, write func(db *gorm.DB) error) error {
	if isPatient(ctx) {
		return write(p.db.WithContext(context.WithoutCancel(ctx)))
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.limit)
	defer cancel()
	err := write(p.db.WithContext(limited))
	if limited.Err() != nil {
		return errors.Join(ErrUnavailable, err)
	}
	return err
}

type patience struct{}

// patient is the context of a write that may take as long as it needs: it is made rarely, and by people.
func patient(ctx context.Context) context.Context { return context.WithValue(ctx, patience{}, true) }

func isPatient(ctx context.Context) bool { return ctx.Value(patience{}) != nil }
