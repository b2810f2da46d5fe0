package repository_test

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// connected is a user's connection with a token, as it is stored.
func connected(b *testing.B, s *repository.Store, who models.Actor, tool, user string) models.Connection {
	b.Helper()
	c := models.Connection{Tool: tool, UserID: user, Credentials: benchCredentials}
	noError(b, repotest.Connect(b.Context(), s, who, &c))
	return c
}

var benchCredentials = map[string]models.Credential{
	"oauth": {Token: &models.OAuthToken{Access: "access-token", Refresh: "refresh-token", Type: "Bearer"}},
}

func enter(c *models.Connection) error {
	c.Credentials = benchCredentials
	return nil
}

func BenchmarkConnectionsGet(b *testing.B) {
	s, who := toolStore(b, 1)
	connected(b, s, who, "tool0", "alice")
	loop(b, func() error { return only(s.Connections.Get(b.Context(), who, "tool0", "alice")) })
}

func BenchmarkConnectionsList(b *testing.B) {
	s, who := toolStore(b, 50)
	each(b, "connections", []int{1, 50}, func(b *testing.B, n int) {
		user := fmt.Sprint("user-", n)
		for i := range n {
			connected(b, s, who, fmt.Sprint("tool", i), user)
		}
		loop(b, func() error { return only(s.Connections.List(b.Context(), who, user)) })
	})
}

func BenchmarkConnectionsChange(b *testing.B) {
	i := 0
	b.Run("new", func(b *testing.B) {
		changed(b, func() string { i++; return fmt.Sprint("user-", i) })
	})
	b.Run("again", func(b *testing.B) {
		changed(b, func() string { return "alice" })
	})
}

// changed measures what users enter.
func changed(b *testing.B, user func() string) {
	b.Helper()
	s, who := toolStore(b, 1)
	tool, err := s.Tools.Get(b.Context(), who, "tool0")
	noError(b, err)
	loop(b, func() error { return only(s.Connections.Change(b.Context(), who, &tool, user(), enter)) })
}

func BenchmarkConnectionsDelete(b *testing.B) {
	s, who := toolStore(b, 1)
	user := func(i int) string { return fmt.Sprint("user-", i) }
	prepared(b, 20,
		func(i int) error { connected(b, s, who, "tool0", user(i)); return nil },
		func(i int) error { return s.Connections.Delete(b.Context(), who, "tool0", user(i)) })
}

// BenchmarkConnectionsLease takes a lease that is over as soon as it is given. It ends at another
// time than the one before: SQLite does not write what is the same.
func BenchmarkConnectionsLease(b *testing.B) {
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	noError(b, s.Tools.Add(b.Context(), who, newTool("tool0", 1), false))
	c := connected(b, s, who, "tool0", "alice")
	loop(b, func() error {
		clock.Step(time.Millisecond)
		return sure(s.Connections.Lease(b.Context(), who, &c, clock.Now()))
	})
}

func BenchmarkConnectionsRenew(b *testing.B) {
	s, who := toolStore(b, 1)
	c := connected(b, s, who, "tool0", "alice")
	loop(b, func() error { return s.Connections.Renew(b.Context(), who, &c) })
}

func BenchmarkConnectionsRelease(b *testing.B) {
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	noError(b, s.Tools.Add(b.Context(), who, newTool("tool0", 1), false))
	c := connected(b, s, who, "tool0", "alice")
	prepared(b, 1,
		func(int) error {
			return sure(s.Connections.Lease(b.Context(), who, &c, clock.Now().Add(time.Minute)))
		},
		func(int) error { return s.Connections.Release(b.Context(), who, &c) })
}
