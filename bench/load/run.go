package load

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrDone ends a worker that has nothing left to do.
var ErrDone = errors.New("nothing is left to do")

// maxFailures ends a worker: whoever fails that often in a row does not recover.
const maxFailures = 100

// Plan says how a run is made.
type Plan struct {
	Workers  int
	Duration time.Duration // 0: until every worker is done
	Now      func() time.Time
}

// Work is what a worker does again and again; Close ends it.
type Work struct {
	Do    func() error
	Close func() error
}

// Run has workers do their work side by side for the duration of the plan. An error of Do counts
// as one; an error of start ends the run.
func Run(ctx context.Context, p Plan, start func(worker int) (Work, error)) (Result, error) {
	workers := make([]worker, p.Workers)
	for i := range workers {
		work, err := start(i)
		if err != nil {
			return Result{}, errors.Join(err, closeAll(workers[:i]))
		}
		workers[i] = worker{Work: work, now: p.Now}
	}
	began := p.Now()
	var group sync.WaitGroup
	for i := range workers {
		group.Go(func() { workers[i].run(ctx, began, p.Duration) })
	}
	group.Wait()
	result := Result{Took: p.Now().Sub(began)}
	var times []time.Duration
	for i := range workers {
		times = append(times, workers[i].times...)
		result.Errors += workers[i].errors
		if result.First == nil {
			result.First = workers[i].first
		}
	}
	result.Requests = len(times)
	percentiles := Percentiles(times, 50, 99)
	result.P50, result.P99 = percentiles[0], percentiles[1]
	return result, errors.Join(ctx.Err(), closeAll(workers))
}

func closeAll(workers []worker) (err error) {
	for _, w := range workers {
		if w.Close != nil {
			err = errors.Join(err, w.Close())
		}
	}
	return err
}

type worker struct {
	Work
	now    func() time.Time
	times  []time.Duration
	errors int
	first  error
}

func (w *worker) run(ctx context.Context, began time.Time, duration time.Duration) {
	last, failures := w.now(), 0
	for ctx.Err() == nil && (duration == 0 || last.Sub(began) < duration) && failures < maxFailures {
		err := w.Do()
		if errors.Is(err, ErrDone) {
			return
		}
		now := w.now()
		if err != nil {
			w.errors++
			failures++
			if w.first == nil {
				w.first = err
			}
		} else {
			failures = 0
			w.times = append(w.times, now.Sub(last))
		}
		last = now
	}
}
