package chart

import (
	"bytes"
	"fmt"
	"html"
	"slices"
)

// Sizes, in pixels.
const (
	margin      = 28
	header      = 36 // of the chart
	noteStep    = 20
	columns     = 2
	panelWidth  = 500
	columnGap   = 36
	panelHeader = 30
	panelGap    = 26
	barHeight   = 16
	barStep     = 22
	labelWidth  = 170
	valueWidth  = 66
	barWidth    = panelWidth - labelWidth - valueWidth
	width       = 2*margin + columns*panelWidth + (columns-1)*columnGap
)

// style has colours for a light and for a dark page. The classes b0, b1 ... are those of the labels.
const style = `
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2937; font-size: 13px }
.page { fill: #ffffff } .title { font-size: 22px; font-weight: 650 } .panel { font-size: 14px; font-weight: 600 }
.note, .label { fill: #5b6472; font-size: 12px } .value { font-variant-numeric: tabular-nums; font-weight: 500 } .axis { stroke: #d5d9e0 }
.b0 { fill: #2563eb } .b1 { fill: #8ab4f8 } .b2 { fill: #98a2b3 } .b3 { fill: #e8a33d } .b4 { fill: #b8742a } .b5 { fill: #2f9e7a }
@media (prefers-color-scheme: dark) {
text { fill: #e6e9ef } .page { fill: #14171d } .note, .label { fill: #9aa4b2 } .axis { stroke: #39404c }
.b0 { fill: #4f8dfd } .b1 { fill: #a9c7fb } .b2 { fill: #6b7482 } .b3 { fill: #f0b454 } .b4 { fill: #c98b45 } .b5 { fill: #45b894 }
}`

// SVG draws the chart.
func (c Chart) SVG() []byte {
	var body bytes.Buffer
	y := margin + header + len(c.Notes)*noteStep + panelGap
	for row := range slices.Chunk(c.Panels, columns) {
		most := 0
		for i, p := range row {
			c.panel(&body, p, margin+i*(panelWidth+columnGap), y)
			most = max(most, len(p.Bars))
		}
		y += panelHeader + most*barStep + panelGap
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img"><title>%s</title><style>%s</style>`+"\n",
		width, y, width, y, html.EscapeString(c.Title), style)
	fmt.Fprintf(&b, `<rect class="page" width="%d" height="%d" rx="10"/>`+"\n", width, y)
	text(&b, "title", margin, margin+22, c.Title)
	for i, note := range c.Notes {
		text(&b, "note", margin, margin+header+(i+1)*noteStep-6, note)
	}
	b.Write(body.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func (c Chart) panel(b *bytes.Buffer, p Panel, x, y int) {
	text(b, "panel", x, y+14, p.Title)
	most := 0.0
	for _, bar := range p.Bars {
		most = max(most, bar.Value)
	}
	top, start := y+panelHeader-4, x+labelWidth
	for i, bar := range p.Bars {
		at, long := top+i*barStep+(barStep-barHeight)/2, 0.0
		if most > 0 {
			long = max(bar.Value/most*barWidth, 1)
		}
		fmt.Fprintf(b, `<text class="label" x="%d" y="%d" text-anchor="end">%s</text>`, start-8, at+barHeight-4, html.EscapeString(c.Labels[bar.Label]))
		fmt.Fprintf(b, `<rect class="b%d" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, bar.Label, start, at, long, barHeight)
		text(b, "value", start+int(long)+6, at+barHeight-4, bar.Text)
	}
	fmt.Fprintf(b, `<line class="axis" x1="%d" y1="%d" x2="%d" y2="%d"/>`+"\n", start, top, start, top+len(p.Bars)*barStep)
}

func text(b *bytes.Buffer, class string, x, y int, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`+"\n", class, x, y, html.EscapeString(s))
}
