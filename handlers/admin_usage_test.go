package handlers

import (
	"math"
	"net/http"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/web"
)

// The page counts what the tenant's sessions used, on the days on which they began.
func TestPanelUsage(t *testing.T) {
	s := newStack(t, true)
	s.talk(3)
	s.do("PUT", "/api/session", jsonObject("id", "s01", "agentId", "a", "promptTokens", 12_000, "completionTokens", 345)).want(http.StatusOK, "")
	s.clock.advance(24 * time.Hour)
	s.do("POST", "/api/exec/session/b1", jsonObject("agentId", "b", "userName", "B", "userEmail", "b")).want(http.StatusOK, "")
	b := s.operator(models.RoleAdmin)
	for _, days := range []string{"7", "30", "90"} {
		b.open("/admin/usage?days="+days).want(http.StatusOK, "").says("12,000", "345", "22 Mar 2025", "21 Mar 2025")
	}
	b.open("/admin/usage?agent=b").want(http.StatusOK, "").hides("12,000")
	for _, query := range []string{"days=8", "days=-7", "days=x"} {
		b.open("/admin/usage?"+query).want(http.StatusBadRequest, "")
	}
}

func TestUsageAddsUp(t *testing.T) {
	first := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	view := web.AdminUsageView{Days: 7}
	var usage []models.Usage
	for agent := range 12 {
		for day := range 8 { // one more than is shown
			usage = append(usage, models.Usage{
				AgentID: string(rune('a' + agent)), Day: first.AddDate(0, 0, day), Sessions: int64(12 - agent), PromptTokens: math.MaxInt64 / 2, CompletionTokens: 1,
			})
		}
	}
	addUp(&view, first, usage)
	if len(view.ByDay) != 7 || view.ByDay[6].Sessions != 78 || view.ByDay[0].PromptTokens != math.MaxInt64 || view.ByDay[6].CompletionTokens != 12 {
		t.Errorf("days: %+v", view.ByDay)
	}
	if len(view.Top) != usageTop || view.Top[0].Agent != "a" || view.Top[0].Sessions != 84 || view.Top[9].Sessions != 21 {
		t.Errorf("agents: %+v", view.Top)
	}
	if view.Others.Sessions != 21 || view.Others.ByDay[3] != 3 || view.Others.CompletionTokens != 14 {
		t.Errorf("others: %+v", view.Others)
	}
}
