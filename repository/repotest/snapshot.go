package repotest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// listSnapshot writes between one session of the list and the next.
func listSnapshot(t *testing.T, f *fixture) {
	for i := range 205 {
		f.save(t, fmt.Sprintf("s-%03d", i), messages(`["old"]`), name("old"))
	}
	before := f.list(t, models.SessionFilter{Limit: -1})
	var p page
	to := p.reader()
	inner := to.Session
	to.Session = func(m *models.Session, text models.Text) error {
		if len(p.views) == 1 {
			f.save(t, m.ID, messages(`["new"]`), name("new"))
			f.save(t, "s-100", messages(`["new"]`), name("new"))
			f.append(t, "s-204", `{"role":"user"}`)
			f.delete(t, "s-203")
			f.create(t, "s-100a")
		}
		return inner(m, text)
	}
	if err := f.Sessions.List(t.Context(), f.who, models.SessionFilter{Limit: -1}, to); err != nil {
		t.Fatal(err)
	}
	if p.total != before.total || !slices.Equal(p.views, before.views) {
		t.Errorf("what was written while the list was read shows in it")
	}
	if after := f.list(t, models.SessionFilter{Limit: -1}); slices.Equal(after.views, before.views) {
		t.Error("nothing was written")
	}
}

// listWhileWriting: writers keep the name and the messages of each session equal, and the
// number of sessions; every list and search has to see that.
func listWhileWriting(t *testing.T, f *fixture) {
	const sessions, rounds = 12, 25
	f.exchange(t, sessions)
	stores := []*repository.Store{f.Store, f.with(t, 0)}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				id, text := fmt.Sprint("s-", (i*3+w)%sessions), fmt.Sprintf("[%d]", i)
				if err := f.trySave(t.Context(), id, messages(text), name(text)); err != nil {
					t.Errorf("save: %v", err)
				}
			}
		})
	}
	for range rounds {
		f.wantExchanged(t, f.list(t, models.SessionFilter{Limit: -1}), sessions)
		for _, s := range stores {
			p, err := search(t.Context(), s, f.who, models.SessionSearch{AgentID: agent, Query: "[", Limit: 100})
			if err != nil {
				t.Errorf("search: %v", err)
			}
			f.wantExchanged(t, p, sessions)
		}
	}
	close(stop)
	wg.Wait()
}

func (f *fixture) exchange(t *testing.T, sessions int) {
	t.Helper()
	for i := range sessions {
		f.save(t, fmt.Sprint("s-", i), messages("[0]"), name("[0]"))
	}
}

func (f *fixture) wantExchanged(t *testing.T, p page, sessions int) {
	t.Helper()
	if int(p.total) != sessions || len(p.views) != sessions {
		t.Errorf("%d sessions, total %d", len(p.views), p.total)
	}
	for _, v := range p.views {
		if v.Name != v.Messages {
			t.Errorf("%s: the name is of another state than the messages: %s, %s", v.ID, v.Name, v.Messages)
		}
	}
}
