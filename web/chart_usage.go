package web

import (
	"strconv"
	"time"
)

// chartAgents is how many agents have a colour of their own: more could not be told apart.
const chartAgents = 5

// newUsageCharts draws the sessions and the tokens of each day.
func newUsageCharts(v AdminUsageView) []chart {
	var days []time.Time
	sessions := dataSeries{class: "series-1", name: "Sessions"}
	prompt := dataSeries{class: "series-1", name: "Tokens in"}
	completion := dataSeries{class: "series-2", name: "Tokens out"}
	for _, d := range v.ByDay {
		days = append(days, d.Day)
		sessions.values = append(sessions.values, max(d.Sessions, 0))
		prompt.values = append(prompt.values, max(d.PromptTokens, 0))
		completion.values = append(completion.values, max(d.CompletionTokens, 0))
	}
	series := []dataSeries{sessions}
	if v.Agent == "" && len(v.Top) > 1 {
		series = byAgent(v.Top, sessions.values)
	}
	return []chart{
		newChart(chartData{id: "sessions", title: "Sessions per day", unit: "sessions", days: days, series: series}),
		newChart(chartData{id: "tokens", title: "Tokens per day", unit: "tokens", days: days, series: []dataSeries{prompt, completion}}),
	}
}

// byAgent divides the sessions of each day among the first agents and all others.
func byAgent(agents []AdminUsageAgent, all []int64) []dataSeries {
	others := dataSeries{class: "series-other", name: "All others", values: append([]int64(nil), all...)}
	var series []dataSeries
	for n, agent := range agents[:min(len(agents), chartAgents)] {
		s := dataSeries{class: "series-" + strconv.Itoa(n+1), name: shorten(agent.Agent, shownName), values: make([]int64, len(all))}
		for i := range all {
			if i < len(agent.ByDay) {
				s.values[i] = min(max(agent.ByDay[i], 0), others.values[i])
				others.values[i] -= s.values[i]
			}
		}
		series = append(series, s)
	}
	if sumOf(others.values) > 0 {
		series = append(series, others)
	}
	return series
}
