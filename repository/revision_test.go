package repository

import (
	"fmt"
	"slices"
	"testing"
)

// TestLanesShareTheSessions: of many ids each lane gets its part, and always the same ones.
func TestLanesShareTheSessions(t *testing.T) {
	counts := make([]int, lanes)
	for i := range 16_000 {
		id := fmt.Sprintf("session-%05d", i)
		lane := laneOf(id)
		if lane != laneOf(id) {
			t.Fatalf("%s is in two lanes", id)
		}
		counts[lane]++
	}
	if least, most := slices.Min(counts), slices.Max(counts); least < 800 || most > 1200 {
		t.Errorf("the lanes have %v", counts)
	}
}

// TestRevisionsAreKnownByLane: a revision says which lane it is of, but in SQLite, where a database that
// was moved from PostgreSQL has such ones too.
func TestRevisionsAreKnownByLane(t *testing.T) {
	many, one := noRevisions(3), noRevisions(1)
	for _, revision := range []int64{2*laneSize + 7, 5, 2*laneSize + 3, 4} {
		many.add(revision)
		one.add(revision)
	}
	if !slices.Equal(many, revisions{5, laneSize, 2*laneSize + 7}) || !slices.Equal(one, revisions{2*laneSize + 7}) {
		t.Errorf("known are %v and %v", many, one)
	}
	if text := many.array(); text != "{5,281474976710656,562949953421319}" {
		t.Errorf("written as %s", text)
	}
	if changes := fmt.Sprint(laneSize); changes != "281474976710656" { // as the statements have it
		t.Errorf("a lane has %s", changes)
	}
}
