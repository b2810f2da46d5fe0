package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"sessionhub/bench/load"
	"sessionhub/bench/machine"
)

// Names of the sides.
const (
	ours       = "sessionhub"
	oursClear  = "sessionhub, not encrypted"
	floor      = "floor"
	pocketBase = "PocketBase"
	pocketFull = "PocketBase, FULL sync"
	rawSide    = "raw SQLite, no HTTP"
)

// legend says what the sides are.
const legend = `sessionhub: default settings, so synchronous=FULL; its request log goes to a file. Not encrypted: a tenant without a storage key.
floor: an Echo server that decodes the same body and answers as many bytes, and does nothing else.
PocketBase: default settings, so synchronous=NORMAL: a power cut may take the last writes. FULL sync: as durable as sessionhub.
raw SQLite: the same rows through database/sql in this process, synchronous=FULL, nothing is sealed.
`

// arena is where the sides run, each on a database of its own.
type arena struct {
	options
	dir     string
	sides   []side
	service *service
	idle    int64 // resident bytes of the service before it was asked for anything
	closers []func() error
}

// openArena starts the sides and fills their databases.
func openArena(ctx context.Context, o options, dir string) (*arena, error) {
	a := &arena{options: o, dir: dir}
	for _, open := range []func(context.Context) error{a.openService, a.openFloor, a.openPocketBase, a.openRaw} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	for _, s := range a.sides {
		fmt.Fprintf(os.Stderr, "filling %s\n", s.name)
		if err := fill(ctx, s); err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

// close stops what was started, the last first.
func (a *arena) close() (err error) {
	for i := len(a.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, a.closers[i]())
	}
	return err
}

func (a *arena) add(name string, pid int, t target) {
	a.sides = append(a.sides, side{name: name, pids: []int{pid}, target: t})
}

func (a *arena) openService(ctx context.Context) (err error) {
	if a.service, err = startService(ctx, a.program, a.dir, "sessionhub"); err != nil {
		return err
	}
	a.closers = append(a.closers, a.service.stop)
	usage, err := machine.OfProcess(a.service.pid())
	if err != nil {
		return err
	}
	a.idle = usage.RSS
	sealed, err := a.service.tenant(ctx)
	if err != nil {
		return err
	}
	inClear, err := a.service.tenant(ctx, "--no-encryption")
	if err != nil {
		return err
	}
	a.add(ours, a.service.pid(), web{addr: a.service.addr, requests: serviceRequests(sealed)})
	// Only what Open Agents Builder was measured at.
	a.add(oursClear, a.service.pid(), web{addr: a.service.addr, requests: only(serviceRequests(inClear), create, createListed, get, list1k)})
	return nil
}

func (a *arena) openFloor(ctx context.Context) error {
	sizes, err := answerSizes(ctx, a.sides[0].target.(web))
	if err != nil {
		return err
	}
	flag := func(name string, op operation) string { return "-" + name + "=" + strconv.Itoa(sizes[op]) }
	p, err := a.startRival(ctx, floor, "/healthz", "floor", flag("create", create), flag("get", get), flag("append", add), flag("delete", remove))
	if err != nil {
		return err
	}
	requests := serviceRequests(nil)
	delete(requests, list100)
	delete(requests, list1k)
	a.add(floor, p.pid(), web{addr: p.addr, requests: requests})
	return nil
}

func (a *arena) openPocketBase(ctx context.Context) error {
	p, err := a.startRival(ctx, "pocketbase", "/api/health", "pocketbase", "-dir", a.dir+"/pocketbase")
	if err != nil {
		return err
	}
	a.add(pocketBase, p.pid(), web{addr: p.addr, requests: pocketBaseRequests()})
	if p, err = a.startRival(ctx, "pocketbase-full", "/api/health", "pocketbase", "-durable", "-dir", a.dir+"/pocketbase-full"); err != nil {
		return err
	}
	a.add(pocketFull, p.pid(), web{addr: p.addr, requests: only(pocketBaseRequests(), create)})
	return nil
}

// startRival starts this program as another server.
func (a *arena) startRival(ctx context.Context, name, health string, args ...string) (*process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, launch{name: name, program: program, args: args, dir: a.dir, health: health})
	if err == nil {
		a.closers = append(a.closers, p.stop)
	}
	return p, err
}

func (a *arena) openRaw(ctx context.Context) error {
	r, err := openRaw(ctx, a.dir)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, r.close)
	a.add(rawSide, os.Getpid(), r)
	return nil
}

// newSeries names ids that nobody has used.
func newSeries(n uint64) load.Series { return load.Series{Name: firstNew + n} }
