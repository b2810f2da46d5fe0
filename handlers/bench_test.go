package handlers

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
)

// sink takes an answer, and keeps of it how it was and how long.
type sink struct {
	header http.Header
	status int
	bytes  int64
}

func (w *sink) Header() http.Header { return w.header }

func (w *sink) WriteHeader(status int) { w.status = status }

func (w *sink) Write(p []byte) (int, error) {
	w.bytes += int64(len(p))
	return len(p), nil
}

// newBench is the service with a log that is written and thrown away, and without sessions.
func newBench(b *testing.B) *stack {
	b.Helper()
	s := newStack(b, true)
	s.deps.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	s.deps.Sessions = failingSessions{func() error { return nil }}
	return s
}

// measure sends a request over and over, and returns how long the last answer was.
func (s *stack) measure(b *testing.B, status int, method, target, body string, options ...func(*http.Request)) int64 {
	b.Helper()
	handler, r, w := s.handler(), s.request(method, target, body, options...), &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		w.status, w.bytes = 0, 0
		r.Body = io.NopCloser(strings.NewReader(body))
		if handler.ServeHTTP(w, r); w.status != status {
			b.Fatalf("%s %s: status %d, want %d", method, target, w.status, status)
		}
	}
	return w.bytes
}

// BenchmarkRequest is what every request costs before it comes to its data: routing, the check of
// its key, counting, logging and an answer that says nothing.
func BenchmarkRequest(b *testing.B) {
	s := newBench(b)
	const unknown = "ad_key_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, c := range []struct {
		name, method, target, body string
		status                     int
		options                    []func(*http.Request)
	}{
		{name: "health", method: "GET", target: "/healthz", status: 200},
		{name: "list", method: "GET", target: "/api/session?agentId=agent-1&limit=10", status: 200},
		{name: "search", method: "GET", target: "/api/agent/agent-1/session?query=alice&orderBy=userName", status: 200},
		{name: "resume", method: "POST", target: "/api/exec/session/s-1", body: alice, status: 200},
		{name: "append", method: "POST", target: "/api/session/s-1/messages", body: `{"messages":[{"role":"user","content":"hi"}]}`, status: 200},
		{name: "delete", method: "DELETE", target: "/api/session/s-1", status: 200},
		{name: "invalid", method: "POST", target: "/api/exec/session/s-1", body: "{}", status: 400},
		{name: "no-key", method: "GET", target: "/api/session", status: 401, options: []func(*http.Request){with("Authorization", "")}},
		{name: "unknown-key", method: "GET", target: "/api/session", status: 401, options: []func(*http.Request){as(unknown)}},
		{name: "no-route", method: "GET", target: "/wp-login.php", status: 404},
	} {
		b.Run(c.name, func(b *testing.B) { s.measure(b, c.status, c.method, c.target, c.body, c.options...) })
	}
}
