package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
)

// group holds the writer, so that what is asked for meanwhile is committed together.
type group struct {
	*planned
	writer            *writer
	release, released chan struct{}
	answers           []chan any // what do returned, or panicked with
}

func newGroup(t *testing.T) *group {
	t.Helper()
	g := &group{planned: newPlanned(t, 0), release: make(chan struct{}), released: make(chan struct{})}
	if err := g.write.Exec("CREATE TABLE notes (n INTEGER PRIMARY KEY, of INTEGER REFERENCES notes (n) DEFERRABLE INITIALLY DEFERRED)").Error; err != nil {
		t.Fatal(err)
	}
	g.writer = g.door.(*writer)
	g.writer.now = time.Now
	held := make(chan struct{})
	go func() {
		defer close(g.released)
		_ = g.writer.do(t.Context(), func(*gorm.DB) error { close(held); <-g.release; return nil })
	}()
	<-held
	return g
}

// ask asks for a write and returns when it waits.
func (g *group) ask(ctx context.Context, t *testing.T, fn func(tx *gorm.DB) error) int {
	t.Helper()
	answer := make(chan any, 1)
	g.answers = append(g.answers, answer)
	waiting := g.waits()
	go func() {
		defer func() {
			if cause := recover(); cause != nil {
				answer <- cause
			}
		}()
		answer <- g.writer.do(ctx, fn)
	}()
	for g.waits() == waiting {
		time.Sleep(time.Millisecond)
	}
	return len(g.answers) - 1
}

func (g *group) waits() int {
	g.writer.mu.Lock()
	defer g.writer.mu.Unlock()
	return len(g.writer.waiting)
}

// done lets the writer go on and returns the answers, in the order of ask, and how many commits they took.
func (g *group) done(t *testing.T) (answers []any, commits int64) {
	t.Helper()
	before := g.writer.commits.Load()
	close(g.release)
	<-g.released
	for _, answer := range g.answers {
		answers = append(answers, <-answer)
	}
	return answers, g.writer.commits.Load() - before - 1
}

// notes are what a reader sees of the writes.
func (g *group) notes(t *testing.T) (all []int) {
	t.Helper()
	if err := g.read.Raw("SELECT n FROM notes ORDER BY n").Scan(&all).Error; err != nil {
		t.Error(err)
	}
	return all
}

// note is a write of a number.
func note(n int) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error {
		_, err := execute(tx, "INSERT INTO notes (n) VALUES (?)", n)
		return err
	}
}

var errRefused = errors.New("refused")

// refuse writes a number and fails.
func refuse(n int) func(tx *gorm.DB) error {
	return func(tx *gorm.DB) error { return errors.Join(note(n)(tx), errRefused) }
}

func TestWritesThatWaitAreCommittedTogether(t *testing.T) {
	g := newGroup(t)
	for n := range 20 {
		g.ask(t.Context(), t, note(n))
	}
	answers, commits := g.done(t)
	if commits != 1 || len(g.notes(t)) != 20 || slices.ContainsFunc(answers, func(a any) bool { return a != nil }) {
		t.Errorf("%d commits of %v, answered with %v", commits, g.notes(t), answers)
	}
}

func TestAWriteThatFailsDoesNotFailItsNeighbours(t *testing.T) {
	g := newGroup(t)
	g.ask(t.Context(), t, note(1))
	g.ask(t.Context(), t, refuse(2))
	g.ask(t.Context(), t, note(1))                                                               // is there already: the database says no
	g.ask(t.Context(), t, func(tx *gorm.DB) error { defer note(4)(tx); panic("in the middle") }) //nolint:errcheck // it panics
	g.ask(t.Context(), t, note(5))
	answers, commits := g.done(t)
	if got := g.notes(t); commits != 1 || !slices.Equal(got, []int{1, 5}) {
		t.Errorf("%d commits of %v", commits, got)
	}
	if answers[0] != nil || answers[1] == nil || answers[2] == nil || answers[4] != nil {
		t.Errorf("answered with %v", answers)
	}
	if err, _ := answers[1].(error); !errors.Is(err, errRefused) {
		t.Errorf("an error became %v", err)
	}
	if told := fmt.Sprint(answers[3]); !strings.HasPrefix(told, "in the middle\n") || !strings.Contains(told, "writer_test.go") {
		t.Errorf("a panic became %s", told)
	}
}

