package repository

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Search reads one page of an agent's sessions, in order or from its end. The query and the order work on opened values,
// which are kept in memory, never stored: as a snapshot where the agent's sessions fit into the
// bound, and else one after another. The page is a part of one state of the database either way.
// Errors: models.ErrInvalid for a cursor that is not of this search, [ErrUnreadable] where values
// would have to be compared that do not open.
func (r *Sessions) Search(ctx context.Context, who models.Actor, q models.SessionSearch, to SessionReader) error {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return err
	}
	after, err := r.store.readCursor(ctx, who, &q)
	if err != nil {
		return err
	}
	search := newSought(&q)
	return r.store.listing(ctx, func(tx *gorm.DB) error {
		p, err := r.find(tx, box, who, &search, after)
		if err != nil {
			return err
		}
		if err := to.Total(p.total); err != nil {
			return err
		}
		for _, entry := range p.entries {
			row, err := takeSession(tx, who, entry.id)
			if err != nil {
				return err
			}
			if err := r.hand(tx, box, who, []sessionRow{*row}, to); err != nil {
				return err
			}
		}
		if !p.more || q.Reverse || to.Next == nil {
			return nil
		}
		next, err := r.store.newCursor(ctx, who, &q, p.entries[len(p.entries)-1])
		if err != nil {
			return err
		}
		return to.Next(next)
	})
}

// find finds the page in the snapshot, or without one.
func (r *Sessions) find(tx *gorm.DB, box *crypto.Box, who models.Actor, q *sought, after *ranked) (page, error) {
	s, err := r.snapshot(tx, box, who, q.search.AgentID)
	if errors.Is(err, errTooMuch) {
		return r.findByScan(tx, box, who, q, after)
	}
	if err != nil {
		return page{}, err
	}
	if q.opens() && len(s.broken) > 0 {
		return page{}, unreadableSession(s.broken[0], crypto.ErrOpen)
	}
	return s.search(q, after), nil
}

// maxKept is how many sessions a scan keeps at once, unless a test says otherwise. A page that is
// farther from the start than that takes a scan for each so many.
const maxKept = 20_000

// findByScan finds the page by opening every session of the agent, in bounded memory.
func (r *Sessions) findByScan(tx *gorm.DB, box *crypto.Box, who models.Actor, q *sought, after *ranked) (page, error) {
	o := &opening{store: r.store, box: box, who: who, texts: q.opens()}
	wanted := q.search.Limit + 1 // one more tells whether there is more
	most := max(r.store.maxKept, wanted)
	skip := min(q.search.Offset, math.MaxInt64-wanted)
	for {
		best := ranking{most: int(min(most, skip+wanted)), after: after, compare: q.compare()}
		total, err := o.rank(tx, q, &best)
		if err != nil {
			return page{}, err
		}
		slices.SortFunc(best.entries, best.compare)
		if int64(len(best.entries)) < most || most >= skip+wanted {
			p := page{total: total, entries: best.entries[min(skip, int64(len(best.entries))):]}
			if p.more = int64(len(p.entries)) > q.search.Limit; p.more {
				p.entries = p.entries[:q.search.Limit]
			}
			return p, nil
		}
		passed := min(most, skip) // of what lies before the page: its first sessions may be among the best
		after, skip = &best.entries[passed-1], skip-passed
	}
}

// rank goes through the agent's sessions, keeps the best of those that match and counts all of
// them.
func (o *opening) rank(tx *gorm.DB, q *sought, best *ranking) (total int64, _ error) {
	there, err := o.count(tx, q.search.AgentID)
	if err != nil {
		return 0, err
	}
	size := int64(0)
	begin := func() { total, size, best.entries = 0, 0, nil }
	err = o.all(tx, q.search.AgentID, there, begin, func(changes []change) error {
		for i := range changes {
			e := &changes[i].entry
			if changes[i].broken {
				return unreadableSession(e.id, crypto.ErrOpen)
			}
			size += perSession + e.textLen()
			if q.matches(e) {
				total++
				best.offer(q.ranked(e))
			}
		}
		return nil
	})
	if err == nil && o.texts {
		o.store.snapshots.measured(agentName{o.who.TenantID, q.search.AgentID}, size)
	}
	return total, err
}

// ranked is a session as the order sees it: the smaller the earlier.
type ranked struct {
	last bool   // has no value to be sorted by
	text string // folded
	time int64  // negative, so that the newest is smallest
	id   string
}

func (a ranked) compare(b ranked) int {
	if a.last != b.last {
		if a.last {
			return 1
		}
		return -1
	}
	return cmp.Or(strings.Compare(a.text, b.text), cmp.Compare(a.time, b.time), strings.Compare(a.id, b.id))
}

// compare is the order in which a search shows sessions.
func (s *sought) compare() func(a, b ranked) int {
	if s.search.Reverse {
		return func(a, b ranked) int { return b.compare(a) }
	}
	return ranked.compare
}

// ranking keeps the best entries it is offered behind a given one: a heap with the worst of them
// on top.
type ranking struct {
	entries []ranked
	most    int
	after   *ranked
	compare func(a, b ranked) int
}

func (r *ranking) offer(entry ranked) {
	if r.after != nil && r.compare(entry, *r.after) <= 0 {
		return
	}
	full := len(r.entries) >= r.most
	if full && r.compare(entry, r.entries[0]) >= 0 {
		return
	}
	entry.text = strings.Clone(entry.text) // so that it does not hold on to those that were opened with it
	if full {
		r.entries[0] = entry
		heap.Fix(r, 0)
		return
	}
	heap.Push(r, entry)
}

// Len, Less, Swap, Push and Pop are for container/heap.
func (r *ranking) Len() int           { return len(r.entries) }
func (r *ranking) Less(i, j int) bool { return r.compare(r.entries[i], r.entries[j]) > 0 }
func (r *ranking) Swap(i, j int)      { r.entries[i], r.entries[j] = r.entries[j], r.entries[i] }
func (r *ranking) Push(entry any)     { r.entries = append(r.entries, entry.(ranked)) }

// Pop is never used: entries are replaced, not taken off.
func (r *ranking) Pop() any {
	last := r.entries[len(r.entries)-1]
	r.entries = r.entries[:len(r.entries)-1]
	return last
}
