package chart

// Chart is panels of bars. Each panel has a scale of its own, from 0.
type Chart struct {
	Title  string
	Notes  []string // lines below it
	Labels []string // what the bars stand for; each has its colour in all panels
	Panels []Panel
}

// Panel is a group of bars.
type Panel struct {
	Title string
	Bars  []Bar
}

// Bar is one value.
type Bar struct {
	Label int // in the labels of the chart
	Value float64
	Text  string // the value, as it is written
}
