package main

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"sessionhub/bench/load"
	"sessionhub/bench/rivals"
)

// serveRival runs a server until the test ends, which it has to do without an error.
func serveRival(t *testing.T, health string, serve func(ctx context.Context, addr string) error) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	addr, err := freeAddress(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{addr: addr, ended: make(chan struct{})}
	go func() { p.failed = serve(ctx, addr); close(p.ended) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-p.ended:
			if p.failed != nil {
				t.Error(p.failed)
			}
		case <-time.After(stopPatience):
			t.Error("it does not stop")
		}
	})
	if err := p.awaitHealth(ctx, health); err != nil {
		t.Fatal(err)
	}
	return addr
}

func TestFloorAnswersAsLongAsTheService(t *testing.T) {
	sizes := rivals.FloorOptions{Create: 70, Append: 80, Get: 300, Delete: 50}
	w := web{requests: serviceRequests(nil), addr: serveRival(t, "/healthz", func(ctx context.Context, addr string) error {
		sizes.Addr = addr
		return rivals.ServeFloor(ctx, sizes)
	})}
	for op, want := range map[operation]int{create: 70, resume: 70, add: 80, get: 300, remove: 50} {
		if body, err := w.probe(t.Context(), op, load.NewID(1, 2)); err != nil || len(body) != want {
			t.Errorf("%s: %d bytes, error %v", op, len(body), err)
		}
	}
	broken := w.requests[create]
	broken.Body = "{"
	w.requests[create] = broken
	if _, err := w.probe(t.Context(), create, load.ID{}); err == nil {
		t.Error("the floor does not decode what it is sent")
	}
}

func TestPocketBaseDoesWhatItIsAskedFor(t *testing.T) {
	w := web{requests: pocketBaseRequests(), addr: serveRival(t, "/api/health", func(ctx context.Context, addr string) error {
		return rivals.ServePocketBase(ctx, rivals.PocketBaseOptions{Addr: addr, Dir: t.TempDir(), Durable: true})
	})}
	if err := fillSeries(t.Context(), side{name: pocketBase, target: w}, createListed, load.Series{Name: listedIDs, Count: listed}); err != nil {
		t.Fatal(err)
	}
	for op, want := range map[operation]int{list100: 100, list1k: listed} {
		body, err := w.probe(t.Context(), op, load.ID{})
		var page struct {
			Items []struct{ ID, UserName, UserEmail string }
		}
		if err == nil {
			err = json.Unmarshal(body, &page)
		}
		if err != nil || len(page.Items) != want || page.Items[0].UserName != userName || page.Items[0].UserEmail != userEmail {
			t.Errorf("%s: %d of %d, error %v", op, len(page.Items), want, err)
		}
	}
	for _, op := range []operation{create, get, remove} {
		if _, err := w.probe(t.Context(), op, load.NewID(1, 2)); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.probe(t.Context(), get, load.NewID(1, 2)); err == nil {
		t.Error("what was deleted is there")
	}
}
