package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Any id that the contract allows names a session on every route, percent-decoded once.
func TestSessionIDs(t *testing.T) {
	s := newStack(t, true)
	for _, id := range []string{
		"x", "0", "-", ".", "..", "...", "a.b", "a b", " ", "a/b", "/", "//", "../../etc/passwd", "a%b", "%2F", "%", "a+b", "a?b", "a#b",
		"a&b=c", `a"b`, `a\b`, "a'b", "';--", "a:b", "a;b", "a,b", "<b>", "{id}", ":id", "*", "messages", "null", "undefined",
		"žluťoučký", "日本語", "👩‍👩‍👧", "İı", "\u00a0", "\u2028", "a\u0301", "á", "\ufeff", strings.Repeat("i", 255), strings.Repeat("é", 127) + "e",
	} {
		path := url.PathEscape(id)
		named := strings.TrimSpace(s.do("GET", "/api/session?id="+url.QueryEscape(id), "").body)
		if named != "[]" {
			t.Errorf("%q is taken for another id: %s", id, named)
			continue
		}
		var created struct{ Data struct{ ID string } }
		s.do("POST", "/api/exec/session/"+path, alice).want(200, "").json(&created)
		var appended struct {
			Data struct {
				ID    string
				Count int
			}
		}
		s.do("POST", "/api/session/"+path+"/messages", hello).want(200, "").json(&appended)
		got := s.session(id)
		if created.Data.ID != id || appended.Data.ID != id || appended.Data.Count != 1 || got.ID != id {
			t.Errorf("%q: created %q, appended to %+v, listed %q", id, created.Data.ID, appended.Data, got.ID)
		}
		s.do("PUT", "/api/session", jsonObject("id", id, "agentId", "agent-1", "userName", "N")).want(200, "")
		s.do("DELETE", "/api/session/"+path, "").want(200, "")
		s.do("DELETE", "/api/session/"+path, "").want(400, "")
		locator := strings.TrimSpace(strings.ReplaceAll(jsonText(t, map[string]string{"id": id}), "\n", ""))
		var told []map[string]any
		s.do("GET", "/api/audit?eventName=deleteSession&recordLocator="+url.QueryEscape(locator), "").want(200, "").json(&told)
		if len(told) != 2 {
			t.Errorf("%q: the audit log tells %d times of %s", id, len(told), locator)
		}
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// However an id is escaped, it is the same id.
func TestSessionIDSpellings(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/a-b.c", alice).want(200, "")
	for _, path := range []string{"a-b.c", "a%2Db.c", "a%2db%2ec", "%61%2D%62%2E%63"} {
		s.do("POST", "/api/exec/session/"+path, alice).want(200, `{"message":"Session already exists","data":{"id":"a-b.c"}}`)
	}
	s.do("POST", "/api/exec/session/a%252Fb", alice).want(200, `{"message":"Session created","data":{"id":"a%2Fb"},"status":200}`)
	s.do("POST", "/api/exec/session/a%2Fb", alice).want(200, `{"message":"Session created","data":{"id":"a/b"},"status":200}`)
	s.do("POST", "/api/exec/session/a%2fb", alice).want(200, `{"message":"Session already exists","data":{"id":"a/b"}}`)
}

// What cannot be an id is refused on every route, and nothing is stored.
func TestNotSessionIDs(t *testing.T) {
	s := newStack(t, true)
	for _, path := range []string{
		strings.Repeat("i", 256), strings.Repeat("%C3%A9", 128), "%00", "a%00b", "%0A", "a%0Db", "%1F", "%7F", "%C2%80", "%C2%9F",
		"%FF", "%C3", "a%ED%A0%80", "%C0%AF", "%F5%80%80%80",
	} {
		for target, body := range map[string]string{
			"POST /api/exec/session/" + path:              alice,
			"POST /api/session/" + path + "/messages":     hello,
			"DELETE /api/session/" + path:                 "",
			"GET /api/agent/" + path + "/session?limit=1": "",
		} {
			method, at, _ := strings.Cut(target, " ")
			got := s.do(method, at, body)
			if got.status != http.StatusBadRequest || !strings.Contains(got.body, "1 to 255 bytes") {
				t.Errorf("%s: %d %s", shorten(target), got.status, shorten(got.body))
			}
		}
	}
	for _, id := range []string{strings.Repeat("i", 256), "a\x00b", "\n", "\u009f"} {
		s.do("PUT", "/api/session", jsonObject("id", id, "agentId", "a")).want(400, "")
		s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", id)).want(400, "")
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// An id with a slash has it escaped; a path with more parts than the route is another route.
func TestMorePartsAreAnotherRoute(t *testing.T) {
	s := newStack(t, true)
	for target, body := range map[string]string{
		"POST /api/exec/session/a/b":     alice,
		"POST /api/exec/session/a/":      alice,
		"DELETE /api/session/a/b":        "",
		"POST /api/session/a/b/messages": hello,
		"POST /api/session/a/messages/":  hello,
		"GET /api/agent/a/b/session":     "",
		"DELETE /api/keys/a/b":           "",
	} {
		method, path, _ := strings.Cut(target, " ")
		if got := s.do(method, path, body); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
}

// No id is told in the same words whatever the form.
func TestEmptyID(t *testing.T) {
	s := newStack(t, true)
	for _, target := range []string{
		"POST /api/exec/session/", "POST /api/exec/session", "DELETE /api/session/", "DELETE /api/session", "POST /api/session//messages",
	} {
		method, path, _ := strings.Cut(target, " ")
		body := map[bool]string{true: alice, false: ""}[method == "POST"]
		got := s.do(method, path, body)
		if want := `{"message":"Invalid request, no id provided within request url","status":400}`; strings.TrimSpace(got.body) != want || got.status != 400 {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
	}
	s.do("PUT", "/api/session", `{"id":"","agentId":"a"}`).want(400, "")
	s.do("GET", "/api/agent//session", "").want(400, "")
}

// The network keeps the path as it was sent: what is escaped arrives escaped.
func TestSessionIDsOverTheNetwork(t *testing.T) {
	s := newStack(t, true)
	server := s.listen()
	for i, path := range []string{"a%2Fb", "a%25b", "%2E%2E", "a%20b", "%F0%9F%91%A9"} {
		id, err := url.PathUnescape(path)
		s.must(err)
		withPath := func(r *http.Request) { r.URL.RawPath, r.URL.Path = "/api/exec/session/"+path, "/api/exec/session/"+id }
		got, err := s.over(server, "POST", "/", alice, withPath)
		s.must(err)
		got.want(200, fmt.Sprintf(`{"message":"Session created","data":{"id":%q},"status":200}`, id))
		if s.session(id).ID != id {
			t.Errorf("%d: %s is not %q", i, path, id)
		}
	}
}
