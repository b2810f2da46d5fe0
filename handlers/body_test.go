package handlers

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// jsonText encodes without escaping < > &, as the service does in an audit entry.
func jsonText(t testing.TB, value any) string {
	t.Helper()
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// What is not a JSON object in UTF-8 is 400 on every route that reads a body, is not stored,
// and is not repeated in the answer.
func TestBodiesThatAreNoObjects(t *testing.T) {
	s := newStack(t, true)
	for _, c := range calls {
		if c.body == "" {
			continue
		}
		for _, body := range []string{
			"", " ", "\n", "null", "[]", `"text"`, "7", "true", "{", `{"a":1`, `{"a":1}}`, `{"a":1} {}`, "{'a':1}", `{a:1}`, `{"a":1,}`,
			"<xml/>", "agentId=a&userName=n", "\x00", "\xff\xfe{\x00}\x00", "\ufeff{}", `{"id":"` + "\xff" + `"}`, `{"x":"` + "\xc3\x28" + `"}`,
			`{"x":"` + "\xed\xa0\x80" + `"}`, `{"x":"` + "\n" + `"}`, strings.Repeat("[", 20_000), `{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + "}",
		} {
			got := s.do(c.method, c.target, body)
			if got.status != http.StatusBadRequest {
				t.Errorf("%s with %.20q: %d %s", c.name, body, got.status, shorten(got.body))
			}
			if len(got.body) > 500 {
				t.Errorf("%s with %.20q repeats it: %s", c.name, body, shorten(got.body))
			}
		}
	}
	s.do("GET", "/api/session", "").want(200, "[]")
}

// Half a surrogate pair is no character: it is refused, and not quietly replaced.
func TestLoneSurrogates(t *testing.T) {
	s := newStack(t, true)
	for _, half := range []string{`\ud83d`, `\uDE00`, `x\ud83dx`, `\ud83d\u0041`, `\ud83d\ud83d\ude00`, `\ude00\ud83d`, `\\\ud83d`, `\ud83d\\ude00`} {
		got := s.do("POST", "/api/exec/session/x", `{"agentId":"a","userName":"`+half+`","userEmail":"e"}`)
		if got.status != 400 || !strings.Contains(got.body, `"path":["userName"]`) {
			t.Errorf("%s: %d %s", half, got.status, got.body)
		}
		s.do("PUT", "/api/session", `{"id":"x","agentId":"a","messages":"`+half+`"}`).want(400, "")
		s.do("PUT", "/api/session", `{"id":"`+half+`","agentId":"a"}`).want(400, "")
	}
	for i, whole := range []string{`\ud83d\ude00`, `\uD83D\uDE00`, `\\ud83d`, `\\\\ud83d`, `\ufffd`, `\ufffd\ud83d\ude00`, "\ufffd", `\u0000`, `\\\ud83d\ude00`} {
		id := fmt.Sprint(i)
		s.do("POST", "/api/exec/session/"+id, `{"agentId":"a","userName":"`+whole+`","userEmail":"e"}`).want(200, "")
		var want string
		s.must(json.Unmarshal([]byte(`"`+whole+`"`), &want))
		if got := *s.session(id).UserName; got != want {
			t.Errorf("%s came back as %q", whole, got)
		}
	}
}

// A body is JSON unless it is declared as something else.
func TestMediaTypes(t *testing.T) {
	s := newStack(t, true)
	for media, status := range map[string]int{
		"":                                  200,
		"application/json":                  200,
		"application/json; charset=utf-8":   200,
		"APPLICATION/JSON":                  200,
		"application/json;charset=UTF-8":    200,
		"text/plain":                        200,
		"text/plain;charset=UTF-8":          200,
		"application/vnd.api+json":          200,
		"application/ld+json; profile=x":    200,
		"application/x-www-form-urlencoded": 415,
		"multipart/form-data; boundary=x":   415,
		"application/xml":                   415,
		"text/html":                         415,
		"text/json5":                        415,
		"application/octet-stream":          415,
		"application/jsonp":                 415,
		"json":                              415,
		"/":                                 415,
	} {
		for _, c := range calls {
			if c.body == "" {
				continue
			}
			got := s.do(c.method, c.target, c.body, with("Content-Type", media))
			if (got.status == http.StatusUnsupportedMediaType) != (status == http.StatusUnsupportedMediaType) || got.status >= 499 {
				t.Errorf("%s as %q: %d %s", c.name, media, got.status, got.body)
			}
		}
	}
}

// The limit of a body is exact, declared or not.
func TestBodyLimit(t *testing.T) {
	s := newStack(t, true)
	s.deps.MaxBody = 2000
	undeclared := func(r *http.Request) { r.ContentLength = -1 }
	fits := alice + strings.Repeat(" ", 2000-len(alice))
	s.do("POST", "/api/exec/session/x", fits).want(200, "")
	s.do("POST", "/api/exec/session/x", fits, undeclared).want(200, "")
	s.do("POST", "/api/exec/session/y", fits+" ").want(413, "")
	s.do("POST", "/api/exec/session/y", fits+" ", undeclared).want(413, "")
	s.do("POST", "/api/exec/session/y", strings.Repeat("x", 1<<20)).want(413, "")
	s.do("GET", "/api/session?id=y", "").want(200, "[]")
	if server := s.listen(); server != nil {
		got, err := s.over(server, "POST", "/api/exec/session/y", fits+strings.Repeat(" ", 100_000))
		s.must(err)
		got.want(413, `{"message":"Request body too large: at most 2000 bytes are taken","status":413}`)
	}
}

// A body that breaks off is the sender's matter: 400, nothing stored.
func TestBodyThatBreaksOff(t *testing.T) {
	s := newStack(t, true)
	r := s.request("POST", "/api/exec/session/x", alice)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(alice), brokenReader{}))
	s.send(r).want(400, "")
	s.do("GET", "/api/session", "").want(200, "[]")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset by peer") }
