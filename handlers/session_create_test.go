package handlers

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// However many requests race for one new id, one is told "created", the others "exists".
func TestCreateRace(t *testing.T) {
	const racers = 200
	s := newStack(t, true)
	server := s.listen()
	answers := make([]answer, racers)
	errs := make([]error, racers)
	var wait sync.WaitGroup
	start := make(chan struct{})
	for i := range racers {
		wait.Go(func() {
			<-start
			body := fmt.Sprintf(`{"agentId":"agent-1","userName":"racer %d","userEmail":"r@example.com"}`, i)
			answers[i], errs[i] = s.over(server, "POST", "/api/exec/session/wanted", body)
		})
	}
	close(start)
	wait.Wait()
	winner := -1
	for i, got := range answers {
		s.must(errs[i])
		switch strings.TrimSpace(got.body) {
		case `{"message":"Session created","data":{"id":"wanted"},"status":200}`:
			if winner >= 0 {
				t.Errorf("%d and %d were both told that they created it", winner, i)
			}
			winner = i
		case `{"message":"Session already exists","data":{"id":"wanted"}}`:
		default:
			t.Errorf("%d was answered %d %s", i, got.status, got.body)
		}
	}
	if winner < 0 {
		t.Fatal("nobody created it")
	}
	if name := *s.session("wanted").UserName; name != fmt.Sprintf("racer %d", winner) {
		t.Errorf("racer %d created it, and it has the name %s", winner, name)
	}
}

// Whoever resumes changes nothing, whatever is sent, and learns nothing.
func TestResumeChangesNothing(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	before := s.do("GET", "/api/session?id=x", "")
	s.clock.advance(time.Minute)
	for _, body := range []string{bob, alice, jsonObject("agentId", "z", "userName", "Z", "userEmail", "z", "messages", "[]", "promptTokens", 7)} {
		got := s.do("POST", "/api/exec/session/x", body)
		got.want(200, `{"message":"Session already exists","data":{"id":"x"}}`)
	}
	s.do("GET", "/api/session?id=x", "").want(200, strings.TrimSpace(before.body))
}

// What is checked of a new session is checked of one that is there, too.
func TestResumeIsChecked(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("POST", "/api/exec/session/x", `{"agentId":"agent-1"}`).want(400, `{"message":"Invalid request, missing required fields","status":400}`)
}

// A deleted id starts anew: nothing of what it was comes back.
func TestCreateAnewAfterDelete(t *testing.T) {
	s := newStack(t, true)
	s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", "agent-9", "userName", "Old", "messages", `[{"role":"user"}]`,
		"promptTokens", 7, "completionTokens", 8, "acceptTerms", "true", "finalizedAt", "2025-03-21T10:00:00Z")).want(200, "")
	s.do("DELETE", "/api/session/x", "").want(200, "")
	s.clock.advance(time.Minute)
	s.do("POST", "/api/exec/session/x", bob).want(200, `{"message":"Session created","data":{"id":"x"},"status":200}`)
	const now = "2025-03-21T10:01:00.000Z"
	s.do("GET", "/api/session?id=x", "").want(200, `[{"id":"x","agentId":"agent-2","userName":"Bob","userEmail":"bob@example.com",`+
		`"acceptTerms":"false","messages":null,"promptTokens":null,"completionTokens":null,"createdAt":"`+now+`","updatedAt":"`+now+`","finalizedAt":null}]`)
	s.do("POST", "/api/session/x/messages", hello).want(200, `{"message":"Data saved successfully!","data":{"id":"x","count":1},"status":200}`)
	s.do("PUT", "/api/session", `{"id":"x","agentId":"agent-2"}`).want(200, "")
}

