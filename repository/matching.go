package repository

import (
	"bytes"
	"math/bits"
	"runtime"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"sessionhub/models"
)

// bitset marks sessions by their number in columns.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(at uint32)      { b[at/64] |= 1 << (at % 64) }
func (b bitset) clear(at uint32)    { b[at/64] &^= 1 << (at % 64) }
func (b bitset) has(at uint32) bool { return b[at/64]&(1<<(at%64)) != 0 }

func (b bitset) count() (n int) {
	for _, word := range b {
		n += bits.OnesCount64(word)
	}
	return n
}

// each calls fn with every number that is marked.
func (b bitset) each(fn func(at uint32)) {
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			fn(uint32(i*64 + bits.TrailingZeros64(word)))
		}
	}
}

// sought is a search as it is compared with entries.
type sought struct {
	query    string // folded
	order    string
	filtered bool
	search   *models.SessionSearch
}

func newSought(q *models.SessionSearch) sought {
	order := q.OrderBy
	if order == "" {
		order = models.OrderByUpdatedAt
	}
	return sought{
		query: fold(q.Query), order: order, search: q,
		filtered: q.Finalized != nil || q.CreatedFrom != nil || q.CreatedTo != nil,
	}
}

// opens says whether opened values are looked at.
func (s *sought) opens() bool {
	return s.query != "" || s.order == models.OrderByUserName || s.order == models.OrderByUserEmail
}

// passes says whether a session passes the filters.
func (s *sought) passes(created int64, finalized bool) bool {
	q := s.search
	return (q.Finalized == nil || *q.Finalized == finalized) &&
		(q.CreatedFrom == nil || created >= ceilMillis(*q.CreatedFrom)) &&
		(q.CreatedTo == nil || created < ceilMillis(*q.CreatedTo))
}

// ceilMillis is the first time that can be stored and is not before t.
func ceilMillis(t time.Time) int64 { return millis(t.Add(time.Millisecond - 1)) }

// matches says whether an entry is found.
func (s *sought) matches(e *entry) bool {
	return s.passes(e.created, e.finalized) &&
		(s.query == "" || strings.Contains(e.name, s.query) || strings.Contains(e.email, s.query) || strings.Contains(fold(e.id), s.query))
}

// ranked returns an entry as the order sees it.
func (s *sought) ranked(e *entry) ranked {
	switch s.order {
	case models.OrderByCreatedAt:
		return ranked{time: -e.created, id: e.id}
	case models.OrderByUserName:
		return ranked{last: e.name == "", text: e.name, id: e.id}
	case models.OrderByUserEmail:
		return ranked{last: e.email == "", text: e.email, id: e.id}
	}
	return ranked{time: -e.updated, id: e.id}
}

// matching marks the sessions that are found. The texts of all are one, so that a search is one
// run through memory, shared between the processors where it is long.
func (c *columns) matching(s *sought) bitset {
	found := newBitset(c.len())
	switch {
	case s.query == "":
		for at := range c.created {
			if s.passes(c.created[at], c.finalized[at]) {
				found.set(uint32(at))
			}
		}
		return found
	case len(c.text) < textShare:
		c.mark(s.query, 0, c.len(), found)
	default:
		c.markAll(s.query, found)
	}
	if s.filtered {
		found.each(func(at uint32) {
			if !s.passes(c.created[at], c.finalized[at]) {
				found.clear(at)
			}
		})
	}
	return found
}

// textShare is how much text is worth a goroutine of its own.
const textShare = 1 << 20 // bytes

func (c *columns) markAll(query string, found bitset) {
	share := (c.len()/runtime.GOMAXPROCS(0) + 64) / 64 * 64 // no two write the same word
	var all sync.WaitGroup
	for from := 0; from < c.len(); from += share {
		all.Go(func() { c.mark(query, from, min(from+share, c.len()), found) })
	}
	all.Wait()
}

// mark marks those of the sessions from and up to that hold the query.
func (c *columns) mark(query string, from, to int, found bitset) {
	needle := []byte(query)
	for at := from; at < to; {
		rest := c.text[c.starts[at]:c.starts[to]]
		hit := bytes.Index(rest, needle)
		if hit < 0 {
			return
		}
		at = c.sessionAt(c.starts[at]+uint32(hit), at, to)
		found.set(uint32(at))
		at++
	}
}

// sessionAt returns the session that text holds at the position, of those from and up to: it is
// near where hits are many, so that the steps towards it grow from one.
func (c *columns) sessionAt(position uint32, from, to int) int {
	step := 1
	for from+step < to && c.starts[from+step] <= position {
		from += step
		step *= 2
	}
	end := min(from+step, to)
	return from + sort.Search(end-from, func(i int) bool { return c.starts[from+i+1] > position })
}

// few says whether sorting some of the sessions is less work than walking through the order of
// all of them.
func (c *columns) few(found int) bool { return found*bits.Len(uint(found)+1) < c.len() }

// inOrder returns the sessions that are marked in this order.
func (c *columns) inOrder(name string, found bitset, count int) []uint32 {
	list := make([]uint32, 0, count)
	if !c.few(count) {
		for _, at := range c.order(name) {
			if found.has(at) {
				list = append(list, at)
			}
		}
		return list
	}
	found.each(func(at uint32) { list = append(list, at) })
	slices.SortFunc(list, func(a, b uint32) int { return c.ranked(name, a).compare(c.ranked(name, b)) })
	return list
}
