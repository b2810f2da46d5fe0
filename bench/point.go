package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sessionhub/bench/load"
)

// operation is what is asked of a session.
type operation string

const (
	create  operation = "create"
	resume  operation = "resume"
	get     operation = "get"
	list100 operation = "list 100"
	list1k  operation = "list 1,000"
	add     operation = "append" // one message
	remove  operation = "delete"
)

// Names of series of ids. Those of what the points create count up from firstNew.
const (
	crowdIDs uint64 = iota + 1
	listedIDs
	toldIDs
	conversationIDs // and those behind it
	firstNew        = 1 << 32
)

const (
	crowd  = 5_000 // sessions that are there before
	listed = 1_000 // and those of the agent whose sessions are listed
)

// conversations are sessions with messages: so many that each grows little while it is measured.
var conversations = []struct{ messages, sessions int }{{10, 4096}, {1_000, 128}, {10_000, 16}}

// point is one thing that is measured.
type point struct {
	name        string
	connections int
	steps       []operation
	ids         []load.Series // of each step; one without a name is given a new one
	turns       []int
	without     string // a side that is left out: what it would show, another point does
}

// Names of points that the bars ask for.
const (
	create1, create16, create64 = "create, c=1", "create, c=16", "create, c=64"
	resume16, get16             = "resume, c=16", "get, c=16"
	list100of16, list1kof16     = "list 100, c=16", "list 1,000, c=16"
	delete16, mixed16           = "delete, c=16", "70 % get, 20 % append, 10 % create, c=16"
)

func points() []point {
	there := load.Series{Name: crowdIDs, Count: crowd}
	single := func(name string, connections int, op operation, ids load.Series) point {
		return point{name: name, connections: connections, steps: []operation{op}, ids: []load.Series{ids}}
	}
	all := []point{
		single(create1, 1, create, load.Series{}),
		single(create16, 16, create, load.Series{}),
		single(create64, 64, create, load.Series{}),
		single(resume16, 16, resume, there),
		single(get16, 16, get, there),
		single(list100of16, 16, list100, there),
		single(list1kof16, 16, list1k, there),
	}
	for i, c := range conversations {
		name := fmt.Sprintf("append at %s messages, c=16", thousands(c.messages))
		p := single(name, 16, add, conversation(i))
		if i > 0 {
			p.without = floor // which has no messages
		}
		all = append(all, p)
	}
	all[0].without, all[2].without = oursClear, oursClear
	return append(all, single(delete16, 16, remove, load.Series{}), point{
		name: mixed16, connections: 16, steps: []operation{get, add, create},
		ids: []load.Series{there, conversation(0), {}}, turns: []int{0, 0, 1, 0, 0, 2, 0, 1, 0, 0},
	})
}

func conversation(i int) load.Series {
	return load.Series{Name: conversationIDs + uint64(i), Count: conversations[i].sessions}
}

// thousands writes 10000 as 10,000.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// side is one of those that are compared.
type side struct {
	name     string
	pids     []int
	database int // the process of a database server, 0 for none
	target
}

// target does what is asked of it. The steps of an order belong to the operations.
type target interface {
	does(op operation) bool
	run(ctx context.Context, g load.Generator, o load.Order, ops []operation) (load.Result, error)
}

// takes says whether the point is measured on the side.
func (s side) takes(p point) bool {
	return s.name != p.without && !slices.ContainsFunc(p.steps, func(op operation) bool { return !s.does(op) })
}

// web is a target that speaks HTTP.
type web struct {
	addr     string
	requests map[operation]load.Request
	others   []string // addresses of more servers that do the same
}

func (w web) does(op operation) bool { _, found := w.requests[op]; return found }

func (w web) run(ctx context.Context, g load.Generator, o load.Order, ops []operation) (load.Result, error) {
	o.Addr, o.Others = w.addr, w.others
	for i, op := range ops {
		o.Steps[i].Request = w.requests[op]
	}
	return g.Run(ctx, o)
}

// probe carries the operation out once, and returns the body of the answer.
func (w web) probe(ctx context.Context, op operation, id load.ID) ([]byte, error) {
	client, err := load.Dial(ctx, w.addr, now)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	var body []byte
	answer, err := client.Ask(w.requests[op].Render(w.addr).With(id), &body)
	if err == nil && !load.IsGood(answer.Status) {
		err = fmt.Errorf("%s: answered %d: %s", op, answer.Status, strings.TrimSpace(string(body)))
	}
	return body, err
}
