package load

import (
	"slices"
	"time"
)

// Result is what came of a run.
type Result struct {
	Took   time.Duration
	Times  []time.Duration // of what went well, in no order
	Errors int
	First  error // of the errors, nil without any
}

// PerSecond is how often it went well.
func (r Result) PerSecond() float64 {
	if r.Took <= 0 {
		return 0
	}
	return float64(len(r.Times)) / r.Took.Seconds()
}

// Percentiles returns the times that so many percent are not above, 0 for a run without any.
func (r Result) Percentiles(percents ...float64) []time.Duration {
	sorted := slices.Sorted(slices.Values(r.Times))
	found := make([]time.Duration, len(percents))
	for i, percent := range percents {
		if len(sorted) > 0 {
			found[i] = sorted[rank(len(sorted), percent)]
		}
	}
	return found
}

// rank is the place of the nearest-rank percentile among n sorted values.
func rank(n int, percent float64) int {
	place := int(float64(n)*percent/100+0.999999) - 1
	return min(max(place, 0), n-1)
}

// Median is the middle of the values, 0 without any.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
