package repository

import (
	"slices"
	"sort"
)

// page is what a search found: how many sessions match, and those of the page, in order.
type page struct {
	total   int64
	entries []ranked
	more    bool // matching sessions follow
}

// search finds a page. after, if not nil, is the last session of the page before.
func (s *snapshot) search(q *sought, after *ranked) page {
	fresh := s.freshMatches(q)
	old, oldCount := s.oldMatches(q)
	p := page{total: int64(oldCount + len(fresh))}
	m := merge{columns: s.base, order: q.order, old: old, fresh: fresh}
	switch offset, limit := q.search.Offset, q.search.Limit; {
	case after != nil:
		m.skipTo(*after)
		p.entries, p.more = m.take(limit)
	case q.search.Reverse: // what stands there in the mirror
		end := max(p.total-offset, 0)
		m.skip(max(end-limit, 0))
		p.entries, _ = m.take(min(limit, end))
		slices.Reverse(p.entries)
	default:
		m.skip(offset)
		p.entries, p.more = m.take(limit)
	}
	return p
}

func (s *snapshot) freshMatches(q *sought) []ranked {
	var found []ranked
	for i := range s.fresh {
		if q.matches(&s.fresh[i]) {
			found = append(found, q.ranked(&s.fresh[i]))
		}
	}
	slices.SortFunc(found, ranked.compare)
	return found
}

// oldMatches returns the sessions of the columns that match, in order.
func (s *snapshot) oldMatches(q *sought) ([]uint32, int) {
	if q.query == "" && !q.filtered && s.goneCount == 0 {
		return s.base.order(q.order), s.base.len()
	}
	found := s.base.matching(q)
	for i := range found {
		found[i] &^= s.gone[i]
	}
	count := found.count()
	return s.base.inOrder(q.order, found, count), count
}

// merge goes through old and fresh sessions as one order.
type merge struct {
	columns *columns
	order   string
	old     []uint32
	fresh   []ranked
}

func (m *merge) next() (ranked, bool) {
	switch {
	case len(m.old) == 0 && len(m.fresh) == 0:
		return ranked{}, false
	case len(m.old) == 0:
		return m.takeFresh(), true
	}
	old := m.columns.ranked(m.order, m.old[0])
	if len(m.fresh) > 0 && m.fresh[0].compare(old) < 0 {
		return m.takeFresh(), true
	}
	m.old = m.old[1:]
	return old, true
}

// take takes the next n sessions, and says whether there are more.
func (m *merge) take(n int64) (taken []ranked, more bool) {
	for range n {
		next, ok := m.next()
		if !ok {
			return taken, false
		}
		taken = append(taken, next)
	}
	_, more = m.next()
	return taken, more
}

func (m *merge) takeFresh() ranked {
	first := m.fresh[0]
	m.fresh = m.fresh[1:]
	return first
}

// skip passes over n sessions. Between two fresh ones the old ones are passed at once.
func (m *merge) skip(n int64) {
	for n > 0 && len(m.fresh) > 0 {
		before := int64(m.oldBefore(m.fresh[0]))
		if before >= n {
			m.old = m.old[n:]
			return
		}
		m.old, m.fresh = m.old[before:], m.fresh[1:]
		n -= before + 1
	}
	m.old = m.old[min(n, int64(len(m.old))):]
}

// skipTo passes over everything up to and with a session that may be there no more.
func (m *merge) skipTo(last ranked) {
	n := sort.Search(len(m.fresh), func(i int) bool { return m.fresh[i].compare(last) > 0 })
	m.fresh = m.fresh[n:]
	n = sort.Search(len(m.old), func(i int) bool { return m.columns.ranked(m.order, m.old[i]).compare(last) > 0 })
	m.old = m.old[n:]
}

func (m *merge) oldBefore(e ranked) int {
	return sort.Search(len(m.old), func(i int) bool { return m.columns.ranked(m.order, m.old[i]).compare(e) > 0 })
}
