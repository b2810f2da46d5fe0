package web

import (
	"io"
	"strings"
	"testing"
)

func renderedBy[V any](t *testing.T, render func(w io.Writer, v V) error, v V) string {
	t.Helper()
	var page strings.Builder
	if err := render(&page, v); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// What htmx gets is what the whole page has in its place, so the page is the same with and without it.
func TestBlocksAreParts(t *testing.T) {
	empty := exampleSessions()
	empty.Rows, empty.Total, empty.Query = nil, 0, "zzz"
	for _, v := range []AdminSessionsView{exampleSessions(), exampleLongSessions(), empty} {
		list := renderedBy(t, RenderAdminSessionsList, v)
		whole := renderedBy(t, RenderAdminSessions, v)
		if _, results, _ := strings.Cut(whole, `<div id="results" class="results">`); strings.Contains(list, "<html") || !strings.HasPrefix(strings.TrimSpace(results), strings.TrimSpace(list)) {
			t.Errorf("the list of %q is not what the page has", v.Query)
		}
	}
	session := exampleSession()
	session.PerPart, session.Session.Messages = 7, 20
	for _, session.JSON = range []bool{false, true} {
		part := renderedBy(t, RenderAdminSessionPart, session)
		if whole := renderedBy(t, RenderAdminSession, session); strings.Contains(part, "<html") || !strings.Contains(whole, strings.TrimSpace(part)) {
			t.Errorf("the part is not what the page has, as JSON: %v", session.JSON)
		}
	}
}

// A column sorts names from A and times from the newest, and the other way around when it is asked
// again; readers who hear the page are told which way.
func TestColumnsSort(t *testing.T) {
	for name, c := range map[string]struct {
		sort    string
		reverse bool
		want    string // of each column: how the list is sorted, and where its link leads
	}{
		"usual":        {"", false, " sort=userName| sort=userEmail| sort=createdAt|descending reverse=1"},
		"reversed":     {"updatedAt", true, " sort=userName| sort=userEmail| sort=createdAt|ascending "},
		"by name":      {"userName", false, "ascending sort=userName&reverse=1| sort=userEmail| sort=createdAt| "},
		"name, from Z": {"userName", true, "descending sort=userName| sort=userEmail| sort=createdAt| "},
	} {
		page := newAdminSessionsPage(AdminSessionsView{AdminFrame: AdminFrame{Base: "/admin"}, Sort: c.sort, Reverse: c.reverse, Page: 3})
		var got []string
		for _, column := range page.Columns {
			_, query, _ := strings.Cut(column.Link, "?")
			got = append(got, column.Sort+" "+query)
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("%s: %s", name, strings.Join(got, "|"))
		}
	}
}

// Paging keeps what was asked for, and leaves out of the address what was not.
func TestPaging(t *testing.T) {
	v := AdminSessionsView{
		AdminFrame: AdminFrame{Base: "/admin"}, Agent: "a b", Query: "x&y", State: "active", From: "2026-11-01", Sort: "userName", Reverse: true,
		Page: 2, PerPage: 50, Total: 12_345, Rows: make([]AdminSessionRow, 50),
	}
	const asked = "/admin/sessions?agent=a+b&q=x%26y&sort=userName&reverse=1&state=active&from=2026-11-01"
	pager := newAdminPager(v)
	if pager.Previous != asked || pager.Next != asked+"&page=3" {
		t.Errorf("leads to %s and %s", pager.Previous, pager.Next)
	}
	if got := pager.From.String() + " " + pager.To.String() + " " + pager.Total.String(); got != "51 100 12,345" || pager.Pages != 247 {
		t.Errorf("shows %s of %d pages", got, pager.Pages)
	}
	v.Page = 247
	if last := newAdminPager(v); last.Next != "" || last.Previous == "" {
		t.Errorf("the last page leads to %q and %q", last.Previous, last.Next)
	}
	v.Page, v.Rows = 900, nil
	if past := newAdminPager(v); past.Previous != asked+"&page=247" || past.Next != "" {
		t.Errorf("a page behind the last leads to %q and %q", past.Previous, past.Next)
	}
}

// A list without sessions says why, and what to do.
func TestEmptyListsSayWhy(t *testing.T) {
	pages := panelPages(t)
	for name, want := range map[string]string{
		"none": "There are no sessions yet", "choose": "Choose an agent", "of an unknown agent": "This agent has no sessions",
		"nothing matches": "Clear search and filters", "past the end": "page=494", "problem": `role="alert"`,
	} {
		if page := pages["admin_sessions "+name]; !strings.Contains(page, want) || strings.Contains(page, "<table") {
			t.Errorf("%s: does not say %q, or has a table", name, want)
		}
	}
}

// The way back comes from the address, so it may lead anywhere; it is followed only to pages of the panel.
func TestWayToList(t *testing.T) {
	for back, want := range map[string]string{
		"/admin/sessions?agent=a&q=b": "/admin/sessions?agent=a&q=b",
		"/admin/usage":                "/admin/usage",
		"":                            "/admin/sessions",
		"/admin":                      "/admin/sessions",
		"/administrator":              "/admin/sessions",
		"/admin/../api":               "/admin/sessions",
		"/admin/..%2fapi":             "/admin/sessions",
		"//evil.example/admin/":       "/admin/sessions",
		"https://evil.example/admin/": "/admin/sessions",
		"javascript:alert(1)":         "/admin/sessions",
		`/admin/\evil.example`:        "/admin/sessions",
	} {
		if got := wayToList("/admin", back); got != want {
			t.Errorf("%q leads to %q, want %q", back, got, want)
		}
	}
}

// Each part of a session leads to the ones beside it, and to the first and the last.
func TestPartsOfASession(t *testing.T) {
	v := exampleSession()
	v.Back, v.PerPart, v.Session.Messages, v.Session.ID = "", 100, 345, "s/1"
	const at = "/admin/sessions/s%2F1"
	for from, want := range map[int64]struct {
		ways adminParts
		more string
		text string
	}{
		0:   {adminParts{Last: at + "?from=300"}, at + "?from=100", "Show 100 more messages"},
		100: {adminParts{First: at, Earlier: at, Last: at + "?from=300"}, at + "?from=200", "Show 100 more messages"},
		200: {adminParts{First: at, Earlier: at + "?from=100"}, at + "?from=300", "Show 45 more messages"},
		300: {adminParts{First: at, Earlier: at + "?from=200"}, "", ""},
	} {
		v.First, v.Parts = from, make([]string, min(100, 345-from))
		page := newAdminSessionPage(v)
		if page.Parts != want.ways || page.More != want.more || page.MoreText != want.text {
			t.Errorf("from %d: %+v, %q leads to %q", from, page.Parts, page.MoreText, page.More)
		}
	}
}
