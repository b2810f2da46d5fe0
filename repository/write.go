package repository

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"gorm.io/gorm"
)

// write is one caller's part of a transaction.
type write struct {
	ctx   context.Context //nolint:containedctx // it is the caller's, who waits
	fn    func(tx *gorm.DB) error
	whole bool // it is one statement, which the database undoes by itself when it fails
	state atomic.Int32
	done  chan struct{} // closed when err is known
	err   error
	panic *panicked
}

// The states of a write: whoever changes the first of them decides between the other two.
const (
	writeWaits int32 = iota
	writeBegun
	writeGivenUp
)

// panicked is a panic of a write, on its way to the goroutine that asked for it.
type panicked struct {
	cause any
	stack []byte
}

func (p *panicked) String() string { return fmt.Sprintf("%v\n%s", p.cause, p.stack) }

// givenUp waits for the answer, and says whether the caller is gone and the write will never be run.
func (op *write) givenUp() bool {
	select {
	case <-op.done:
		return false
	case <-op.ctx.Done():
		if op.state.CompareAndSwap(writeWaits, writeGivenUp) {
			return true
		}
		<-op.done
		return false
	}
}

// run calls fn and keeps what it came to.
func (op *write) run(tx *gorm.DB) {
	defer func() {
		if cause := recover(); cause != nil {
			op.panic = &panicked{cause: cause, stack: debug.Stack()}
			op.err = errPanicked
		}
	}()
	if op.err = op.fn(tx); op.err == nil && !op.whole {
		op.err = op.ctx.Err()
	}
}

var errPanicked = errors.New("a write panicked")

// runAlone runs the write as all of a transaction, which its error undoes.
func (op *write) runAlone(tx *gorm.DB) error {
	if op.state.CompareAndSwap(writeWaits, writeBegun) {
		op.run(tx)
	}
	return op.err
}

// runAside runs the write beside others of its transaction. What it returns is an error of that: the
// database could not set the savepoint, or undo the write alone.
func (op *write) runAside(tx *gorm.DB) error {
	if !op.state.CompareAndSwap(writeWaits, writeBegun) {
		return nil
	}
	if op.whole {
		if op.run(tx); op.err != nil {
			return stillOpen(tx)
		}
		return nil
	}
	if _, err := execute(tx, "SAVEPOINT aside"); err != nil {
		return err
	}
	if op.run(tx); op.err != nil {
		if _, err := execute(tx, "ROLLBACK TO aside"); err != nil {
			return errNotAlone(err)
		}
	}
	_, err := execute(tx, "RELEASE aside")
	return err
}

// stillOpen returns an error if the database has undone all of the transaction, as it does when the
// disk is full: its savepoint is gone then.
func stillOpen(tx *gorm.DB) error {
	if _, err := execute(tx, "RELEASE together"); err != nil {
		return errNotAlone(err)
	}
	_, err := execute(tx, "SAVEPOINT together")
	return err
}

func errNotAlone(err error) error { return fmt.Errorf("a write could not be undone alone: %w", err) }
