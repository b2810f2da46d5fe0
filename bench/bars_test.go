package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
)

// twoOfThree is a run of three rounds: in one of them the machine was busy, and the floor failed in another.
func twoOfThree() *report {
	r := &report{Rounds: 3, Seconds: 1, Costs: []cost{{Sync: 1, Opening: 100}, {Sync: 2, Opening: 100}, {Sync: 4, Opening: 100}}}
	for n, fast := range []float64{1000, 500, 2000} {
		failed := 0
		if n == 2 {
			failed = 7
		}
		r.Readings = append(r.Readings,
			reading{Round: n + 1, Point: get16, Side: ours, PerSecond: fast, P50: 1, CPU: 50},
			reading{Round: n + 1, Point: get16, Side: floor, PerSecond: 2 * fast, Errors: failed},
			reading{Round: n + 1, Point: create1, Side: ours, PerSecond: fast, P50: 3},
			reading{Round: n + 1, Point: list1kof16, Side: ours, PerSecond: fast, CPU: 250},
		)
	}
	r.Summary, r.Bars = medians(r.Readings), nil
	r.Bars = r.allBars()
	return r
}

func TestBars(t *testing.T) {
	r := twoOfThree()
	for what, want := range map[string]struct {
		value   float64
		reached bool
	}{
		"get, c=16, of the floor":                                                 {0.5, true},
		"resume, c=16, of the floor":                                              {0, false}, // not measured
		"create, c=1, p50 in times that the disk takes for 4 KiB":                 {1.5, true},
		"list 1,000, CPU of the service in that of opening and encoding alone":    {2.5, true},
		"get, c=16, in those of Open Agents Builder 0.6.0, both encrypted":        {1000.0 / 14, false},
		"start without a database, ms to the first answer":                        {0, false},
		"list 1,000, c=16, in those of Open Agents Builder 0.6.0, both encrypted": {1000.0 / 3, false},
	} {
		i := slices.IndexFunc(r.Bars, func(b bar) bool { return b.What == what })
		if i < 0 {
			t.Errorf("there is no bar %q", what)
			continue
		}
		if b := r.Bars[i]; b.Value != want.value || b.Reached != want.reached {
			t.Errorf("%+v, want %+v", b, want)
		}
	}
}

func TestMedianOfReadings(t *testing.T) {
	for _, m := range twoOfThree().Summary {
		if m.Point == get16 && m.Side == ours && (m.PerSecond != 1000 || m.CPU != 50 || m.Round != 0) {
			t.Errorf("%+v", m)
		}
		if m.Point == get16 && m.Side == floor && (m.PerSecond != 2000 || m.Errors != 7) {
			t.Errorf("errors of a round are lost: %+v", m)
		}
	}
}

func TestPrintSaysLoudlyWhatFailed(t *testing.T) {
	var b strings.Builder
	if err := twoOfThree().print(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"!!! 7 ERRORS", ">= 0.45", "NOT reached"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
	if svg := string(twoOfThree().chart().SVG()); !strings.Contains(svg, ">1,000</text>") {
		t.Errorf("no 1,000 in %s", svg)
	}
	if _, err := json.Marshal(twoOfThree()); err != nil {
		t.Error(err)
	}
}

func TestNewReading(t *testing.T) {
	before := usage{machine.Usage{CPU: time.Second}, time.Second}
	after := usage{machine.Usage{CPU: 3 * time.Second, RSS: 1 << 20, Peak: 2 << 20}, 2 * time.Second}
	got := newReading(point{name: "x"}, side{name: "y"}, load.Result{Took: 2 * time.Second, Requests: 1000, P50: time.Millisecond, Errors: 1, First: errors.New("no")}, before, after)
	want := reading{Point: "x", Side: "y", PerSecond: 500, P50: 1, CPU: 2000, DatabaseCPU: 1000, RSS: 1, Peak: 2, Errors: 1, FirstError: "no"}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := newReading(point{}, side{}, load.Result{}, before, after); got.CPU != 0 || got.PerSecond != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
}

// Every point is measured on the service, and every step of a point has its ids.
func TestPoints(t *testing.T) {
	everything := web{requests: serviceRequests(nil)}
	names := map[string]bool{}
	for _, p := range points() {
		if !(side{name: ours, target: everything}).takes(p) || len(p.ids) != len(p.steps) || names[p.name] {
			t.Errorf("%+v", p)
		}
		names[p.name] = true
	}
	for _, name := range []string{create1, create16, create64, resume16, get16, list100of16, list1kof16, delete16, mixed16} {
		if !names[name] {
			t.Errorf("nothing measures %s", name)
		}
	}
}
