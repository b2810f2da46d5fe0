package repository

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"

	"sessionhub/models"
)

// entry is what is searched and sorted of one session, opened.
type entry struct {
	id               string
	name, email      string // folded; empty for none
	created, updated int64
	finalized        bool
}

// textLen is how much text columns hold of the entry.
func (e *entry) textLen() int64 { return int64(len(e.name) + len(e.email) + len(e.id) + 3) }

// columns hold the entries of many sessions, column by column, in as little memory as a fast
// search allows: some 60 bytes a session beside its texts. They are never changed.
type columns struct {
	// text has, of each session, its folded name, e-mail address and id, each with an endOfText
	// behind it. One search through it finds every session that matches.
	text                []byte
	starts              []uint32 // where each session begins in text, and the end
	nameLens, emailLens []uint16
	created, updated    []int64
	finalized           []bool
	ids                 map[uint32]string // those that folding has changed
	reserved            bool

	orders [len(orderNames)]struct {
		mu   sync.Mutex
		perm []uint32 // sessions in this order; nil until it is asked for
	}
}

// endOfText is in no UTF-8, so that no query reaches from one text into the next.
const endOfText = 0xFF

// orderNames are the orders that are kept. By id is for finding a session.
var orderNames = [...]string{models.OrderByUserName, models.OrderByUserEmail, models.OrderByCreatedAt, models.OrderByUpdatedAt, orderByID}

const orderByID = "id"

// maxText is what starts can count.
const maxText = math.MaxUint32

// newColumns are empty, with room for n sessions. After the last is added they are finished.
func newColumns(n int) *columns {
	return &columns{
		starts: make([]uint32, 0, n+1), nameLens: make([]uint16, 0, n), emailLens: make([]uint16, 0, n),
		created: make([]int64, 0, n), updated: make([]int64, 0, n), finalized: make([]bool, 0, n),
	}
}

// reserve makes room for the texts of n sessions, once, by what the first of them have: where these
// are so long that the others would not fit into the bound like that, it is left to the others.
func (c *columns) reserve(n int, bound int64) {
	if c.reserved || c.len() == 0 || c.len() >= n {
		return
	}
	c.reserved = true
	if room := len(c.text) / c.len() * (n - c.len()) * 17 / 16; c.bytes()+int64(room) <= bound {
		c.text = slices.Grow(c.text, room)
	}
}

func (c *columns) finish() *columns {
	c.starts = append(c.starts, uint32(len(c.text)))
	return c
}

func (c *columns) add(e *entry) {
	at := uint32(len(c.starts))
	c.starts = append(c.starts, uint32(len(c.text)))
	c.text = append(append(c.text, e.name...), endOfText)
	c.text = append(append(c.text, e.email...), endOfText)
	folded := fold(e.id)
	c.text = append(append(c.text, folded...), endOfText)
	if folded != e.id {
		if c.ids == nil {
			c.ids = make(map[uint32]string)
		}
		c.ids[at] = e.id
	}
	c.nameLens, c.emailLens = append(c.nameLens, uint16(len(e.name))), append(c.emailLens, uint16(len(e.email)))
	c.created, c.updated, c.finalized = append(c.created, e.created), append(c.updated, e.updated), append(c.finalized, e.finalized)
}

// perSession is what a session takes beside its texts: everything above, with all orders.
const perSession = int64(4 + 2 + 2 + 8 + 8 + 1 + 4*len(orderNames))

// bytes is how much memory the columns take, with all orders, whether they are made or not.
func (c *columns) bytes() int64 {
	size := int64(cap(c.text)) + int64(c.len())*perSession
	for _, id := range c.ids {
		size += int64(len(id)) + 48 // a map's share
	}
	return size
}

func (c *columns) len() int { return len(c.nameLens) }

func (c *columns) name(at uint32) []byte {
	start := c.starts[at]
	return c.text[start : start+uint32(c.nameLens[at])]
}

func (c *columns) email(at uint32) []byte {
	start := c.starts[at] + uint32(c.nameLens[at]) + 1
	return c.text[start : start+uint32(c.emailLens[at])]
}

