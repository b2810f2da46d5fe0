package repository

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// snapshots are those of the agents that were searched last, as far as their bound allows.
type snapshots struct {
	bound int64 // bytes
	kept  *otter.Cache[agentName, *heldSnapshot]

	mu    sync.Mutex // of what is put into kept
	drops uint64     // counts drops, so that what was read before one is not kept after it
}

type agentName struct {
	tenantID int64
	agentID  string
}

// heldSnapshot is an agent's snapshot. Whoever holds its lock brings it up to date.
type heldSnapshot struct {
	mu      sync.Mutex
	now     *snapshot // nil until it is built
	tooMuch bool      // it does not fit: searches go through the rows instead
	size    atomic.Int64
}

// heldShare is what a snapshot costs beside its content.
const heldShare = 512

// maxWeight is what the cache counts in: units of 64 bytes, since its weights have 32 bits.
const weightUnit = 64

func newSnapshots(bound int64) *snapshots {
	return &snapshots{bound: bound, kept: otter.Must(&otter.Options[agentName, *heldSnapshot]{
		MaximumWeight: uint64(max(1, bound/weightUnit)),
		Weigher: func(_ agentName, h *heldSnapshot) uint32 {
			return uint32((h.size.Load() + heldShare + weightUnit - 1) / weightUnit)
		},
	})}
}

// held returns the agent's place, empty for one that was not searched lately.
func (s *snapshots) held(name agentName) *heldSnapshot {
	if h, ok := s.kept.GetIfPresent(name); ok {
		return h
	}
	h, _ := s.kept.SetIfAbsent(name, &heldSnapshot{})
	return h
}

// dropped counts what was dropped so far.
func (s *snapshots) dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drops
}

// keep puts what is known of the agent now in its place, which is weighed anew. The caller holds
// the lock of h.
func (s *snapshots) keep(name agentName, h *heldSnapshot, now *snapshot, drops uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drops != drops {
		return
	}
	h.now, h.tooMuch = now, now == nil
	h.size.Store(0)
	if now != nil {
		h.size.Store(now.bytes())
	}
	s.kept.Set(name, h)
}

// measured tells of an agent without a snapshot how many bytes one would take. It is built again
// only where that leaves room, so that few changes do not make it come and go.
func (s *snapshots) measured(name agentName, size int64) {
	if h, ok := s.kept.GetIfPresent(name); ok && size <= s.bound/4*3 {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.tooMuch = false
	}
}

// tenants are those that something is kept of.
func (s *snapshots) tenants() map[int64]bool {
	all := make(map[int64]bool)
	for name := range s.kept.Keys() {
		all[name.tenantID] = true
	}
	return all
}

// drop forgets what belongs to a tenant.
func (s *snapshots) drop(tenantID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
	for name := range s.kept.Keys() {
		if name.tenantID == tenantID {
			s.kept.Invalidate(name)
		}
	}
}

// errTooMuch means that a snapshot does not fit into the bound.
var errTooMuch = errors.New("the agent has more sessions than fit into memory")

// snapshot returns the agent's sessions as the transaction shows them, or [errTooMuch]. The
// transaction must not have read anything yet: its state is chosen while the lock is held, so
// that it is never older than the snapshot. One caller builds, the others wait for it.
func (r *Sessions) snapshot(tx *gorm.DB, box *crypto.Box, who models.Actor, agentID string) (*snapshot, error) {
	all, name := r.store.snapshots, agentName{who.TenantID, agentID}
	drops := all.dropped()
	h := all.held(name)
	h.mu.Lock()
	defer h.mu.Unlock()
	var epoch int64
	if err := tx.Raw("SELECT search_epoch FROM tenants WHERE id = ?", who.TenantID).Scan(&epoch).Error; err != nil {
		return nil, err
	}
	if h.tooMuch {
		return nil, errTooMuch
	}
	o := &opening{store: r.store, box: box, who: who, texts: true}
	next, err := h.now, error(nil)
	if next != nil && next.epoch == epoch {
		next, err = o.update(tx, next, agentID)
	} else {
		next, err = o.build(tx, epoch, agentID, all.bound)
	}
	if errors.Is(err, errTooMuch) || err == nil && next.bytes() > all.bound {
		all.keep(name, h, nil, drops)
		return nil, errTooMuch
	}
	if err != nil {
		return nil, err
	}
	if next != h.now {
		all.keep(name, h, next, drops)
	}
	return next, nil
}

// build reads all sessions of the agent, as long as they fit into the bound.
func (o *opening) build(tx *gorm.DB, epoch int64, agentID string, bound int64) (*snapshot, error) {
	there, err := o.count(tx, agentID)
	if err != nil {
		return nil, err
	}
	if there.sessions*perSession > bound {
		return nil, errTooMuch
	}
	var base *columns
	var broken []string
	begin := func() { base, broken = newColumns(int(there.sessions)), nil }
	err = o.all(tx, agentID, there, begin, func(changes []change) error {
		for i := range changes {
			if changes[i].broken {
				broken = append(broken, changes[i].id)
			}
			base.add(&changes[i].entry)
		}
		base.reserve(int(there.sessions), bound)
		if base.bytes() > bound || len(base.text) > maxText {
			return errTooMuch
		}
		return nil
	})
	return newSnapshot(epoch, there.known, base.finish(), broken), err
}

// update reads what was changed since the snapshot.
func (o *opening) update(tx *gorm.DB, s *snapshot, agentID string) (*snapshot, error) {
	var changes []change
	begin := func() { changes = nil }
	err := o.changed(tx, agentID, s.known, begin, func(more []change) error { changes = append(changes, more...); return nil })
	if err != nil {
		return nil, err
	}
	return s.with(changes), nil
}
