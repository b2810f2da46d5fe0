package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// guard says who may use an API: as its document has it, and request by request.
type guard interface {
	scheme() map[string]any // the security scheme
	scopes() []string       // what it asks for
	admit(r *http.Request) (user string, status int)
}

// weather is an API with two operations, CurrentWeather and WhoAmI, and a guard before it.
type weather struct {
	t   *testing.T
	url string
	guard

	mu       sync.Mutex
	statuses map[int]int
}

// temperature is what it is in every city, in degrees Celsius.
const temperature = 21.5

// newWeather starts the API. Its document is at /openapi.json, for whoever asks.
func newWeather(t *testing.T, g guard) *weather {
	t.Helper()
	w := &weather{t: t, guard: g, statuses: map[int]int{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /current", w.current)
	mux.HandleFunc("GET /account", w.account)
	mux.HandleFunc("GET /openapi.json", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/json")
		_, _ = answer.Write(w.document())
	})
	server := httptest.NewServer(mux)
	w.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return w
}

// current answers GET /current?city=.
func (w *weather) current(answer http.ResponseWriter, r *http.Request) {
	user, status := w.admit(r)
	city := r.FormValue("city")
	if status == http.StatusOK && city == "" {
		status = http.StatusBadRequest
	}
	w.answer(answer, status, map[string]any{"city": city, "temperature": temperature, "user": user})
}

// account answers GET /account, which tells whether a credential works.
func (w *weather) account(answer http.ResponseWriter, r *http.Request) {
	user, status := w.admit(r)
	w.answer(answer, status, map[string]any{"user": user})
}

func (w *weather) answer(answer http.ResponseWriter, status int, body map[string]any) {
	w.mu.Lock()
	w.statuses[status]++
	w.mu.Unlock()
	if status != http.StatusOK {
		body = map[string]any{"error": http.StatusText(status)}
	}
	if status == http.StatusUnauthorized {
		answer.Header().Set("WWW-Authenticate", `Bearer realm="weather"`)
	}
	answer.Header().Set("Content-Type", "application/json")
	answer.WriteHeader(status)
	_ = json.NewEncoder(answer).Encode(body)
}

// answered is how many calls had an answer with this status.
func (w *weather) answered(status int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.statuses[status]
}

// document describes the API in OpenAPI 3.0, with the addresses it has now.
func (w *weather) document() []byte {
	object := func(properties map[string]any) map[string]any {
		return map[string]any{"type": "object", "properties": properties}
	}
	words, number := map[string]any{"type": "string"}, map[string]any{"type": "number"}
	operation := map[string]any{
		"operationId": "CurrentWeather",
		"summary":     "The weather in a city as it is now.",
		"parameters": []any{map[string]any{
			"name": "city", "in": "query", "required": true, "description": "The name of the city.", "schema": words,
		}},
		"responses": map[string]any{"200": map[string]any{
			"description": "The weather.",
			"content": map[string]any{"application/json": map[string]any{
				"schema": object(map[string]any{"city": words, "temperature": number, "user": words}),
			}},
		}},
		"security": []any{map[string]any{"account": w.scopes()}},
	}
	account := map[string]any{
		"operationId": "WhoAmI",
		"summary":     "Whose account is used.",
		"responses":   map[string]any{"200": map[string]any{"description": "The user."}},
		"security":    operation["security"],
	}
	written, err := json.MarshalIndent(map[string]any{
		"openapi": "3.0.3",
		"info":    map[string]any{"title": "Weather", "version": "1.0.0", "description": "Measures the weather."},
		"servers": []any{map[string]any{"url": w.url}},
		"paths": map[string]any{
			"/current": map[string]any{"get": operation},
			"/account": map[string]any{"get": account},
		},
		"components": map[string]any{"securitySchemes": map[string]any{"account": w.scheme()}},
	}, "", "  ")
	if err != nil {
		panic(err)
	}
	return written
}

// file is the document in a file.
func (w *weather) file() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "weather.json")
	if err := os.WriteFile(path, w.document(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// keyGuard is a guard that wants this value in the header X-Api-Key.
type keyGuard string

func (k keyGuard) scheme() map[string]any {
	return map[string]any{"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The key of your weather account."}
}

func (k keyGuard) scopes() []string { return []string{} }

func (k keyGuard) admit(r *http.Request) (string, int) {
	if r.Header.Get("X-Api-Key") != string(k) {
		return "", http.StatusUnauthorized
	}
	return "whoever has the key", http.StatusOK
}

// bearer is a guard that asks the provider about the token of each request.
type bearer struct {
	*provider
	flow string
}

// forUsers guards an API that people let the client use, with their accounts.
func (p *provider) forUsers() guard { return bearer{p, "authorizationCode"} }

// forMachines guards an API that a client uses as itself, with machineID and machineSecret.
func (p *provider) forMachines() guard { return bearer{p, "clientCredentials"} }

func (b bearer) scheme() map[string]any {
	flow := map[string]any{
		"tokenUrl": b.url + tokenPath, "x-revocation-url": b.url + revokePath,
		"scopes": map[string]any{weatherScope: "Read the weather.", "offline_access": "Stay connected."},
	}
	if b.flow == "authorizationCode" {
		flow["authorizationUrl"], flow["refreshUrl"] = b.url+authorizePath, b.url+tokenPath
	}
	return map[string]any{"type": "oauth2", "flows": map[string]any{b.flow: flow}}
}

func (b bearer) scopes() []string {
	if b.flow == "authorizationCode" {
		return []string{"offline_access", weatherScope}
	}
	return []string{weatherScope}
}

func (b bearer) admit(r *http.Request) (string, int) {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", http.StatusUnauthorized
	}
	about, err := b.introspect(r.Context(), token)
	switch {
	case err != nil:
		b.t.Errorf("introspection: %v", err)
		return "", http.StatusBadGateway
	case !about.Active:
		return "", http.StatusUnauthorized
	case !slices.Contains(strings.Fields(about.Scope), weatherScope):
		return "", http.StatusForbidden
	}
	return about.Sub, http.StatusOK
}

type introspection struct {
	Active     bool
	Sub, Scope string
}

// introspect asks the provider about a token, RFC 7662, as the API.
func (p *provider) introspect(ctx context.Context, token string) (about introspection, err error) {
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+introspectPath, body)
	if err != nil {
		return about, err
	}
	r.SetBasicAuth(url.QueryEscape(apiID), url.QueryEscape(apiSecret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return about, err
	}
	defer answer.Body.Close()
	return about, json.NewDecoder(answer.Body).Decode(&about)
}

// The API with a key refuses every other key, counts its calls, and describes itself in
// documents that are valid.
func TestResourceWithKey(t *testing.T) {
	w := newWeather(t, keyGuard("k-17"))
	for key, want := range map[string]int{"k-17": http.StatusOK, "k-18": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		if status, _ := w.ask(t, "X-Api-Key", key); status != want {
			t.Errorf("with the key %q: %d", key, status)
		}
	}
	if w.answered(http.StatusOK) != 1 || w.answered(http.StatusUnauthorized) != 2 {
		t.Errorf("counted %v", w.statuses)
	}
	p := newProvider(t)
	for _, g := range []guard{keyGuard("k-17"), p.forUsers(), p.forMachines()} {
		document, err := openapi3.NewLoader().LoadFromFile(newWeather(t, g).file())
		if err != nil {
			t.Fatal(err)
		}
		if err := document.Validate(t.Context()); err != nil {
			t.Errorf("the document for %T: %v", g, err)
		}
	}
}

// ask asks for the weather with a header, and returns the answer's status and content.
func (w *weather) ask(t *testing.T, header, value string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/current?city=Vienna", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(header, value)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var content map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&content); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, content
}
