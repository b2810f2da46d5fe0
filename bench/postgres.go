package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
	"sessionhub/repository/pgtest"
)

// benchPostgres measures the service on PostgreSQL, as one process and as two, beside the same program
// on SQLite.
func benchPostgres(ctx context.Context, args []string) (err error) {
	if reason, ok := pgtest.Available(); !ok {
		fmt.Println("postgres: skipped:", reason)
		return nil
	}
	var o options
	flags := flag.NewFlagSet("postgres", flag.ContinueOnError)
	o.declare(flags)
	if err := errors.Join(flags.Parse(args), o.check()); err != nil {
		return err
	}
	r := &replicaReport{Date: now().UTC(), Rounds: o.rounds, Seconds: o.seconds}
	if r.Machine, err = machine.Describe(os.TempDir()); err != nil { // where the cluster is
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "postgres-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := r.measure(ctx, o, dir); err != nil {
		return err
	}
	return r.publish(o.results)
}

// replicaReport is everything that a run of this scenario has found.
type replicaReport struct {
	Date      time.Time       `json:"date"`
	Machine   machine.Machine `json:"machine"`
	Generator string          `json:"generator"`
	Rounds    int             `json:"rounds"`
	Seconds   int             `json:"secondsPerPoint"`
	Ratios    []sideRatio     `json:"ratios"`
	Summary   []reading       `json:"medians"`
	Readings  []reading       `json:"readings"` // of each round
}

// sideRatio is how many requests one side answers for each of another: the median of those of each round.
type sideRatio struct {
	Point string  `json:"point"`
	Side  string  `json:"side"`
	Other string  `json:"other"`
	Ratio float64 `json:"ratio"`
}

func (r *replicaReport) measure(ctx context.Context, o options, dir string) (err error) {
	generator, err := o.newGenerator(dir)
	if err != nil {
		return err
	}
	r.Generator = generator.Name()
	a, err := openReplicas(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	rounds := &rounder{arena: a, generator: generator, points: replicaPoints(), creates: map[string]float64{}}
	for n := 1; n <= o.rounds; n++ {
		if err := rounds.round(ctx, n); err != nil {
			return err
		}
	}
	r.Readings, r.Summary = rounds.readings, medians(rounds.readings)
	for _, p := range rounds.points {
		for _, pair := range [][2]string{{oneReplica, onSQLite}, {twoReplicas, oneReplica}, {oneReplica, postgresAlone}} {
			if ratio := r.ratio(p.name, pair[0], pair[1]); ratio > 0 {
				r.Ratios = append(r.Ratios, sideRatio{p.name, pair[0], pair[1], ratio})
			}
		}
	}
	return nil
}

// ratio is 0 where one of the sides was not measured. Rounds with errors do not count.
func (r *replicaReport) ratio(point, of, to string) float64 {
	var values []float64
	for n := 1; n <= r.Rounds; n++ {
		found := map[string]float64{}
		for _, f := range r.Readings {
			if f.Round == n && f.Point == point && f.Errors == 0 {
				found[f.Side] = f.PerSecond
			}
		}
		if found[of] > 0 && found[to] > 0 {
			values = append(values, found[of]/found[to])
		}
	}
	return load.Median(values)
}

// Names of points of this scenario alone.
const (
	create16of16, create64of16 = "create in 16 agents, c=16", "create in 16 agents, c=64"
	add16, search16            = "append at 10 messages, c=16", "search, warm, c=16"
	listTold16                 = "list 100 with 4 messages each, c=16"
)

// replicaPoints are those of the sessions of one agent, unless they say otherwise.
func replicaPoints() []point {
	there := load.Series{Name: crowdIDs, Count: crowd}
	single := func(name string, connections int, op operation, ids load.Series) point {
		return point{name: name, connections: connections, steps: []operation{op}, ids: []load.Series{ids}}
	}
	spread := func(name string, connections int) point {
		p := point{name: name, connections: connections, ids: make([]load.Series, manyAgents)}
		for i := range manyAgents {
			p.steps, p.turns = append(p.steps, createIn(i)), append(p.turns, i)
		}
		return p
	}
	alone := single(create1, 1, create, load.Series{})
	alone.without = twoReplicas // a single connection leads to one
	return []point{
		alone,
		single(create16, 16, create, load.Series{}), spread(create16of16, 16),
		single(create64, 64, create, load.Series{}), spread(create64of16, 64),
		single(resume16, 16, resume, there),
		single(get16, 16, get, there),
		single(list100of16, 16, list100, there),
		single(listTold16, 16, listTold, there),
		single(search16, 16, searchWarm, there),
		single(add16, 16, add, conversation(0)),
		single(delete16, 16, remove, load.Series{}),
	}
}

// print writes the report as tables.
func (r *replicaReport) print(to io.Writer) error {
	fmt.Fprintf(to, "%s, %d cores, Linux %s, %s, %s\n", r.Machine.CPU, r.Machine.Cores, r.Machine.Kernel, r.Machine.Go, r.Machine.FileSystem)
	fmt.Fprintf(to, "%d rounds of %d s a point, asked by %s over connections that stay open. Medians of the rounds.\n\n%s\n",
		r.Rounds, r.Seconds, r.Generator, postgresLegend)
	if err := printReadings(to, r.Summary); err != nil {
		return err
	}
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table)
	for _, x := range r.Ratios {
		fmt.Fprintf(table, "%s\t%s\t%.2f times\t%s\n", x.Point, x.Side, x.Ratio, x.Other)
	}
	return table.Flush()
}

// publish prints the report and writes it.
func (r *replicaReport) publish(dir string) error {
	if err := r.print(os.Stdout); err != nil {
		return err
	}
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	name := filepath.Join(dir, r.Date.Format(time.DateOnly)+"-postgres.json")
	fmt.Printf("\nwritten: %s\n", name)
	return os.WriteFile(name, append(text, '\n'), 0o600)
}
