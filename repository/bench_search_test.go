package repository_test

import (
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// BenchmarkSessionsSearch reads the first ten of an agent's thousand sessions: from a snapshot that
// is up to date, from one that has to take up a change first, and by opening all of them.
func BenchmarkSessionsSearch(b *testing.B) {
	const sessions = 1000
	b.Run("snapshot", func(b *testing.B) {
		s, who := searchStore(b)
		people(b, s, who, sessions)
		searches(b, s, who)
		b.Run("behind", func(b *testing.B) {
			prepared(b, 1,
				func(int) error { return only(s.Sessions.Append(b.Context(), who, appendTo("s-000005"))) },
				func(int) error { return search(b, s, who, "S-0005") })
		})
	})
	b.Run("scan", func(b *testing.B) {
		s, who := benchStore(b)
		people(b, s, who, sessions)
		searches(b, s, who)
	})
}

func searches(b *testing.B, s *repository.Store, who models.Actor) {
	noError(b, search(b, s, who, "")) // makes the snapshot
	for _, c := range []struct{ name, query string }{{"all", ""}, {"some", "S-0005"}, {"none", "nobody"}} {
		b.Run(c.name, func(b *testing.B) {
			loop(b, func() error { return search(b, s, who, c.query) })
		})
	}
}

func search(b *testing.B, s *repository.Store, who models.Actor, query string) error {
	var n int
	q := models.SessionSearch{AgentID: "agent-1", Query: query, OrderBy: models.OrderByUserName, Limit: 10}
	return s.Sessions.Search(b.Context(), who, q, reading(&n))
}
