package repository

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"
)

// writer is the one door for writes. A commit waits for the disk, whatever it holds: so the writes
// that come meanwhile are collected and committed together, as one transaction with a savepoint
// for each, so that one that fails is undone and the others are not. Nobody is answered before the
// commit that holds their write is on disk. A write that comes alone is begun at once, and is held
// back for others only where the last commit held several.
type writer struct {
	db      *gorm.DB // of one connection
	now     func() time.Time
	linger  time.Duration // how long it waits for more where there were more before
	commits atomic.Int64

	mu      sync.Mutex
	waiting []*write
	running bool
	last    int           // how many writes the last commit held
	enough  chan struct{} // is told when as many wait
}

// A transaction takes no further writes after so many, or after that time: the first of them waits
// for the last.
const (
	maxTogether = 256
	maxHold     = 5 * time.Millisecond
)

// maxLinger is a few times what a client on the same machine takes from one answer to its next request.
const maxLinger = 500 * time.Microsecond

func newWriter(db *gorm.DB, now func() time.Time) *writer {
	return &writer{db: db, now: now, linger: maxLinger, enough: make(chan struct{}, 1)}
}

// do runs fn in a transaction and returns when it is committed, or else undone: then with the error
// of fn, or of the commit. If ctx ends before fn does, nothing is written; if it ends later, the
// answer is what became of the write. A panic of fn is one of do.
func (w *writer) do(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return w.ask(&write{ctx: ctx, fn: fn, done: make(chan struct{})})
}

// send is do for a single statement, which needs no savepoint. It returns how many rows it changed.
func (w *writer) send(ctx context.Context, statement string, args ...any) (changed int64, err error) {
	err = w.ask(&write{ctx: ctx, whole: true, done: make(chan struct{}), fn: func(tx *gorm.DB) (err error) {
		changed, err = execute(tx, statement, args...)
		return err
	}})
	return changed, err
}

func (w *writer) ask(op *write) error {
	if err := op.ctx.Err(); err != nil {
		return err
	}
	if w.enter(op) {
		defer w.leave()
		w.commit([]*write{op})
	} else if op.givenUp() {
		return op.ctx.Err()
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
	if alone = !w.running && w.last <= 1; alone {
		w.running = true
		return true
	}
	w.waiting = append(w.waiting, op)
	if len(w.waiting) == w.last {
		select {
		case w.enough <- struct{}{}:
		default:
		}
	}
	if !w.running {
		w.running = true
		go w.run()
	}
	return false
}

// leave has what came meanwhile committed by a goroutine of its own, so that nobody waits for others.
func (w *writer) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running = len(w.waiting) > 0; w.running {
		go w.run()
	}
}

// run commits what waits, until nothing does.
func (w *writer) run() {
	for {
		all := w.gather()
		if len(all) == 0 {
			return
		}
		for len(all) > 0 {
			all = all[w.commit(all):]
		}
	}
}

// gather takes what waits. Where the last commit held several writes, those who asked for them are
// likely to ask for more in a moment: it waits for as many, and not for long.
func (w *writer) gather() []*write {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.waiting); n > 0 && n < w.last {
		select { // what was told of an earlier commit
		case <-w.enough:
		default:
		}
		w.mu.Unlock()
		select {
		case <-w.enough:
		case <-time.After(w.linger):
		}
		w.mu.Lock()
	}
	all := w.waiting
	w.waiting, w.running = nil, len(all) > 0
	if len(all) > 0 {
		w.last = len(all)
	}
	return all
}

// commit runs the first of the writes, as many as a transaction takes, answers them and says how
// many these were.
func (w *writer) commit(all []*write) int {
	var err error
	n := 0
	if len(all) == 1 && all[0].whole {
		n, err = 1, all[0].runAlone(w.db)
	} else {
		err = w.db.Transaction(func(tx *gorm.DB) (err error) {
			n, err = w.runTogether(tx, all)
			return err
		})
	}
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

// runTogether runs the first of the writes and says how many. Its error is that of the transaction.
func (w *writer) runTogether(tx *gorm.DB, all []*write) (n int, err error) {
	if len(all) == 1 {
		return 1, all[0].runAlone(tx)
	}
	if _, err := execute(tx, "SAVEPOINT together"); err != nil {
		return 0, err
	}
	for began := w.now(); err == nil && n < len(all) && n < maxTogether && (n == 0 || w.now().Sub(began) < maxHold); n++ {
		err = all[n].runAside(tx)
	}
	return n, err
}
