package repository_test

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// BenchmarkSessionsAgents counts so many sessions of ten agents.
func BenchmarkSessionsAgents(b *testing.B) {
	s, _ := benchStore(b)
	each(b, "sessions", []int{100, 10_000}, func(b *testing.B, n int) {
		who := newTenant(b, s, repository.NewTenant{})
		month(b, s, who, n)
		loop(b, func() error {
			agents, _, err := s.Sessions.Agents(b.Context(), who, 50)
			return wantCount(len(agents), err)(10)
		})
	})
}

// BenchmarkSessionsUsage adds up so many sessions of ten agents on thirty days.
func BenchmarkSessionsUsage(b *testing.B) {
	s, _ := benchStore(b)
	each(b, "sessions", []int{300, 10_200}, func(b *testing.B, n int) {
		who := newTenant(b, s, repository.NewTenant{})
		month(b, s, who, n)
		loop(b, func() error {
			all, err := s.Sessions.Usage(b.Context(), who, models.UsageFilter{From: firstDay, To: firstDay.AddDate(0, 1, 0)})
			return wantCount(len(all), err)(300)
		})
	})
}

var firstDay = time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)

// month makes n sessions of ten agents on thirty days.
func month(b *testing.B, s *repository.Store, who models.Actor, n int) {
	b.Helper()
	for i := range n {
		created := firstDay.AddDate(0, 0, i/10%30).Add(time.Duration(i) * time.Millisecond)
		p := models.SessionPatch{
			ID: fmt.Sprint("s-", i), AgentID: fmt.Sprint("agent-", i%10), CreatedAt: &created,
			UserName: change(models.Secret("Alice")), PromptTokens: change(int64(i)), CompletionTokens: change(int64(2 * i)),
		}
		noError(b, s.Sessions.Save(b.Context(), who, &p))
	}
}

// BenchmarkSessionsPart reads fifty messages from the middle of a session of so many: how many it has
// must not matter.
func BenchmarkSessionsPart(b *testing.B) {
	s, who := benchStore(b)
	each(b, "messages", []int{100, 1000, 10_000}, func(b *testing.B, n int) {
		id := fmt.Sprint("s-", n)
		save(b, s, who, id, conversation(n))
		loop(b, func() error {
			part, err := s.Sessions.Part(b.Context(), who, id, int64(n)/2, 50)
			return wantCount(len(part.Messages), err)(50)
		})
	})
}
