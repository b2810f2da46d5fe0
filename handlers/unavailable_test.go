package handlers

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

// Nobody can take a real database away and give it back between two requests, so that these stand in
// for one that is gone.
type (
	goneKeys           struct{ keyStore }
	goneLinks          struct{ linkStore }
	goneAuthorizations struct{}
)

func (goneKeys) Authenticate(context.Context, models.Secret) (models.Key, error) {
	return models.Key{}, repository.ErrUnavailable
}

func (goneLinks) Open(context.Context, models.Secret, models.Secret) (models.Actor, models.Link, bool, error) {
	return models.Actor{}, models.Link{}, false, repository.ErrUnavailable
}

func (goneAuthorizations) Take(context.Context, models.Secret) (models.Actor, models.Authorization, error) {
	return models.Actor{}, models.Authorization{}, repository.ErrUnavailable
}

// A database that is gone for a moment is 503 everywhere, with the time after which to try again.
func TestUnavailableDatabase(t *testing.T) {
	s, p, page := pageStack(t)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID = "sessionhub" })
	b := s.browser()
	b.open(page).want(http.StatusOK, "")
	s.deps.Keys, s.deps.Links, s.deps.Authorizations = goneKeys{s.deps.Keys}, goneLinks{s.deps.Links}, goneAuthorizations{}
	s.server = nil
	for _, c := range append(calls, hubCalls...) {
		r := s.request(c.method, strings.ReplaceAll(c.target, "$spare", "x"), c.body, asAgent)
		got := s.send(r).want(http.StatusServiceUnavailable, "")
		s.fits(r, got)
		if got.header.Get("Retry-After") != unavailableRetry || !strings.Contains(got.body, unavailableMessage) {
			t.Errorf("%s answers %s with Retry-After %q", c.name, got.body, got.header.Get("Retry-After"))
		}
	}
	b.open(page).want(http.StatusServiceUnavailable, "").says(unavailableMessage)
	b.post(page, "do", "remove", "tool", "desk").want(http.StatusServiceUnavailable, "")
	b.open(page+"/sign-in?tool=accounts&scheme=account").want(http.StatusServiceUnavailable, "")
	b.open(s.callback("accounts")+"?code=x&state=y").want(http.StatusServiceUnavailable, "")
	if log := s.log.String(); !strings.Contains(log, repository.ErrUnavailable.Error()) {
		t.Error("the log does not say why")
	}
}

// A database that does not answer makes the service unready soon, not when the client gives up.
func TestReadinessDoesNotWait(t *testing.T) {
	s := newStack(t, true)
	s.deps.Ready = func(ctx context.Context) error {
		deadline, limited := ctx.Deadline()
		if !limited || time.Until(deadline) > readyLimit {
			t.Errorf("it may take until %v", deadline)
		}
		return repository.ErrUnavailable
	}
	s.do("GET", "/readyz", "").want(http.StatusServiceUnavailable, "")
}
