package load

import (
	"context"
	"sync/atomic"
	"time"
)

// Order is what a server is asked for.
type Order struct {
	Addr        string   // host:port
	Others      []string // more such, over which the connections are spread too
	Steps       []Step
	Turns       []int // which step is next, again and again; nil: the first
	Connections int
	Duration    time.Duration // 0: until each id of a series was asked for once
}

// addrs are all that can be used: each has a connection at least.
func (o Order) addrs() []string {
	all := append([]string{o.Addr}, o.Others...)
	return all[:min(len(all), max(1, o.Connections))]
}

// Step is a request that is made again and again, each time for the next id of a series.
type Step struct {
	Request Request
	IDs     Series
}

// Series is a row of ids.
type Series struct {
	Name  uint64
	Count int // after so many it begins again; 0: it never ends
}

// Generator carries orders out.
type Generator interface {
	Name() string
	Run(ctx context.Context, o Order) (Result, error)
}

// Sequence says what comes next in an order. It may be used by many goroutines.
type Sequence struct {
	order Order
	turn  atomic.Uint64
	asked []atomic.Uint64 // of each step
}

// NewSequence begins the order.
func NewSequence(o Order) *Sequence {
	return &Sequence{order: o, asked: make([]atomic.Uint64, len(o.Steps))}
}

// Next returns the step that is next, and the id that it is for; ErrDone where the order ends.
func (s *Sequence) Next() (step int, id ID, err error) {
	if turn := s.turn.Add(1) - 1; len(s.order.Turns) > 0 {
		step = s.order.Turns[turn%uint64(len(s.order.Turns))]
	}
	ids, n := s.order.Steps[step].IDs, s.asked[step].Add(1)-1
	count := uint64(ids.Count)
	if s.order.Duration == 0 && n >= count {
		return 0, ID{}, ErrDone
	}
	if count > 0 {
		n %= count
	}
	return step, NewID(ids.Name, n), nil
}
