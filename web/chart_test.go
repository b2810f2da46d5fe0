package web

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// usageExamples are ranges as they come, and as they hardly do.
func usageExamples() map[string]AdminUsageView {
	return map[string]AdminUsageView{
		"week":        usageOf(7, 3, func(i, agent int) int64 { return int64(3 + (i*7+agent*5)%11) }),
		"month":       usageOf(30, 8, func(i, agent int) int64 { return int64((i*13+agent*7)%40) * int64(9-agent) }),
		"quarter":     usageOf(90, 5, func(i, agent int) int64 { return int64(i*(agent+1)) + int64(i*37%50) }),
		"one agent":   usageOf(30, 1, func(i, _ int) int64 { return int64(i * 37 % 23) }),
		"zeros":       usageOf(30, 2, func(int, int) int64 { return 0 }),
		"one":         usageOf(7, 2, func(i, agent int) int64 { return int64(i/6) * int64(1-agent) }),
		"one huge":    usageOf(90, 6, func(i, agent int) int64 { return int64(1 + i/89*(1_000_000*(agent+1))) }),
		"largest":     usageOf(30, 6, func(int, int) int64 { return 1 << 53 }),
		"below zero":  usageOf(7, 2, func(int, int) int64 { return -5 }),
		"no days":     {},
		"hostile":     {ByDay: []AdminUsageDay{{Day: time.Unix(0, 0).UTC(), AdminUsage: AdminUsage{Sessions: 3}}}, Top: []AdminUsageAgent{{Agent: hostile, ByDay: []int64{1, 2}}, {Agent: `</svg><script>`}}},
		"not the sum": {ByDay: []AdminUsageDay{{AdminUsage: AdminUsage{Sessions: 1}}}, Top: []AdminUsageAgent{{Agent: "a", ByDay: []int64{9}}, {Agent: "b", ByDay: []int64{9}}}},
	}
}

// usageOf makes up the usage of agents in the days before 22 November 2026.
func usageOf(days, agents int, sessions func(day, agent int) int64) AdminUsageView {
	v := AdminUsageView{Days: days}
	last := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for i := range days {
		v.ByDay = append(v.ByDay, AdminUsageDay{Day: last.AddDate(0, 0, i-days+1)})
	}
	for agent := range agents {
		a := AdminUsageAgent{Agent: fmt.Sprintf("agent-%d", agent+1)}
		for i := range days {
			n := sessions(i, agent)
			a.ByDay = append(a.ByDay, n)
			d := &v.ByDay[i]
			d.Sessions, d.PromptTokens, d.CompletionTokens = d.Sessions+n, d.PromptTokens+n*1200, d.CompletionTokens+n*310
		}
		v.Top = append(v.Top, a)
	}
	if agents == 1 {
		v.Agent = "agent-1"
	}
	return v
}

func drawn(t *testing.T, v AdminUsageView) string {
	t.Helper()
	var page strings.Builder
	for _, c := range newUsageCharts(v) {
		if err := templates.ExecuteTemplate(&page, "admin-chart", c); err != nil {
			t.Fatal(err)
		}
	}
	return page.String()
}

// Charts have no style of their own and no script, which the policy of the pages forbids, and nothing
// is drawn outside of the plot.
func TestChartsFitTheContentPolicy(t *testing.T) {
	bars := 0
	for name, view := range usageExamples() {
		page := drawn(t, view)
		ids := map[string]int{}
		all := elements(t, page)
		for _, n := range all {
			ids[attribute(n, "id")]++
		}
		for _, n := range all {
			checkReferences(t, name, n, ids)
			for _, a := range n.Attr {
				if a.Key == "style" || strings.HasPrefix(a.Key, "on") || a.Key == "href" || a.Key == "fill" {
					t.Errorf("%s: <%s> has %s=%q", name, n.Data, a.Key, a.Val)
				}
			}
			if n.Data == "script" || n.Data == "style" {
				t.Errorf("%s has <%s>", name, n.Data)
			}
			if n.Data == "rect" && strings.HasPrefix(attribute(n, "class"), "series") && attribute(n, "x") != "" {
				bars++
				checkBar(t, name, n)
			}
		}
		if strings.Contains(page, "NaN") || strings.Contains(page, "Inf") || strings.Contains(page, "e+") {
			t.Errorf("%s has a number that is none:\n%s", name, page)
		}
	}
	if bars < 500 {
		t.Errorf("saw only %d bars", bars)
	}
}

