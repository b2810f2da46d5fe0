package repotest

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// equipMarked gives the first tenant one of everything of the tool hub, with the marker in it.
func (n *neighbours) equipMarked(t *testing.T) {
	t.Helper()
	tool := newTool("weather", "get")
	tool.Title, tool.Description, tool.Source, tool.Document = marker, marker, marker, []byte(marker)
	tool.ClientID, tool.ClientSecret, tool.Functions[0].Description = marker, marker, marker
	wantError(t, n.Tools.Add(t.Context(), n.who, tool, false), nil)
	n.tool = tool
	n.connection = models.Connection{Tool: "weather", UserID: "alice", Credentials: map[string]models.Credential{"key": {Value: marker}}}
	wantError(t, Connect(t.Context(), n.Store, n.who, &n.connection), nil)
	wantError(t, n.Tenants.AllowApps(t.Context(), n.who, []string{"https://marker-of-the-other.example"}), nil)
	_, err := n.Links.Create(t.Context(), n.who, &models.Link{UserID: marker, App: models.App{Name: marker, URL: "https://marker-of-the-other.example"}})
	wantError(t, err, nil)
	_, err = n.Authorizations.Begin(t.Context(), n.who, models.Authorization{Tool: "weather", Scheme: marker, Link: marker, Verifier: marker})
	wantError(t, err, nil)
	n.performed = models.Perform{UserID: "alice", Function: "weather__get", IdempotencyKey: "key-1", Digest: marker}
	n.perform(t, n.performed, marker)
	n.died = n.performed
	n.died.IdempotencyKey = "key-2"
	_, _, err = n.Performs.Begin(t.Context(), n.who, n.died, n.clock.Now())
	wantError(t, err, nil)
}

// refused tries, and fails unless the error is the wanted one.
func refused(t *testing.T, want error, try func() error) func() string {
	return func() string {
		t.Helper()
		err := try()
		wantError(t, err, want)
		return fmt.Sprint(err)
	}
}

// hubAttempts are attempts at the methods of the tool hub.
func (n *neighbours) hubAttempts(t *testing.T) map[string]func() string {
	attempts := n.toolAttempts(t)
	maps.Copy(attempts, n.connectionAttempts(t))
	maps.Copy(attempts, map[string]func() string{
		"Links.Create": n.intrudeLinkCreate(t),
		"Authorizations.Begin": refused(t, repository.ErrNotFound, func() error {
			_, err := n.Authorizations.Begin(t.Context(), n.intruder, newAuthorization("weather"))
			return err
		}),
		"Performs.Begin":    n.intrudePerformBegin(t),
		"Performs.Finish":   refused(t, nil, func() error { return n.Performs.Finish(t.Context(), n.intruder, n.performed, "mine") }),
		"Performs.Takeover": n.intrudePerformTakeover(t),
		"Performs.Refuse":   refused(t, nil, func() error { return n.Performs.Refuse(t.Context(), n.intruder, n.performed) }),
		"Performs.Abandon":  refused(t, nil, func() error { return n.Performs.Abandon(t.Context(), n.intruder, n.performed) }),
		"Tenants.AllowApps": refused(t, nil, func() error { return n.Tenants.AllowApps(t.Context(), n.intruder, []string{"https://mine.example"}) }),
		"Tenants.AppOrigins": func() string {
			origins, err := n.Tenants.AppOrigins(t.Context(), n.intruder)
			if len(origins) != 1 || origins[0] != "https://mine.example" {
				t.Errorf("saw %v", origins)
			}
			return fmt.Sprint(err)
		},
	})
	return attempts
}

func (n *neighbours) toolAttempts(t *testing.T) map[string]func() string {
	ctx, who := t.Context(), n.intruder
	return map[string]func() string{
		"Tools.Add": n.intrudeToolAdd(t),
		"Tools.Delete": refused(t, repository.ErrNotFound, func() error {
			wantError(t, n.Tools.Delete(ctx, who, "weather"), nil) // the one that Tools.Add has made
			return n.Tools.Delete(ctx, who, "weather")
		}),
		"Tools.Document":  refused(t, repository.ErrNotFound, func() error { _, err := n.Tools.Document(ctx, who, "weather"); return err }),
		"Tools.Get":       refused(t, repository.ErrNotFound, func() error { _, err := n.Tools.Get(ctx, who, "weather"); return err }),
		"Tools.Function":  refused(t, repository.ErrNotFound, func() error { _, _, err := n.Tools.Function(ctx, who, "weather__get"); return err }),
		"Tools.Functions": func() string { all, err := n.Tools.Functions(ctx, who); return none(t, all, err) },
		"Tools.List":      func() string { all, err := n.Tools.List(ctx, who); return none(t, all, err) },
	}
}

