package handlers

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// saved sends a PUT and returns the session as it was answered, which has to be the one that
// is listed.
func (s *stack) saved(body string) sessionDTO {
	s.t.Helper()
	var got struct {
		Message string
		Data    sessionDTO
		Status  int
	}
	s.do("PUT", "/api/session", body).want(200, "").json(&got)
	if got.Message != "Data saved successfully!" || got.Status != 200 {
		s.t.Errorf("answered %+v", got)
	}
	if listed := s.session(got.Data.ID); !reflect.DeepEqual(listed, got.Data) {
		s.t.Errorf("answered %+v, and listed is %+v", got.Data, listed)
	}
	return got.Data
}

// oneSession reads a session as it stands in the list.
func (s *stack) oneSession(id string) map[string]any {
	s.t.Helper()
	var list []map[string]any
	s.do("GET", "/api/session?id="+id, "").want(200, "").json(&list)
	return list[0]
}

const absent = "absent"

// Of each field: absent leaves it, null clears it, a value sets it, whatever was there.
func TestSaveEachField(t *testing.T) {
	s := newStack(t, true)
	for field, values := range map[string][2]any{
		"userName": {"Alice", "Ałice"}, "userEmail": {"a@example.com", ""}, "acceptTerms": {"true", "false"},
		"messages": {`[{"role":"user"}]`, "[]"}, "promptTokens": {7.0, 0.0}, "completionTokens": {8.0, 9007199254740991.0},
		"finalizedAt": {"2025-03-21T10:00:00.000Z", "2025-03-21 10:00:00"},
	} {
		for _, from := range []any{nil, values[0], values[1]} {
			for _, to := range []any{nil, values[0], values[1], absent} {
				s.saveField(field, from, to)
			}
		}
	}
}

// saveField changes one field of a new session, and checks that nothing else changes.
func (s *stack) saveField(field string, from, to any) {
	s.t.Helper()
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", "agent-1", field, from)).want(200, "")
	before := s.oneSession("x")
	body, want := []any{"id", "x", "agentId", "agent-1"}, from
	if to != absent {
		body, want = append(body, field, to), to
	}
	s.clock.advance(time.Second)
	s.do("PUT", "/api/session", jsonObject(body...)).want(200, "")
	after := s.oneSession("x")
	if after[field] != want || after["updatedAt"] == before["updatedAt"] {
		s.t.Errorf("%s from %v to %v became %v", field, from, to, after[field])
	}
	before[field], before["updatedAt"] = after[field], after["updatedAt"]
	if !reflect.DeepEqual(before, after) {
		s.t.Errorf("%s from %v to %v changed more: %v to %v", field, from, to, before, after)
	}
	s.do("DELETE", "/api/session/x", "").want(200, "")
}

