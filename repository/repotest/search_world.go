package repotest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// world is a database that changes at random, with an oracle that knows what is in it.
type world struct {
	*fixture
	random *rand.Rand
	live   map[string]known
	gone   []string // ids of deleted sessions
	made   int
	ends   int // how many were deleted so far
}

func (f *fixture) newWorld(seed uint64) *world {
	return &world{fixture: f, random: repeatable(seed), live: map[string]known{}}
}

// sorted are the live sessions, in an order that is the same in every run.
func (w *world) sorted() []known {
	all := slices.Collect(maps.Values(w.live))
	slices.SortFunc(all, func(a, b known) int { return strings.Compare(a.id, b.id) })
	return all
}

// hardTexts are hard to find and to sort: case that folds to other lengths, marks that a pattern would
// take for its own, one character and many.
var hardTexts = []string{
	"Łukasz", "łUKASZ", "straße", "STRAẞE", "strasse", "İzmir", "izmir", "e\u0301te\u0301", "été", "ÉTÉ", "Ärger",
	"👩‍👩‍👧 family", "👩", "100% sure", "100", "a_b", "axb", `o'brien "bob" \ /`, "--", ";", "?", "x", "K\u212ak", "ſsS",
	"ΟΔΟΣ", "日本語", "tab\tand\x00nul", strings.Repeat("aB", 100), strings.Repeat("ß", 200), strings.Repeat("👩", 50),
}

func (w *world) text() *string {
	switch w.random.IntN(6) {
	case 0:
		return nil
	case 1:
		return new("")
	case 2:
		return new(w.kept(hardTexts[w.random.IntN(len(hardTexts))]))
	}
	return new(word(w.random, "aAbBßẞſsKkσςΣ %_", 1+w.random.IntN(5)))
}

func (w *world) pick(t testing.TB) known {
	t.Helper()
	all := w.sorted()
	if len(all) == 0 {
		t.Fatal("nothing is left to change")
	}
	return all[w.random.IntN(len(all))]
}

func (w *world) agent() string { return fmt.Sprint("agent-", w.random.IntN(3)) }

// change changes one session, or makes one.
func (w *world) change(t testing.TB) {
	t.Helper()
	w.clock.Step(time.Duration(w.random.IntN(3)) * time.Millisecond / 2)
	changes := []func(testing.TB){w.saveNew, w.saveNew, w.rename, w.rename, w.talk, w.finalize, w.remove, w.again}
	if len(w.live) < 20 {
		changes = changes[:2]
	}
	changes[w.random.IntN(len(changes))](t)
}

func (w *world) saveNew(t testing.TB) {
	t.Helper()
	w.made++
	created := w.clock.stored().Add(time.Duration(w.random.IntN(9)-4) * time.Millisecond)
	k := known{
		id: fmt.Sprintf("%s%d", word(w.random, "sS-ſ", 1), w.made), agent: w.agent(), name: w.text(), email: w.text(),
		created: created.UnixMilli(), updated: w.clock.stored().UnixMilli(),
	}
	p := models.SessionPatch{ID: k.id, AgentID: k.agent, CreatedAt: &created}
	p.UserName, p.UserEmail = setText(k.name), setText(k.email)
	w.saved(t, &p, k)
}

func setText(text *string) models.Change[models.Secret] {
	return models.Change[models.Secret]{Set: true, Value: (*models.Secret)(text)}
}

func (w *world) saved(t testing.TB, p *models.SessionPatch, k known) {
	t.Helper()
	if err := w.Sessions.Save(t.Context(), w.who, p); err != nil {
		t.Fatal(err)
	}
	w.live[k.id] = k
}

func (w *world) rename(t testing.TB) {
	t.Helper()
	k := w.pick(t)
	p := models.SessionPatch{ID: k.id, AgentID: k.agent}
	if w.random.IntN(3) > 0 {
		k.name = w.text()
		p.UserName = setText(k.name)
	}
	if w.random.IntN(3) > 0 {
		k.email = w.text()
		p.UserEmail = setText(k.email)
	}
	k.updated = w.clock.stored().UnixMilli()
	w.saved(t, &p, k)
}

func (w *world) talk(t testing.TB) {
	t.Helper()
	k := w.pick(t)
	if k.finalized {
		return // takes no messages
	}
	w.append(t, k.id, `{"role":"user"}`)
	k.updated = w.clock.stored().UnixMilli()
	w.live[k.id] = k
}

func (w *world) finalize(t testing.TB) {
	t.Helper()
	k := w.pick(t)
	p := models.SessionPatch{ID: k.id, AgentID: k.agent, FinalizedAt: cleared[string]()}
	if k.finalized = !k.finalized; k.finalized {
		p.FinalizedAt = set("2026-03-14T09:26:53Z")
	}
	k.updated = w.clock.stored().UnixMilli()
	w.saved(t, &p, k)
}

func (w *world) remove(t testing.TB) {
	t.Helper()
	k := w.pick(t)
	w.delete(t, k.id)
	delete(w.live, k.id)
	w.gone = append(w.gone, k.id)
	w.ends++
}

// again makes a session anew that was deleted, of the same agent or another.
func (w *world) again(t testing.TB) {
	t.Helper()
	if len(w.gone) == 0 {
		return
	}
	at := w.random.IntN(len(w.gone))
	k := known{id: w.gone[at], agent: w.agent(), name: w.text(), email: w.text(), created: w.clock.stored().UnixMilli()}
	k.updated = k.created
	m := models.Session{ID: k.id, AgentID: k.agent, UserName: (*models.Secret)(k.name), UserEmail: (*models.Secret)(k.email)}
	if created, err := w.Sessions.Create(t.Context(), w.who, &m); err != nil || !created {
		t.Fatalf("create %q again: %v, %v", k.id, created, err)
	}
	w.gone = slices.Delete(w.gone, at, at+1)
	w.live[k.id] = k
}

// query is a search that is likely to find something.
func (w *world) query(t testing.TB) models.SessionSearch {
	t.Helper()
	orders := append(searchOrders(), "")
	q := models.SessionSearch{
		AgentID: w.agent(), OrderBy: orders[w.random.IntN(len(orders))],
		Limit: 1 + int64(w.random.IntN(40)), Offset: int64(w.random.IntN(30) * w.random.IntN(3)),
	}
	switch w.random.IntN(5) {
	case 0, 1:
		q.Query = word(w.random, "aAbBßẞſsSkK\u212aσΣς %_İi1-", w.random.IntN(4))
	case 2: // a part of something, in another case
		from := []rune(hardTexts[w.random.IntN(len(hardTexts))])
		start := w.random.IntN(len(from))
		q.Query = strings.ToUpper(string(from[start : start+1+w.random.IntN(len(from)-start)]))
	case 3:
		q.Query = w.pick(t).id
	}
	w.filter(t, &q)
	q.Reverse = w.random.IntN(3) == 0
	return q
}

func (w *world) filter(t testing.TB, q *models.SessionSearch) {
	t.Helper()
	if w.random.IntN(3) == 0 {
		q.Finalized = new(w.random.IntN(2) == 0)
	}
	near := func() *time.Time { // also between two milliseconds
		return new(time.UnixMilli(w.pick(t).created).Add(time.Duration(w.random.IntN(5)-2) * time.Millisecond / 2))
	}
	if w.random.IntN(4) == 0 {
		q.CreatedFrom = near()
	}
	if w.random.IntN(4) == 0 {
		q.CreatedTo = near()
	}
}

// wantAnswer holds a page to what the oracle says of it.
func (w *world) wantAnswer(t testing.TB, q models.SessionSearch, p page) {
	t.Helper()
	want := answer(w.sorted(), q)
	part := want[min(int(q.Offset), len(want)):]
	more := len(part) > int(q.Limit) && !q.Reverse
	part = part[:min(int(q.Limit), len(part))]
	if !slices.Equal(p.ids(), part) || int(p.total) != len(want) || (p.next != "") != more {
		t.Fatalf("%+v\n got %v of %d, more %v\nwant %v of %d, more %v", q, p.ids(), p.total, p.next != "", part, len(want), more)
	}
}