func checkBar(t *testing.T, page string, n *html.Node) {
	t.Helper()
	at := func(name string) float64 {
		number, err := strconv.ParseFloat(strings.TrimSuffix(attribute(n, name), "%"), 64)
		if err != nil {
			t.Errorf("%s: a bar has %s=%q", page, name, attribute(n, name))
		}
		return number
	}
	if at("x") < 0 || at("y") < 0 || at("x")+at("width") > 100.02 || at("y")+at("height") > 100.02 {
		t.Errorf("%s: a bar is outside: %v", page, n.Attr)
	}
}

// A chart says in words what it shows: to those who do not see it, and at each day.
func TestChartsSayWhatTheyShow(t *testing.T) {
	charts := newUsageCharts(usageExamples()["month"])
	if got, want := charts[0].Gist, "25,820 sessions in 30 days, the most on 29 Oct 2026: 1,084."; got != want {
		t.Errorf("the gist is %q", got)
	}
	if n := len(charts[0].Legend); n != chartAgents+1 || charts[0].Legend[chartAgents].Name != "All others" {
		t.Errorf("the legend is %v", charts[0].Legend)
	}
	if got := charts[0].Columns[29].Title; !strings.HasPrefix(got, "22 Nov 2026: ") || !strings.Contains(got, "\nagent-1: ") {
		t.Errorf("the last day is %q", got)
	}
	if got := newUsageCharts(usageExamples()["one agent"])[0]; len(got.Legend) != 0 || got.Columns[0].Bars != nil || len(got.Columns[1].Bars) != 1 {
		t.Errorf("one agent has %v, %v", got.Legend, got.Columns[1])
	}
	if got := newUsageCharts(usageExamples()["zeros"])[0].Gist; got != "No sessions in 30 days." {
		t.Errorf("nothing is %q", got)
	}
	if got := newUsageCharts(usageExamples()["one"])[0].Gist; !strings.HasPrefix(got, "1 session in 7 days, the most on 22 Nov 2026: 1.") {
		t.Errorf("one is %q", got)
	}
}

// The numbers at the side are round, few, and reach to the highest day.
func TestChartScale(t *testing.T) {
	for top, want := range map[int64]string{
		0: "0 1", 1: "0 1", 3: "0 1 2 3", 4: "0 1 2 3 4", 6: "0 1 2 3 4 5 6", 17: "0 5 10 15 20", 99: "0 20 40 60 80 100", 1000: "0 200 400 600 800 1k", 1100: "0 200 400 600 800 1k 1.2k", 3400: "0 1k 2k 3k 4k",
		12_000: "0 2k 4k 6k 8k 10k 12k", 3_400_000: "0 1M 2M 3M 4M", 500_001: "0 100k 200k 300k 400k 500k 600k", 5_100_000: "0 1M 2M 3M 4M 5M 6M", 1 << 53: "0 2000T 4000T 6000T 8000T 10000T", math.MaxInt64: "0 2000000T 4000000T 6000000T 8000000T 10000000T",
	} {
		var labels []string
		for _, tick := range newScale(top).ticks() {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%d has %s, want %s", top, got, want)
		}
	}
	for top := int64(1); top < 1<<62; top += 1 + top/3 {
		if ticks := newScale(top).ticks(); len(ticks) < 2 || len(ticks) > tickCount+2 {
			t.Errorf("%d has %d ticks", top, len(ticks))
		}
	}
}
