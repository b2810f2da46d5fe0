package handlers

import (
	"net/http"
	"strconv"
	"testing"

	"sessionhub/models"
)

// A key that a web page ships works for the pages it is meant for, and nowhere else.
func TestExecKeyOrigin(t *testing.T) {
	s := newStack(t, true)
	limited := s.newKey(models.Key{Role: models.RoleExec, AllowedOrigins: []string{"https://shop.example.com", "http://localhost:5173"}})
	open := s.newKey(models.Key{Role: models.RoleExec, DisplayName: "open"})
	for _, c := range []struct {
		key, origin string
		status      int
	}{
		{limited, "https://shop.example.com", 200},
		{limited, "http://localhost:5173", 200},
		{limited, "", 403},
		{limited, "null", 403},
		{limited, "http://shop.example.com", 403},
		{limited, "https://shop.example.com.evil.example", 403},
		{limited, "https://evil.example", 403},
		{open, "", 200},
		{open, "https://anything.example", 200},
	} {
		got := s.do("POST", "/api/exec/session/x", alice, as(c.key), with("Origin", c.origin))
		if got.status != c.status {
			t.Errorf("from %q: %d %s", c.origin, got.status, got.body)
		}
	}
}

// An exec key of one agent opens sessions of that agent only, and learns nothing of others.
func TestExecKeyAgent(t *testing.T) {
	s := newStack(t, true)
	agent := "agent-1"
	key := s.newKey(models.Key{Role: models.RoleExec, AgentID: &agent})
	s.do("POST", "/api/exec/session/x", alice, as(key)).want(200, "")
	s.do("POST", "/api/exec/session/y", bob, as(key)).want(403, "")
	s.do("POST", "/api/exec/session/x", bob, as(key)).want(403, "")
	s.do("GET", "/api/session?id=y", "").want(200, "[]")
	s.do("POST", "/api/exec/session/y", bob, as(s.newKey(models.Key{Role: models.RoleExec}))).want(200, "")
	// It is told nothing of another agent's session, alive or deleted, and cannot take its id.
	s.do("POST", "/api/exec/session/y", alice, as(key)).want(403, "")
	s.do("DELETE", "/api/session/y", "").want(200, "")
	s.do("POST", "/api/exec/session/y", alice, as(key)).want(403, "")
}

// Whoever copies the key out of a page cannot flood the database with it: one address gets
// its burst and then 429; others and other keys are not held up.
func TestExecKeyRate(t *testing.T) {
	s := newStack(t, true)
	s.deps.ExecRate = 0.5 // 5 at once
	key := s.newKey(models.Key{Role: models.RoleExec})
	elsewhere := func(r *http.Request) { r.RemoteAddr = "198.51.100.9:1" }
	statuses := map[int]int{}
	for range 20 {
		got := s.do("POST", "/api/exec/session/x", alice, as(key))
		statuses[got.status]++
		if got.status != http.StatusTooManyRequests {
			continue
		}
		if after, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || after < 1 {
			t.Errorf("Retry-After is %q", got.header.Get("Retry-After"))
		}
	}
	if statuses[200] < 5 || statuses[200] > 7 || statuses[200]+statuses[429] != 20 {
		t.Errorf("of 20 requests: %v", statuses)
	}
	s.do("POST", "/api/exec/session/x", alice, as(key), elsewhere).want(200, "")
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
}
