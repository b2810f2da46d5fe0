package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
	svg := Chart{
		Title: "a < b & c", Notes: []string{"on \"x\""}, Labels: []string{"one", "two"},
		Panels: []Panel{
			{Title: "first", Bars: []Bar{{Label: 0, Value: 50, Text: "50"}, {Label: 1, Value: 100, Text: "100"}}},
			{Title: "nothing", Bars: []Bar{{Label: 0, Text: "0"}}},
			{Title: "third"},
		},
	}.SVG()
	widths := barWidths(t, svg)
	if want := []float64{barWidth / 2, barWidth, 0}; len(widths) != 3 || widths[0] != want[0] || widths[1] != want[1] || widths[2] != want[2] {
		t.Errorf("bars of %v, want %v", widths, want)
	}
	for _, want := range []string{"a &lt; b &amp; c", "prefers-color-scheme: dark", ">two</text>"} {
		if !bytes.Contains(svg, []byte(want)) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
}

// barWidths reads the whole drawing, which has to be XML.
func barWidths(t *testing.T, svg []byte) []float64 {
	t.Helper()
	var widths []float64
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return widths
		}
		if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok || element.Name.Local != "rect" {
			continue
		}
		attributes := map[string]string{}
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if strings.HasPrefix(attributes["class"], "b") {
			width, err := strconv.ParseFloat(attributes["width"], 64)
			if err != nil {
				t.Fatal(err)
			}
			widths = append(widths, width)
		}
	}
}
