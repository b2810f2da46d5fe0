package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
)

// options are the flags of this scenario.
type options struct {
	program   string
	dir       string
	results   string
	generator string
	rounds    int
	seconds   int
	big       int
	settle    time.Duration
}

func (o *options) parse(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	o.declare(flags)
	flags.IntVar(&o.big, "big", 0, "also measure a start with so many sessions, such as 1000000; making them takes minutes, once")
	flags.DurationVar(&o.settle, "settle", 30*time.Second, "how long after the load memory is read")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return o.check()
}

// declare adds the flags that scenarios share.
func (o *options) declare(flags *flag.FlagSet) {
	flags.StringVar(&o.program, "program", "bin/sessionhub", "the service, as make build leaves it")
	flags.StringVar(&o.dir, "dir", "bench/results/tmp", "where databases and logs are while it runs; on a disk, not in memory")
	flags.StringVar(&o.results, "results", "bench/results", "where what was found is written, under the date")
	flags.StringVar(&o.generator, "generator", "auto", "what asks: wrk, go (our own), or auto: wrk where it is installed")
	flags.IntVar(&o.rounds, "rounds", 5, "how often everything is measured")
	flags.IntVar(&o.seconds, "seconds", 2, "how long each point is measured; deletes take 1")
}

func (o *options) check() error {
	if o.rounds < 1 || o.seconds < 1 {
		return errors.New("-rounds and -seconds must be 1 or more")
	}
	return os.MkdirAll(o.dir, 0o700)
}

// benchServe measures the service beside servers and a library that do the same, or less.
func benchServe(ctx context.Context, args []string) (err error) {
	var o options
	if err := o.parse(args); err != nil {
		return err
	}
	about, err := machine.Describe(o.dir)
	if err != nil {
		return err
	}
	if about.FileSystem == "tmpfs" {
		return fmt.Errorf("%s is in memory, where a write costs nothing: choose another with -dir", o.dir)
	}
	dir, err := os.MkdirTemp(o.dir, "serve-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	generator, err := o.newGenerator(dir)
	if err != nil {
		return err
	}
	r := newReport(o, about, generator)
	if err := r.measure(ctx, o, dir, generator); err != nil {
		return err
	}
	return r.publish(o.results)
}

// newGenerator chooses what asks, for all sides alike.
func (o options) newGenerator(dir string) (load.Generator, error) {
	path, err := exec.LookPath("wrk")
	switch {
	case o.generator == "wrk" && err != nil:
		return nil, err
	case o.generator == "wrk" || o.generator == "auto" && err == nil:
		return load.Wrk{Path: path, Dir: dir}, nil
	case o.generator == "go" || o.generator == "auto":
		return load.Own{Now: now}, nil
	}
	return nil, fmt.Errorf("there is no generator %s: say wrk, go or auto", o.generator)
}
