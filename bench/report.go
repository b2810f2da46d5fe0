package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
)

// report is everything that a run has found.
type report struct {
	Date      time.Time         `json:"date"`
	Machine   machine.Machine   `json:"machine"`
	Versions  map[string]string `json:"versions"` // of what the service is compared with
	Generator string            `json:"generator"`
	Rounds    int               `json:"rounds"`
	Seconds   int               `json:"secondsPerPoint"`
	Bars      []bar             `json:"bars"`
	Summary   []reading         `json:"medians"`
	Costs     []cost            `json:"costs"` // of each round
	Starts    starts            `json:"starts"`
	Idle      idle              `json:"idle"`
	Readings  []reading         `json:"readings"` // of each round
}

// idle is the memory of the service while nobody asks it for anything.
type idle struct {
	Start float64 `json:"afterStartMiB"`
	Load  float64 `json:"afterLoadMiB"`
}

func newReport(o options, about machine.Machine, g load.Generator) *report {
	return &report{
		Date: now().UTC(), Machine: about, Versions: versions(), Generator: g.Name(), Rounds: o.rounds, Seconds: o.seconds,
	}
}

// versions are those of what is compared with, as they are compiled into this program.
func versions() map[string]string {
	found := map[string]string{}
	info, _ := debug.ReadBuildInfo()
	for _, m := range info.Deps {
		switch m.Path {
		case "github.com/pocketbase/pocketbase", "github.com/labstack/echo/v4", "github.com/mattn/go-sqlite3":
			found[m.Path] = m.Version
		}
	}
	return found
}

// measure fills the report.
func (r *report) measure(ctx context.Context, o options, dir string, g load.Generator) (err error) {
	if r.Starts, err = measureStarts(ctx, o, dir); err != nil {
		return err
	}
	a, err := openArena(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	list, err := newOpening(ctx, a.sides[0].target.(web))
	if err != nil {
		return err
	}
	rounds := &rounder{arena: a, generator: g, points: points(), creates: map[string]float64{}}
	for n := 1; n <= o.rounds; n++ {
		c, err := measureCost(dir, list)
		if err != nil {
			return err
		}
		r.Costs = append(r.Costs, c)
		if err := rounds.round(ctx, n); err != nil {
			return err
		}
	}
	r.Readings = rounds.readings
	if r.Idle, err = a.settled(ctx); err != nil {
		return err
	}
	r.Summary = medians(r.Readings)
	r.Bars = r.allBars()
	return nil
}

// settled waits and reads what memory the service still has.
func (a *arena) settled(ctx context.Context) (idle, error) {
	fmt.Fprintf(os.Stderr, "waiting %v to read the memory of the service at rest\n", a.settle)
	select {
	case <-ctx.Done():
		return idle{}, ctx.Err()
	case <-time.After(a.settle):
	}
	usage, err := machine.OfProcess(a.service.pid())
	return idle{Start: mebibytes(a.idle), Load: mebibytes(usage.RSS)}, err
}

// medians are those of all rounds, for each point and side, in the order of the first round.
func medians(readings []reading) []reading {
	type key struct{ point, side string }
	grouped, order := map[key][]reading{}, []key{}
	for _, r := range readings {
		k := key{r.Point, r.Side}
		if grouped[k] == nil {
			order = append(order, k)
		}
		grouped[k] = append(grouped[k], r)
	}
	found := make([]reading, 0, len(order))
	for _, k := range order {
		found = append(found, median(grouped[k]))
	}
	return found
}

// median is the reading of the medians, and of all errors.
func median(of []reading) reading {
	m := of[0]
	m.Round = 0
	for _, field := range []func(*reading) *float64{
		func(r *reading) *float64 { return &r.PerSecond }, func(r *reading) *float64 { return &r.CPU },
		func(r *reading) *float64 { return &r.DatabaseCPU },
		func(r *reading) *float64 { return &r.P50 }, func(r *reading) *float64 { return &r.P99 },
		func(r *reading) *float64 { return &r.RSS }, func(r *reading) *float64 { return &r.Peak },
	} {
		values := make([]float64, len(of))
		for i := range of {
			values[i] = *field(&of[i])
		}
		*field(&m) = load.Median(values)
	}
	for _, r := range of[1:] {
		m.Errors += r.Errors
		if m.FirstError == "" {
			m.FirstError = r.FirstError
		}
	}
	return m
}

// publish prints the report, and writes it and its chart.
func (r *report) publish(dir string) error {
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(dir, r.Date.Format(time.DateOnly))
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".json", append(text, '\n'), 0o600); err != nil {
		return err
	}
	fmt.Printf("\nwritten: %s.json and %s.svg\n", name, name)
	return os.WriteFile(name+".svg", r.chart().SVG(), 0o600)
}
