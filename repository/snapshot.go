package repository

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

// snapshot is what is searched and sorted of one agent's sessions, in one state of the database.
// It is never changed: what comes later is a new one, that shares most of it. Sessions that were
// changed since the columns were laid out are marked gone in them, and stand in fresh.
type snapshot struct {
	epoch     int64
	known     revisions
	base      *columns
	gone      bitset // of base
	goneCount int
	fresh     []entry  // by id
	broken    []string // ids of sessions that do not open, sorted; their texts are empty
}

// change is what became of a session.
type change struct {
	entry
	revision        int64
	deleted, broken bool
}

func newSnapshot(epoch int64, known revisions, base *columns, broken []string) *snapshot {
	slices.Sort(broken)
	return &snapshot{epoch: epoch, known: known, base: base, gone: newBitset(base.len()), broken: broken}
}

// freshLimit is how many sessions may stand beside the columns before these are laid out anew:
// enough to pay for that, few enough to be searched one by one.
func (s *snapshot) freshLimit() int { return max(1000, s.base.len()/50) }

// bytes is how much memory the snapshot takes.
func (s *snapshot) bytes() int64 {
	size := s.base.bytes() + int64(len(s.gone))*8
	for i := range s.fresh {
		e := &s.fresh[i]
		size += int64(len(e.id)+len(e.name)+len(e.email)) + 80
	}
	return size
}

// with returns the snapshot after the changes, the last of each session.
func (s *snapshot) with(changes []change) *snapshot {
	if len(changes) == 0 {
		return s
	}
	next := &snapshot{epoch: s.epoch, known: slices.Clone(s.known), base: s.base, gone: slices.Clone(s.gone), goneCount: s.goneCount}
	changed := make(map[string]bool, len(changes))
	for i := range changes {
		c := &changes[i]
		next.known.add(c.revision)
		changed[c.id] = true
		if at, ok := s.base.find(c.id); ok && !next.gone.has(at) {
			next.gone.set(at)
			next.goneCount++
		}
		if !c.deleted {
			next.fresh = append(next.fresh, c.entry)
		}
		if c.broken {
			next.broken = append(next.broken, c.id)
		}
	}
	next.fresh = append(next.fresh, slices.DeleteFunc(slices.Clone(s.fresh), func(e entry) bool { return changed[e.id] })...)
	next.broken = append(next.broken, slices.DeleteFunc(slices.Clone(s.broken), func(id string) bool { return changed[id] })...)
	slices.SortFunc(next.fresh, func(a, b entry) int { return strings.Compare(a.id, b.id) })
	slices.Sort(next.broken)
	if len(next.fresh)+next.goneCount > next.freshLimit() {
		return next.laidOut()
	}
	return next
}

// laidOut puts the fresh sessions into new columns. Orders that are known are merged, not made
// anew.
func (s *snapshot) laidOut() *snapshot {
	base := newColumns(s.base.len() - s.goneCount + len(s.fresh))
	moved := make([]uint32, s.base.len()) // from the old columns to the new
	for at := range uint32(s.base.len()) {
		if !s.gone.has(at) {
			moved[at] = uint32(base.len())
			e := s.base.entry(at)
			base.add(&e)
		}
	}
	first := uint32(base.len())
	for i := range s.fresh {
		base.add(&s.fresh[i])
	}
	next := newSnapshot(s.epoch, s.known, base.finish(), s.broken)
	for i, name := range orderNames {
		old := s.base.known(name)
		if old == nil {
			continue
		}
		next.base.orders[i].perm = next.base.merged(name, s.stayed(old, moved), first)
	}
	return next
}

// stayed is an order of the old columns without those that are gone, in the new numbers.
func (s *snapshot) stayed(old, moved []uint32) []uint32 {
	stayed := make([]uint32, 0, len(old)-s.goneCount)
	for _, at := range old {
		if !s.gone.has(at) {
			stayed = append(stayed, moved[at])
		}
	}
	return stayed
}

// merged is an order of all sessions, of which those before first are in order.
func (c *columns) merged(name string, ordered []uint32, first uint32) []uint32 {
	compare := func(a, b uint32) int {
		return cmp.Or(cmp.Compare(c.key(name, a), c.key(name, b)), c.compare(name, a, b))
	}
	added := make([]uint32, 0, uint32(c.len())-first)
	for at := first; at < uint32(c.len()); at++ {
		added = append(added, at)
	}
	slices.SortFunc(added, compare)
	all := make([]uint32, 0, c.len())
	for _, at := range added {
		n := sort.Search(len(ordered), func(i int) bool { return compare(ordered[i], at) > 0 })
		all, ordered = append(append(all, ordered[:n]...), at), ordered[n:]
	}
	return append(all, ordered...)
}
