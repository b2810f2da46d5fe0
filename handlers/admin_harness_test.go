package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionhub/models"
)

// operator is a browser that is signed in to the admin panel with a key of this role.
func (s *stack) operator(role models.Role) *browser {
	s.t.Helper()
	b := s.browser()
	b.post("/admin/login", "key", s.newKey(models.Key{Role: role})).want(http.StatusSeeOther, "")
	if b.token() == "" {
		s.t.Fatal("signing in set no cookie")
	}
	return b
}

// token is the value of the cookie that the browser is signed in with.
func (b *browser) token() string {
	for _, cookie := range b.cookies {
		if cookie.Name == loginCookie {
			return cookie.Value
		}
	}
	return ""
}

// choose posts a form about sessions.
func (b *browser) choose(target string, ids ...string) answer {
	b.s.t.Helper()
	return b.ask(http.MethodPost, target, url.Values{"id": ids, "back": {"/admin/sessions?agent=a"}}.Encode())
}

// htmx asks as the script of the pages does, for a part.
func htmx(r *http.Request) {
	r.Header.Set(headerHTMX, "true")
	r.Header.Set(headerHTMXType, "partial")
}

// talk makes sessions of the agent "a", s01 and so on, named after their numbers.
func (s *stack) talk(n int) {
	s.t.Helper()
	for i := 1; i <= n; i++ {
		s.do("POST", fmt.Sprintf("/api/exec/session/s%02d", i),
			jsonObject("agentId", "a", "userName", fmt.Sprintf("Person %02d", i), "userEmail", fmt.Sprintf("p%02d@example.com", i))).want(http.StatusOK, "")
	}
}

// isPanel says whether a path is one of the admin panel.
func isPanel(path string) bool { return path == panelPath || strings.HasPrefix(path, panelPath+"/") }

// panelRoutesOf lists the routes of the panel, those of a login apart.
func panelRoutesOf(t *testing.T, s *stack) []routeName {
	t.Helper()
	var all []routeName
	for _, route := range s.handler().Routes() {
		known := route.Method == http.MethodGet || route.Method == http.MethodPost
		if known && strings.HasPrefix(route.Path, panelPath+"/") && !strings.HasPrefix(route.Path, panelPath+"/log") {
			all = append(all, routeName{route.Method, route.Path})
		}
	}
	if len(all) < 10 {
		t.Fatalf("saw only %d pages", len(all))
	}
	return all
}
