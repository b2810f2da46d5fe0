package repotest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var listPromises = []promise{
	{"newest first, ties by id, in pages that neither repeat nor skip", listPages},
	{"id and agent filter, both together too", listFilters},
	{"an error of the reader ends the list and is returned", listReaderFails},
	{"messages that are not read, or read in part, do no harm", listPartly},
	{"an empty list says so", listEmpty},
	{"a list that is given up ends", listCanceled},
	{"one state of the database, whatever is written meanwhile", listSnapshot},
	{"one state of the database while many write", listWhileWriting},
}

// many makes n sessions in random order, with many ties of their time, some of another agent
// and some deleted; it returns the ids that a list has to hold, in order, by agent.
func (f *fixture) many(t testing.TB, n int) map[string][]string {
	t.Helper()
	random := repeatable(1)
	type made struct {
		id, agent string
		at        int64
	}
	var all []made
	for _, i := range random.Perm(n) {
		at := f.clock.stored().Add(time.Duration(random.IntN(n/40+2)) * time.Millisecond)
		m := made{id: fmt.Sprintf("s-%04d", i), agent: fmt.Sprint("agent-", 1+random.IntN(5)/4), at: at.UnixMilli()}
		p := &models.SessionPatch{ID: m.id, AgentID: m.agent, CreatedAt: &at, Messages: set(fmt.Sprintf("[%d]", i))}
		if err := f.Sessions.Save(t.Context(), f.who, p); err != nil {
			t.Fatal(err)
		}
		if i%50 == 7 {
			f.delete(t, m.id)
			continue
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b made) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(a.id, b.id)) })
	ids := map[string][]string{}
	for _, m := range all {
		ids[""] = append(ids[""], m.id)
		ids[m.agent] = append(ids[m.agent], m.id)
	}
	return ids
}

// listPages has more sessions than two of the batches in which a list is read, 200 each.
func listPages(t *testing.T, f *fixture) {
	ids := f.many(t, 470)
	if len(ids["agent-1"]) < 300 || len(ids["agent-2"]) < 50 {
		t.Fatalf("too few sessions: %d, %d", len(ids["agent-1"]), len(ids["agent-2"]))
	}
	for agentID, want := range ids {
		for _, limit := range []int64{0, 1, 199, 200, 201, 400, 1 << 62, -1} {
			for _, offset := range []int64{0, 1, 100, 200, 399, 1000, 1 << 62} {
				p := f.unread(t, models.SessionFilter{AgentID: agentID, Limit: limit, Offset: offset})
				from := min(int(offset), len(want))
				to := len(want)
				if limit >= 0 {
					to = min(to, from+min(int(limit), len(want)))
				}
				if !slices.Equal(p.ids(), want[from:to]) || p.total != int64(len(want)) {
					t.Errorf("agent %q, limit %d, offset %d: %d sessions of %d, or another order", agentID, limit, offset, len(p.views), to-from)
				}
			}
		}
	}
	for _, v := range f.list(t, models.SessionFilter{Limit: -1}).views {
		var i int
		if _, err := fmt.Sscanf(v.ID, "s-%d", &i); err != nil || v.Messages != shown(fmt.Sprintf("[%d]", i)) {
			t.Errorf("%s has the messages %s", v.ID, v.Messages)
		}
	}
}

// unread lists sessions without reading their messages.
func (f *fixture) unread(t *testing.T, filter models.SessionFilter) page {
	t.Helper()
	var p page
	to := p.reader()
	to.Session = func(m *models.Session, _ models.Text) error {
		p.views = append(p.views, view{ID: m.ID})
		return nil
	}
	if err := f.Sessions.List(t.Context(), f.who, filter, to); err != nil {
		t.Fatal(err)
	}
	return p
}

func listFilters(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	other := session("s-3")
	other.AgentID = "agent-2"
	if _, err := f.Sessions.Create(t.Context(), f.who, other); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		filter models.SessionFilter
		want   []string
	}{
		{models.SessionFilter{}, []string{"s-1", "s-2", "s-3"}},
		{models.SessionFilter{ID: "s-2"}, []string{"s-2"}},
		{models.SessionFilter{ID: "S-2"}, nil},
		{models.SessionFilter{ID: "s-%"}, nil},
		{models.SessionFilter{AgentID: agent}, []string{"s-1", "s-2"}},
		{models.SessionFilter{AgentID: "agent-2"}, []string{"s-3"}},
		{models.SessionFilter{ID: "s-3", AgentID: "agent-2"}, []string{"s-3"}},
		{models.SessionFilter{ID: "s-3", AgentID: agent}, nil},
		{models.SessionFilter{AgentID: "agent-3"}, nil},
	} {
		test.filter.Limit = -1
		if p := f.list(t, test.filter); !slices.Equal(p.ids(), test.want) || p.total != int64(len(test.want)) {
			t.Errorf("%+v: %v, total %d", test.filter, p.ids(), p.total)
		}
	}
}

func listReaderFails(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	stop, calls := errors.New("the client is gone"), 0
	to := repository.SessionReader{
		Total:   func(int64) error { return nil },
		Session: func(*models.Session, models.Text) error { calls++; return stop },
	}
	wantError(t, f.Sessions.List(t.Context(), f.who, models.SessionFilter{Limit: -1}, to), stop)
	wantError(t, f.Sessions.Search(t.Context(), f.who, models.SessionSearch{AgentID: agent, Limit: 10}, to), stop)
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
	to.Total = func(int64) error { return stop }
	wantError(t, f.Sessions.List(t.Context(), f.who, models.SessionFilter{Limit: -1}, to), stop)
	wantError(t, f.Sessions.Search(t.Context(), f.who, models.SessionSearch{AgentID: agent, Limit: 10}, to), stop)
	if calls != 2 {
		t.Errorf("sessions came after the total had failed")
	}
}

func listPartly(t *testing.T, f *fixture) {
	for i := range 40 {
		f.save(t, fmt.Sprint("s-", i), messages(array(5)))
	}
	seen := 0
	err := f.Sessions.List(t.Context(), f.who, models.SessionFilter{Limit: -1}, repository.SessionReader{
		Total: func(int64) error { return nil },
		Session: func(_ *models.Session, text models.Text) error {
			seen++
			parts := 0
			for _, err := range text {
				if parts++; err != nil || parts > seen%9 {
					return err
				}
			}
			return nil
		},
	})
	if err != nil || seen != 40 {
		t.Errorf("saw %d, %v", seen, err)
	}
}

func listEmpty(t *testing.T, f *fixture) {
	p := page{total: -1}
	if err := f.Sessions.List(t.Context(), f.who, models.SessionFilter{Limit: -1}, p.reader()); err != nil || p.total != 0 || len(p.views) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
}

func listCanceled(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2", "s-3")
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := f.Sessions.List(ctx, f.who, models.SessionFilter{Limit: -1}, repository.SessionReader{
		Total: func(int64) error { return nil },
		Session: func(_ *models.Session, text models.Text) error {
			calls++
			cancel()
			_, err := read(text)
			return err
		},
	})
	if err == nil {
		t.Errorf("no error after %d sessions", calls)
	}
	f.get(t, "s-1") // the store goes on working
}
