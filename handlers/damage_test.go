package handlers

import (
	"strings"
	"testing"
)

// damage changes the database behind the service's back.
func (s *stack) damage(statement string, args ...any) {
	s.t.Helper()
	result, err := s.open(s.t).Exec(statement, args...)
	s.must(err)
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		s.t.Fatalf("%s changed nothing (%v)", statement, err)
	}
}

// Every way to damage a sealed value makes its session unreadable, and nothing else.
func TestDamagedValues(t *testing.T) {
	s := newStack(t, true)
	for _, id := range []string{"x", "y"} {
		s.saved(jsonObject("id", id, "agentId", "a-"+id, "userName", "Alice", "userEmail", "alice@example.com", "messages", ` [ {"role":"user"} ] `))
	}
	columns := map[string]string{
		"user_name": "sessions WHERE id = 'x'", "user_email": "sessions WHERE id = 'x'",
		"messages_frame": "sessions WHERE id = 'x'", "body": "messages WHERE session_id = 'x'",
	}
	for column, rows := range columns {
		table, where, _ := strings.Cut(rows, " ")
		for name, expression := range map[string]string{
			"bit flipped":    "substr($, 1, 20) || CASE substr($, 21, 1) WHEN 'A' THEN 'B' ELSE 'A' END || substr($, 22)",
			"cut":            "substr($, 1, length($) - 1)",
			"longer":         "$ || 'A'",
			"padded":         "$ || '='",
			"line break":     "$ || '\n'",
			"space":          "' ' || $",
			"empty":          "''",
			"in clear":       "'Alice'",
			"other version":  "replace($, 'v1.', 'v2.')",
			"unknown key":    "replace($, '.k1.', '.k2.')",
			"upper case":     "upper($)",
			"nonce only":     "substr($, 1, 22)",
			"binary":         "CAST(x'FF00FE' AS TEXT)",
			"of old format":  "'ab12cd34'",
			"without a tag":  "'v1.k1.'",
			"another prefix": "'v1..' || substr($, 7)",
		} {
			if s.onPostgres() && name == "binary" {
				continue // it keeps nothing that is no text
			}
			var before string
			s.row("SELECT "+column+" FROM "+rows, &before)
			s.damage("UPDATE " + table + " SET " + column + " = " + strings.ReplaceAll(expression, "$", column) + " " + where)
			s.isUnreadable("x", column+" "+name)
			s.damage("UPDATE "+table+" SET "+column+" = $1 "+where, before)
			s.session("x")
		}
	}
}

// isUnreadable checks that one session is 499 wherever it is in the answer, and session y fine.
func (s *stack) isUnreadable(id, how string) {
	s.t.Helper()
	for _, target := range []string{"/api/session?id=" + id, "/api/session", "/api/agent/a-" + id + "/session"} {
		got := s.do("GET", target, "")
		if got.status != statusUnreadable {
			s.t.Errorf("%s: %s answers %d %s", how, target, got.status, shorten(got.body))
			continue
		}
		s.isPlainFailure(got, id)
	}
	s.session("y")
	s.do("GET", "/api/agent/a-y/session", "").want(200, "")
}

// row reads one value behind the service's back.
func (s *stack) row(query string, to any) {
	s.t.Helper()
	s.must(s.open(s.t).QueryRow(query).Scan(to))
}

// swap exchanges a column of two rows.
func swap(table, column, one, other string) []string {
	return []string{
		"CREATE TEMP TABLE IF NOT EXISTS moved (value TEXT)", "DELETE FROM moved",
		"INSERT INTO moved SELECT " + column + " FROM " + table + " WHERE " + one + " ORDER BY tenant_id",
		"UPDATE " + table + " SET " + column + " = (SELECT " + column + " FROM " + table + " WHERE " + other + " ORDER BY tenant_id LIMIT 1) WHERE " + one,
		"UPDATE " + table + " SET " + column + " = (SELECT value FROM moved LIMIT 1) WHERE " + other,
	}
}

var moves = map[string]struct {
	statements []string
	unreadable []string
}{
	"names of two rows":     {swap("sessions", "user_name", "id = 'x'", "id = 'z'"), []string{"x", "z"}},
	"messages of two rows":  {swap("messages", "body", "session_id = 'x' AND seq = 0", "session_id = 'z' AND seq = 0"), []string{"x", "z"}},
	"messages of one row":   {swap("messages", "body", "session_id = 'x' AND seq = 0", "session_id = 'x' AND seq = 1"), []string{"x"}},
	"frames of two rows":    {swap("sessions", "messages_frame", "id = 'x'", "id = 'z'"), []string{"x", "z"}},
	"two columns":           {[]string{"UPDATE sessions SET user_name = user_email, user_email = user_name WHERE id = 'x'"}, []string{"x"}},
	"name as frame":         {[]string{"UPDATE sessions SET messages_frame = user_name WHERE id = 'x'"}, []string{"x"}},
	"message of other":      {[]string{"UPDATE messages SET body = (SELECT body FROM messages WHERE session_id = 'z' AND seq = 0 ORDER BY tenant_id LIMIT 1) WHERE session_id = 'x' AND seq = 0"}, []string{"x"}},
	"name of other tenant":  {[]string{"UPDATE sessions SET user_name = (SELECT user_name FROM sessions WHERE id = 'x' AND tenant_id = 2) WHERE id = 'x' AND tenant_id = 1"}, []string{"x"}},
	"message to other row":  {[]string{"UPDATE messages SET seq = 7 WHERE session_id = 'x' AND seq = 1"}, []string{"x"}},
	"renamed with its rows": {[]string{"UPDATE sessions SET id = 'w' WHERE id = 'z' AND tenant_id = 1"}, []string{"w"}},
}

