package handlers

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
)

// aliases are served but not in the paths of openapi.yaml, whose words tell of them.
var aliases = map[string]string{
	"GET /api/session/":       "GET /api/session",
	"PUT /api/session/":       "PUT /api/session",
	"POST /api/exec/session":  "POST /api/exec/session/{id}", // without an id: always 400
	"POST /api/exec/session/": "POST /api/exec/session/{id}",
	"DELETE /api/session":     "DELETE /api/session/{id}",
	"DELETE /api/session/":    "DELETE /api/session/{id}",
	"HEAD /healthz":           "GET /healthz",
	"HEAD /readyz":            "GET /readyz",
	"GET /api/hub/mcp":        "POST /api/hub/mcp", // 405, as there is no session to keep
	"DELETE /api/hub/mcp":     "POST /api/hub/mcp",
	"GET /static*":            "", // what pages need
}

const minRoutes = 35

// document is openapi.yaml, read once.
var document = sync.OnceValues(loadOpenAPI)

var parameter = regexp.MustCompile(`:(\w+)`)

// documented turns "GET /api/session/:id" into how openapi.yaml writes it.
func documented(method, path string) string {
	name := method + " " + parameter.ReplaceAllString(path, "{$1}")
	if alias, ok := aliases[name]; ok {
		return alias
	}
	return name
}

// operations lists what openapi.yaml describes.
func operations(t testing.TB) map[string]*routers.Route {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*routers.Route{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			all[method+" "+path] = &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: op}
		}
	}
	return all
}

// Whoever reads the document finds every route in it, and nothing that is not there.
func TestSpecMatchesRoutes(t *testing.T) {
	described := operations(t)
	served := map[string]bool{}
	routes := newStack(t, true).handler().Routes()
	for _, route := range routes {
		if isPanel(route.Path) {
			continue // pages for people, see panelTable
		}
		name := documented(route.Method, route.Path)
		served[name] = true
		if name != "" && described[name] == nil {
			t.Errorf("%s %s is served and not in openapi.yaml", route.Method, route.Path)
		}
	}
	for name := range described {
		if !served[name] {
			t.Errorf("%s is in openapi.yaml and not served", name)
		}
	}
	if len(routes) < minRoutes {
		t.Fatalf("saw only %d routes", len(routes))
	}
	for name := range aliases {
		method, path, _ := strings.Cut(name, " ")
		if !slices.ContainsFunc(routes, func(r *echo.Route) bool { return r.Method == method && r.Path == path }) {
			t.Errorf("the alias %s is not served", name)
		}
	}
}

// The roles that openapi.yaml names are the ones that the routes let in.
func TestSpecMatchesRoles(t *testing.T) {
	described := operations(t)
	if len(roleTable) < len(described)-publicOperations {
		t.Fatalf("the table of roles has %d routes", len(roleTable))
	}
	for name, want := range roleTable {
		op := described[documented(name.method, name.path)]
		if op == nil {
			continue // TestSpecMatchesRoutes says so
		}
		var roles []string
		for _, role := range op.Operation.Extensions["x-roles"].([]any) {
			roles = append(roles, role.(string))
		}
		if strings.Join(roles, " ") != want {
			t.Errorf("%v: openapi.yaml has the roles %v, the contract %s", name, roles, want)
		}
	}
}

// fits holds an answer to what openapi.yaml says of its route. That there is no such route or
// method, 404 and 405, goes without saying.
func (s *stack) fits(r *http.Request, got answer) {
	s.t.Helper()
	name := s.route(r)
	route := operations(s.t)[name]
	unsaid := (got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed) &&
		(route == nil || route.Operation.Responses.Status(got.status) == nil)
	if unsaid || r.Method == http.MethodOptions || isPanel(r.URL.Path) {
		return
	}
	answered.Store(name+" "+strconv.Itoa(got.status), true)
	if route == nil {
		s.t.Errorf("%s %s is not in openapi.yaml", r.Method, r.URL)
		return
	}
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route},
		Status:                 got.status, Header: got.header, Body: io.NopCloser(strings.NewReader(got.body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		s.t.Errorf("%s %s: the answer %d is not as openapi.yaml says: %v", r.Method, r.URL, got.status, err)
	}
}

// route names the route of a request as openapi.yaml does.
func (s *stack) route(r *http.Request) string {
	c := s.handler().NewContext(r, nil)
	s.handler().Router().Find(r.Method, echo.GetPath(r), c)
	return documented(r.Method, c.Path())
}

// answered are the answers that fits has seen, as "GET /api/session 200".
var answered sync.Map

// TestMain fails a whole run in which no test asked for an answer that openapi.yaml describes.
func TestMain(m *testing.M) {
	flag.Parse()
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
	code := m.Run()
	for _, filter := range []string{"run", "skip", "list", "fuzz", "bench"} {
		if flag.Lookup("test."+filter).Value.String() != "" {
			os.Exit(code)
		}
	}
	if doc, err := document(); err == nil && code == 0 {
		for path, item := range doc.Paths.Map() {
			for method, op := range item.Operations() {
				for status := range op.Responses.Map() {
					name := method + " " + path + " " + status
					if _, ok := answered.Load(name); !ok {
						fmt.Println("no test asks for", name)
						code = 1
					}
				}
			}
		}
	}
	os.Exit(code)
}

// A check that passes everything would pass wrong answers too.
func TestSchemaCheckRefusesWrongAnswers(t *testing.T) {
	route := operations(t)["GET /api/session"]
	for _, body := range []string{`{}`, `[{}]`, `[{"id":1}]`, `null`, `[null]`} {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		schema := route.Operation.Responses.Status(http.StatusOK).Value.Content.Get("application/json").Schema.Value
		if err := schema.VisitJSON(value, openapi3.EnableJSONSchema2020(), openapi3.VisitAsResponse()); err == nil {
			t.Errorf("%s passes as a list of sessions", body)
		}
	}
}

// A client that goes by the document asks for what the service gives: the page and the JSON
// are made of the same file.
func TestDocumentIsServed(t *testing.T) {
	s := newStack(t, true)
	var served struct {
		OpenAPI string           `json:"openapi"`
		Paths   map[string]any   `json:"paths"`
		Servers []map[string]any `json:"servers"`
	}
	r := s.request(http.MethodGet, "/openapi.json", "", with("Authorization", ""))
	got := s.send(r).want(http.StatusOK, "").json(&served)
	s.fits(r, got)
	doc, err := document()
	s.must(err)
	paths := slices.Sorted(maps.Keys(doc.Paths.Map()))
	if !strings.HasPrefix(served.OpenAPI, "3.1") || !slices.Equal(slices.Sorted(maps.Keys(served.Paths)), paths) {
		t.Errorf("serves %s with %d paths", served.OpenAPI, len(served.Paths))
	}
	if len(served.Servers) != 1 || served.Servers[0]["url"] != s.deps.PublicURL {
		t.Errorf("names the servers %v", served.Servers)
	}
	r = s.request(http.MethodGet, "/docs", "", with("Authorization", ""))
	page := s.send(r).want(http.StatusOK, "")
	s.fits(r, page)
	for _, path := range paths {
		if !strings.Contains(page.body, path) {
			t.Errorf("/docs does not tell of %s", path)
		}
	}
	if policy := page.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("/docs has the policy %q", policy)
	}
	s.do(http.MethodGet, "/static/docs.css", "", with("Authorization", "")).want(http.StatusOK, "")
}
