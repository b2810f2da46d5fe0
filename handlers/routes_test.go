package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

type routeName struct{ method, path string }

// roleTable is the table of the contract's first section, route by route.
var roleTable = map[routeName]string{
	{"POST", "/api/exec/session/:id"}:       "owner admin agent exec",
	{"POST", "/api/exec/session/"}:          "owner admin agent exec",
	{"POST", "/api/exec/session"}:           "owner admin agent exec",
	{"GET", "/api/session"}:                 "owner admin agent",
	{"GET", "/api/session/"}:                "owner admin agent",
	{"PUT", "/api/session"}:                 "owner admin agent",
	{"PUT", "/api/session/"}:                "owner admin agent",
	{"DELETE", "/api/session/:id"}:          "owner admin",
	{"DELETE", "/api/session/"}:             "owner admin",
	{"DELETE", "/api/session"}:              "owner admin",
	{"POST", "/api/session/:id/messages"}:   "owner admin agent",
	{"GET", "/api/agent/:agentId/session"}:  "owner admin agent",
	{"GET", "/api/audit"}:                   "owner admin",
	{"PUT", "/api/audit"}:                   "owner admin",
	{"GET", "/api/keys"}:                    "owner",
	{"POST", "/api/keys"}:                   "owner",
	{"DELETE", "/api/keys/:keyLocatorHash"}: "owner",
	{"GET", "/api/hub/fd"}:                  "owner admin agent",
	{"POST", "/api/hub/session"}:            "owner admin agent",
	{"POST", "/api/hub/perform/:function"}:  "owner admin agent",
	{"GET", "/api/hub/tools/:tool"}:         "owner admin agent",
	{"GET", "/api/hub/mcp"}:                 "owner admin agent",
	{"POST", "/api/hub/mcp"}:                "owner admin agent",
	{"DELETE", "/api/hub/mcp"}:              "owner admin agent",
	{"GET", "/api/hub/tools"}:               "owner admin",
	{"POST", "/api/hub/tools"}:              "owner admin",
	{"DELETE", "/api/hub/tools/:tool"}:      "owner admin",
}

// public are the routes that ask for no key. A new one is a decision. Behind those of the hub
// stands the token of a link, or the state of a sign-in.
var public = []string{
	"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/static*",
	"/api/hub/session/:token", "/api/hub/session/:token/sign-in", "/api/hub/oauth/callback/:id",
}

// publicOperations is how many of them openapi.yaml describes: all but /static, and two of the
// configuration page.
const publicOperations = 9

var allRoles = []models.Role{models.RoleOwner, models.RoleAdmin, models.RoleAgent, models.RoleExec}

// fill makes a request's target of a route.
func fill(path string) string {
	return strings.TrimSuffix(parameter.ReplaceAllString(path, "some-$1"), "*")
}

// A route that somebody adds and forgets to close is found here.
func TestEveryRouteIsClosed(t *testing.T) {
	s := newStack(t, true)
	routes := s.handler().Routes()
	if len(routes) < minRoutes {
		t.Fatalf("saw only %d routes", len(routes))
	}
	for _, route := range routes {
		if isPanel(route.Path) {
			continue // TestEveryPanelPageIsClosed
		}
		name := routeName{route.Method, route.Path}
		open := slices.Contains(public, route.Path)
		if _, inTable := roleTable[name]; inTable == open {
			t.Errorf("%v is to be either public or in the table of roles", name)
		}
		got := s.do(route.Method, fill(route.Path), "", with("Authorization", ""), with(headerDatabase, ""))
		if open == (got.status == http.StatusUnauthorized) {
			t.Errorf("%v answers %d without a key", name, got.status)
		}
		if !open && !strings.Contains(got.body, `"status":401`) && !strings.Contains(got.body, `{"title":"Unauthorized","detail":"`) {
			t.Errorf("%v answers %s without a key", name, got.body)
		}
	}
}

// Each role may do what the contract's table says, and nothing else.
func TestRolesMayWhatTheTableSays(t *testing.T) {
	s := newStack(t, true)
	keys := map[models.Role]string{}
	for _, role := range allRoles {
		keys[role] = s.newKey(models.Key{Role: role})
	}
	for name, allowed := range roleTable {
		for _, role := range allRoles {
			got := s.do(name.method, fill(name.path), "", as(keys[role]))
			may := slices.Contains(strings.Fields(allowed), string(role))
			if may == (got.status == http.StatusForbidden) || got.status == http.StatusUnauthorized {
				t.Errorf("%v as %s: %d %s", name, role, got.status, got.body)
			}
		}
	}
	if len(roleTable) < minRoutes-publicOperations {
		t.Fatalf("saw only %d routes", len(roleTable))
	}
}

// What is not there, and what is there with another method, is answered as JSON, for anybody.
func TestUnknownRoutesAndMethods(t *testing.T) {
	s := newStack(t, true)
	for target, status := range map[string]int{
		"GET /":                          404,
		"GET /api":                       404,
		"GET /api/":                      404,
		"GET /api/nothing":               404,
		"GET /api/session/x/messages/y":  404,
		"GET /static/nothing.css":        404,
		"GET /static/../routes.go":       404,
		"GET /static/%2e%2e/routes.go":   404,
		"GET /api/agent":                 404,
		"GET /api/session/x":             405,
		"PATCH /api/session":             405,
		"HEAD /api/session":              405,
		"GET /api/exec/session/x":        405,
		"POST /api/audit":                405,
		"DELETE /healthz":                405,
		"POST /metrics":                  405,
		"DELETE /api/session/x/messages": 405,
	} {
		method, path, _ := strings.Cut(target, " ")
		got := s.do(method, path, "", with("Authorization", ""))
		body := map[int]string{
			404: `{"message":"Not Found","status":404}`,
			405: `{"message":"Method Not Allowed","status":405}`,
		}[status]
		if got.status != status || strings.TrimSpace(got.body) != body {
			t.Errorf("%s: %d %s", target, got.status, got.body)
		}
		if allow := got.header.Get("Allow"); (status == 405) != (allow != "") {
			t.Errorf("%s: the header Allow is %q", target, allow)
		}
	}
}
