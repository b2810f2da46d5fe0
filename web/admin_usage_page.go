package web

import (
	"slices"
	"strconv"
)

// adminUsagePage is an AdminUsageView with what follows from it.
type adminUsagePage struct {
	AdminUsageView
	adminShell
	Ranges  []adminNavLink
	Options []adminOption
	Range   string // the first and the last day
	Totals  adminUsageRow
	PerDay  string // sessions, on average
	Charts  []chart
	Rows    []adminUsageRow // agents, and all others at the end
	Dates   []adminUsageRow // days, the newest first
}

// adminUsageRow is a line of a table of usage.
type adminUsageRow struct {
	Name, ISO, Link                      string
	Sessions, Prompt, Completion, Tokens thousands
	Share                                string // of all sessions, in percent
}

// newAdminUsagePage returns what the page of the usage shows.
func newAdminUsagePage(v AdminUsageView) adminUsagePage {
	page := adminUsagePage{
		AdminUsageView: v,
		adminShell:     newAdminShell(v.AdminFrame, "Usage", "Usage"),
		Options:        append(options(v.Agent, "", "All agents"), agentOptions(v.Agents, v.Agent)...),
		Charts:         newUsageCharts(v),
	}
	for _, days := range []int{7, 30, 90} {
		text := strconv.Itoa(days)
		link := adminLink(v.Base+"/usage", "days", text, "agent", v.Agent)
		page.Ranges = append(page.Ranges, adminNavLink{Text: text + " days", Link: link, Here: days == v.Days})
	}
	var all AdminUsage
	for _, day := range v.ByDay {
		all.Sessions += day.Sessions
		all.PromptTokens += day.PromptTokens
		all.CompletionTokens += day.CompletionTokens
		row := newAdminUsageRow(day.Day.UTC().Format("Mon 2 Jan 2006"), day.AdminUsage)
		row.ISO = day.Day.UTC().Format("2006-01-02")
		page.Dates = append(page.Dates, row)
	}
	page.Totals = newAdminUsageRow("All", all)
	if n := len(page.Dates); n > 0 {
		page.Range = v.ByDay[0].Day.UTC().Format("2 Jan") + " to " + v.ByDay[n-1].Day.UTC().Format("2 Jan 2006")
		page.PerDay = strconv.FormatFloat(float64(all.Sessions)/float64(n), 'f', 1, 64)
	}
	slices.Reverse(page.Dates)
	page.addAgents(all.Sessions)
	return page
}

// addAgents adds the lines of the agents.
func (p *adminUsagePage) addAgents(all int64) {
	for _, a := range p.Top {
		row := newAdminUsageRow(a.Agent, a.AdminUsage)
		row.Link = adminLink(p.Base+"/usage", "days", strconv.Itoa(p.Days), "agent", a.Agent)
		row.Share = percent(a.Sessions, all)
		p.Rows = append(p.Rows, row)
	}
	if p.Others.Sessions > 0 {
		row := newAdminUsageRow("", p.Others.AdminUsage)
		row.Share = percent(p.Others.Sessions, all)
		p.Rows = append(p.Rows, row)
	}
}

func newAdminUsageRow(name string, u AdminUsage) adminUsageRow {
	return adminUsageRow{
		Name: name, Sessions: thousands(u.Sessions), Prompt: thousands(u.PromptTokens), Completion: thousands(u.CompletionTokens),
		Tokens: thousands(u.PromptTokens + u.CompletionTokens),
	}
}

// percent is how much a part is of all.
func percent(part, all int64) string {
	if all == 0 {
		return ""
	}
	share := float64(part) / float64(all) * 100
	if part > 0 && share < 1 {
		return "< 1 %"
	}
	return strconv.FormatFloat(share, 'f', 0, 64) + " %"
}
