package e2e

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// cell is where a sealed value stands.
type cell struct{ table, column, where string }

// swaps are what somebody with write access to the database could try, so that one user is taken
// for another. Each is its own reverse.
var swaps = map[string]struct {
	a, b    cell
	damaged []string // ids of the sessions that then cannot be read
}{
	"names of two sessions": {
		cell{"sessions", "user_name", "id = 's-a'"}, cell{"sessions", "user_name", "id = 's-b'"}, []string{"s-a", "s-b"},
	},
	"addresses of two sessions": {
		cell{"sessions", "user_email", "id = 's-a'"}, cell{"sessions", "user_email", "id = 's-b'"}, []string{"s-a", "s-b"},
	},
	"name and address of a session": {
		cell{"sessions", "user_name", "id = 's-c'"}, cell{"sessions", "user_email", "id = 's-c'"}, []string{"s-c"},
	},
	"name of one and address of another": {
		cell{"sessions", "user_name", "id = 's-a'"}, cell{"sessions", "user_email", "id = 's-c'"}, []string{"s-a", "s-c"},
	},
	"messages of two sessions": {
		cell{"messages", "body", "session_id = 's-a' AND seq = 1"},
		cell{"messages", "body", "session_id = 's-b' AND seq = 1"},
		[]string{"s-a", "s-b"},
	},
	"messages of a session": {
		cell{"messages", "body", "session_id = 's-c' AND seq = 0"},
		cell{"messages", "body", "session_id = 's-c' AND seq = 1"},
		[]string{"s-c"},
	},
}

// A sealed value opens in its own place only. Whoever moves one makes the sessions concerned
// unreadable and nothing else, and "sessionhub check" names them.
func TestSwappedValues(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	ids := []string{"s-a", "s-b", "s-c", "s-d"}
	for _, id := range ids {
		s.create(t, id, "name", "name") // the same text everywhere: only the place differs
		body := object{"messages": []object{{"role": "user"}, {"role": "user"}}}
		s.must(t, http.StatusOK, "POST", "/api/session/"+id+"/messages", body)
	}
	s.stop()
	for name, swap := range swaps {
		t.Run(name, func(t *testing.T) {
			i.swap(t, swap.a, swap.b)
			expectDamaged(t, i, ids, swap.damaged)
			i.swap(t, swap.a, swap.b)
			expectDamaged(t, i, ids, nil)
		})
	}
}

// swap exchanges two values in the database of a stopped server.
func (i *installation) swap(t *testing.T, a, b cell) {
	t.Helper()
	db := i.open(t)
	defer db.Close()
	values := map[cell]string{}
	for _, c := range []cell{a, b} {
		var value string
		row := db.QueryRowContext(t.Context(), "SELECT "+c.column+" FROM "+c.table+" WHERE "+c.where)
		if err := row.Scan(&value); err != nil || !strings.HasPrefix(value, "v1.k1.") {
			t.Fatalf("%v holds %q: %v", c, value, err)
		}
		values[c] = value
	}
	for c, other := range map[cell]cell{a: b, b: a} {
		execute(t, db, "UPDATE "+c.table+" SET "+c.column+" = $1 WHERE "+c.where, values[other])
	}
}

// execute executes a statement that changes exactly one row.
func execute(t *testing.T, db *sql.DB, statement string, args ...any) {
	t.Helper()
	done, err := db.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := done.RowsAffected(); err != nil || n != 1 {
		t.Fatalf("%s changed %d rows: %v", statement, n, err)
	}
}

// expectDamaged expects that of the sessions those named cannot be read, and the others can.
func expectDamaged(t *testing.T, i *installation, ids, damaged []string) {
	t.Helper()
	s := i.start()
	for _, id := range ids {
		if slices.Contains(damaged, id) {
			expect499(t, s.client, "/api/session?id="+id, []string{id})
			continue
		}
		if list := s.sessions(t, "?id="+id); len(list) != 1 || list[0].UserName == nil || *list[0].UserName != "name" ||
			list[0].Messages == nil || *list[0].Messages != `[{"role":"user"},{"role":"user"}]` {
			t.Errorf("session %s is %+v", id, list)
		}
	}
	if len(damaged) > 0 {
		expect499(t, s.client, "/api/session", damaged)
	} else if list := s.sessions(t, ""); len(list) != len(ids) {
		t.Errorf("the list holds %d sessions, want %d", len(list), len(ids))
	}
	expectCheckNames(t, i, ids, damaged)
	s.stop()
	if strings.Contains(s.stderr.String(), "v1.k1.") {
		t.Errorf("the log holds a sealed value:\n%s", s.stderr.String())
	}
}

// expect499 expects the answer to name one of the ids and to hold no ciphertext.
func expect499(t *testing.T, c *client, path string, ids []string) {
	t.Helper()
	const statusUnreadable = 499
	var answer struct {
		Message string
		Status  int
	}
	text := c.must(t, statusUnreadable, "GET", path, nil)
	decode(t, text, &answer)
	named := slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(answer.Message, `"`+id+`"`) })
	if !named || answer.Status != statusUnreadable || strings.Contains(string(text), "v1.") {
		t.Errorf("GET %s: %s", path, text)
	}
}

func expectCheckNames(t *testing.T, i *installation, ids, damaged []string) {
	t.Helper()
	r := i.run("check", "--json")
	var report struct {
		OK       bool
		Problems int
		Details  []string
	}
	decode(t, []byte(r.stdout), &report)
	if ok := len(damaged) == 0; report.OK != ok || (r.code == 0) != ok || r.code > 1 || report.Problems != len(damaged) {
		t.Errorf("check: exit code %d, %+v", r.code, report)
	}
	details := strings.Join(report.Details, "\n")
	for _, id := range ids {
		if strings.Contains(details, `"`+id+`"`) != slices.Contains(damaged, id) {
			t.Errorf("check of a database where %v are damaged says:\n%s", damaged, details)
		}
	}
	if strings.Contains(r.stdout+r.stderr, "v1.k1.") {
		t.Errorf("check prints a sealed value:\n%s%s", r.stdout, r.stderr)
	}
}
