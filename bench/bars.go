package main

import (
	"fmt"
	"math"

	"sessionhub/bench/load"
)

// bar is what a figure has to reach.
type bar struct {
	What    string  `json:"what"`
	Value   float64 `json:"value"`
	AtMost  bool    `json:"atMost"` // otherwise: at least
	Limit   float64 `json:"limit"`
	Reached bool    `json:"reached"`
}

func atLeast(what string, value, limit float64) bar {
	return bar{What: what, Value: value, Limit: limit, Reached: value >= limit}
}

// atMost is not reached by what was not measured, which is 0.
func atMost(what string, value, limit float64) bar {
	return bar{What: what, Value: value, Limit: limit, AtMost: true, Reached: value > 0 && value <= limit}
}

// What Open Agents Builder 0.6.0 came to on two cores such as these, in production mode at c=16:
// requests a second, without and with encryption.
var openAgentsBuilder = []struct {
	point         string
	clear, sealed float64
}{{get16, 210, 14}, {create16, 160, 19}, {list1kof16, 79, 3}}

// allBars compares. Ratios are medians of those of each round.
func (r *report) allBars() []bar {
	bars := []bar{
		atLeast("get, c=16, of the floor", r.rate(get16, floor), 0.45),
		atLeast("resume, c=16, of the floor", r.rate(resume16, floor), 0.45),
		atLeast("create, c=64, of the floor", r.rate(create64, floor), 0.33),
		atMost("create, c=1, p50 in times that the disk takes for 4 KiB", r.syncs(), 3),
		atMost("list 1,000, CPU of the service in that of opening and encoding alone", r.listCost(), 3),
		atLeast("create, c=64, in those of PocketBase, both synchronous=FULL", r.rate(create64, pocketFull), 4),
		atLeast("get, c=16, in those of PocketBase", r.rate(get16, pocketBase), 3),
		atLeast("list 100, c=16, in those of PocketBase", r.rate(list100of16, pocketBase), 4),
	}
	for _, other := range openAgentsBuilder {
		bars = append(bars,
			atLeast(other.point+", in those of Open Agents Builder 0.6.0, neither encrypted", r.perSecond(other.point, oursClear)/other.clear, 50),
			atLeast(other.point+", in those of Open Agents Builder 0.6.0, both encrypted", r.perSecond(other.point, ours)/other.sealed, 500))
	}
	bars = append(bars, atMost("start without a database, ms to the first answer", load.Median(r.Starts.Empty), 150))
	if r.Starts.Size > 0 {
		bars = append(bars, atMost(fmt.Sprintf("start with %s sessions, in times of that", thousands(r.Starts.Size)), r.Starts.ratio(), 2))
	}
	return append(bars,
		atMost("memory after a start, MiB", r.Idle.Start, 40),
		atMost("memory at rest after the load, MiB", r.Idle.Load, 40))
}

// rate is how many requests the service answers for each that the other does.
func (r *report) rate(point, other string) float64 {
	return r.overRounds(point, func(in map[string]reading, _ cost) float64 { return in[ours].PerSecond / in[other].PerSecond })
}

func (r *report) perSecond(point, side string) float64 {
	return r.overRounds(point, func(in map[string]reading, _ cost) float64 { return in[side].PerSecond })
}

func (r *report) syncs() float64 {
	return r.overRounds(create1, func(in map[string]reading, c cost) float64 { return in[ours].P50 / c.Sync })
}

func (r *report) listCost() float64 {
	return r.overRounds(list1kof16, func(in map[string]reading, c cost) float64 { return in[ours].CPU / c.Opening })
}

// overRounds is the median of what of makes of each round's readings at the point, by side. A
// round in which there is no sensible answer does not count; without any the answer is 0.
func (r *report) overRounds(point string, of func(map[string]reading, cost) float64) float64 {
	var values []float64
	for i, c := range r.Costs {
		in := map[string]reading{}
		for _, found := range r.Readings {
			if found.Round == i+1 && found.Point == point && found.Errors == 0 {
				in[found.Side] = found
			}
		}
		if v := of(in, c); !math.IsNaN(v) && !math.IsInf(v, 0) && v > 0 {
			values = append(values, v)
		}
	}
	return load.Median(values)
}
