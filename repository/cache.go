package repository

import (
	"sync"
	"time"
)

const (
	cacheAge  = 1500 * time.Millisecond // how long a change by another process may go unnoticed
	cacheSize = 10_000                  // entries; a few hundred bytes each
)

// cache remembers what was read from the database: exactly as long as this process does not
// change it, and at most its age in case another one does.
type cache[K comparable, V any] struct {
	now  func() time.Time
	age  time.Duration // of what is remembered
	size int           // entries, at most
	keep func(V) bool  // what is remembered; nil: everything

	mu      sync.RWMutex
	entries map[K]cached[V]
	drops   uint64 // counts drops, so that what was read before one is not kept after it
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[K comparable, V any](now func() time.Time) *cache[K, V] {
	return &cache[K, V]{now: now, age: cacheAge, size: cacheSize, entries: make(map[K]cached[V])}
}

// get returns the value of the key, loaded where it is not fresh. Errors are not remembered.
func (c *cache[K, V]) get(key K, load func() (V, error)) (V, error) {
	now := c.now()
	c.mu.RLock()
	entry, ok := c.entries[key]
	drops := c.drops
	c.mu.RUnlock()
	if ok && now.Before(entry.until) {
		return entry.value, nil
	}
	value, err := load()
	if err != nil || c.keep != nil && !c.keep(value) {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drops != drops {
		return value, nil
	}
	if len(c.entries) >= c.size {
		clear(c.entries)
	}
	c.entries[key] = cached[V]{value: value, until: now.Add(c.age)}
	return value, nil
}

// drop forgets everything; called after a change was committed. Changes are rare and loads
// are cheap, so there is no finer way.
func (c *cache[K, V]) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.drops++
}
