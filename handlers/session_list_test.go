package handlers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// seed saves sessions without HTTP, where a test needs many.
func (s *stack) seed(patches ...*models.SessionPatch) {
	s.t.Helper()
	for _, p := range patches {
		s.must(s.store.Sessions.Save(s.t.Context(), s.owner, p))
	}
}

func ids(list []sessionDTO) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = list[i].ID
	}
	return all
}

// listed reads a list and holds its total against what is in it.
func (s *stack) listed(query string) ([]string, string) {
	s.t.Helper()
	var list []sessionDTO
	got := s.do("GET", "/api/session"+query, "").want(200, "").json(&list)
	return ids(list), got.header.Get("X-Total-Count")
}

// manySessions are more than the service reads at once, with many ties in their times.
func manySessions(s *stack) []string {
	const n = 450
	var patches []*models.SessionPatch
	for i := range n {
		at := s.clock.Now().Add(time.Duration(i*7919%5) * time.Millisecond)
		patches = append(patches, &models.SessionPatch{
			ID: fmt.Sprintf("s%03d", i*7919%n), AgentID: fmt.Sprintf("agent-%d", i%3), CreatedAt: &at,
		})
	}
	s.seed(patches...)
	slices.SortFunc(patches, func(a, b *models.SessionPatch) int {
		return cmp.Or(b.CreatedAt.Compare(*a.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	var order []string
	for _, p := range patches {
		order = append(order, p.ID)
	}
	return order
}

// The newest is first, ties go by id, and every page is a piece of that order.
func TestListOrder(t *testing.T) {
	s := newStack(t, true)
	order := manySessions(s)
	n := len(order)
	for _, c := range []struct {
		query    string
		from, to int
	}{
		{"", 0, n},
		{"?limit=1", 0, 1},
		{"?limit=199", 0, 199},
		{"?limit=200", 0, 200},
		{"?limit=201", 0, 201},
		{"?limit=400", 0, 400},
		{"?limit=9223372036854775807", 0, n},
		{"?limit=0", 0, 0},
		{"?limit=0&offset=7", 0, 0},
		{"?offset=0", 0, n},
		{"?offset=1", 1, n},
		{"?offset=200", 200, n},
		{"?offset=449", 449, n},
		{"?offset=450", 0, 0},
		{"?offset=9223372036854775807", 0, 0},
		{"?limit=250&offset=150", 150, 400},
		{"?limit=9223372036854775807&offset=9223372036854775807", 0, 0},
		{"?limit=7&limit=2", 0, 2},
		{"?unknown=1&orderBy=userName", 0, n},
		{"?id=&agentId=", 0, n},
	} {
		got, total := s.listed(c.query)
		if !slices.Equal(got, order[c.from:c.to]) || total != fmt.Sprint(n) {
			t.Errorf("%s: %d sessions of %s, want %d to %d", c.query, len(got), total, c.from, c.to)
		}
	}
}

// Both filters have to match; the total is theirs, whatever the page.
func TestListFilters(t *testing.T) {
	s := newStack(t, true)
	at := s.clock.Now()
	for _, name := range []struct{ id, agent string }{{"a", "x"}, {"b", "x"}, {"c", "y"}, {"A", "X"}, {"a%", "x_"}, {"a b+c&d=é", "x y"}} {
		s.seed(&models.SessionPatch{ID: name.id, AgentID: name.agent, CreatedAt: &at})
	}
	for query, want := range map[string]string{
		"?id=a":                       "a of 1",
		"?id=A":                       "A of 1",
		"?agentId=x":                  "a b of 2",
		"?agentId=x&limit=1":          "a of 2",
		"?agentId=x&limit=1&offset=1": "b of 2",
		"?id=a&agentId=x":             "a of 1",
		"?id=a&agentId=y":             " of 0",
		"?id=a%25":                    "a% of 1",
		"?agentId=x_":                 "a% of 1",
		"?agentId=%25":                " of 0",
		"?id=a+b%2Bc%26d%3D%C3%A9":    "a b+c&d=é of 1",
		"?id=a%20b%2Bc%26d%3D%C3%A9":  "a b+c&d=é of 1",
		"?id=b&id=c":                  "c of 1",
		"?id=nothing":                 " of 0",
		"?id=%00":                     " of 0",
		"?agentId=x'%20OR%20'1'%3D'1": " of 0",
		"/?id=a":                      "a of 1",
		"/?agentId=x":                 "a b of 2",
	} {
		got, total := s.listed(query)
		if text := strings.Join(got, " ") + " of " + total; text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
}

// limit and offset are whole numbers from 0; anything else is 400, each by its name.
func TestListBadPages(t *testing.T) {
	s := newStack(t, true)
	for _, value := range []string{"-1", "-9223372036854775808", "1.0", "1e3", "x", "", "%20", "0x10", "1_000", "1,000", "%D9%A1", "9223372036854775808"} {
		for _, name := range []string{"limit", "offset"} {
			got := s.do("GET", "/api/session?"+name+"="+value, "")
			if got.status != 400 || !strings.Contains(got.body, `"path":["`+name+`"]`) || got.header.Get("X-Total-Count") != "" {
				t.Errorf("%s=%s: %d %s", name, value, got.status, got.body)
			}
		}
	}
	for _, query := range []string{"%", "id=%2", "id=%zz", "id=a;agentId=b"} {
		s.do("GET", "/api/session?"+query, "").want(400, "")
	}
}

// What is deleted is in no list and in no total.
func TestListWithoutDeleted(t *testing.T) {
	s := newStack(t, true)
	s.do("GET", "/api/session", "").want(200, "[]")
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("POST", "/api/exec/session/y", alice).want(200, "")
	s.do("DELETE", "/api/session/x", "").want(200, "")
	if got, total := s.listed(""); len(got) != 1 || got[0] != "y" || total != "1" {
		t.Errorf("lists %v of %s", got, total)
	}
	var page struct{ Total int }
	s.do("GET", "/api/agent/agent-1/session", "").json(&page)
	if page.Total != 1 {
		t.Errorf("the page counts %d", page.Total)
	}
}
