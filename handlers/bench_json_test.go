package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// preparedSessions hands out sessions that are all the same, as if they had been read.
type preparedSessions struct {
	failingSessions
	n     int
	parts []string // of the text of each
}

func (p preparedSessions) List(_ context.Context, _ models.Actor, _ models.SessionFilter, to repository.SessionReader) error {
	if err := to.Total(int64(p.n)); err != nil {
		return err
	}
	m := benchSession()
	for range p.n {
		if err := to.Session(&m, p.text); err != nil {
			return err
		}
	}
	return nil
}

func (p preparedSessions) Search(ctx context.Context, who models.Actor, _ models.SessionSearch, to repository.SessionReader) error {
	return p.List(ctx, who, models.SessionFilter{}, to)
}

func (p preparedSessions) text(yield func(string, error) bool) {
	for _, part := range p.parts {
		if !yield(part, nil) {
			return
		}
	}
}

// preparedAudit does so for the audit log.
type preparedAudit struct {
	auditStore
	entries []models.AuditEntry
}

func (p preparedAudit) List(context.Context, models.Actor, models.AuditFilter) ([]models.AuditEntry, error) {
	return p.entries, nil
}

func benchSession() models.Session {
	at := time.Date(2026, time.March, 14, 9, 26, 53, 589_000_000, time.UTC)
	return models.Session{
		ID: "0b6f3c1e-6a52-4f0e-9d3c-5a3f5f0f8f10", AgentID: "agent-1", UserName: new(models.Secret("Alice Adams")),
		UserEmail: new(models.Secret("alice@example.com")), AcceptTerms: new("true"),
		PromptTokens: new(int64(1234)), CompletionTokens: new(int64(567)), CreatedAt: at, UpdatedAt: at,
	}
}

// benchParts are the messages of a conversation as they are stored.
func benchParts(n int) []string {
	message := `{"role":"user","content":"` + strings.Repeat("x", 200) + `"}`
	parts := append([]string{"[", message}, make([]string, n-1)...)
	for i := range n - 1 {
		parts[i+2] = "," + message
	}
	return append(parts, "]")
}

// sized runs a benchmark for every size, under a name that benchstat takes apart.
func sized(b *testing.B, what string, sizes []int, run func(b *testing.B, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%s=%d", what, n), func(b *testing.B) { run(b, n) })
	}
}

func (s *stack) hold(sessions, messages int) {
	s.deps.Sessions, s.server = preparedSessions{failingSessions{func() error { return nil }}, sessions, benchParts(messages)}, nil
}

// BenchmarkListSessions answers with sessions of four messages.
func BenchmarkListSessions(b *testing.B) {
	s := newBench(b)
	sized(b, "sessions", []int{1, 100, 1000}, func(b *testing.B, n int) {
		s.hold(n, 4)
		b.SetBytes(s.measure(b, 200, "GET", "/api/session", ""))
	})
	b.Run("search", func(b *testing.B) {
		s.hold(10, 4)
		b.SetBytes(s.measure(b, 200, "GET", "/api/agent/agent-1/session", ""))
	})
}

// BenchmarkGetSession answers with one session and its messages.
func BenchmarkGetSession(b *testing.B) {
	s := newBench(b)
	sized(b, "messages", []int{10, 1000, 10_000}, func(b *testing.B, n int) {
		s.hold(1, n)
		b.SetBytes(s.measure(b, 200, "GET", "/api/session?id=s-1&limit=1", ""))
	})
}

// BenchmarkSaveSession reads a session and its messages, and answers with them.
func BenchmarkSaveSession(b *testing.B) {
	s := newBench(b)
	sized(b, "messages", []int{10, 1000, 10_000}, func(b *testing.B, n int) {
		s.hold(1, n)
		body := jsonObject("id", "s-1", "agentId", "agent-1", "userName", "Alice", "messages", strings.Join(benchParts(n), ""))
		b.SetBytes(int64(len(body)) + s.measure(b, 200, "PUT", "/api/session", body))
	})
}

func BenchmarkListAudit(b *testing.B) {
	s := newBench(b)
	sized(b, "entries", []int{100, 1000}, func(b *testing.B, n int) {
		entries := make([]models.AuditEntry, n)
		for i := range entries {
			entries[i] = models.AuditEntry{
				ID: int64(i), IP: "192.0.2.7", UserAgent: "bench", KeyLocatorHash: strings.Repeat("a", 64),
				DatabaseIDHash: s.owner.DatabaseIDHash, EventName: "saveRecord", RecordLocator: `{"id":"r-1"}`, Diff: `{"a":1}`,
			}
		}
		s.deps.Audit, s.server = preparedAudit{entries: entries}, nil
		b.SetBytes(s.measure(b, 200, "GET", "/api/audit", ""))
	})
}

// BenchmarkSessionDTO writes a session with ten messages, by hand and as encoding/json does.
func BenchmarkSessionDTO(b *testing.B) {
	text := strings.Join(benchParts(10), "")
	for _, c := range []struct{ name, text string }{
		{"quotes", text}, {"letters", strings.ReplaceAll(text, `"`, "")}, {"umlauts", strings.ReplaceAll(text, "x", "ü")},
	} {
		m := benchSession()
		b.Run("by=hand/text="+c.name, func(b *testing.B) {
			var out []byte
			b.ReportAllocs()
			for b.Loop() {
				out = appendString(appendSessionHead(out[:0], &m), c.text)
				out = appendSessionTail(out, &m)
			}
			b.SetBytes(int64(len(out)))
		})
		b.Run("by=json/text="+c.name, func(b *testing.B) { writeByJSON(b, &m, c.text) })
	}
}

func writeByJSON(b *testing.B, m *models.Session, text string) {
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		out, err = json.Marshal(sessionDTO{
			ID: m.ID, AgentID: m.AgentID, UserName: (*string)(m.UserName), UserEmail: (*string)(m.UserEmail),
			AcceptTerms: m.AcceptTerms, Messages: &text, PromptTokens: m.PromptTokens, CompletionTokens: m.CompletionTokens,
			CreatedAt: formatTime(m.CreatedAt), UpdatedAt: formatTime(m.UpdatedAt), FinalizedAt: m.FinalizedAt,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(out)))
}
