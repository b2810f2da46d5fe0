package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sessionhub/bench/load"
	"sessionhub/crypto"
)

// starts are the times from a start to the first 200, in milliseconds.
type starts struct {
	Empty []float64 `json:"emptyMilliseconds"` // makes its database
	Big   []float64 `json:"bigMilliseconds,omitempty"`
	Size  int       `json:"bigSessions,omitempty"`
}

const startRounds = 5

// measureStarts starts the service on no database at all, and in turns on a large one.
func measureStarts(ctx context.Context, o options, dir string) (starts, error) {
	found := starts{Size: o.big}
	var large *people
	if o.big > 0 {
		var err error
		if large, err = openPeople(ctx, o.dir, o.big); err != nil {
			return found, err
		}
		if err := large.plain.Close(); err != nil {
			return found, err
		}
	}
	fmt.Fprintln(os.Stderr, "starting the service again and again")
	for n := range startRounds {
		took, err := timeStart(ctx, o.program, dir, fmt.Sprint("empty-", n))
		if err != nil {
			return found, err
		}
		found.Empty = append(found.Empty, took)
		if large == nil {
			continue
		}
		if took, err = timeStart(ctx, o.program, large.dir, "sealed", "SESSIONHUB_MASTER_KEY="+crypto.FormatMasterKey(masterKey)); err != nil {
			return found, err
		}
		found.Big = append(found.Big, took)
	}
	return found, nil
}

func timeStart(ctx context.Context, program, dir, name string, env ...string) (float64, error) {
	s, err := startService(ctx, program, dir, name, env...)
	if err != nil {
		return 0, err
	}
	return millis(s.took), errors.Join(ctx.Err(), s.stop())
}

// ratio is how much longer the large database takes.
func (s starts) ratio() float64 { return load.Median(s.Big) / load.Median(s.Empty) }
