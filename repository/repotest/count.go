package repotest

import (
	"slices"
	"testing"
	"time"

	"sessionhub/models"
)

var countPromises = []promise{
	{"agents come with their live sessions, most first", countAgents},
	{"sessions are added up by agent and day", countUsage},
}

func countAgents(t *testing.T, f *fixture) {
	for _, s := range []struct{ id, agent string }{{"1", "a"}, {"2", "b"}, {"3", "b"}, {"4", "c"}, {"5", "d"}} {
		wantError(t, f.Sessions.Save(t.Context(), f.who, &models.SessionPatch{ID: s.id, AgentID: s.agent}), nil)
	}
	f.delete(t, "5")
	got, total, err := f.Sessions.Agents(t.Context(), f.who, 2)
	if want := []models.Agent{{ID: "b", Sessions: 2}, {ID: "a", Sessions: 1}}; err != nil || total != 3 || !slices.Equal(got, want) {
		t.Errorf("%v of %d, %v", got, total, err)
	}
}

func countUsage(t *testing.T, f *fixture) {
	day := time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC)
	for i, id := range []string{"1", "2", "3"} {
		created := day.Add(time.Duration(i) * 12 * time.Hour)
		p := &models.SessionPatch{ID: id, AgentID: agent, CreatedAt: &created, PromptTokens: set(int64(i + 1))}
		wantError(t, f.Sessions.Save(t.Context(), f.who, p), nil)
	}
	got, err := f.Sessions.Usage(t.Context(), f.who, models.UsageFilter{From: day, To: day.AddDate(0, 0, 7)})
	want := []models.Usage{
		{AgentID: agent, Day: day, Sessions: 2, PromptTokens: 3}, {AgentID: agent, Day: day.AddDate(0, 0, 1), Sessions: 1, PromptTokens: 3},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}