func TestNobodyIsAnsweredBeforeTheCommit(t *testing.T) {
	g := newGroup(t)
	g.ask(t.Context(), t, note(1))
	g.ask(t.Context(), t, refuse(2))
	g.ask(t.Context(), t, func(tx *gorm.DB) error {
		time.Sleep(2 * maxHold) // long enough for an answer that is given too early
		if len(g.answers[0]) > 0 || len(g.answers[1]) > 0 {
			t.Error("a write was answered before the last of its transaction was run")
		}
		if seen := g.notes(t); len(seen) > 0 {
			t.Errorf("a reader sees %v", seen)
		}
		return note(3)(tx)
	})
	g.ask(t.Context(), t, note(4)) // behind a slow one, and so of the next transaction
	if _, commits := g.done(t); commits != 2 || !slices.Equal(g.notes(t), []int{1, 3, 4}) {
		t.Errorf("%d commits of %v", commits, g.notes(t))
	}
}

// What the constraints of the database refuse at the end was the fault of one, and nobody can say whose.
func TestACommitThatFailsFailsAllOfItsWrites(t *testing.T) {
	g := newGroup(t)
	g.ask(t.Context(), t, note(1))
	g.ask(t.Context(), t, func(tx *gorm.DB) error {
		_, err := execute(tx, "INSERT INTO notes (n, of) VALUES (2, 99)")
		return err
	})
	answers, commits := g.done(t)
	if answers[0] == nil || answers[1] == nil || commits != 0 || len(g.notes(t)) > 0 {
		t.Errorf("%d commits of %v, answered with %v", commits, g.notes(t), answers)
	}
	if err := g.writer.do(t.Context(), note(3)); err != nil || !slices.Equal(g.notes(t), []int{3}) {
		t.Errorf("afterwards %v of %v", err, g.notes(t))
	}
}

func TestACallerThatGivesUpIsAnsweredWithWhatBecameOfItsWrite(t *testing.T) {
	g := newGroup(t)
	waits, giveUpWaiting := context.WithCancel(t.Context())
	begun, giveUpBegun := context.WithCancel(t.Context())
	ended, giveUpEnded := context.WithCancel(t.Context())
	g.ask(waits, t, note(1))
	g.ask(begun, t, func(tx *gorm.DB) error { giveUpBegun(); return note(2)(tx) })
	g.ask(ended, t, note(3))
	g.ask(t.Context(), t, func(tx *gorm.DB) error { giveUpEnded(); return note(4)(tx) })
	giveUpWaiting()
	if answer := <-g.answers[0]; answer != context.Canceled { //nolint:errorlint // it is an any
		t.Errorf("while others write, the answer is %v", answer)
	}
	g.answers = g.answers[1:]
	answers, commits := g.done(t)
	if answers[0] != context.Canceled || answers[1] != nil || answers[2] != nil { //nolint:errorlint // they are any
		t.Errorf("answered with %v", answers)
	}
	if got := g.notes(t); commits != 1 || !slices.Equal(got, []int{3, 4}) {
		t.Errorf("%d commits of %v", commits, got)
	}
	if err := g.writer.do(waits, note(5)); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that is gone is answered with %v", err)
	}
}

// A long queue is committed in parts, so that the first need not wait for the last.
func TestATransactionTakesSoManyWrites(t *testing.T) {
	g := newGroup(t)
	for n := range maxTogether + 1 {
		g.ask(t.Context(), t, note(n))
	}
	if _, commits := g.done(t); commits < 2 || len(g.notes(t)) != maxTogether+1 {
		t.Errorf("%d commits of %d writes", commits, len(g.notes(t)))
	}
}

func TestAWriteThatComesAloneIsATransactionOfItsOwn(t *testing.T) {
	g := newGroup(t)
	g.done(t)
	g.statements = nil
	if err := g.writer.do(t.Context(), note(1)); err != nil || len(g.statements) != 1 {
		t.Errorf("%v, sent %v", err, g.statements)
	}
	if err := g.writer.do(t.Context(), refuse(2)); !errors.Is(err, errRefused) {
		t.Error(err)
	}
	if got := g.notes(t); !slices.Equal(got, []int{1}) {
		t.Errorf("there is %v", got)
	}
}

