package repotest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var sweepPromises = []promise{
	{"what is over goes, of all tenants, and nothing else", sweepTimes},
	{"more than a batch goes too", sweepMany},
	{"no secret of the tool hub stands in a row", sealedAtRest},
}

func sweepTimes(t *testing.T, f *fixture) {
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	f.equip(t)
	other.equip(t)
	_, unchanged := f.swept(t)
	for _, step := range []struct {
		by   time.Duration
		want string
	}{
		{0, "2 2 4"},
		{models.AuthorizationLifetime - time.Millisecond, "2 2 4"},
		{time.Millisecond, "2 0 4"},
		{models.IdempotencyLifetime - models.AuthorizationLifetime - time.Millisecond, "2 0 4"},
		{time.Millisecond, "2 0 0"},
		{models.LinkLifetime - time.Millisecond, "2 0 0"},
		{time.Millisecond, "0 0 0"},
		{time.Hour, "0 0 0"},
	} {
		f.clock.Step(step.by)
		wantError(t, f.Sweep(t.Context()), nil)
		got, rest := f.swept(t)
		if got != step.want {
			t.Errorf("after %v more: %s, want %s", step.by, got, step.want)
		}
		if rest != unchanged {
			t.Errorf("changed\n%s\nto\n%s", unchanged, rest)
		}
	}
}

// swept counts the rows that a sweep may remove, and returns all others.
func (f *fixture) swept(t *testing.T) (counts, rest string) {
	t.Helper()
	all := f.dumpAll(t)
	counts = fmt.Sprint(len(all["links"]), len(all["authorizations"]), len(all["performs"]))
	for _, table := range []string{"links", "authorizations", "performs"} {
		delete(all, table)
	}
	return counts, fmt.Sprint(all)
}

func sweepMany(t *testing.T, f *fixture) {
	f.link(t, "alice")
	f.exec(t, `INSERT INTO links WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
		SELECT tenant_id, 'hash-' || i, user_id, app_name, app_url, NULL, created_at, expires_at - i FROM links, n`)
	f.clock.Step(models.LinkLifetime + 24*time.Hour - time.Millisecond)
	wantError(t, f.Sweep(t.Context()), nil)
	if left := f.rows(t, "SELECT COUNT(*) FROM links"); left[0] != "[1]" {
		t.Errorf("%v are left", left)
	}
}

// sealedAtRest holds for tenants without encryption too: who reads their database must not get
// into the accounts of their users.
func sealedAtRest(t *testing.T, f *fixture) {
	f.equip(t)
	c := f.connection(t, "weather", "alice")
	f.lease(t, &c, time.Minute, true)
	wantError(t, f.Connections.Renew(t.Context(), f.who, &c), nil)
	state, token := f.signIn(t, "weather").Reveal(), f.link(t, "bob").Reveal()
	sealed := 0
	for table := range TenantTables {
		for _, row := range f.rows(t, "SELECT * FROM "+table) {
			sealed += strings.Count(row, "v1.")
			for _, secret := range []string{plainSecret, state, token} {
				if strings.Contains(row, secret) {
					t.Errorf("%s holds %s: %s", table, secret, row)
				}
			}
		}
	}
	if sealed < 12 {
		t.Errorf("saw only %d sealed values", sealed)
	}
}

// toolUnreadable lets two tools change their secrets.
func toolUnreadable(t *testing.T, f *fixture) {
	f.equip(t)
	whole, err := f.Tools.Get(t.Context(), f.who, "maps")
	wantError(t, err, nil)
	f.exec(t, "UPDATE tools SET client_secret = (SELECT client_secret FROM tools o WHERE o.name = 'maps') WHERE name = 'weather'")
	_, err = f.Tools.Get(t.Context(), f.who, "weather")
	wantError(t, err, repository.ErrUnreadable)
	tool, function, err := f.Tools.Function(t.Context(), f.who, "weather__get")
	wantError(t, err, repository.ErrUnreadable)
	if tool.Name != "" || function.Name != "" || !strings.Contains(err.Error(), `tool "weather"`) || strings.Contains(err.Error(), plainSecret) {
		t.Errorf("%+v, %+v, %v", tool, function, err)
	}
	if tools, err := f.Tools.List(t.Context(), f.who); err != nil || len(tools) != 2 {
		t.Errorf("%+v, %v", tools, err)
	}
	if got, err := f.Tools.Get(t.Context(), f.who, "maps"); err != nil || !reflect.DeepEqual(got, whole) {
		t.Errorf("%+v, %v", got, err)
	}
	wantError(t, f.Tools.Add(t.Context(), f.who, newTool("weather", "get"), true), nil) // gives the secret anew
	_, _, err = f.Tools.Function(t.Context(), f.who, "weather__get")
	wantError(t, err, nil)
}
