package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"sessionhub/bench/load"
)

// reading is what one point came to on one side in one round.
type reading struct {
	Round     int     `json:"round"`
	Point     string  `json:"point"`
	Side      string  `json:"side"`
	PerSecond float64 `json:"requestsPerSecond"`
	P50       float64 `json:"p50Milliseconds"`
	P99       float64 `json:"p99Milliseconds"`
	CPU       float64 `json:"cpuMicrosecondsPerRequest"` // of the server
	// DatabaseCPU is that of the processes of a database server.
	DatabaseCPU float64 `json:"databaseCpuMicrosecondsPerRequest,omitempty"`
	RSS         float64 `json:"residentMiB"`
	Peak        float64 `json:"peakResidentMiB"`
	Errors      int     `json:"errors"`
	FirstError  string  `json:"firstError,omitempty"`
}

// rounder goes through the points, on each through the sides, and begins again.
type rounder struct {
	*arena
	generator load.Generator
	points    []point
	series    uint64             // that were made
	creates   map[string]float64 // of each side, a second
	readings  []reading
}

func (r *rounder) round(ctx context.Context, number int) error {
	for _, p := range r.points {
		for _, s := range r.sides {
			if !s.takes(p) {
				continue
			}
			found, err := r.measure(ctx, p, s)
			if err != nil {
				return fmt.Errorf("%s of %s: %w", p.name, s.name, err)
			}
			found.Round = number
			r.readings = append(r.readings, found)
			fmt.Fprintf(os.Stderr, "round %d/%d  %-40s %-25s %8.0f/s %s\n", number, r.rounds, p.name, s.name, found.PerSecond, warning(found.Errors, found.FirstError))
		}
	}
	return nil
}

// warning says loudly what makes a figure worthless.
func warning(errors int, first string) string {
	if errors == 0 {
		return ""
	}
	return fmt.Sprintf("!!! %d ERRORS: %s", errors, first)
}

func (r *rounder) measure(ctx context.Context, p point, s side) (reading, error) {
	order, err := r.order(ctx, p, s)
	if err != nil {
		return reading{}, err
	}
	if err := s.resetPeak(); err != nil {
		return reading{}, err
	}
	before, err := s.usage()
	if err != nil {
		return reading{}, err
	}
	result, err := s.run(ctx, r.generator, order, p.steps)
	if err != nil {
		return reading{}, err
	}
	after, err := s.usage()
	if err != nil {
		return reading{}, err
	}
	if p.name == create64 {
		r.creates[s.name] = result.PerSecond()
	}
	return newReading(p, s, result, before, after), s.awaitQuiet(ctx)
}

// What is deleted has to be made before: there are more of them than were created in that time,
// and the time is short.
const (
	deleteTime   = time.Second
	spareDeletes = 2
)

// order says what is asked for. Ids that a point needs for itself are new in each round; what is
// to be deleted is created first.
func (r *rounder) order(ctx context.Context, p point, s side) (load.Order, error) {
	duration := time.Duration(r.seconds) * time.Second
	order := load.Order{Steps: make([]load.Step, len(p.steps)), Turns: p.turns, Connections: p.connections, Duration: duration}
	for i, ids := range p.ids {
		if ids.Name == 0 {
			ids = newSeries(r.series)
			r.series++
		}
		order.Steps[i].IDs = ids
	}
	if p.steps[0] == remove && s.name != floor {
		order.Duration = deleteTime
		order.Steps[0].IDs.Count = int(r.creates[s.name]*deleteTime.Seconds()*spareDeletes) + listed
		return order, fillSeries(ctx, s, create, order.Steps[0].IDs)
	}
	return order, nil
}

func newReading(p point, s side, r load.Result, before, after usage) reading {
	found := reading{
		Point: p.name, Side: s.name, PerSecond: r.PerSecond(), P50: millis(r.P50), P99: millis(r.P99),
		RSS: mebibytes(after.RSS), Peak: mebibytes(after.Peak), Errors: r.Errors,
	}
	if r.Requests > 0 {
		found.CPU = float64((after.CPU - before.CPU).Microseconds()) / float64(r.Requests)
		found.DatabaseCPU = float64((after.database - before.database).Microseconds()) / float64(r.Requests)
	}
	if r.First != nil {
		found.FirstError = r.First.Error()
	}
	return found
}

func millis(d time.Duration) float64 { return d.Seconds() * 1e3 }

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }
