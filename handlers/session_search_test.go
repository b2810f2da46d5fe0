package handlers

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"sessionhub/models"
)

type searchPage struct {
	Rows                 []sessionDTO
	Total, Limit, Offset int
	OrderBy, Query       string
}

func (s *stack) search(values url.Values) searchPage {
	s.t.Helper()
	var page searchPage
	s.do("GET", "/api/agent/agent/session?"+values.Encode(), "").want(200, "").json(&page)
	return page
}

// people are hard to find and to sort: case that folds to other lengths, none at all, marks
// that a pattern would take for its own.
var people = []struct{ id, name, email string }{
	{"a", "Alice", "alice@example.com"},
	{"B", "ALICE", "ALICE@EXAMPLE.COM"},
	{"c", "alice", "-"},
	{"d", "Łukasz", "łukasz@example.pl"},
	{"e", "łukasz", "ŁUKASZ@example.pl"},
	{"f", "Straße", "ß@example.de"},
	{"g", "STRAẞE", "ẞ@example.de"},
	{"h", "Strasse", "ss@example.de"},
	{"i", "İpek", "i@example.tr"},
	{"j", "ipek", "İ@example.tr"},
	{"k", "IPEK", "ı@example.tr"},
	{"l", "👩‍👩‍👧 family", "👩@example.com"},
	{"m", "100% sure", "a_b@example.com"},
	{"n", "a_b", "aXb@example.com"},
	{"o", `O'Brien "Bob" \ /`, "o'brien@example.com"},
	{"p", "-", "-"},
	{"q", "", ""},
	{"r", "-", "z@example.com"},
	{"s", "Zed", "-"},
	{"ſ", "_", "~"},
	{"T%_'\"", "Ωmega ωMEGA Ω", "K@example.com"},
	{"u v", "  spaces  ", "tab\tin@example.com"},
	{"w", "日本語", "nihon@example.jp"},
	{"x", "Ж", "ж@example.ru"},
	{"İ", "x\u0000y", "a\ufffdb"},
}

// addPeople saves them, a few at each moment, and returns them as they have to be answered.
func (s *stack) addPeople() []sessionDTO {
	s.t.Helper()
	text := func(value string) models.Change[models.Secret] {
		if s.onPostgres() && !s.sealed {
			value = strings.ReplaceAll(value, "\x00", "\x01") // which it does not keep, unless sealed
		}
		secret := models.Secret(value)
		if value == "-" {
			return models.Change[models.Secret]{}
		}
		return models.Change[models.Secret]{Set: true, Value: &secret}
	}
	for i, person := range people {
		at := s.clock.Now().Add(time.Duration(-(i * 7 % 5)) * time.Hour)
		s.seed(
			&models.SessionPatch{ID: person.id, AgentID: "agent", UserName: text(person.name), UserEmail: text(person.email), CreatedAt: &at},
			&models.SessionPatch{ID: "other " + person.id, AgentID: "AGENT", UserName: text(person.name)},
		)
		if i%3 == 2 {
			s.clock.advance(time.Second)
		}
	}
	s.seed(&models.SessionPatch{ID: "deleted", AgentID: "agent", UserName: text("Alice")})
	s.must(s.store.Sessions.Delete(s.t.Context(), s.owner, "deleted"))
	var all []sessionDTO
	s.do("GET", "/api/session?agentId=agent", "").json(&all)
	if len(all) != len(people) {
		s.t.Fatalf("there are %d people", len(all))
	}
	return all
}

// holds says the slow and obvious way whether a text has the query in it: strings.EqualFold
// folds by itself.
func holds(text *string, query string) bool {
	if text == nil {
		return false
	}
	runes, length := []rune(*text), len([]rune(query))
	for i := 0; i+length <= len(runes); i++ {
		if strings.EqualFold(string(runes[i:i+length]), query) {
			return true
		}
	}
	return false
}

// lower is the order of names: that of their lower-case letters. İ has none of its own.
func lower(text *string) string {
	return strings.Map(func(r rune) rune {
		if r == 'İ' {
			return r
		}
		return unicode.ToLower(r)
	}, *text)
}

func expected(all []sessionDTO, orderBy, query string) []string {
	var found []sessionDTO
	for _, session := range all {
		if holds(&session.ID, query) || holds(session.UserName, query) || holds(session.UserEmail, query) {
			found = append(found, session)
		}
	}
	byText := func(a, b *string) int {
		none := func(s *string) bool { return s == nil || *s == "" }
		if none(a) || none(b) {
			return map[bool]int{true: 1}[none(a)] - map[bool]int{true: 1}[none(b)]
		}
		return strings.Compare(lower(a), lower(b))
	}
	slices.SortFunc(found, func(a, b sessionDTO) int {
		order := map[string]int{
			"userName": byText(a.UserName, b.UserName), "userEmail": byText(a.UserEmail, b.UserEmail),
			"createdAt": strings.Compare(b.CreatedAt, a.CreatedAt), "updatedAt": strings.Compare(b.UpdatedAt, a.UpdatedAt),
		}[orderBy]
		return cmp.Or(order, strings.Compare(a.ID, b.ID))
	})
	return ids(found)
}

