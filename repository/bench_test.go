package repository_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// Every figure of a write holds a commit to disk (synchronous=FULL).

func benchStore(b *testing.B) (*repository.Store, models.Actor) {
	b.Helper()
	s, _, _ := newStore(b)
	return s, newTenant(b, s, repository.NewTenant{})
}

func conversation(n int) string {
	message := `{"role":"user","content":"` + strings.Repeat("x", 200) + `"}`
	return "[" + strings.TrimSuffix(strings.Repeat(message+",", n), ",") + "]"
}

// people puts n sessions with a few messages into the tenant.
func people(b *testing.B, s *repository.Store, who models.Actor, n int) {
	b.Helper()
	for i := range n {
		save(b, s, who, fmt.Sprintf("s-%06d", i), conversation(4))
	}
}

func BenchmarkCreate(b *testing.B) {
	s, who := benchStore(b)
	for i := 0; b.Loop(); i++ {
		m := &models.Session{ID: fmt.Sprint(i), AgentID: "agent-1", UserName: new(models.Secret("Alice")), UserEmail: new(models.Secret("a@b.example"))}
		if created, err := s.Sessions.Create(b.Context(), who, m); err != nil || !created {
			b.Fatal(created, err)
		}
	}
}

func BenchmarkCreateParallel(b *testing.B) {
	s, who := benchStore(b)
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Sessions.Create(b.Context(), who, &models.Session{ID: fmt.Sprint(next.Add(1)), AgentID: "agent-1"}); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkResume(b *testing.B) {
	s, who := benchStore(b)
	save(b, s, who, "s-1", "[]")
	for b.Loop() {
		if created, err := s.Sessions.Create(b.Context(), who, &models.Session{ID: "s-1", AgentID: "agent-1"}); err != nil || created {
			b.Fatal(created, err)
		}
	}
}

// BenchmarkSaveContinuing adds one message to a text of so many.
func BenchmarkSaveContinuing(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, who := benchStore(b)
			short, long := conversation(n), conversation(n+1)
			for b.Loop() {
				save(b, s, who, "s-1", short)
				save(b, s, who, "s-1", long)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(2*b.N), "µs/save")
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, who := benchStore(b)
			save(b, s, who, "s-1", conversation(n))
			message := strings.Trim(conversation(1), "[]")
			for b.Loop() {
				if _, err := s.Sessions.Append(b.Context(), who, &models.Append{SessionID: "s-1", Messages: []string{message}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDelete deletes sessions of four messages; making them is not counted.
func BenchmarkDelete(b *testing.B) {
	s, who := benchStore(b)
	people(b, s, who, b.N)
	b.ResetTimer()
	for i := range b.N {
		if err := s.Sessions.Delete(b.Context(), who, fmt.Sprintf("s-%06d", i)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	for _, n := range []int{100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, who := benchStore(b)
			people(b, s, who, n)
			for b.Loop() {
				if found := ids(b, s, who); len(found) != n {
					b.Fatal(len(found))
				}
			}
		})
	}
}

// BenchmarkSearch opens every session of the agent, and sends the best ten.
func BenchmarkSearch(b *testing.B) {
	s, who := benchStore(b)
	people(b, s, who, 1000)
	for _, query := range []string{"", "S-0005", "nobody"} {
		b.Run("1000/"+query, func(b *testing.B) {
			q := models.SessionSearch{AgentID: "agent-1", Query: query, OrderBy: models.OrderByUserName, Limit: 10}
			to := repository.SessionReader{
				Total:   func(int64) error { return nil },
				Session: func(*models.Session, models.Text) error { return nil },
			}
			for b.Loop() {
				if err := s.Sessions.Search(b.Context(), who, q, to); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	s, clock, _ := newStore(b)
	_, apiKey, err := s.Tenants.Create(b.Context(), models.Actor{}, repository.NewTenant{})
	if err != nil {
		b.Fatal(err)
	}
	for name, step := range map[string]time.Duration{"cached": 0, "read": time.Hour} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				clock.Step(step)
				if _, err := s.Keys.Authenticate(b.Context(), apiKey); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAuditAppend(b *testing.B) {
	s, who := benchStore(b)
	for b.Loop() {
		if _, err := s.Audit.Append(b.Context(), who, models.AuditEntry{EventName: "x", Diff: `{"a":1}`}); err != nil {
			b.Fatal(err)
		}
	}
}
