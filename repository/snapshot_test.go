package repository

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// history is a snapshot that changes at random, beside what is in it in the plainest form.
type history struct {
	random *rand.Rand
	folded bool // ids stay what they are when they are folded
	all    map[string]entry
	now    *snapshot
	made   int
}

func newHistory(seed uint64, n int, folded bool) *history {
	h := &history{random: rand.New(rand.NewPCG(seed, seed)), folded: folded, all: map[string]entry{}} //nolint:gosec // nothing here is secret
	base := newColumns(n)
	for range n {
		e := h.newEntry(h.newID())
		base.add(&e)
		h.all[e.id] = e
	}
	h.now = newSnapshot(0, revisions{1}, base.finish(), nil)
	return h
}

func (h *history) newID() string {
	h.made++
	if letter := h.random.IntN(3); !h.folded && letter > 0 {
		return fmt.Sprintf("%c-%d", []rune("SsſE")[h.random.IntN(4)], h.made)
	}
	return fmt.Sprintf("x%d", h.made)
}

func (h *history) word(most int) string {
	letters, out := []rune("abß9 "), ""
	for range h.random.IntN(most + 1) {
		out += string(letters[h.random.IntN(len(letters))])
	}
	return out
}

func (h *history) newEntry(id string) entry {
	e := entry{id: id, created: int64(h.random.IntN(500) - 100), updated: int64(h.random.IntN(1 << 40)), finalized: h.random.IntN(3) == 0}
	switch h.random.IntN(4) {
	case 0:
		e.name = h.word(12)
	case 1:
		e.name, e.email = h.word(3), "mail@"+h.word(9)
	case 2:
		e.email = h.word(3)
	}
	return e
}

// change makes n changes: of new sessions, of those that are there, and of those that are gone.
func (h *history) change(n int) {
	ids := slices.Sorted(maps.Keys(h.all))
	changed := map[string]change{}
	for i := range n {
		id := h.newID()
		if kind := h.random.IntN(4); kind > 0 {
			id = ids[h.random.IntN(len(ids))]
			if kind == 1 {
				delete(h.all, id)
				changed[id] = change{entry: entry{id: id}, deleted: true, revision: int64(i)}
				continue
			}
		}
		h.all[id] = h.newEntry(id)
		changed[id] = change{entry: h.all[id], revision: int64(i)}
	}
	h.now = h.now.with(slices.Collect(maps.Values(changed)))
}

func (h *history) search() *models.SessionSearch {
	q := &models.SessionSearch{OrderBy: orderNames[h.random.IntN(4)], Limit: 1 + int64(h.random.IntN(30))}
	switch h.random.IntN(3) {
	case 0:
		q.Query = h.word(3)
	case 1:
		q.Query = fmt.Sprint(h.random.IntN(2000))
	}
	if h.random.IntN(3) == 0 {
		q.Finalized = new(h.random.IntN(2) == 0)
	}
	if h.random.IntN(3) == 0 {
		q.CreatedFrom = new(time.UnixMilli(int64(h.random.IntN(300))))
	}
	if h.random.IntN(3) == 0 {
		q.CreatedTo = new(time.UnixMilli(int64(h.random.IntN(300))))
	}
	q.Offset = []int64{0, int64(h.random.IntN(20)), int64(h.random.IntN(1500)), 1 << 62}[h.random.IntN(4)]
	return q
}

// plainly finds what matches by looking at everything.
func (h *history) plainly(q *sought) []ranked {
	var found []ranked
	for _, e := range h.all {
		if q.matches(&e) {
			found = append(found, q.ranked(&e))
		}
	}
	slices.SortFunc(found, ranked.compare)
	return found
}

func wantPage(t *testing.T, q *models.SessionSearch, got page, found, behind []ranked) {
	t.Helper()
	want := behind[:min(int64(len(behind)), q.Limit)]
	if !slices.Equal(got.entries, want) || got.total != int64(len(found)) || got.more != (len(behind) > len(want)) {
		t.Fatalf("%+v\n got %v of %d, more %v\nwant %v of %d", q, got.entries, got.total, got.more, want, len(found))
	}
}

// check asks at random, and holds each answer to the plain one.
func (h *history) check(t *testing.T) {
	t.Helper()
	for range 40 {
		q := newSought(h.search())
		found := h.plainly(&q)
		wantPage(t, q.search, h.now.search(&q, nil), found, found[min(q.search.Offset, int64(len(found))):])
		after := ranked{id: "x5", time: -50} // mostly there is none like it
		if len(found) > 0 && h.random.IntN(3) > 0 {
			after = found[h.random.IntN(len(found))]
		}
		behind := slices.IndexFunc(found, func(r ranked) bool { return r.compare(after) > 0 })
		if behind < 0 {
			behind = len(found)
		}
		wantPage(t, q.search, h.now.search(&q, &after), found, found[behind:])
	}
}

func TestSnapshotsFindWhatAPlainSearchFinds(t *testing.T) {
	for _, folded := range []bool{true, false} {
		t.Run(fmt.Sprint("folded ids ", folded), func(t *testing.T) {
			t.Parallel()
			h := newHistory(1, 1500, folded)
			if (h.now.base.ids == nil) != folded {
				t.Fatal("these are the other ids")
			}
			h.check(t)
			laidOut := 0
			for _, n := range []int{1, 3, 400, 0, 700, 30, 900, 1, 2000, 5, 300, 300, 300, 300, 300, 3000} {
				before, searched := h.now, newSought(&models.SessionSearch{Query: "a", OrderBy: models.OrderByUserName, Limit: 50})
				answered := before.search(&searched, nil)
				h.change(n)
				h.check(t)
				if h.now.base != before.base {
					laidOut++
					wantSorted(t, h.now.base)
				}
				if again := before.search(&searched, nil); !slices.Equal(again.entries, answered.entries) || again.total != answered.total {
					t.Fatal("a snapshot was changed after it was made")
				}
			}
			if laidOut < 4 || h.now.base.len()-h.now.goneCount+len(h.now.fresh) != len(h.all) {
				t.Errorf("laid out anew %d times, %d sessions", laidOut, len(h.all))
			}
		})
	}
}

// wantSorted says that every order that was merged is the one that sorting gives.
func wantSorted(t *testing.T, c *columns) {
	t.Helper()
	for _, name := range orderNames {
		if merged := c.known(name); merged == nil || !slices.Equal(merged, c.sorted(name)) {
			t.Fatalf("by %s: merging %d sessions gives another order than sorting %d", name, len(merged), c.len())
		}
	}
}

func TestSnapshotsKeepWhatDoesNotOpen(t *testing.T) {
	h := newHistory(2, 50, true)
	broken := func(id string) change { return change{entry: entry{id: id, created: 1}, broken: true, revision: 9} }
	h.now = h.now.with([]change{broken("x7"), broken("x3")})
	if !slices.Equal(h.now.broken, []string{"x3", "x7"}) {
		t.Errorf("broken %v", h.now.broken)
	}
	h.now = h.now.with([]change{{entry: entry{id: "x7", name: "whole"}}, broken("x9")})
	h.now = h.now.with([]change{{entry: entry{id: "x3"}, deleted: true}})
	if !slices.Equal(h.now.broken, []string{"x9"}) || h.now.known[0] != 9 {
		t.Errorf("broken %v, revisions %d", h.now.broken, h.now.known)
	}
	if h.now = h.now.laidOut(); !slices.Equal(h.now.broken, []string{"x9"}) || h.now.base.len() != 49 || h.now.known[0] != 9 {
		t.Errorf("laid out: broken %v of %d", h.now.broken, h.now.base.len())
	}
}

// What is counted is what is there, so that the bound is kept: without the rows of a map, to a tenth.
func TestSnapshotsSayHowMuchMemoryTheyTake(t *testing.T) {
	h := newHistory(3, 20_000, true)
	for _, name := range orderNames {
		h.now.base.order(name)
	}
	h.change(100)
	c, exact := h.now.base, int64(0)
	exact += int64(cap(c.text)) + 4*int64(cap(c.starts)) + 2*int64(cap(c.nameLens)+cap(c.emailLens)) + 8*int64(cap(c.created)+cap(c.updated)) + int64(cap(c.finalized))
	for i := range c.orders {
		exact += 4 * int64(cap(c.orders[i].perm))
	}
	if got := h.now.bytes(); got < exact || got > exact+exact/10 {
		t.Errorf("says %d bytes, the columns alone have %d", got, exact)
	}
	texts := int64(0)
	for _, e := range h.all {
		texts += int64(len(e.name) + len(e.email))
	}
	if each := (h.now.bytes() - texts) / int64(len(h.all)); each > 200 {
		t.Errorf("%d bytes a session beside name and e-mail address", each)
	}
}

func TestNoQueryMatchesAcrossTexts(t *testing.T) {
	c := newColumns(3)
	for _, e := range []entry{{id: "ef", name: "ab", email: "cd"}, {id: "gh"}, {id: "kl", name: "ij"}} {
		c.add(&e)
	}
	c.finish()
	for query, want := range map[string]string{
		"ab": "[0]", "b": "[0]", "cd": "[0]", "ef": "[0]", "gh": "[1]", "ij": "[2]", "kl": "[2]", "l": "[2]",
		"bc": "[]", "abcd": "[]", "de": "[]", "fg": "[]", "hi": "[]", "jk": "[]", "b\xffc": "[]", "\xff": "[]", "\xff\xff": "[]", "\x00": "[]",
		"b\ufffdc": "[]", "klm": "[]", " ": "[]",
	} {
		q := newSought(&models.SessionSearch{Query: query})
		found := []uint32{}
		c.matching(&q).each(func(at uint32) { found = append(found, at) })
		if fmt.Sprint(found) != want {
			t.Errorf("%q finds %v, want %s", query, found, want)
		}
	}
}

func TestASessionIsFoundByWhereItsTextStands(t *testing.T) {
	c := newHistory(4, 500, false).now.base
	for from := 0; from < c.len(); from += 7 {
		for to := from + 1; to <= c.len(); to += 31 {
			for at := from; at < to; at++ {
				for _, position := range []uint32{c.starts[at], c.starts[at+1] - 1} {
					if got := c.sessionAt(position, from, to); got != at {
						t.Fatalf("at %d, of %d to %d: %d, want %d", position, from, to, got, at)
					}
				}
			}
		}
	}
}

// Where there is much text the processors share it; every query finds what one of them finds.
func TestMuchTextIsSearchedByAllProcessors(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(5))
	for _, n := range []int{63, 64, 65, 1000, 100_021} {
		c := newHistory(uint64(n), n, true).now.base
		for _, query := range []string{"a", "ab", "x1", "mail@a", "ß9", "x100021", "x1\x00", "nobody", strings.Repeat("a", 200)} {
			one, all, plain := newBitset(n), newBitset(n), newBitset(n)
			c.mark(query, 0, n, one)
			c.markAll(query, all)
			for at := range uint32(n) {
				if e := c.entry(at); strings.Contains(e.name, query) || strings.Contains(e.email, query) || strings.Contains(e.id, query) {
					plain.set(at)
				}
			}
			q := newSought(&models.SessionSearch{Query: query})
			if !slices.Equal(one, plain) || !slices.Equal(all, plain) || !slices.Equal(c.matching(&q), plain) {
				t.Errorf("%q in %d: %d, shared %d, want %d", query, n, one.count(), all.count(), plain.count())
			}
		}
		if n > 100_000 && len(c.text) < textShare {
			t.Errorf("%d bytes are not much", len(c.text))
		}
	}
}
