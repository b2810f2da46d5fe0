package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// nextPage is a page of a walk by cursors.
type nextPage struct {
	searchPage
	NextCursor *string
}

func (s *stack) nextPage(values url.Values) nextPage {
	s.t.Helper()
	var page nextPage
	r := s.request(http.MethodGet, "/api/agent/agent/session?"+values.Encode(), "")
	got := s.send(r).want(http.StatusOK, "").json(&page)
	s.fits(r, got)
	if strings.Count(got.body, `"nextCursor":`) != 1 {
		s.t.Errorf("%s", got.body)
	}
	return page
}

// walkAll follows the cursors; between is called between two pages.
func (s *stack) walkAll(values url.Values, between func(nextPage)) []string {
	s.t.Helper()
	var seen []string
	values.Set("cursor", "")
	for range 100 {
		page := s.nextPage(values)
		seen = append(seen, ids(page.Rows)...)
		if page.NextCursor == nil {
			return seen
		}
		if between != nil {
			between(page)
		}
		values.Set("cursor", *page.NextCursor)
	}
	s.t.Fatalf("%v never ends", values)
	return nil
}

// Who follows the cursors sees everybody once, in the same order, in pages of any size.
func TestSearchWalk(t *testing.T) {
	for _, encrypted := range []bool{true, false} {
		s := newStack(t, encrypted)
		all := s.addPeople()
		for _, orderBy := range []string{"userName", "userEmail", "createdAt", "updatedAt"} {
			for _, query := range []string{"", "a", "example"} {
				for _, size := range []int{1, 4, 25, 26} {
					values := url.Values{"orderBy": {orderBy}, "query": {query}, "limit": {fmt.Sprint(size)}}
					if got, want := s.walkAll(values, nil), expected(all, orderBy, query); !slices.Equal(got, want) {
						t.Errorf("%q by %s in pages of %d: %q, want %q", query, orderBy, size, got, want)
					}
				}
			}
		}
	}
}

// What is shown and then deleted, or made meanwhile, neither stops a walk nor makes it repeat.
func TestSearchWalkWhileSessionsComeAndGo(t *testing.T) {
	s := newStack(t, true)
	want, made := expected(s.addPeople(), "userName", ""), 0
	got := s.walkAll(url.Values{"orderBy": {"userName"}, "limit": {"4"}}, func(page nextPage) {
		for _, id := range ids(page.Rows) {
			s.do("DELETE", "/api/session/"+url.PathEscape(id), "").want(200, "")
		}
		made++
		s.saved(fmt.Sprintf(`{"id":"new %d","agentId":"agent","userName":"\u0001"}`, made)) // before all others
	})
	if !slices.Equal(got, want) || made < 5 {
		t.Errorf("%q, want %q", got, want)
	}
}

// Who does not ask for cursors is answered as Open Agents Builder does.
func TestSearchWithoutCursorTellsOfNone(t *testing.T) {
	s := newStack(t, true)
	s.addPeople()
	for _, values := range []string{"", "?limit=1", "?limit=1000", "?offset=3&limit=2", "?finalized=false"} {
		if got := s.do("GET", "/api/agent/agent/session"+values, "").want(200, ""); strings.Contains(got.body, "ursor") {
			t.Errorf("%s: %s", values, got.body)
		}
	}
}

// filtered are the ids that a search finds, by time of creation.
func (s *stack) filtered(values string) string {
	s.t.Helper()
	var page searchPage
	r := s.request(http.MethodGet, "/api/agent/agent/session?orderBy=createdAt&"+values, "")
	got := s.send(r).want(http.StatusOK, "").json(&page)
	s.fits(r, got)
	if page.Total != len(page.Rows) {
		s.t.Errorf("%s: %d of %d", values, len(page.Rows), page.Total)
	}
	return strings.Join(ids(page.Rows), " ")
}

// Each filter works alone, with the others and with a query, and on times at their borders.
func TestSearchFilters(t *testing.T) {
	s := newStack(t, true)
	for i, id := range []string{"a", "b", "c", "d"} {
		at := time.Date(2025, 3, 21, 10, 0, i, 0, time.UTC).Format(time.RFC3339)
		s.saved(fmt.Sprintf(`{"id":%q,"agentId":"agent","userName":"Alice","createdAt":%q}`, id, at))
	}
	s.saved(`{"id":"b","agentId":"agent","finalizedAt":"2025-03-21T10:00:00Z"}`)
	s.saved(`{"id":"d","agentId":"agent","finalizedAt":"2025-03-21T10:00:00Z"}`)
	for values, want := range map[string]string{
		"": "d c b a", "finalized=": "d c b a", "finalized=true": "d b", "finalized=false": "c a", "finalized=true&finalized=false": "c a",
		"createdFrom=2025-03-21T10:00:01Z": "d c b", "createdFrom=2025-03-21T10:00:01.0001Z": "d c", "createdFrom=2025-03-21T10:00:00.9999Z": "d c b",
		"createdTo=2025-03-21T10:00:01Z": "a", "createdTo=2025-03-21T10:00:01.0001Z": "b a", "createdTo=": "d c b a", "createdFrom=": "d c b a",
		"createdFrom=2025-03-21T10:00:01Z&createdTo=2025-03-21T10:00:03Z":                 "c b",
		"createdFrom=2025-03-21T10:00:01Z&createdTo=2025-03-21T10:00:03Z&finalized=false": "c",
		"createdFrom=2025-03-21T10:00:03Z&createdTo=2025-03-21T10:00:01Z":                 "",
		"createdFrom=2025-03-21T12:00:02%2B02:00":                                         "d c",
		"createdFrom=2025-03-21T12:00:02+02:00":                                           "d c", // the sign stands for a space then
		"createdFrom=2025-03-21T08:00:02-02:00":                                           "d c",
		"createdFrom=0001-01-01T00:00:00Z&createdTo=9999-12-31T23:59:59.999999999Z":       "d c b a",
		"query=ALI&finalized=true&createdTo=2025-03-21T10:00:03Z":                         "b",
		"query=bob&finalized=true":                                                        "",
	} {
		if got := s.filtered(values); got != want {
			t.Errorf("%s finds %q, want %q", values, got, want)
		}
	}
}

