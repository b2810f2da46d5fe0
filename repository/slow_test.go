package repository_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// A list that is given to a slow client holds up neither writers nor other readers.
func TestSlowReadersHoldNobodyUp(t *testing.T) {
	s, _, _ := newStore(t)
	who := newTenant(t, s, repository.NewTenant{})
	for i := range 3 {
		save(t, s, who, fmt.Sprint("s-", i), "[1,2]")
	}
	var nest func(depth int) repository.SessionReader
	written := 0
	nest = func(depth int) repository.SessionReader {
		return repository.SessionReader{
			Total: func(int64) error { return nil },
			Session: func(m *models.Session, _ models.Text) error {
				if depth == 10 { // ten lists are under way
					written++
					save(t, s, who, m.ID, "[3]")
					return nil
				}
				return s.Sessions.List(t.Context(), who, models.SessionFilter{Limit: 1}, nest(depth+1))
			},
		}
	}
	if err := s.Sessions.List(t.Context(), who, models.SessionFilter{Limit: 1}, nest(1)); err != nil || written != 1 {
		t.Errorf("written %d times, %v", written, err)
	}
}

// Clients that read their lists slowly, however many, must not keep others from being let in.
func TestSlowListsShutNobodyOut(t *testing.T) {
	s, _, _ := newStore(t)
	tenant, apiKey, err := s.Tenants.Create(t.Context(), models.Actor{}, repository.NewTenant{})
	if err != nil {
		t.Fatal(err)
	}
	who := models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}
	save(t, s, who, "s-1", "[]")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var under atomic.Int64
	for range 64 {
		wg.Go(func() {
			_ = s.Sessions.List(t.Context(), who, everySession(), repository.SessionReader{
				Total:   func(int64) error { under.Add(1); <-stop; return nil },
				Session: func(*models.Session, models.Text) error { return nil },
			})
		})
	}
	for under.Load() < 8 { // some are under way, and the others wait or are too
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := s.Keys.Authenticate(ctx, apiKey); err != nil {
		t.Errorf("a key is not let in beside %d slow lists: %v", under.Load(), err)
	}
	if err := s.Ping(ctx); err != nil {
		t.Errorf("ping beside %d slow lists: %v", under.Load(), err)
	}
	close(stop)
	wg.Wait()
}
