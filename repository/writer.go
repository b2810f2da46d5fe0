package repository

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// writer is the one door for writes. A commit waits for the disk, whatever it holds: so the writes
// that come meanwhile are collected and committed together, as one transaction with a savepoint
// for each, so that one that fails is undone and the others are not. Nobody is answered before the
// commit that holds their write is on disk. A write that comes alone is begun at once, and is not
// held back for others.
type writer struct {
	db      *gorm.DB // of one connection
	now     func() time.Time
	commits atomic.Int64

	mu      sync.Mutex
	waiting []*write
	running bool
}

// write is one caller's part of a transaction.
type write struct {
	ctx   context.Context //nolint:containedctx // it is the caller's, who waits
	fn    func(tx *gorm.DB) error
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

// A transaction takes no further writes after so many, or after that time: the first of them waits
// for the last.
const (
	maxTogether = 256
	maxHold     = 5 * time.Millisecond
)

// do runs fn in a transaction and returns when it is committed, or else undone: then with the error
// of fn, or of the commit. If ctx ends before fn does, nothing is written; if it ends later, the
// answer is what became of the write. A panic of fn is one of do.
func (w *writer) do(ctx context.Context, fn func(tx *gorm.DB) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	op := &write{ctx: ctx, fn: fn, done: make(chan struct{})}
	if w.enter(op) {
		defer w.leave()
		w.commit([]*write{op})
	} else if op.givenUp() {
		return ctx.Err()
	}
	if op.panic != nil {
		panic(op.panic)
	}
	return op.err
}

// enter says whether the write is alone, and so is committed by who asks for it. Otherwise it waits.
func (w *writer) enter(op *write) (alone bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if alone = !w.running; alone {
		w.running = true
	} else {
		w.waiting = append(w.waiting, op)
	}
	return alone
}

// leave has what came meanwhile committed by a goroutine of its own, so that nobody waits for others.
func (w *writer) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running = len(w.waiting) > 0; w.running {
		go w.run()
	}
}

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

// run commits what waits, until nothing does.
func (w *writer) run() {
	for {
		w.mu.Lock()
		all := w.waiting
		w.waiting, w.running = nil, len(all) > 0
		w.mu.Unlock()
		if len(all) == 0 {
			return
		}
		for len(all) > 0 {
			all = all[w.commit(all):]
		}
	}
}

// commit runs the first of the writes, as many as a transaction takes, answers them and says how
// many these were.
func (w *writer) commit(all []*write) int {
	n := 0
	err := w.db.Transaction(func(tx *gorm.DB) error {
		began := w.now()
		for n < len(all) && n < maxTogether && (n == 0 || w.now().Sub(began) < maxHold) {
			op := all[n]
			n++
			switch {
			case !op.state.CompareAndSwap(writeWaits, writeBegun):
			case len(all) == 1: // its own error undoes the transaction
				op.run(tx)
				return op.err
			default:
				if err := op.runAside(tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err == nil {
		w.commits.Add(1)
	}
	if n == 0 { // there is no transaction to be had: nobody's turn came
		n = len(all)
	}
	for _, op := range all[:n] {
		op.state.CompareAndSwap(writeWaits, writeBegun)
		if op.err == nil {
			op.err = err
		}
		close(op.done)
	}
	return n
}

// run calls fn and keeps what it came to.
func (op *write) run(tx *gorm.DB) {
	defer func() {
		if cause := recover(); cause != nil {
			op.panic = &panicked{cause: cause, stack: debug.Stack()}
			op.err = errPanicked
		}
	}()
	if op.err = op.fn(tx); op.err == nil {
		op.err = op.ctx.Err()
	}
}

var errPanicked = errors.New("a write panicked")

// runAside runs the write beside others of its transaction. Its error is that of the transaction:
// the database could not set the savepoint, or undo the write alone.
func (op *write) runAside(tx *gorm.DB) error {
	if _, err := execute(tx, "SAVEPOINT write_aside"); err != nil {
		return err
	}
	if op.run(tx); op.err != nil {
		if _, err := execute(tx, "ROLLBACK TO write_aside"); err != nil {
			return fmt.Errorf("a write could not be undone alone: %w", err)
		}
	}
	_, err := execute(tx, "RELEASE write_aside")
	return err
}