// What is wrong is told by name, all at once, and before anything is read.
func TestSearchBadFilters(t *testing.T) {
	s := newStack(t, true)
	s.addPeople()
	times := []string{
		"yesterday", "2025-03-21", "2025-03-21T10:00:00", "2025-03-21 10:00:00Z", "2025-13-01T00:00:00Z", "0000-01-01T00:00:00Z",
		"9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "1742551200", " ",
	}
	for field, values := range map[string][]string{
		"finalized": {"yes", "TRUE", "1", " true", "null"}, "createdFrom": times, "createdTo": times,
		"cursor": {"x", "v1.k1.x", strings.Repeat("x", 20_001), "null", " ", "\x00", "ß"},
	} {
		for _, value := range values {
			r := s.request(http.MethodGet, "/api/agent/agent/session?"+url.Values{field: {value}}.Encode(), "")
			got := s.send(r)
			s.fits(r, got)
			if got.status != 400 || strings.Count(got.body, `"path":["`+field+`"]`) != 1 || strings.Contains(got.body, "rows") {
				t.Errorf("%s=%s: %d %s", field, shorten(value), got.status, got.body)
			}
		}
	}
	got := s.do("GET", "/api/agent/agent/session?finalized=x&createdFrom=x&createdTo=x&limit=x&cursor=x&offset=1", "")
	for _, field := range []string{"finalized", "createdFrom", "createdTo", "limit", "cursor"} {
		if got.status != 400 || strings.Count(got.body, `"path":["`+field+`"]`) != 1 {
			t.Errorf("%s: %d %s", field, got.status, got.body)
		}
	}
}

// A cursor is good for the search that gave it: with other parameters it would skip or repeat.
func TestSearchCursorOfAnotherSearch(t *testing.T) {
	s := newStack(t, true)
	s.addPeople()
	good := url.Values{"orderBy": {"userName"}, "query": {"a"}, "limit": {"2"}, "createdFrom": {"2020-01-01T00:00:00Z"}, "cursor": {""}}
	cursor := *s.nextPage(good).NextCursor
	good.Set("cursor", cursor)
	s.nextPage(good)
	good.Set("limit", "3") // only this may change
	good.Set("createdFrom", "2020-01-01T01:00:00+01:00")
	s.nextPage(good)
	refused := func(what, path string, values url.Values, options ...func(*http.Request)) {
		t.Helper()
		got := s.do("GET", path+"?"+values.Encode(), "", options...)
		if got.status != 400 || strings.Count(got.body, `"path":["cursor"]`) != 1 || strings.Contains(got.body, cursor) {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	for field, value := range map[string]string{
		"orderBy": "userEmail", "query": "b", "createdFrom": "2020-01-01T00:00:01Z", "createdTo": "2099-01-01T00:00:00Z",
		"finalized": "false", "offset": "1", "cursor": cursor[:len(cursor)-1],
	} {
		values := url.Values{}
		for name := range good {
			values.Set(name, good.Get(name))
		}
		values.Set(field, value)
		refused(field, "/api/agent/agent/session", values)
	}
	refused("another agent", "/api/agent/AGENT/session", good)
	other, key := s.newTenant(true, "other")
	refused("another tenant", "/api/agent/agent/session", good, as(key), with(headerDatabase, other.DatabaseIDHash))
}

// The longest cursor that there can be is taken back.
func TestSearchLongestCursor(t *testing.T) {
	s := newStack(t, true)
	longest := strings.Repeat("\x01", 1000)
	for _, id := range []string{"1", "2"} {
		s.do("PUT", "/api/session", jsonObject("id", strings.Repeat("<", 254)+id, "agentId", "agent", "userName", longest)).want(200, "")
	}
	values := url.Values{"orderBy": {"userName"}, "query": {longest}, "limit": {"1"}}
	if seen := s.walkAll(values, nil); len(seen) != 2 {
		t.Errorf("saw %d", len(seen))
	}
}
