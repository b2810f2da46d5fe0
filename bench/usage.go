package main

import (
	"context"
	"time"

	"sessionhub/bench/machine"
)

// usage is what the processes of a side have taken together.
type usage struct {
	machine.Usage
	database time.Duration // of the processors
}

func (s side) usage() (sum usage, err error) {
	for _, pid := range s.pids {
		one, err := machine.OfProcess(pid)
		if err != nil {
			return sum, err
		}
		sum.CPU += one.CPU
		sum.RSS += one.RSS
		sum.Peak += one.Peak
	}
	if s.database != 0 {
		sum.database, err = machine.OfFamily(s.database)
	}
	return sum, err
}

func (s side) resetPeak() error {
	for _, pid := range s.pids {
		if err := machine.ResetPeak(pid); err != nil {
			return err
		}
	}
	return nil
}

const (
	quietStep  = 50 * time.Millisecond
	quietSteps = 100 // then it is measured as it is
)

// awaitQuiet waits until the processes are done with what was under way when the measurement ended,
// so that the next side has the machine to itself.
func (s side) awaitQuiet(ctx context.Context) error {
	last := time.Duration(-1)
	for range quietSteps {
		now, err := s.usage()
		if err != nil || now.CPU+now.database == last {
			return err
		}
		last = now.CPU + now.database
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(quietStep):
		}
	}
	return nil
}
