package web

import (
	"math"
	"strconv"
	"strings"
)

// chartScale is how high numbers are in a chart.
type chartScale struct {
	step, top float64
}

// tickCount is how many lines a chart may have above its ground: more would be in the way.
const tickCount = 6

// newScale returns a scale that ends with a round number at or above top.
func newScale(top int64) chartScale {
	highest := max(float64(top), 1)
	power := math.Pow(10, math.Floor(math.Log10(highest/tickCount)))
	step := 10 * power
	for _, factor := range []float64{1, 2, 5} {
		if factor*power*tickCount >= highest {
			step = factor * power
			break
		}
	}
	step = max(step, 1) // there is no half of a session
	return chartScale{step: step, top: math.Ceil(highest/step) * step}
}

// height is how high a number is, in percent of the plot.
func (s chartScale) height(n int64) share {
	return share(min(float64(n)/s.top, 1) * 100)
}

func (s chartScale) ticks() []chartTick {
	var ticks []chartTick
	for i := range int(math.Round(s.top/s.step)) + 1 {
		n := float64(i) * s.step
		ticks = append(ticks, chartTick{Y: share(100 - n/s.top*100), Label: rounded(n)})
	}
	return ticks
}

// rounded writes a number of an axis: 12k, 3.4M.
func rounded(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= unit.size {
			number := strconv.FormatFloat(n/unit.size, 'f', 1, 64)
			return strings.TrimSuffix(number, ".0") + unit.name
		}
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// plus adds numbers that are not below zero, and stays at the largest one rather than turn over.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func sumOf(values []int64) int64 {
	var sum int64
	for _, n := range values {
		sum = plus(sum, n)
	}
	return sum
}
