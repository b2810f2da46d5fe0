package handlers

import (
	"cmp"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionhub/models"
	"sessionhub/web"
)

const (
	usageDays = 30 // unless the reader chooses others
	usageTop  = 10 // agents by name; the others are told as a sum
)

// usagePage answers GET /admin/usage.
func (a *api) usagePage(p *panel) error {
	q, err := newQuery(p)
	if err != nil {
		return err
	}
	view := web.AdminUsageView{AdminFrame: a.frame(p), Agent: q.text("agent"), Days: int(q.count("days", 1, 90, usageDays))}
	if !slices.Contains([]int{7, 30, 90}, view.Days) {
		q.issues.Add("days", "must be 7, 30 or 90")
	}
	if err := q.issues.Err(); err != nil {
		return err
	}
	today := a.Now().UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-view.Days)
	usage, err := a.Panel.Usage(p.ctx(), p.who, models.UsageFilter{AgentID: view.Agent, From: first, To: today.AddDate(0, 0, 1)})
	if err != nil {
		return err
	}
	if view.Agents, _, err = a.agentsFor(p); err != nil {
		return err
	}
	addUp(&view, first, usage)
	return show(p, http.StatusOK, web.RenderAdminUsage, view)
}

// addUp sums the usage by day and by agent.
func addUp(view *web.AdminUsageView, first time.Time, usage []models.Usage) {
	view.ByDay = make([]web.AdminUsageDay, view.Days)
	for i := range view.ByDay {
		view.ByDay[i].Day = first.AddDate(0, 0, i)
	}
	byAgent := map[string]*web.AdminUsageAgent{}
	for i := range usage {
		u := &usage[i]
		day := int(u.Day.Sub(first) / (24 * time.Hour))
		if day < 0 || day >= view.Days {
			continue
		}
		of := byAgent[u.AgentID]
		if of == nil {
			of = &web.AdminUsageAgent{Agent: u.AgentID, ByDay: make([]int64, view.Days)}
			byAgent[u.AgentID] = of
		}
		of.ByDay[day] += u.Sessions
		for _, sum := range []*web.AdminUsage{&of.AdminUsage, &view.ByDay[day].AdminUsage} {
			sum.Sessions += u.Sessions
			sum.PromptTokens = addTokens(sum.PromptTokens, u.PromptTokens)
			sum.CompletionTokens = addTokens(sum.CompletionTokens, u.CompletionTokens)
		}
	}
	rankAgents(view, byAgent)
}

// rankAgents names the agents with the most sessions, and sums up the others.
func rankAgents(view *web.AdminUsageView, byAgent map[string]*web.AdminUsageAgent) {
	all := make([]*web.AdminUsageAgent, 0, len(byAgent))
	for _, of := range byAgent {
		all = append(all, of)
	}
	slices.SortFunc(all, func(a, b *web.AdminUsageAgent) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), strings.Compare(a.Agent, b.Agent))
	})
	for i, of := range all {
		if i < usageTop {
			view.Top = append(view.Top, *of)
			continue
		}
		others := &view.Others
		if others.ByDay == nil {
			others.ByDay = make([]int64, view.Days)
		}
		others.Sessions += of.Sessions
		others.PromptTokens = addTokens(others.PromptTokens, of.PromptTokens)
		others.CompletionTokens = addTokens(others.CompletionTokens, of.CompletionTokens)
		for day, n := range of.ByDay {
			others.ByDay[day] += n
		}
	}
}

// addTokens stops at the largest number: a session may claim any up to 2^53.
func addTokens(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}
