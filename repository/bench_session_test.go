package repository_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

func BenchmarkSessionsCreate(b *testing.B) {
	s, who := benchStore(b)
	var next atomic.Int64
	create := func() error {
		return sure(s.Sessions.Create(b.Context(), who, newSession(fmt.Sprint(next.Add(1)))))
	}
	each(b, "callers", []int{1, 16, 64}, func(b *testing.B, n int) { atOnce(b, n, create) })
	b.Run("resume", func(b *testing.B) {
		save(b, s, who, "s-1", "[]")
		loop(b, func() error { return only(s.Sessions.Create(b.Context(), who, newSession("s-1"))) })
	})
}

func newSession(id string) *models.Session {
	return &models.Session{
		ID: id, AgentID: "agent-1", UserName: new(models.Secret("Alice")), UserEmail: new(models.Secret("alice@example.com")),
	}
}

// BenchmarkSessionsSave writes the whole text of a session that is new, that has all of it but
// the last message, or that has all of it.
func BenchmarkSessionsSave(b *testing.B) {
	s, who := benchStore(b)
	b.Run("new", func(b *testing.B) {
		of, i, text := newTenant(b, s, repository.NewTenant{}), 0, conversation(4)
		loop(b, func() error {
			i++
			return s.Sessions.Save(b.Context(), of, textPatch(fmt.Sprint("new-", i), text))
		})
	})
	each(b, "continues", []int{10, 1000, 10_000}, func(b *testing.B, n int) {
		id := fmt.Sprint("continued-", n)
		before, after := textPatch(id, conversation(n-1)), textPatch(id, conversation(n))
		prepared(b, 1,
			func(int) error { return s.Sessions.Save(b.Context(), who, before) },
			func(int) error { return s.Sessions.Save(b.Context(), who, after) })
	})
	each(b, "repeats", []int{10, 1000}, func(b *testing.B, n int) {
		same := textPatch(fmt.Sprint("repeated-", n), conversation(n))
		noError(b, s.Sessions.Save(b.Context(), who, same))
		loop(b, func() error { return s.Sessions.Save(b.Context(), who, same) })
	})
}

func textPatch(id, messages string) *models.SessionPatch {
	return &models.SessionPatch{ID: id, AgentID: "agent-1", UserName: change(models.Secret("Alice")), Messages: change(messages)}
}

// BenchmarkSessionsAppend adds a message to a session that began with so many: how many it has
// must not matter.
func BenchmarkSessionsAppend(b *testing.B) {
	s, who := benchStore(b)
	each(b, "messages", []int{10, 1000, 10_000}, func(b *testing.B, n int) {
		id := fmt.Sprint("s-", n)
		save(b, s, who, id, conversation(n))
		loop(b, func() error { return only(s.Sessions.Append(b.Context(), who, appendTo(id))) })
	})
	each(b, "callers", []int{16, 64}, func(b *testing.B, n int) {
		people(b, s, who, n)
		var next atomic.Int64
		atOnce(b, n, func() error {
			id := fmt.Sprintf("s-%06d", next.Add(1)%int64(n))
			return only(s.Sessions.Append(b.Context(), who, appendTo(id)))
		})
	})
}

func appendTo(id string) *models.Append {
	return &models.Append{SessionID: id, Messages: []string{benchMessage}}
}

func BenchmarkSessionsDelete(b *testing.B) {
	each(b, "messages", []int{4, 1000}, func(b *testing.B, n int) {
		s, who := benchStore(b)
		text := conversation(n)
		id := func(i int) string { return fmt.Sprint("s-", i) }
		prepared(b, 10,
			func(i int) error { return s.Sessions.Save(b.Context(), who, textPatch(id(i), text)) },
			func(i int) error { return s.Sessions.Delete(b.Context(), who, id(i)) })
	})
}

func BenchmarkSessionsAgent(b *testing.B) {
	s, who := benchStore(b)
	people(b, s, who, 10)
	loop(b, func() error { return only(s.Sessions.Agent(b.Context(), who, "s-000005")) })
}

// BenchmarkSessionsList reads one session with its messages, and lists of sessions with four each.
func BenchmarkSessionsList(b *testing.B) {
	s, who := benchStore(b)
	each(b, "messages", []int{10, 1000, 10_000}, func(b *testing.B, n int) {
		id := fmt.Sprint("s-", n)
		save(b, s, who, id, conversation(n))
		loop(b, func() error { return wantCount(listed(b, s, who, models.SessionFilter{ID: id, Limit: 1}))(1) })
	})
	each(b, "sessions", []int{100, 1000}, func(b *testing.B, n int) {
		of := newTenant(b, s, repository.NewTenant{})
		people(b, s, of, n)
		loop(b, func() error { return wantCount(listed(b, s, of, everySession()))(n) })
	})
	b.Run("plain/sessions=1000", func(b *testing.B) {
		of := newTenant(b, s, repository.NewTenant{NoEncryption: true})
		people(b, s, of, 1000)
		loop(b, func() error { return wantCount(listed(b, s, of, everySession()))(1000) })
	})
}

// listed counts the sessions that a list holds, and reads their messages.
func listed(b *testing.B, s *repository.Store, who models.Actor, f models.SessionFilter) (n int, err error) {
	err = s.Sessions.List(b.Context(), who, f, reading(&n))
	return n, err
}

func wantCount(got int, err error) func(want int) error {
	return func(want int) error {
		if err == nil && got != want {
			return fmt.Errorf("%d sessions instead of %d", got, want)
		}
		return err
	}
}

// reading reads everything that it is handed, and counts the sessions.
func reading(n *int) repository.SessionReader {
	return repository.SessionReader{
		Total: func(int64) error { return nil },
		Session: func(_ *models.Session, text models.Text) error {
			*n++
			for _, err := range text {
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
}