// An error that makes SQLite undo the whole transaction is one of all that was in it; what was not yet goes on.
func TestWhatUndoesTheTransactionFailsAllOfIt(t *testing.T) {
	g := newGroup(t)
	g.ask(t.Context(), t, note(1))
	g.ask(t.Context(), t, func(tx *gorm.DB) error {
		_, err := execute(tx, "INSERT OR ROLLBACK INTO notes (n) VALUES (1)")
		return err
	})
	g.ask(t.Context(), t, note(3))
	answers, _ := g.done(t)
	if answers[0] == nil || answers[1] == nil || answers[2] != nil || !slices.Equal(g.notes(t), []int{3}) {
		t.Errorf("of %v is there %v", answers, g.notes(t))
	}
}

// A single statement has no savepoint: the database undoes it by itself.
func TestASingleStatementFailsAlone(t *testing.T) {
	g := newGroup(t)
	send := func(statement string) {
		g.ask(t.Context(), t, func(*gorm.DB) error { panic("replaced below") })
		op := g.writer.waiting[len(g.writer.waiting)-1]
		op.whole, op.fn = true, func(tx *gorm.DB) error { _, err := execute(tx, statement); return err }
	}
	g.ask(t.Context(), t, note(1))
	send("INSERT INTO notes (n) VALUES (2)")
	send("INSERT INTO notes (n) VALUES (3), (1)")
	send("INSERT INTO notes (n) VALUES (4)")
	send("INSERT OR ROLLBACK INTO notes (n) VALUES (1)") // undoes all that there was
	send("INSERT INTO notes (n) VALUES (5)")
	answers, commits := g.done(t)
	if got := g.notes(t); commits != 1 || !slices.Equal(got, []int{5}) {
		t.Errorf("%d commits of %v", commits, got)
	}
	for i, failed := range []bool{true, true, true, true, true, false} {
		if (answers[i] != nil) != failed {
			t.Errorf("write %d is answered with %v", i, answers[i])
		}
	}
	if changed, err := g.writer.send(t.Context(), "UPDATE notes SET of = NULL"); changed != 1 || err != nil {
		t.Errorf("changed %d, %v", changed, err)
	}
}

func TestASingleStatementBesideOthersLeavesThemWhenItFails(t *testing.T) {
	g := newGroup(t)
	g.ask(t.Context(), t, note(1))
	g.ask(t.Context(), t, func(*gorm.DB) error { panic("replaced below") })
	op := g.writer.waiting[1]
	op.whole, op.fn = true, note(1)
	g.ask(t.Context(), t, note(2))
	answers, commits := g.done(t)
	if commits != 1 || answers[0] != nil || answers[1] == nil || answers[2] != nil || !slices.Equal(g.notes(t), []int{1, 2}) {
		t.Errorf("%d commits of %v, answered with %v", commits, g.notes(t), answers)
	}
}

// Whoever wrote together a moment ago is likely to do so again.
func TestTheWriterWaitsForAsManyAsThereWere(t *testing.T) {
	g := newGroup(t)
	for n := range 5 {
		g.ask(t.Context(), t, note(n))
	}
	g.done(t)
	g.writer.linger, g.answers = time.Minute, nil
	before := g.writer.commits.Load()
	var all sync.WaitGroup
	for n := range 5 {
		all.Go(func() {
			if err := g.writer.do(t.Context(), note(10+n)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := g.writer.commits.Load() - before; got != 1 {
		t.Errorf("%d commits", got)
	}
	g.writer.linger = time.Millisecond // nobody else comes: it gives up, and does not wait again
	for n := range 2 {
		if err := g.writer.do(t.Context(), note(20+n)); err != nil {
			t.Error(err)
		}
	}
	if g.writer.last != 1 || len(g.notes(t)) != 12 {
		t.Errorf("waits for %d, wrote %v", g.writer.last, g.notes(t))
	}
}
