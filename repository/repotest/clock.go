package repotest

import (
	"sync/atomic"
	"time"
)

// Clock stands still until it is stepped. Goroutines may share it.
type Clock struct{ at atomic.Int64 }

// NewClock returns a clock that stands at the middle of March 2026.
func NewClock() *Clock {
	c := &Clock{}
	c.at.Store(time.Date(2026, time.March, 14, 9, 26, 53, 589_793_238, time.UTC).UnixNano())
	return c
}

// Now returns where the clock stands.
func (c *Clock) Now() time.Time { return time.Unix(0, c.at.Load()).UTC() }

// Step moves the clock.
func (c *Clock) Step(by time.Duration) { c.at.Add(int64(by)) }

// stored is the time as a database keeps it: to a millisecond.
func (c *Clock) stored() time.Time { return c.Now().Truncate(time.Millisecond) }
