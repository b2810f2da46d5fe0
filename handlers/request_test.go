package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   string
}

// request builds a request of the owner; options change it.
func (s *stack) request(method, target, body string, options ...func(*http.Request)) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, "http://sessions.test"+target, strings.NewReader(body))
	s.must(err)
	r.RemoteAddr, r.RequestURI = "203.0.113.7:40000", target
	r.Header.Set("User-Agent", "test/1.0")
	r.Header.Set("Authorization", "Bearer "+s.key)
	r.Header.Set(headerDatabase, s.owner.DatabaseIDHash)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, option := range options {
		option(r)
	}
	return r
}

// with sets a header of a request, or removes it when the value is empty.
func with(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

// as sends a request with another key.
func as(key string) func(*http.Request) { return with("Authorization", "Bearer "+key) }

// do sends a request to the handler without a network.
func (s *stack) do(method, target, body string, options ...func(*http.Request)) answer {
	s.t.Helper()
	return s.send(s.request(method, target, body, options...))
}

func (s *stack) send(r *http.Request) answer {
	s.t.Helper()
	recorder := httptest.NewRecorder()
	s.handler().ServeHTTP(recorder, r)
	return answer{s.t, recorder.Code, recorder.Result().Header, recorder.Body.String()}
}

// listen starts the service on a port. The clock has to be the real one: connections have
// deadlines.
func (s *stack) listen() *httptest.Server {
	s.clock.advance(time.Since(s.clock.Now()))
	server := httptest.NewServer(s.handler())
	s.t.Cleanup(server.Close)
	return server
}

// over sends a request over the network.
func (s *stack) over(server *httptest.Server, method, target, body string, options ...func(*http.Request)) (answer, error) {
	r := s.request(method, target, body, options...)
	r.RequestURI, r.URL.Host = "", strings.TrimPrefix(server.URL, "http://")
	response, err := server.Client().Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{s.t, response.StatusCode, response.Header, string(text)}, err
}

// call is over with method and target in one.
func (s *stack) call(server *httptest.Server, target, body string) (answer, error) {
	method, path, _ := strings.Cut(target, " ")
	return s.over(server, method, path, body)
}

// want fails the test unless the answer has the status and body; white space around the body
// does not count.
func (a answer) want(status int, body string) answer {
	a.t.Helper()
	if a.status != status || body != "" && strings.TrimSpace(a.body) != body {
		a.t.Errorf("answered %d %s\nwant     %d %s", a.status, shorten(a.body), status, shorten(body))
	}
	return a
}

// has says whether the body holds the text as it is written.
func (a answer) has(text string) bool { return strings.Contains(a.body, text) }

// session is a SessionDTO.
type sessionDTO struct {
	ID, AgentID                                             string
	UserName, UserEmail, AcceptTerms, Messages, FinalizedAt *string
	PromptTokens, CompletionTokens                          *int64
	CreatedAt, UpdatedAt                                    string
}

// session reads one session back.
func (s *stack) session(id string) sessionDTO {
	s.t.Helper()
	var list []sessionDTO
	s.do("GET", "/api/session?id="+url.QueryEscape(id), "").want(http.StatusOK, "").json(&list)
	if len(list) != 1 {
		s.t.Fatalf("there are %d sessions %q", len(list), id)
	}
	return list[0]
}

// jsonObject writes a JSON object from names and values that alternate.
func jsonObject(fields ...any) string {
	all := map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		all[fields[i].(string)] = fields[i+1]
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // a test's own mistake
	}
	return string(text)
}

// json reads the body.
func (a answer) json(to any) answer {
	a.t.Helper()
	if err := json.Unmarshal([]byte(a.body), to); err != nil {
		a.t.Fatalf("%d %s: %v", a.status, shorten(a.body), err)
	}
	return a
}

func shorten(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 500 {
		return fmt.Sprintf("%s... (%d bytes)", s[:500], len(s))
	}
	return s
}
