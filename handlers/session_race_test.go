package handlers

import (
	"fmt"
	"sync"
	"testing"
)

// Whatever happens to a few sessions at once, every request is answered as if it were alone,
// and every delete is told.
func TestEverythingAtOnce(t *testing.T) {
	const workers, rounds = 12, 10
	s := newStack(t, true)
	server := s.listen()
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			for round := range rounds {
				id := fmt.Sprint((worker + round) % 3)
				for target, body := range map[string]string{
					"POST /api/exec/session/" + id:             alice,
					"PUT /api/session":                         jsonObject("id", id, "agentId", "agent-1", "messages", fmt.Sprintf(`[{"n":%d}]`, worker)),
					"POST /api/session/" + id + "/messages":    hello,
					"GET /api/session":                         "",
					"GET /api/agent/agent-1/session?query=ali": "",
					"DELETE /api/session/" + id:                "",
				} {
					got, err := s.call(server, target, body)
					if err != nil || got.status != 200 && got.status != 400 {
						t.Errorf("%s: %d %s %v", target, got.status, got.body, err)
					}
				}
			}
		})
	}
	wait.Wait()
	s.do("GET", "/api/session", "").want(200, "")
	if told := len(s.audit("?eventName=deleteSession&limit=1000")); told != workers*rounds {
		t.Errorf("%d deletes are told, of %d", told, workers*rounds)
	}
}

// Saves of one new session at once make one session, and none is lost on the way.
func TestSaveRace(t *testing.T) {
	const racers = 50
	s := newStack(t, true)
	server := s.listen()
	var wait sync.WaitGroup
	for i := range racers {
		wait.Go(func() {
			field := []string{"userName", "userEmail", "acceptTerms", "messages"}[i%4]
			got, err := s.call(server, "PUT /api/session", jsonObject("id", "x", "agentId", "a", field, "value"))
			if err != nil || got.status != 200 {
				t.Errorf("%d %s %v", got.status, got.body, err)
			}
		})
	}
	wait.Wait()
	got := s.session("x")
	for _, value := range []*string{got.UserName, got.UserEmail, got.AcceptTerms, got.Messages} {
		if value == nil || *value != "value" {
			t.Errorf("saved %+v", got)
		}
	}
}