// createdAt is taken for a new session and kept ever after; updatedAt is the server's.
func TestSaveTimes(t *testing.T) {
	s := newStack(t, true)
	for i, c := range []struct{ given, want string }{
		{"2025-03-20T10:00:00.000Z", "2025-03-20T10:00:00.000Z"},
		{"2025-03-20T10:00:00Z", "2025-03-20T10:00:00.000Z"},
		{"2025-03-20T10:00:00.123456789Z", "2025-03-20T10:00:00.123Z"},
		{"2025-03-20T12:00:00.5+02:00", "2025-03-20T10:00:00.500Z"},
		{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
		{"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
	} {
		id := fmt.Sprint(i)
		got := s.saved(jsonObject("id", id, "agentId", "a", "createdAt", c.given, "updatedAt", "2001-01-01T00:00:00Z"))
		if got.CreatedAt != c.want || got.UpdatedAt != "2025-03-21T10:00:00.000Z" {
			t.Errorf("%s: created %s, updated %s", c.given, got.CreatedAt, got.UpdatedAt)
		}
		if again := s.saved(jsonObject("id", id, "agentId", "a", "createdAt", "2024-01-01T00:00:00Z")); again.CreatedAt != c.want {
			t.Errorf("%s: became %s", c.given, again.CreatedAt)
		}
	}
	if got := s.saved(`{"id":"now","agentId":"a","createdAt":null}`); got.CreatedAt != "2025-03-21T10:00:00.000Z" {
		t.Errorf("without createdAt: %s", got.CreatedAt)
	}
	for _, given := range []any{"", "yesterday", "2025-02-30T10:00:00Z", "2025-03-21", 7, true} {
		s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", "a", "createdAt", given)).want(400, "")
	}
}

// Times outside the years that the format of an answer has room for are refused.
func TestSaveTimesOutsideTheFormat(t *testing.T) {
	s := newStack(t, true)
	for i, given := range []string{"9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00"} {
		got := s.do("PUT", "/api/session", jsonObject("id", fmt.Sprint(i), "agentId", "a", "createdAt", given))
		if got.status != 400 || !strings.Contains(got.body, `"path":["createdAt"]`) {
			t.Errorf("%s: %d %s", given, got.status, got.body)
		}
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// Counts are whole numbers that every reader keeps exact, however they are written.
func TestSaveTokens(t *testing.T) {
	s := newStack(t, true)
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "1": 1, "1e3": 1000, "1E3": 1000, "1.0": 1, "12.50e1": 125, "9007199254740991": 9007199254740991, "0e999": 0,
	} {
		got := s.saved(`{"id":"x","agentId":"a","promptTokens":` + text + `,"completionTokens":` + text + `}`)
		if *got.PromptTokens != want || *got.CompletionTokens != want {
			t.Errorf("%s is stored as %d", text, *got.PromptTokens)
		}
	}
	before := s.session("x")
	for _, text := range []string{
		"-1", "1.5", "1e-1", "9007199254740992", "9007199254740993", "1e400", "-1e400", "1e300", "-9223372036854775809", "18446744073709551616",
		`"1"`, `""`, "true", "[]", "{}", `"NaN"`,
	} {
		got := s.do("PUT", "/api/session", `{"id":"x","agentId":"a","completionTokens":`+text+`}`)
		if got.status != 400 || strings.Count(got.body, `"path":["completionTokens"]`) != 1 {
			t.Errorf("%s: %d %s", text, got.status, got.body)
		}
	}
	if after := s.session("x"); !reflect.DeepEqual(before, after) {
		t.Errorf("changed to %+v", after)
	}
}

// Everything that is wrong with a body is told at once, each field once, and nothing stored.
func TestSaveTellsAllIssues(t *testing.T) {
	s := newStack(t, true)
	var got struct {
		Message string
		Issues  []struct {
			Path    []string
			Message string
		}
		Status int
	}
	s.do("PUT", "/api/session", `{"id":7,"userName":1,"userEmail":"`+strings.Repeat("e", 1001)+`","acceptTerms":2,"messages":{},"promptTokens":"1",
		"completionTokens":-1,"createdAt":0,"finalizedAt":"x"}`).want(400, "").json(&got)
	fields := map[string]int{}
	var parts []string
	for _, issue := range got.Issues {
		fields[strings.Join(issue.Path, ".")]++
		parts = append(parts, strings.Join(issue.Path, ".")+": "+issue.Message)
	}
	want := map[string]int{
		"id": 1, "agentId": 1, "userName": 1, "userEmail": 1, "acceptTerms": 1, "messages": 1, "promptTokens": 1,
		"completionTokens": 1, "createdAt": 1, "finalizedAt": 1,
	}
	if !reflect.DeepEqual(fields, want) || got.Message != strings.Join(parts, ", ") || got.Status != 400 {
		t.Errorf("told %+v", got)
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// A session stays with its agent, whatever else a request says.
func TestSaveOtherAgent(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	before := s.session("x")
	for _, agent := range []string{"agent-2", "AGENT-1", "agent-1 ", "agent"} {
		got := s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", agent, "userName", "Eve", "messages", "[]"))
		if got.status != 400 || !strings.Contains(got.body, `"path":["agentId"]`) || strings.Contains(got.body, "agent-1") {
			t.Errorf("as %q: %d %s", agent, got.status, got.body)
		}
	}
	if after := s.session("x"); !reflect.DeepEqual(before, after) {
		t.Errorf("changed to %+v", after)
	}
}

// A deleted session stays deleted for what comes late, and other ids are not touched by it.
func TestSaveDeleted(t *testing.T) {
	s := newStack(t, true)
	const gone = `{"message":"Session was deleted","status":400}`
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("DELETE", "/api/session/x", "").want(200, "")
	s.do("PUT", "/api/session", `{"id":"x","agentId":"agent-1","messages":"[]"}`).want(400, gone)
	s.do("PUT", "/api/session", `{"id":"x","agentId":"agent-2"}`).want(400, gone)
	s.do("POST", "/api/session/x/messages", hello).want(400, gone)
	s.do("GET", "/api/session", "").want(200, "[]")
	s.saved(`{"id":"y","agentId":"agent-1"}`)
}

// All keys are always there, in the answer to a PUT and in a list.
func TestAllKeysAreThere(t *testing.T) {
	s := newStack(t, true)
	var saved struct{ Data map[string]json.RawMessage }
	s.do("PUT", "/api/session", `{"id":"x","agentId":"a"}`).json(&saved)
	for _, key := range []string{
		"id", "agentId", "userName", "userEmail", "acceptTerms", "messages", "promptTokens", "completionTokens", "createdAt", "updatedAt", "finalizedAt",
	} {
		if _, there := saved.Data[key]; !there {
			t.Errorf("%s is missing", key)
		}
	}
	if len(saved.Data) != 11 {
		t.Errorf("has %d keys", len(saved.Data))
	}
}
