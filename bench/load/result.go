package load

import (
	"slices"
	"time"
)

// Result is what came of a run.
type Result struct {
	Took     time.Duration
	Requests int           // that went well
	P50, P99 time.Duration // of how long these took
	Errors   int
	First    error // of the errors, nil without any
}

// PerSecond is how often it went well.
func (r Result) PerSecond() float64 {
	if r.Took <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Took.Seconds()
}

// Percentiles returns the times that so many percent are not above, 0 without any.
func Percentiles(times []time.Duration, percents ...float64) []time.Duration {
	sorted := slices.Sorted(slices.Values(times))
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
