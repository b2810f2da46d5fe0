package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// longList makes n sessions of 50 KiB each, the first of the list being "s000", and returns
// the text of their messages.
func (s *stack) longList(n int) string {
	s.t.Helper()
	text := `["` + strings.Repeat("0123456789abcdé\\n", 3000) + `"]`
	for i := range n {
		at := s.clock.Now().Add(-time.Duration(i) * time.Second)
		name := models.Secret("name")
		s.seed(&models.SessionPatch{
			ID: fmt.Sprintf("s%03d", i), AgentID: "a", CreatedAt: &at,
			UserName: models.Change[models.Secret]{Set: true, Value: &name},
			Messages: models.Change[string]{Set: true, Value: &text},
		})
	}
	return text
}

// A list that is longer than what is held back arrives whole.
func TestLongList(t *testing.T) {
	s := newStack(t, true)
	text := s.longList(30)
	server := s.listen()
	got, err := s.over(server, "GET", "/api/session", "")
	s.must(err)
	var list []sessionDTO
	got.want(200, "").json(&list)
	if len(got.body) < 5*streamBuffer || len(list) != 30 || got.header.Get("X-Total-Count") != "30" {
		t.Fatalf("%d bytes, %d sessions of %s", len(got.body), len(list), got.header.Get("X-Total-Count"))
	}
	for i, session := range list {
		if session.ID != fmt.Sprintf("s%03d", i) || *session.Messages != text {
			t.Errorf("%d is %s, its messages have %d bytes", i, session.ID, len(*session.Messages))
		}
	}
	page, err := s.over(server, "GET", "/api/agent/a/session?limit=1000&orderBy=createdAt", "")
	s.must(err)
	var rows struct {
		Rows  []sessionDTO
		Total int
	}
	if page.want(200, "").json(&rows); len(rows.Rows) != 30 || rows.Total != 30 || rows.Rows[29].ID != "s029" {
		t.Errorf("the page has %d rows of %d", len(rows.Rows), rows.Total)
	}
}

// Damage that is met before the answer has begun is 499 and names the session; the others can
// still be read.
func TestDamageFoundEarly(t *testing.T) {
	s := newStack(t, true)
	s.longList(3)
	s.seed(&models.SessionPatch{ID: "fine", AgentID: "b"})
	s.damage("UPDATE messages SET body = replace(body, 'v1.k1.', 'v1.k1.A') WHERE session_id = 's001'")
	server := s.listen()
	for _, target := range []string{"/api/session", "/api/session?id=s001", "/api/agent/a/session", "/api/session?offset=1&limit=2"} {
		got, err := s.over(server, "GET", target, "")
		s.must(err)
		got.want(statusUnreadable, "")
		s.isPlainFailure(got, "s001")
	}
	for _, target := range []string{"/api/session?id=s000", "/api/session?id=s002", "/api/session?id=fine", "/api/agent/b/session", "/api/session?limit=1"} {
		got, err := s.over(server, "GET", target, "")
		s.must(err)
		got.want(200, "").json(new(any))
	}
}

// isPlainFailure checks that an answer of 499 names the session and shows nothing of the data.
func (s *stack) isPlainFailure(got answer, id string) {
	s.t.Helper()
	var body struct {
		Message string
		Status  int
	}
	if got.json(&body); body.Status != statusUnreadable || !strings.Contains(body.Message, `"`+id+`"`) {
		s.t.Errorf("answered %s", shorten(got.body))
	}
	if strings.Contains(got.body, "v1.") || len(got.body) > 300 || got.header.Get("X-Total-Count") != "" {
		s.t.Errorf("answered %s with the total %q", shorten(got.body), got.header.Get("X-Total-Count"))
	}
}

// Damage that is met after the answer has begun cuts the connection: nobody takes half a list
// for a whole one.
func TestDamageFoundLate(t *testing.T) {
	for name, statement := range map[string]string{
		"message":        "UPDATE messages SET body = body || 'AAAA' WHERE session_id = 's009'",
		"name":           "UPDATE sessions SET user_name = user_name || 'AAAA' WHERE id = 's009'",
		"missing part":   "DELETE FROM messages WHERE session_id = 's009'",
		"end of message": "INSERT INTO messages (tenant_id, session_id, seq, body) SELECT tenant_id, session_id, 1, body FROM messages WHERE session_id = 's009'",
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t, true)
			s.longList(12)
			s.damage(statement)
			server := s.listen()
			for _, target := range []string{"/api/session", "/api/agent/a/session?limit=100&orderBy=createdAt"} {
				if name == "name" && target != "/api/session" {
					continue // a search opens all names before it answers
				}
				got, err := s.over(server, "GET", target, "")
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: the client sees %v", target, err)
				}
				if got.status != 200 || json.Valid([]byte(got.body)) || len(got.body) < streamBuffer {
					t.Errorf("%s: %d, %d bytes", target, got.status, len(got.body))
				}
			}
			for _, id := range []string{"s008", "s010"} {
				s.do("GET", "/api/session?id="+id, "").want(200, "").json(new(any))
			}
			s.isPlainFailure(s.do("GET", "/api/session?id=s009", ""), "s009")
			if log := s.log.String(); !strings.Contains(log, "answer cut off") || strings.Contains(log, "abcd") {
				t.Errorf("the log is %s", shorten(log))
			}
		})
	}
}

// A PUT answers what is stored; where that is damaged, 499 and not half of it.
func TestSaveAnswersDamage(t *testing.T) {
	s := newStack(t, true)
	s.longList(1)
	s.damage("UPDATE messages SET body = 'x'")
	s.isPlainFailure(s.do("PUT", "/api/session", `{"id":"s000","agentId":"a"}`), "s000")
}

// A client that stops reading is cut off: it holds a connection and a state of the database.
func TestClientThatDoesNotRead(t *testing.T) {
	s := newStack(t, true)
	text := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
	for i := range 8 {                                // more than sockets hold
		s.seed(&models.SessionPatch{ID: fmt.Sprint(i), AgentID: "a", Messages: models.Change[string]{Set: true, Value: &text}})
	}
	s.deps.Now, s.deps.StreamTimeout = time.Now, 100*time.Millisecond
	server := s.listen()
	conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	s.must(err)
	defer conn.Close()
	s.must(conn.(*net.TCPConn).SetReadBuffer(1 << 16))
	r := s.request(http.MethodGet, "/api/session", "")
	s.must(r.Write(conn))
	s.waitFor("sessionhub_http_requests_in_flight 2")
	s.waitFor("sessionhub_http_requests_in_flight 1")
}

// waitFor asks for the metrics, which is a request under way itself, until they have the line.
func (s *stack) waitFor(line string) {
	s.t.Helper()
	for range 1000 {
		if strings.Contains(s.do("GET", "/metrics", "").body, "\n"+line+"\n") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.t.Fatalf("the metrics never have %q", line)
}