// Anything but true is stored as "false", and never refused.
func TestAcceptTerms(t *testing.T) {
	s := newStack(t, true)
	for i, c := range []struct{ field, want string }{
		{`,"acceptTerms":"true"`, "true"},
		{`,"acceptTerms":true`, "true"},
		{`,"acceptTerms": true `, "true"},
		{`,"acceptTerms":"false"`, "false"},
		{`,"acceptTerms":false`, "false"},
		{`,"acceptTerms":1`, "false"},
		{`,"acceptTerms":"1"`, "false"},
		{`,"acceptTerms":"TRUE"`, "false"},
		{`,"acceptTerms":" true"`, "false"},
		{`,"acceptTerms":"yes"`, "false"},
		{`,"acceptTerms":""`, "false"},
		{`,"acceptTerms":null`, "false"},
		{`,"acceptTerms":{"a":[]}`, "false"},
		{`,"acceptTerms":["true"]`, "false"},
		{``, "false"},
	} {
		id := fmt.Sprintf("s%d", i)
		s.do("POST", "/api/exec/session/"+id, `{"agentId":"a","userName":"n","userEmail":"e"`+c.field+`}`).want(200, "")
		if got := s.session(id); got.AcceptTerms == nil || *got.AcceptTerms != c.want {
			t.Errorf("%s is stored as %v", c.field, got.AcceptTerms)
		}
	}
}

// The three fields are required, and have to be texts that are not empty.
func TestCreateRequiredFields(t *testing.T) {
	s := newStack(t, true)
	const missing = `{"message":"Invalid request, missing required fields","status":400}`
	for _, field := range []string{"agentId", "userName", "userEmail"} {
		for _, value := range []any{nil, "", 7, 1.5, true, []string{"x"}, map[string]string{"x": "y"}} {
			fields := []any{"agentId", "a", "userName", "n", "userEmail", "e", field, value}
			got := s.do("POST", "/api/exec/session/x", jsonObject(fields...))
			if got.status != 400 || strings.TrimSpace(got.body) != missing {
				t.Errorf("%s = %v: %d %s", field, value, got.status, got.body)
			}
		}
		body := strings.Replace(`{"agentId":"a","userName":"n","userEmail":"e"}`, field, strings.ToUpper(field), 1)
		s.do("POST", "/api/exec/session/x", body).want(400, missing)
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// Limits are exact: the longest value goes in and comes back, one more is refused by name.
func TestCreateLimits(t *testing.T) {
	s := newStack(t, true)
	long := func(n int) string { return strings.Repeat("ń", n) } // two bytes each
	for field, fits := range map[string]string{"agentId": long(127) + "n", "userName": long(1000), "userEmail": long(1000)} {
		fields := []any{"agentId", "a", "userName", "n", "userEmail", "e", field}
		s.do("POST", "/api/exec/session/"+field, jsonObject(append(fields, fits)...)).want(200, "")
		if got := s.do("GET", "/api/session?id="+field, ""); !strings.Contains(got.body, `"`+fits+`"`) {
			t.Errorf("%s came back as %s", field, shorten(got.body))
		}
		got := s.do("POST", "/api/exec/session/x", jsonObject(append(fields, fits+"n")...)).want(400, "")
		if !strings.Contains(got.body, `"path":["`+field+`"]`) || strings.Contains(got.body, "ńń") {
			t.Errorf("%s too long: %s", field, shorten(got.body))
		}
	}
	s.do("POST", "/api/exec/session/x", `{"agentId":"a\u0000","userName":"n","userEmail":"e"}`).want(400, "")
	s.do("GET", "/api/session?id=x", "").want(200, "[]")
}

// Unknown fields are ignored, the ones of a session included; of a field that stands twice
// the last counts.
func TestCreateOtherFields(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", `{"id":"y","agentId":"no","agentId":"agent-1","userName":"n","userEmail":"e","messages":7,
		"createdAt":"2001-01-01T00:00:00Z","finalizedAt":"x","tenantId":2,"AgentID":"z","":{}}`).want(200, "")
	got := s.session("x")
	if got.AgentID != "agent-1" || got.Messages != nil || got.FinalizedAt != nil || got.CreatedAt != "2025-03-21T10:00:00.000Z" {
		t.Errorf("stored %+v", got)
	}
}