var queries = []string{
	"", "a", "ALICE", "alice@", "lic", "ł", "Ł", "ŁU", "ß", "ẞ", "ss", "straße", "STRASSE", "İ", "i", "I", "ı", "ipek", "👩", "👩‍👩‍👧", "\u200d",
	"%", "_", "a_b", "0% s", "'", `"`, `\`, "/", "o'b", "ω", "Ω", "\u2126", "k@", "K@", "ſ", "s", "日", "本語", "Ж", "ж", "  ", "\t", "\x00", "\ufffd",
	"nobody", "example.com", "@EXAMPLE", ".*", "[a", "other",
}

// Every query in every order finds what a slow and obvious search finds, and gives the same
// rows with encryption and without.
func TestSearchAgainstOracle(t *testing.T) {
	for _, encrypted := range []bool{true, false} {
		t.Run(fmt.Sprint("encrypted ", encrypted), func(t *testing.T) {
			s := newStack(t, encrypted)
			all := s.addPeople()
			for _, orderBy := range []string{"userName", "userEmail", "createdAt", "updatedAt"} {
				for _, query := range queries {
					want := expected(all, orderBy, query)
					page := s.search(url.Values{"query": {query}, "orderBy": {orderBy}, "limit": {"1000"}})
					if got := ids(page.Rows); !slices.Equal(got, want) || page.Total != len(want) {
						t.Errorf("%q by %s: %q of %d, want %q", query, orderBy, got, page.Total, want)
					}
					if page.Query != query || page.OrderBy != orderBy || page.Limit != 1000 || page.Offset != 0 {
						t.Errorf("%q by %s: the page says %+v", query, orderBy, page)
					}
				}
			}
		})
	}
}

// Page by page, of any size, everybody is there once and in the same order.
func TestSearchPages(t *testing.T) {
	s := newStack(t, true)
	all := s.addPeople()
	for _, orderBy := range []string{"userName", "userEmail", "createdAt", "updatedAt"} {
		want := expected(all, orderBy, "")
		for _, size := range []int{1, 2, 3, 7, 24, 25, 26} {
			var got []string
			for offset := 0; ; offset += size {
				page := s.search(url.Values{"orderBy": {orderBy}, "limit": {fmt.Sprint(size)}, "offset": {fmt.Sprint(offset)}})
				if page.Total != len(all) || page.Limit != size || page.Offset != offset {
					t.Errorf("by %s, %d from %d: %+v", orderBy, size, offset, page)
				}
				if len(page.Rows) == 0 {
					break
				}
				got = append(got, ids(page.Rows)...)
			}
			if !slices.Equal(got, want) {
				t.Errorf("by %s in pages of %d: %q, want %q", orderBy, size, got, want)
			}
		}
	}
}

// What is not given has its default; a page beyond the end is empty and keeps the total.
func TestSearchDefaults(t *testing.T) {
	s := newStack(t, true)
	all := s.addPeople()
	page := s.search(url.Values{})
	if page.Limit != 10 || page.Offset != 0 || page.OrderBy != "updatedAt" || page.Query != "" || !slices.Equal(ids(page.Rows), expected(all, "updatedAt", "")[:10]) {
		t.Errorf("by default: %+v", page)
	}
	if page = s.search(url.Values{"orderBy": {""}, "query": {""}}); page.OrderBy != "updatedAt" || page.Total != len(all) {
		t.Errorf("with empty parameters: %+v", page)
	}
	for _, offset := range []string{"25", "1000000", "2147483647"} {
		if page = s.search(url.Values{"offset": {offset}}); len(page.Rows) != 0 || page.Total != len(all) {
			t.Errorf("from %s: %+v", offset, page)
		}
	}
	s.do("GET", "/api/agent/agent/session?offset=1000000", "").json(&page)
	if body := s.do("GET", "/api/agent/none/session", "").body; !strings.Contains(body, `{"rows":[],"total":0,`) {
		t.Errorf("without sessions: %s", body)
	}
}

// Limits are told by name, all at once.
func TestSearchBadParameters(t *testing.T) {
	s := newStack(t, true)
	for field, values := range map[string][]string{
		"limit":   {"0", "-1", "1001", "9223372036854775808", "x", "", "1.5", "1e1"},
		"offset":  {"-1", "x", "", "0.5", "9223372036854775808"},
		"orderBy": {"id", "USERNAME", "username", "updatedAt ", "createdAt desc", "1", "updatedAt;--"},
		"query":   {strings.Repeat("q", 1001), strings.Repeat("ß", 1001)},
	} {
		for _, value := range values {
			got := s.do("GET", "/api/agent/agent/session?"+url.Values{field: {value}}.Encode(), "")
			if got.status != 400 || strings.Count(got.body, `"path":["`+field+`"]`) != 1 {
				t.Errorf("%s=%s: %d %s", field, shorten(value), got.status, got.body)
			}
		}
	}
	s.do("GET", "/api/agent/agent/session?query="+url.QueryEscape(strings.Repeat("ß", 1000)), "").want(200, "")
	s.do("GET", "/api/agent/a%2Fb%20c/session?limit=1000", "").want(200, "")
}

// A change shows at once: nothing that can be searched is kept from before.
func TestSearchSeesChanges(t *testing.T) {
	s := newStack(t, true)
	find := func(query string) int {
		return s.search(url.Values{"query": {query}}).Total
	}
	s.saved(`{"id":"x","agentId":"agent","userName":"Alice"}`)
	before := find("alice")
	s.saved(`{"id":"x","agentId":"agent","userName":"Bob"}`)
	after, renamed := find("alice"), find("bob")
	s.do("DELETE", "/api/session/x", "").want(200, "")
	if before != 1 || after != 0 || renamed != 1 || find("bob") != 0 {
		t.Errorf("found %d, then %d and %d, then %d", before, after, renamed, find("bob"))
	}
}
