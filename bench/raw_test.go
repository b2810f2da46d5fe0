package main

import (
	"testing"

	"sessionhub/bench/load"
)

// What raw is compared with has to do all the work: each operation finds the rows of the one before.
func TestRaw(t *testing.T) {
	r, err := openRaw(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.close() }()
	s := side{name: rawSide, target: r}
	for _, step := range []struct {
		op  operation
		ids load.Series
	}{
		{create, load.Series{Name: 1, Count: 5}},
		{createListed, load.Series{Name: listedIDs, Count: listed}},
		{get, load.Series{Name: 1, Count: 5}},
		{list100, load.Series{Count: 1}},
		{list1k, load.Series{Count: 1}},
		{addMany(0), load.Series{Name: 1, Count: 5}},
		{add, load.Series{Name: 1, Count: 5}},
		{remove, load.Series{Name: 1, Count: 5}},
	} {
		if err := fillSeries(t.Context(), s, step.op, step.ids); err != nil {
			t.Fatal(err)
		}
	}
	var messages int
	err = r.read.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM messages").Scan(&messages)
	if want := 5 * (conversations[0].messages + 1); err != nil || messages != want {
		t.Errorf("%d messages, want %d; error %v", messages, want, err)
	}
	if err := fillSeries(t.Context(), s, remove, load.Series{Name: 1, Count: 1}); err == nil {
		t.Error("what was deleted was deleted again")
	}
}