// A sealed value opens in its place only: swapped with another one, both are unreadable.
func TestSwappedValues(t *testing.T) {
	for name, c := range moves {
		t.Run(name, func(t *testing.T) {
			s := newStack(t, true)
			other, otherKey := s.newTenant(true, "other")
			for _, id := range []string{"x", "z", "y"} {
				body := jsonObject("id", id, "agentId", "a-"+id, "userName", "Alice", "userEmail", "Alice", "messages", ` [ {"role":"user"},{"role":"user"} ] `)
				s.saved(body)
				s.do("PUT", "/api/session", body, as(otherKey), with(headerDatabase, other.DatabaseIDHash)).want(200, "")
			}
			s.damageOn(c.statements...)
			for _, id := range c.unreadable {
				agent := map[bool]string{true: "z", false: id}[id == "w"]
				s.isPlainFailure(s.do("GET", "/api/session?id="+id, "").want(statusUnreadable, ""), id)
				s.isPlainFailure(s.do("GET", "/api/agent/a-"+agent+"/session", "").want(statusUnreadable, ""), id)
			}
			s.session("y")
		})
	}
}

// damageOn runs statements on one connection, for this tenant's rows only.
func (s *stack) damageOn(statements ...string) {
	s.t.Helper()
	db := s.open(s.t)
	db.SetMaxOpenConns(1)
	for _, statement := range statements {
		_, err := db.Exec(statement)
		s.must(err)
	}
}

// A damaged session is not lost to its owner: it can be saved anew as a whole, and deleted.
// It is never taken for a session that is not there.
func TestDamagedSessionCanBeReplaced(t *testing.T) {
	s := newStack(t, true)
	s.saved(jsonObject("id", "x", "agentId", "a", "userName", "Alice", "userEmail", "e", "messages", ` [ {"role":"user"} ] `))
	s.damage("UPDATE sessions SET user_name = 'v1.k1.x', user_email = 'v1.k1.x', messages_frame = 'v1.k1.x'")
	s.damage("UPDATE messages SET body = 'v1.k1.x'")
	s.do("POST", "/api/exec/session/x", alice).want(200, `{"message":"Session already exists","data":{"id":"x"}}`)
	s.isPlainFailure(s.do("PUT", "/api/session", `{"id":"x","agentId":"a","userName":"Bob"}`).want(statusUnreadable, ""), "x")
	s.isPlainFailure(s.do("PUT", "/api/session", `{"id":"x","agentId":"a","messages":"[]"}`).want(statusUnreadable, ""), "x")
	got := s.saved(`{"id":"x","agentId":"a","userName":"Bob","userEmail":null,"messages":"[{\"role\":\"user\"}]"}`)
	if *got.UserName != "Bob" || got.UserEmail != nil || *got.Messages != `[{"role":"user"}]` {
		t.Errorf("saved %+v", got)
	}
	s.damage("UPDATE sessions SET user_name = 'v1.k1.x'")
	s.do("DELETE", "/api/session/x", "").want(200, "")
	s.do("GET", "/api/session", "").want(200, "[]")
}

// A damaged audit entry is 499 by its number, where it is in the answer.
func TestDamagedAuditEntry(t *testing.T) {
	s := newStack(t, true)
	s.do("PUT", "/api/audit", `{"eventName":"a","diff":"{\"secret\":1}"}`).want(200, "")
	s.do("PUT", "/api/audit", `{"eventName":"b","diff":"{\"secret\":2}"}`).want(200, "")
	guard := "audit_entries_no_update"
	if s.onPostgres() {
		guard = "audit_entries_no_change ON audit_entries"
	}
	s.damageOn("DROP TRIGGER "+guard, "UPDATE audit_entries SET diff = (SELECT diff FROM audit_entries WHERE event_name = 'b') WHERE event_name = 'a'")
	s.isPlainFailure(s.do("GET", "/api/audit", "").want(statusUnreadable, ""), "2")
	s.do("GET", "/api/audit?eventName=b", "").want(200, "")
	s.do("PUT", "/api/audit", `{"eventName":"c"}`).want(200, "")
}
