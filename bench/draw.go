package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"sessionhub/bench/chart"
)

// sideNames are in the order of their colours.
var sideNames = []string{ours, oursClear, floor, pocketBase, pocketFull, rawSide}

// chart draws the requests a second.
func (r *report) chart() chart.Chart {
	c := chart.Chart{
		Title: "sessionhub: requests a second, more is better",
		Notes: []string{
			fmt.Sprintf("%s, %d cores, %s, %s; %s.", cmp.Or(r.Machine.CPU, "unknown processor"), r.Machine.Cores, r.Machine.FileSystem, r.Machine.Go, r.Date.Format("2 January 2006")),
			fmt.Sprintf("Medians of %d rounds of %d s a point, asked by %s in turns; c: connections. Each group has a scale of its own.", r.Rounds, r.Seconds, r.Generator),
		},
		Labels: sideNames,
	}
	for _, f := range r.Summary {
		if n := len(c.Panels); n == 0 || c.Panels[n-1].Title != f.Point {
			c.Panels = append(c.Panels, chart.Panel{Title: f.Point})
		}
		p := &c.Panels[len(c.Panels)-1]
		p.Bars = append(p.Bars, chart.Bar{Label: slices.Index(sideNames, f.Side), Value: f.PerSecond, Text: thousands(int(math.Round(f.PerSecond)))})
	}
	return c
}
