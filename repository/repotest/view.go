package repotest

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// view is a session with its messages as a reader sees them, in texts, so that two can be
// compared with == and a difference can be read.
type view struct {
	ID, Agent                     string
	Name, Email, Terms, Finalized string
	Prompt, Completion, Messages  string
	Created, Updated              string
}

func viewOf(m *models.Session, text models.Text) (view, error) {
	v := view{
		ID: m.ID, Agent: m.AgentID, Name: show((*string)(m.UserName)), Email: show((*string)(m.UserEmail)),
		Terms: show(m.AcceptTerms), Finalized: show(m.FinalizedAt), Prompt: show(m.PromptTokens),
		Completion: show(m.CompletionTokens), Created: stamp(m.CreatedAt), Updated: stamp(m.UpdatedAt),
	}
	whole, err := read(text)
	v.Messages = show(whole)
	if n := countMessages(whole); err == nil && m.MessageCount != n {
		err = fmt.Errorf("%s says that it has %d messages, and has %d", m.ID, m.MessageCount, n)
	}
	return v, err
}

func countMessages(text *string) int64 {
	if text == nil {
		return 0
	}
	c := models.SplitMessages(*text)
	return int64(len(c.Parts))
}

// show is "null", or the value in quotes.
func show[T any](v *T) string {
	if v == nil {
		return "null"
	}
	return strconv.Quote(fmt.Sprint(*v))
}

func shown(v string) string { return show(&v) }

func stamp(t time.Time) string { return t.Format(time.RFC3339Nano) }

// read puts the messages text together.
func read(text models.Text) (*string, error) {
	if text == nil {
		return nil, nil //nolint:nilnil // no messages are no text
	}
	var whole strings.Builder
	for part, err := range text {
		if err != nil {
			return nil, err
		}
		whole.WriteString(part)
	}
	return new(whole.String()), nil
}

// page is what a list or a search found.
type page struct {
	views []view
	total int64
	next  string // the cursor that a search gave
}

func (p page) ids() []string {
	ids := make([]string, len(p.views))
	for i, v := range p.views {
		ids[i] = v.ID
	}
	return ids
}

func (p *page) reader() repository.SessionReader {
	return repository.SessionReader{
		Total: func(n int64) error { p.total = n; return nil },
		Session: func(m *models.Session, text models.Text) error {
			v, err := viewOf(m, text)
			p.views = append(p.views, v)
			return err
		},
		Next: func(cursor string) error { p.next = cursor; return nil },
	}
}

func list(ctx context.Context, s *repository.Store, who models.Actor, filter models.SessionFilter) (page, error) {
	var p page
	err := s.Sessions.List(ctx, who, filter, p.reader())
	return p, err
}

func (f *fixture) list(t testing.TB, filter models.SessionFilter) page {
	t.Helper()
	p, err := list(t.Context(), f.Store, f.who, filter)
	if err != nil {
		t.Fatalf("list %+v: %v", filter, err)
	}
	return p
}

// search asks the store, and one without snapshots, which has to answer the same.
func (f *fixture) search(t testing.TB, q models.SessionSearch) page {
	t.Helper()
	if f.uncached == nil {
		f.uncached = f.with(t, 0)
	}
	p, err := search(t.Context(), f.Store, f.who, q)
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	f.wantPage(t, f.uncached, q, p)
	return p
}

// wantPage says that another store answers the same.
func (f *fixture) wantPage(t testing.TB, s *repository.Store, q models.SessionSearch, want page) {
	t.Helper()
	got, err := search(t.Context(), s, f.who, q)
	if err != nil {
		t.Fatalf("search %+v: %v", q, err)
	}
	if !slices.Equal(got.views, want.views) || got.total != want.total || (got.next == "") != (want.next == "") {
		t.Fatalf("search %+v:\n one store %v of %d, next %q\n the other %v of %d, next %q", q, want.ids(), want.total, want.next, got.ids(), got.total, got.next)
	}
}

func search(ctx context.Context, s *repository.Store, who models.Actor, q models.SessionSearch) (page, error) {
	var p page
	err := s.Sessions.Search(ctx, who, q, p.reader())
	return p, err
}

// get returns the session, which has to be there.
func (f *fixture) get(t testing.TB, id string) view {
	t.Helper()
	p := f.list(t, models.SessionFilter{ID: id, Limit: -1})
	if p.total != 1 || len(p.views) != 1 {
		t.Fatalf("session %q is there %d times", id, p.total)
	}
	return p.views[0]
}

func (f *fixture) wantGone(t testing.TB, id string) {
	t.Helper()
	if p := f.list(t, models.SessionFilter{ID: id, Limit: -1}); p.total != 0 || len(p.views) != 0 {
		t.Fatalf("session %q is still there: %+v", id, p.views)
	}
}

func wantView(t testing.TB, got, want view) {
	t.Helper()
	if got != want {
		t.Fatalf("\n got %+v\nwant %+v", got, want)
	}
}

// rows returns what the query finds, a text for each row, read around the store.
func (f *fixture) rows(t testing.TB, query string, args ...any) []string {
	t.Helper()
	rows, err := f.db.SQL.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for rows.Next() {
		values, at := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			at[i] = &values[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprintf("%v", values))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return found
}

// stored returns the message rows of a session, sealed as they stand. A value sealed anew
// differs from the one before, so equal rows were not written.
func (f *fixture) stored(t testing.TB, id string) []string {
	t.Helper()
	return f.rows(t, "SELECT seq, body FROM messages WHERE tenant_id = $1 AND session_id = $2 ORDER BY seq", f.tenant.ID, id)
}
