package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"sessionhub/bench/load"
)

// print writes the report as tables.
func (r *report) print(to io.Writer) error {
	m := r.Machine
	fmt.Fprintf(to, "%s, %d cores, Linux %s, %s, %s\n", cmp.Or(m.CPU, "unknown processor"), m.Cores, m.Kernel, m.Go, m.FileSystem)
	for _, path := range slices.Sorted(maps.Keys(r.Versions)) {
		fmt.Fprintf(to, "%s %s  ", path, r.Versions[path])
	}
	fmt.Fprintf(to, "\n%d rounds of %d s a point, asked by %s over connections that stay open. Medians of the rounds.\n\n%s\n",
		r.Rounds, r.Seconds, r.Generator, legend)
	if err := printReadings(to, r.Summary); err != nil {
		return err
	}
	r.printCosts(to)
	return r.printBars(to)
}

func printReadings(to io.Writer, summary []reading) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\trequests/s\tp50 ms\tp99 ms\tCPU us/request\tdatabase CPU\tresident MiB\tpeak MiB\t\t")
	point := ""
	for _, f := range summary {
		if f.Point != point {
			point = f.Point
			fmt.Fprintf(table, "%s\t\t\t\t\t\t\t\t\t\n", point)
		}
		fmt.Fprintf(table, "%s\t%.0f\t%.2f\t%.2f\t%.0f\t%.0f\t%.0f\t%.0f\t%s\t\n", f.Side, f.PerSecond, f.P50, f.P99, f.CPU, f.DatabaseCPU, f.RSS, f.Peak, warning(f.Errors, f.FirstError))
	}
	return table.Flush()
}

func (r *report) printCosts(to io.Writer) {
	syncs, openings := make([]float64, len(r.Costs)), make([]float64, len(r.Costs))
	for i, c := range r.Costs {
		syncs[i], openings[i] = c.Sync, c.Opening
	}
	fmt.Fprintf(to, "\n4 KiB on disk: %.2f ms. Opening and encoding a list of 1,000: %.0f us.\n", load.Median(syncs), load.Median(openings))
	fmt.Fprintf(to, "Memory of the service: %.0f MiB after its start, %.0f MiB at rest after the load.\n\n", r.Idle.Start, r.Idle.Load)
}

func (r *report) printBars(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, b := range r.Bars {
		sign, verdict := ">=", "NOT reached"
		if b.AtMost {
			sign = "<="
		}
		if b.Reached {
			verdict = "reached"
		}
		fmt.Fprintf(table, "%s\t%.2f\t%s %g\t%s\n", b.What, b.Value, sign, b.Limit, verdict)
	}
	return table.Flush()
}
