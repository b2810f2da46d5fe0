package e2e

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

const (
	processes        = 3
	performsAtOnce   = 100             // for each process
	refreshLeaseTime = 2 * time.Minute // hub's refreshLease
)

// However many calls, in however many processes, find the access token over at the same moment:
// the provider is asked for one new token, and every call succeeds with it. A refresh token works
// once, so that a second request would end the grant.
func TestOneRefreshForAllProcesses(t *testing.T) {
	i, s, p, w := weatherWithProvider(t)
	agents := []*agent{s.agent("acme|alice")}
	for range processes - 1 {
		agents = append(agents, i.start().agent("acme|alice"))
	}
	p.tokensLive(time.Second)
	newBrowser(t).signIn(agents[0].link(), "alice")

	p.tokensLive(5 * time.Minute)
	time.Sleep(justOver)
	performAtOnce(t, agents)
	if got := p.asked("refresh_token"); got != 1 || w.answered(http.StatusUnauthorized) != 0 {
		t.Errorf("when the token was over: %d refreshes; the API refused %d calls", got, w.answered(http.StatusUnauthorized))
	}

	p.grants.mu.Lock()
	clear(p.grants.access) // nobody but the provider knows
	p.grants.mu.Unlock()
	performAtOnce(t, agents)
	if got := p.asked("refresh_token"); got != 2 || w.answered(http.StatusUnauthorized) == 0 {
		t.Errorf("when the provider did not know the token: %d refreshes; the API refused %d calls", got-1, w.answered(http.StatusUnauthorized))
	}
	if p.asked("reuse") != 0 {
		t.Errorf("%d refresh tokens came a second time", p.asked("reuse"))
	}
}

// performAtOnce expects that 100 calls by each agent, all at the same time, succeed.
func performAtOnce(t *testing.T, agents []*agent) {
	t.Helper()
	var done sync.WaitGroup
	begin := make(chan struct{})
	for _, a := range agents {
		for range performsAtOnce {
			done.Go(func() {
				<-begin
				if got, err := a.try(currentWeather, object{"city": "Vienna"}); err != nil || got.Status != "success" {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
	}
	close(begin)
	done.Wait()
}

// A process that is killed while it renews a token leaves a lease behind. The others wait for it
// without asking the user for anything, and renew the token when the lease is over: here the
// database is told that two minutes have passed.
func TestKilledWhileRefreshing(t *testing.T) {
	i, s, p, _ := weatherWithProvider(t)
	user := s.agent("acme|alice")
	p.tokensLive(time.Second)
	newBrowser(t).signIn(user.link(), "alice")
	p.tokensLive(5 * time.Minute)
	time.Sleep(justOver)
	p.fails(hang)
	dying := i.start()
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		_, _ = dying.agent("acme|alice").try(currentWeather, object{"city": "Vienna"})
	}()
	if err := dying.await(requestLimit, func() bool { return p.asked("refresh_token") == 1 }); err != nil {
		t.Fatalf("it does not refresh: %v", err)
	}
	dying.kill()
	<-dead
	p.fails(noFault)

	answered := make(chan said, 1)
	go func() {
		got, err := user.try(currentWeather, object{"city": "Vienna"})
		if err != nil {
			t.Error(err)
		}
		answered <- got
	}()
	select {
	case got := <-answered:
		t.Fatalf("while the lease is held: %+v", got)
	case <-time.After(time.Second):
	}
	if got := p.asked("refresh_token"); got != 1 {
		t.Errorf("%d refreshes while the lease is held", got)
	}
	db := i.open(t)
	defer db.Close()
	execute(t, db, "UPDATE connections SET refresh_until = refresh_until - $1", refreshLeaseTime.Milliseconds())
	if got := <-answered; got.Status != "success" || p.asked("refresh_token") != 2 || p.asked("reuse") != 0 {
		t.Errorf("when the lease was over: %+v; %d refreshes", got, p.asked("refresh_token"))
	}
	user.weatherOf("alice")
}
