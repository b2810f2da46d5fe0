package repository_test

import (
	"testing"
	"time"

	"sessionhub/repository"
)

// The counts of a small tenant are always those of now; those of a large one are remembered for ten
// seconds, and never shown to another tenant.
func TestCountsOfManySessionsAreRemembered(t *testing.T) {
	s := newSearching(t, 0)
	other := newTenant(t, s.Store, repository.NewTenant{})
	s.RememberCountsFrom(3)
	counted := func(want int64) {
		t.Helper()
		agents, total, err := s.Sessions.Agents(t.Context(), s.who, 5)
		if err != nil || total != 1 || agents[0].Sessions != want {
			t.Errorf("%+v, %d, %v; want %d sessions", agents, total, err, want)
		}
		if err == nil {
			agents[0].Sessions = -1 // what is handed out is nobody else's
		}
		if agents, total, err := s.Sessions.Agents(t.Context(), other, 5); err != nil || total != 0 || len(agents) != 0 {
			t.Errorf("another tenant has %+v, %d, %v", agents, total, err)
		}
	}
	s.fill(t, s.who, 0, 1)
	counted(1)
	s.fill(t, s.who, 1, 2)
	counted(2)
	s.fill(t, s.who, 2, 3)
	counted(3)
	s.fill(t, s.who, 3, 5)
	counted(3)
	s.clock.Step(10 * time.Second)
	counted(5)
	for _, id := range []string{"s-000", "s-001", "s-002"} {
		if err := s.Sessions.Delete(t.Context(), s.who, id); err != nil {
			t.Fatal(err)
		}
	}
	counted(5)
	s.clock.Step(10 * time.Second)
	counted(2)
}
