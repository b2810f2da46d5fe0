package handlers

import (
	"context"
	"errors"
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
	goneLogins         struct{ loginStore }
)

func (goneLogins) Authenticate(context.Context, models.Secret) (models.Login, error) {
	return models.Login{}, repository.ErrUnavailable
}

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

// The pages of the panel say so too, in parts and as a whole, and nobody is taken for signed out.
func TestPanelWithoutDatabase(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	s.deps.Keys, s.deps.Logins = goneKeys{s.deps.Keys}, goneLogins{s.deps.Logins}
	s.server = nil
	for _, name := range append(panelRoutesOf(t, s), routeName{"GET", "/admin/login"}, routeName{"POST", "/admin/login"}, routeName{"POST", "/admin/logout"}) {
		got := b.ask(name.method, fill(name.path), "key=x").want(http.StatusServiceUnavailable, "").says(unavailableMessage)
		if got.header.Get("Retry-After") != unavailableRetry || len(got.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%v answers with %v", name, got.header)
		}
	}
}

// What goes wrong on our side is told to the log alone, and to the reader how to find it there.
func TestPanelFailuresTellNothing(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	s.deps.Sessions = failingSessions{func() error { return errors.New("disk on fire at /var/secret") }}
	s.server = nil
	for _, option := range []func(*http.Request){with("X-None", ""), htmx} {
		b.open("/admin/sessions?agent=a", option).want(http.StatusInternalServerError, "").hides("fire", "secret").says("X-Request-Id")
	}
	b.choose("/admin/sessions/delete", "s01", "s02").want(http.StatusOK, "").hides("fire").says("s01", "s02", "Something went wrong")
	if strings.Count(s.log.String(), "disk on fire") != 4 {
		t.Errorf("the log says %s", s.log.String())
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
