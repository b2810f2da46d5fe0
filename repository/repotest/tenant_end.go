package repotest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func tenantDelete(t *testing.T, f *fixture) {
	other := newNeighbours(t, f)
	left := f.dump(t, other.intruder.TenantID)
	f.clock.Step(time.Second)
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	for table := range TenantTables {
		if rows := f.dump(t, f.tenant.ID)[table]; len(rows) != 0 && table != "audit_entries" && table != "tenants" {
			t.Errorf("%s still holds %v", table, rows)
		}
		if rows := f.dump(t, other.intruder.TenantID)[table]; len(rows) != len(left[table]) {
			t.Errorf("%s: the other tenant had %v and has %v", table, left[table], rows)
		}
	}
	last := f.rows(t, "SELECT id, event_name, record_locator FROM audit_entries WHERE tenant_id = $1 ORDER BY id DESC", f.tenant.ID)
	if len(last) != 10 || last[0] != `[10 deleteTenant {"databaseIdHash":"`+f.tenant.DatabaseIDHash+`"}]` {
		t.Errorf("audit: %v", last)
	}
	tenants, err := f.Tenants.List(t.Context())
	if err != nil || len(tenants) != 1 || tenants[0].ID != other.intruder.TenantID {
		t.Errorf("%+v, %v", tenants, err)
	}
	_, err = f.Tenants.Get(t.Context(), f.tenant.DatabaseIDHash)
	wantError(t, err, repository.ErrNotFound)
	wantError(t, f.Tenants.Delete(t.Context(), f.who), repository.ErrNotFound)
	f.wantOrigin(t, "https://a.example", false)
}

// tenantEndRace has two processes write all kinds of things until they are told that the tenant is gone.
func tenantEndRace(t *testing.T, f *fixture) {
	f.addTool(t, "weather", "get")
	var writers sync.WaitGroup
	for i, s := range []*repository.Store{f.Store, f.second(t)} {
		for j, write := range f.writes(t, s) {
			writers.Go(func() {
				err := error(nil)
				for n := 0; err == nil; n++ {
					err = write(fmt.Sprintf("r-%d-%d-%d", i, j, n))
				}
				if !errors.Is(err, repository.ErrKey) && !errors.Is(err, repository.ErrNotFound) {
					t.Errorf("writer %d of process %d ended with %v", j, i, err)
				}
			})
		}
	}
	for { // until all of them are at work
		if c, err := f.Tenants.Count(t.Context(), f.who); err != nil || c.Messages > 20 {
			wantError(t, err, nil)
			break
		}
	}
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	writers.Wait()
	for table, rows := range f.dump(t, f.tenant.ID) {
		if len(rows) != 0 && table != "audit_entries" && table != "tenants" {
			t.Errorf("%s still holds %d rows", table, len(rows))
		}
	}
}

// writes are ways to write for the tenant, each time under another name.
func (f *fixture) writes(t *testing.T, s *repository.Store) []func(name string) error {
	ctx := t.Context()
	return []func(string) error{
		func(id string) error { return only(s.Sessions.Create(ctx, f.who, session(id))) },
		func(id string) error {
			return s.Sessions.Save(ctx, f.who, &models.SessionPatch{ID: id, AgentID: agent, Messages: set("[1,2]")})
		},
		func(user string) error {
			return only(s.Links.Create(ctx, f.who, &models.Link{UserID: user, App: models.App{Name: "x"}}))
		},
		func(string) error { return only(s.Authorizations.Begin(ctx, f.who, newAuthorization("weather"))) },
		func(string) error { return only(s.Logins.Create(ctx, f.who)) },
	}
}

// only drops what a method returns beside its error.
func only[T any](_ T, err error) error { return err }

func tenantAgain(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.delete(t, "s-1")
	f.create(t, "s-1")
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	again, who, apiKey := f.addTenant(t, repository.NewTenant{DatabaseIDHash: f.tenant.DatabaseIDHash})
	if again.ID == f.tenant.ID {
		t.Fatal("the id is used again")
	}
	if entries := everything(t, f.Store, who); len(entries) != 1 || entries[0].EventName != models.EventCreateTenant {
		t.Errorf("audit: %+v", entries)
	}
	p, err := list(t.Context(), f.Store, who, models.SessionFilter{Limit: -1})
	if err != nil || p.total != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, repository.ErrKey)
	key, err := f.Keys.Authenticate(t.Context(), apiKey)
	if err != nil || key.TenantID != again.ID {
		t.Errorf("%+v, %v", key, err)
	}
	if created, err := f.Sessions.Create(t.Context(), who, session("s-1")); err != nil || !created {
		t.Errorf("created %v, %v", created, err)
	}
}