func (c *columns) foldedID(at uint32) []byte {
	start := c.starts[at] + uint32(c.nameLens[at]) + uint32(c.emailLens[at]) + 2
	return c.text[start : c.starts[at+1]-1]
}

func (c *columns) id(at uint32) string {
	if id, ok := c.ids[at]; ok {
		return id
	}
	return string(c.foldedID(at))
}

// entry is the way back, for new columns.
func (c *columns) entry(at uint32) entry {
	return entry{
		id: c.id(at), name: string(c.name(at)), email: string(c.email(at)),
		created: c.created[at], updated: c.updated[at], finalized: c.finalized[at],
	}
}

// compareIDs orders two sessions by id.
func (c *columns) compareIDs(a, b uint32) int {
	if c.ids == nil {
		return bytes.Compare(c.foldedID(a), c.foldedID(b))
	}
	return strings.Compare(c.id(a), c.id(b))
}

// find returns the session with the id.
func (c *columns) find(id string) (uint32, bool) {
	perm := c.order(orderByID)
	at, found := slices.BinarySearchFunc(perm, id, func(at uint32, id string) int { return strings.Compare(c.id(at), id) })
	if !found {
		return 0, false
	}
	return perm[at], true
}

// sortKey is the beginning of what an order compares: most pairs differ in it.
type sortKey struct {
	key uint64
	at  uint32
}

// order returns the sessions in this order. It is made when it is first asked for.
func (c *columns) order(name string) []uint32 {
	o := &c.orders[slices.Index(orderNames[:], name)]
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.perm == nil {
		o.perm = c.sorted(name)
	}
	return o.perm
}

// known returns an order if it was made, else nil.
func (c *columns) known(name string) []uint32 {
	o := &c.orders[slices.Index(orderNames[:], name)]
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.perm
}

func (c *columns) sorted(name string) []uint32 {
	keys := make([]sortKey, c.len())
	for i := range keys {
		keys[i] = sortKey{c.key(name, uint32(i)), uint32(i)}
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		return cmp.Or(cmp.Compare(a.key, b.key), c.compare(name, a.at, b.at))
	})
	perm := make([]uint32, len(keys))
	for i := range keys {
		perm[i] = keys[i].at
	}
	return perm
}

// key orders most sessions as compare does, by the first eight bytes of what they are sorted by.
func (c *columns) key(name string, at uint32) uint64 {
	switch name {
	case models.OrderByCreatedAt:
		return ^(uint64(c.created[at]) ^ 1<<63)
	case models.OrderByUpdatedAt:
		return ^(uint64(c.updated[at]) ^ 1<<63)
	case models.OrderByUserName:
		return prefix(c.name(at), true)
	case models.OrderByUserEmail:
		return prefix(c.email(at), true)
	}
	return prefix([]byte(c.id(at)), false)
}

// prefix is the beginning of a text as a number. What has no value comes last.
func prefix(text []byte, emptyLast bool) uint64 {
	if len(text) == 0 && emptyLast {
		return math.MaxUint64
	}
	var first [8]byte
	copy(first[:], text)
	return binary.BigEndian.Uint64(first[:])
}

// compare orders two sessions of one key.
func (c *columns) compare(name string, a, b uint32) int {
	switch name {
	case models.OrderByUserName:
		return cmp.Or(bytes.Compare(c.name(a), c.name(b)), c.compareIDs(a, b))
	case models.OrderByUserEmail:
		return cmp.Or(bytes.Compare(c.email(a), c.email(b)), c.compareIDs(a, b))
	}
	return c.compareIDs(a, b)
}

// ranked returns the session as an order sees it, to be compared with those of elsewhere.
func (c *columns) ranked(name string, at uint32) ranked {
	switch name {
	case models.OrderByCreatedAt:
		return ranked{time: -c.created[at], id: c.id(at)}
	case models.OrderByUpdatedAt:
		return ranked{time: -c.updated[at], id: c.id(at)}
	case models.OrderByUserEmail:
		return ranked{last: c.emailLens[at] == 0, text: string(c.email(at)), id: c.id(at)}
	}
	return ranked{last: c.nameLens[at] == 0, text: string(c.name(at)), id: c.id(at)}
}
