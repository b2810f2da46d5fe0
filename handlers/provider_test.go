package handlers

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository/repotest"
)

// received is a request as a provider got it.
type received struct {
	method, path, body string
	query              url.Values
	header             http.Header
}

// provider stands in for the service behind a tool. It answers as it is told to, by path, and
// keeps what it was asked.
type provider struct {
	*httptest.Server
	mu      sync.Mutex
	asked   []received
	answers map[string]http.HandlerFunc
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{answers: map[string]http.HandlerFunc{}}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	p.mu.Lock()
	p.asked = append(p.asked, received{r.Method, r.URL.Path, string(body), r.URL.Query(), r.Header.Clone()})
	answer := p.answers[r.URL.Path]
	p.mu.Unlock()
	if answer == nil {
		answer = replying(http.StatusOK, `{"ok":true}`)
	}
	answer(w, r)
}

// on sets the answer of a path.
func (p *provider) on(path string, answer http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers[path] = answer
}

// calls returns what a path was asked.
func (p *provider) calls(path string) []received {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []received
	for _, r := range p.asked {
		if r.path == path {
			calls = append(calls, r)
		}
	}
	return calls
}

// replying answers with JSON; headers alternate names and values.
func replying(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// inTurn gives one answer after the other, and then the last one again.
func inTurn(answers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		mu.Unlock()
		answer(w, r)
	}
}

// withKey lets through who shows the key, and answers others with 401.
func withKey(key string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Api-Key") != key {
			replying(http.StatusUnauthorized, `{"message":"bad key"}`)(w, r)
			return
		}
		next(w, r)
	}
}

// desk is a document with functions of every sort: with an API key, with a body, and without
// credentials.
const desk = `
openapi: 3.0.3
info: {title: Desk, version: '1', description: Tickets of a help desk.}
servers: [{url: 'https://desk.example.com'}]
security: [{key: []}]
paths:
  /me:
    get: {operationId: whoami, summary: Who am I, responses: {'200': {description: Me.}}}
  /tickets:
    get:
      operationId: find
      summary: Find tickets
      parameters:
        - {name: q, in: query, required: true, schema: {type: string, maxLength: 100}}
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 50}}
        - {name: state, in: query, schema: {type: string, enum: [open, closed]}}
      responses: {'200': {description: Tickets.}}
    post:
      operationId: write
      summary: Write a ticket
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [text], properties: {text: {type: string}, tags: {type: array, items: {type: string}}}}
      responses: {'201': {description: Written.}}
  /free:
    get: {operationId: free, security: [], summary: For everybody, responses: {'200': {description: It.}}}
    post: {operationId: ring, security: [], summary: Ring the bell, responses: {'200': {description: It.}}}
  /maybe:
    get: {operationId: maybe, security: [{}, {key: []}], summary: With or without a key, responses: {'200': {description: It.}}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Api-Key, description: In your settings.}
`

// accounts is a document whose users sign in, and with every other sort of credential.
const accounts = `
openapi: 3.0.3
info: {title: Accounts, version: '1'}
servers: [{url: 'BASE'}]
paths:
  /me:
    get: {operationId: whoami, security: [{account: [read]}], summary: Who am I, responses: {'200': {description: Me.}}}
  /notes:
    post: {operationId: note, security: [{account: [read, write]}], summary: Write a note, responses: {'200': {description: It.}}}
  /jobs:
    get: {operationId: jobs, security: [{machine: [run]}], summary: List jobs, responses: {'200': {description: It.}}}
  /basic:
    get: {operationId: basic, security: [{password: []}], summary: By password, responses: {'200': {description: It.}}}
  /bearer:
    get: {operationId: bearer, security: [{token: []}], summary: By token, responses: {'200': {description: It.}}}
components:
  securitySchemes:
    account:
      type: oauth2
      x-revocation-url: BASE/revoke
      flows:
        authorizationCode:
          authorizationUrl: 'BASE/authorize?prompt=consent'
          tokenUrl: BASE/token
          scopes: {read: Read, write: Write, admin: Everything}
    machine:
      type: oauth2
      flows: {clientCredentials: {tokenUrl: BASE/token, scopes: {run: Run}}}
    password: {type: http, scheme: basic}
    token: {type: http, scheme: bearer}
`

// addTool imports a document for the stack's tenant, with what change says, and lets the tool
// reach the provider on this machine.
func (s *stack) addTool(name, document string, p *provider, change func(*hub.Import)) models.Tool {
	s.t.Helper()
	return s.addToolOf(s.owner, name, document, p, change)
}

func (s *stack) addToolOf(who models.Actor, name, document string, p *provider, change func(*hub.Import)) models.Tool {
	s.t.Helper()
	in := hub.Import{
		CompileOptions: hub.CompileOptions{Name: name, BaseURL: p.URL, AllowPrivate: true},
		Document:       []byte(strings.ReplaceAll(document, "BASE", p.URL)),
	}
	if change != nil {
		change(&in)
	}
	tool, _, err := s.client.Import(context.Background(), in)
	s.must(err)
	s.must(s.store.Tools.Add(context.Background(), who, &tool, true))
	return tool
}

// weather is the document that ships as an example.
func weather(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../testdata/openapi/weather.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// connected saves credentials of a user, or with an empty name of the tenant.
func (s *stack) connected(tool, user string, credentials map[string]models.Credential) {
	s.t.Helper()
	s.must(repotest.Connect(context.Background(), s.store, s.owner, &models.Connection{Tool: tool, UserID: user, Credentials: credentials}))
}

// connection reads a user's connection back.
func (s *stack) connection(tool, user string) models.Connection {
	s.t.Helper()
	c, err := s.store.Connections.Get(context.Background(), s.owner, tool, user)
	s.must(err)
	return c
}

// keyed is what a user of desk enters.
func keyed(key string) map[string]models.Credential {
	return map[string]models.Credential{"key": {Value: models.Secret(key)}}
}
