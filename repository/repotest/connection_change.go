package repotest

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// change changes the connection of alice.
func (f *fixture) change(t testing.TB, change func(*models.Connection)) models.Connection {
	t.Helper()
	tool, err := f.Tools.Get(t.Context(), f.who, "weather")
	wantError(t, err, nil)
	c, err := f.Connections.Change(t.Context(), f.who, &tool, "alice", func(c *models.Connection) error {
		change(c)
		return nil
	})
	wantError(t, err, nil)
	return c
}

func enterKey(c *models.Connection) { c.Credentials["key"] = models.Credential{Value: "entered"} }

func renewToken(c *models.Connection) {
	c.Credentials["oauth"] = models.Credential{Token: &models.OAuthToken{Access: "renewed", Refresh: "rotated"}}
}

func connectionKeeps(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	renewToken(&c)
	wantError(t, f.Connections.Renew(t.Context(), f.who, &c), nil)
	changed := f.change(t, enterKey)
	enterKey(&c)
	c.Revision++
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, c) || !reflect.DeepEqual(got, changed) {
		t.Errorf("\n got %#v\n and %#v\nwant %#v", got, changed, c)
	}
}

func connectionKeepsLease(t *testing.T, f *fixture) {
	c := f.newLeasable(t)
	f.lease(t, &c, time.Minute, true)
	changed := f.change(t, enterKey)
	if !changed.RefreshUntil.Equal(c.RefreshUntil) {
		t.Errorf("leased until %v", changed.RefreshUntil)
	}
	f.lease(t, &changed, time.Minute, false)
	mine := c
	wantError(t, f.Connections.Release(t.Context(), f.who, &mine), nil) // it is still the holder's to end
	f.lease(t, &changed, time.Minute, true)
	anew := f.change(t, renewToken)
	f.lease(t, &anew, time.Minute, true)
}

func connectionChangeFails(t *testing.T, f *fixture) {
	f.newLeasable(t)
	before, entries := f.connection(t, "weather", "alice"), len(everything(t, f.Store, f.who))
	tool, err := f.Tools.Get(t.Context(), f.who, "weather")
	wantError(t, err, nil)
	refusal := errors.New("refused")
	c, err := f.Connections.Change(t.Context(), f.who, &tool, "alice", func(c *models.Connection) error {
		enterKey(c)
		return refusal
	})
	wantError(t, err, refusal)
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, before) || len(c.Credentials) != 0 {
		t.Errorf("\n got %#v\nwant %#v", got, before)
	}
	f.wantUnaudited(t, entries)
}

func connectionOfReplaced(t *testing.T, f *fixture) {
	f.newLeasable(t)
	read, err := f.Tools.Get(t.Context(), f.who, "weather")
	wantError(t, err, nil)
	wantError(t, f.Tools.Add(t.Context(), f.who, newTool("weather", "get"), true), nil)
	before := f.dumpAll(t)
	for _, user := range []string{"alice", "carol"} {
		_, err = f.Connections.Change(t.Context(), f.who, &read, user, func(*models.Connection) error { return nil })
		wantError(t, err, repository.ErrConflict)
	}
	if after := f.dumpAll(t); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
}
