package main

import (
	"context"
	"errors"
	"fmt"

	"sessionhub/bench/load"
)

const fillConnections = 64

// fill makes what the points ask for, as far as the side can.
func fill(ctx context.Context, s side) error {
	if !s.does(list1k) {
		return nil // the floor, and who only creates, find nothing anyway
	}
	err := errors.Join(
		fillSeries(ctx, s, create, load.Series{Name: crowdIDs, Count: crowd}),
		fillSeries(ctx, s, createListed, load.Series{Name: listedIDs, Count: listed}))
	for i, c := range conversations {
		if err != nil || !s.does(addMany(i)) {
			return err
		}
		err = fillSeries(ctx, s, create, conversation(i))
		for n := 0; n < c.messages && err == nil; n += appendMost {
			err = fillSeries(ctx, s, addMany(i), conversation(i))
		}
	}
	return err
}

// fillSeries does the operation once for each id of the series, always with the generator that
// waits for each answer.
func fillSeries(ctx context.Context, s side, op operation, ids load.Series) error {
	if !s.does(op) {
		return nil
	}
	order := load.Order{Steps: []load.Step{{IDs: ids}}, Connections: fillConnections}
	result, err := s.run(ctx, load.Own{Now: now}, order, []operation{op})
	if err != nil {
		return fmt.Errorf("fill %s: %w", s.name, err)
	}
	if result.Errors > 0 || result.Requests != ids.Count {
		return fmt.Errorf("fill %s: %s was done %d times out of %d: %w", s.name, op, result.Requests, ids.Count, result.First)
	}
	return nil
}
