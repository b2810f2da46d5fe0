package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// chart is what "admin-chart" draws: columns by day, each a pile of its series. Places are in percent
// of the plot, so that it takes the width that there is, and words keep the size of those around it.
// The colours are classes, since the policy of the pages allows no style in them. Libraries for charts
// write fixed sizes and style attributes, so this is drawn by ourselves.
type chart struct {
	ID      string
	Title   string
	Gist    string // what is to be seen, in words
	Dense   bool   // there is no room between the series of a day
	Legend  []chartSeries
	Ticks   []chartTick
	Columns []chartColumn
	Labels  []chartLabel
}

// chartSeries is one colour of a chart.
type chartSeries struct {
	Class string
	Name  string
	Total string
}

// chartTick is a line across the plot.
type chartTick struct {
	Y     share
	Label string
}

// chartColumn is a day. Its area is as high as the plot, so that a small one is hit by a pointer too.
type chartColumn struct {
	X, Width share
	Title    string
	Bars     []chartBar
}

type chartBar struct {
	Class               string
	X, Y, Width, Height share
}

// chartLabel names a day below the plot. A minor one is left out where there is little room.
type chartLabel struct {
	X     share
	Text  string
	Minor bool
}

// share is a place or a length in a plot.
type share float64

// String has as many digits as a screen can show.
func (p share) String() string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", float64(p)), "0"), ".") + "%"
}

// chartData is what a chart is made of.
type chartData struct {
	id, title string
	unit      string // such as sessions
	days      []time.Time
	series    []dataSeries
}

// dataSeries is a number for each day.
type dataSeries struct {
	class, name string
	values      []int64
}

const chartDay = "2 Jan 2006"

// newChart draws the data. Of one series there is no legend: the title says what it is.
func newChart(d chartData) chart {
	byDay, top, sum := d.totals()
	scale := newScale(top)
	c := chart{ID: "chart-" + d.id, Title: d.title, Gist: d.gist(byDay, sum), Dense: len(d.days) > manyDays, Ticks: scale.ticks()}
	for _, s := range d.series {
		if len(d.series) > 1 {
			c.Legend = append(c.Legend, chartSeries{Class: s.class, Name: s.name, Total: humanize.Comma(sumOf(s.values))})
		}
	}
	step := 100 / share(max(len(d.days), 1))
	for i, at := range d.days {
		x := step * share(i)
		column := chartColumn{X: x, Width: step, Title: d.tooltip(i, byDay[i])}
		column.Bars = d.pile(i, x+step*(1-barShare)/2, step*barShare, scale)
		c.Columns = append(c.Columns, column)
		c.Labels = append(c.Labels, newChartLabels(i, len(d.days), x+step/2, at)...)
	}
	return c
}

const (
	barShare = 0.72 // how much of its day a bar takes
	manyDays = 45   // from here on bars are as thin as a line on a phone
)

// pile puts the series of a day on each other.
func (d chartData) pile(i int, x, width share, scale chartScale) []chartBar {
	var bars []chartBar
	floor := share(100)
	for _, s := range d.series {
		height := scale.height(s.values[i])
		if height <= 0 {
			continue
		}
		floor = max(floor-height, 0)
		bars = append(bars, chartBar{Class: s.class, X: x, Y: floor, Width: width, Height: height})
	}
	return bars
}

// totals returns the sum of each day, the largest of them, and the sum of all.
func (d chartData) totals() (byDay []int64, top, sum int64) {
	byDay = make([]int64, len(d.days))
	for i := range byDay {
		for _, s := range d.series {
			byDay[i] = plus(byDay[i], s.values[i])
		}
		top = max(top, byDay[i])
		sum = plus(sum, byDay[i])
	}
	return byDay, top, sum
}

// gist says what is to be seen, for those who do not see it.
func (d chartData) gist(byDay []int64, sum int64) string {
	if sum == 0 {
		return fmt.Sprintf("No %s in %d days.", d.unit, len(d.days))
	}
	highest := 0
	for i, n := range byDay {
		if n > byDay[highest] {
			highest = i
		}
	}
	return fmt.Sprintf("%s in %d days, the most on %s: %s.", d.counted(sum), len(d.days), d.days[highest].Format(chartDay), humanize.Comma(byDay[highest]))
}

// tooltip says how much there was on a day, and of what.
func (d chartData) tooltip(i int, sum int64) string {
	title := d.days[i].Format(chartDay) + ": " + d.counted(sum)
	for _, s := range d.series {
		if len(d.series) > 1 && s.values[i] > 0 {
			title += "\n" + s.name + ": " + humanize.Comma(s.values[i])
		}
	}
	return title
}

func (d chartData) counted(n int64) string {
	if n == 1 {
		return "1 " + strings.TrimSuffix(d.unit, "s")
	}
	return humanize.Comma(n) + " " + d.unit
}

// newChartLabels names a day, unless that would be too close to others. The last day always has a name.
func newChartLabels(i, days int, x share, at time.Time) []chartLabel {
	every := 1
	switch {
	case days > 31:
		every = 15
	case days > 7:
		every = 5
	}
	if back := days - 1 - i; back%every == 0 {
		return []chartLabel{{X: x, Text: at.Format("2 Jan"), Minor: back/every%2 == 1}}
	}
	return nil
}