func (n *neighbours) connectionAttempts(t *testing.T) map[string]func() string {
	ctx, who := t.Context(), n.intruder
	return map[string]func() string{
		"Connections.Get": refused(t, repository.ErrNotFound, func() error {
			_, err := n.Connections.Get(ctx, who, "weather", "alice")
			return err
		}),
		"Connections.List": func() string { all, err := n.Connections.List(ctx, who, "alice"); return none(t, all, err) },
		"Connections.Change": refused(t, repository.ErrNotFound, func() error {
			_, err := n.Connections.Change(ctx, who, n.tool, "alice", func(*models.Connection) error { return nil })
			return err
		}),
		"Connections.Delete": refused(t, repository.ErrNotFound, func() error { return n.Connections.Delete(ctx, who, "weather", "alice") }),
		"Connections.Lease": func() string {
			leased, err := n.Connections.Lease(ctx, who, n.copied(), n.clock.Now().Add(time.Minute))
			if leased {
				t.Error("the other's connection was leased")
			}
			return fmt.Sprint(err)
		},
		"Connections.Renew":   refused(t, repository.ErrConflict, func() error { return n.Connections.Renew(ctx, who, n.copied()) }),
		"Connections.Release": n.intrudeRelease(t),
	}
}

func none[T any](t *testing.T, all []T, err error) string {
	t.Helper()
	if len(all) != 0 {
		t.Errorf("saw %+v", all)
	}
	return fmt.Sprintf("%+v, %v", all, err)
}

// copied is the other's connection, as an intruder may have come to know it.
func (n *neighbours) copied() *models.Connection {
	c := n.connection
	return &c
}

func (n *neighbours) intrudeToolAdd(t *testing.T) func() string {
	return func() string {
		for _, replace := range []bool{false, true} {
			tool := newTool("weather", "get")
			tool.ClientID, tool.ClientSecret = "", ""
			wantError(t, n.Tools.Add(t.Context(), n.intruder, tool, replace), nil)
		}
		tool, err := n.Tools.Get(t.Context(), n.intruder, "weather")
		return fmt.Sprintf("%+v, %s, %v", tool, tool.ClientSecret.Reveal(), err)
	}
}

func (n *neighbours) intrudeRelease(t *testing.T) func() string {
	return func() string {
		leased := n.copied()
		n.lease(t, leased, time.Minute, true)
		before := n.dump(t, n.tenant.ID)["connections"]
		mine := *leased
		wantError(t, n.Connections.Release(t.Context(), n.intruder, &mine), nil)
		if after := n.dump(t, n.tenant.ID)["connections"]; fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("the other's lease was ended: %v", after)
		}
		wantError(t, n.Connections.Release(t.Context(), n.who, leased), nil)
		return ""
	}
}

func (n *neighbours) intrudeLinkCreate(t *testing.T) func() string {
	return func() string {
		token, err := n.Links.Create(t.Context(), n.intruder, &models.Link{UserID: "alice", App: models.App{URL: "https://mine.example"}})
		wantError(t, err, nil) // the other's list of applications is not the intruder's
		who, l, _, err := n.Links.Open(t.Context(), token, "browser")
		if who.TenantID != n.intruder.TenantID || who.DatabaseIDHash != n.intruder.DatabaseIDHash {
			t.Errorf("the link is of %+v", who)
		}
		return fmt.Sprintf("%+v, %v", l, err)
	}
}

func (n *neighbours) intrudePerformBegin(t *testing.T) func() string {
	return func() string {
		mine := n.performed
		mine.Digest = "mine"
		r, first, err := n.Performs.Begin(t.Context(), n.intruder, mine, n.clock.Now())
		if !first {
			t.Error("the other's key is taken for the intruder's")
		}
		return fmt.Sprintf("%+v, %s, %v", r, r.Answer.Reveal(), err)
	}
}

// wantForgedRefused: the tenant's id without its hash opens nothing of the tool hub either.
func (n *neighbours) wantForgedRefused(t *testing.T, forged models.Actor) {
	t.Helper()
	c, errConnection := n.Connections.Get(t.Context(), forged, "weather", "alice")
	tool, errTool := n.Tools.Get(t.Context(), forged, "weather")
	_, _, errFunction := n.Tools.Function(t.Context(), forged, "weather__get")
	r, _, errPerform := n.Performs.Begin(t.Context(), forged, n.performed, n.clock.Now())
	for _, err := range []error{errConnection, errTool, errFunction, errPerform} {
		wantError(t, err, repository.ErrUnreadable)
	}
	if len(c.Credentials) != 0 || tool.ClientSecret != "" || r != (models.Repeat{}) {
		t.Errorf("%+v, %+v, %+v", c, tool, r)
	}
}

func (n *neighbours) intrudePerformTakeover(t *testing.T) func() string {
	return func() string {
		for _, p := range []models.Perform{n.died, n.performed} {
			if taken, err := n.Performs.Takeover(t.Context(), n.intruder, p, n.clock.Now().Add(time.Hour)); taken || err != nil {
				t.Errorf("the other's call was taken over: %v, %v", taken, err)
			}
		}
		return ""
	}
}