// writes are all ways to write as a tenant.
func writes(t *testing.T, s *repository.Store, who models.Actor) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), map[string]error{}
	_, errs["create"] = s.Sessions.Create(ctx, who, session("new"))
	errs["save"] = s.Sessions.Save(ctx, who, &models.SessionPatch{ID: "saved", AgentID: agent, Messages: set("[1]")})
	_, errs["append"] = s.Sessions.Append(ctx, who, &models.Append{SessionID: "saved", Messages: []string{`{"role":"x"}`}})
	errs["delete"] = s.Sessions.Delete(ctx, who, "saved")
	_, errs["key"] = s.Keys.Create(ctx, who, &models.Key{DisplayName: "x", Role: models.RoleOwner})
	_, errs["sign in to the panel"] = s.Logins.Create(ctx, who)
	errs["revoke"] = s.Keys.Revoke(ctx, who, who.KeyLocatorHash, false)
	errs["tool"] = s.Tools.Add(ctx, who, newTool("weather", "get"), true)
	errs["remove a tool"] = s.Tools.Delete(ctx, who, "weather")
	errs["connect"] = Connect(ctx, s, who, newConnection("weather", "alice"))
	_, errs["change a connection"] = s.Connections.Change(ctx, who, newTool("weather"), "alice", func(*models.Connection) error { return nil })
	errs["disconnect"] = s.Connections.Delete(ctx, who, "weather", "alice")
	_, errs["lease"] = s.Connections.Lease(ctx, who, newConnection("weather", "alice"), time.UnixMilli(1<<50))
	errs["renew"] = s.Connections.Renew(ctx, who, newConnection("weather", "alice"))
	errs["release"] = s.Connections.Release(ctx, who, newConnection("weather", "alice"))
	_, errs["link"] = s.Links.Create(ctx, who, &models.Link{})
	_, errs["sign in"] = s.Authorizations.Begin(ctx, who, newAuthorization("weather"))
	_, _, errs["perform"] = s.Performs.Begin(ctx, who, newPerform("weather", "key-1"), time.UnixMilli(1<<50))
	errs["finish"] = s.Performs.Finish(ctx, who, newPerform("weather", "key-1"), "x")
	errs["finish without a key"] = s.Performs.Finish(ctx, who, newPerform("weather", ""), "x")
	_, errs["take over"] = s.Performs.Takeover(ctx, who, newPerform("weather", "key-1"), time.UnixMilli(1<<50))
	errs["refuse"] = s.Performs.Refuse(ctx, who, newPerform("weather", "key-1"))
	errs["abandon"] = s.Performs.Abandon(ctx, who, newPerform("weather", "key-1"))
	errs["allow applications"] = s.Tenants.AllowApps(ctx, who, []string{"https://a.example"})
	_, errs["audit"] = s.Audit.Append(ctx, who, models.AuditEntry{EventName: "x"})
	return errs
}

// wantOver says that nothing more was written to the tenant.
func (f *fixture) wantOver(t *testing.T, errs map[string]error) {
	t.Helper()
	for what, err := range errs {
		if !errors.Is(err, repository.ErrNotFound) && !errors.Is(err, repository.ErrKey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for table, rows := range f.dump(t, f.tenant.ID) {
		if len(rows) != 0 && table != "tenants" && table != "audit_entries" {
			t.Errorf("%s of the deleted tenant holds %v", table, rows)
		}
	}
	if last := f.rows(t, "SELECT event_name FROM audit_entries WHERE tenant_id = $1 ORDER BY id DESC", f.tenant.ID); last[0] != "[deleteTenant]" {
		t.Errorf("audit: %v", last)
	}
}

func tenantAfterlife(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.equip(t)
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	f.wantOver(t, writes(t, f.Store, f.who))
	_, err := list(t.Context(), f.Store, f.who, models.SessionFilter{Limit: -1})
	wantError(t, err, repository.ErrKey) // what opened its fields is not in memory any more
}

// tenantLostKey: who has lost the key cannot read, and can still erase.
func tenantLostKey(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	f.exec(t, "DELETE FROM storage_keys WHERE tenant_id = $1", f.tenant.ID)
	later := f.second(t)
	_, err := list(t.Context(), later, f.who, models.SessionFilter{Limit: -1})
	wantError(t, err, repository.ErrUnreadable)
	wantError(t, later.Sessions.Delete(t.Context(), f.who, "s-1"), nil)
	wantError(t, later.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
	_, err = later.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
	wantError(t, later.Tenants.Delete(t.Context(), f.who), nil)
	f.wantOver(t, nil)
	if audited := f.rows(t, "SELECT event_name FROM audit_entries WHERE tenant_id = $1", f.tenant.ID); len(audited) != 5 {
		t.Errorf("audit: %v", audited)
	}
}

// tenantAfterlifeElsewhere: the command line deletes the tenant while a server has its keys
// in memory.
func tenantAfterlifeElsewhere(t *testing.T, f *fixture) {
	server := f.second(t)
	if _, err := server.Sessions.Create(t.Context(), f.who, session("s-1")); err != nil {
		t.Fatal(err)
	}
	f.equip(t)
	if _, err := server.Connections.List(t.Context(), f.who, "alice"); err != nil {
		t.Fatal(err)
	}
	token, state := f.link(t, "alice"), f.signIn(t, "weather")
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	errs := writes(t, server, f.who)
	_, _, _, errs["open a link"] = server.Links.Open(t.Context(), token, "browser")
	_, _, errs["end signing in"] = server.Authorizations.Take(t.Context(), state)
	f.wantOver(t, errs)
}
