package repotest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func loginEnd(t *testing.T, f *fixture) {
	token, other := f.signedIn(t), f.signedIn(t)
	id, _, _ := strings.Cut(token.Reveal(), ".")
	f.wantUnaudited(t, 3)
	second := f.second(t)
	f.wantLogin(t, second, token, nil)
	for range 2 {
		wantError(t, f.Logins.End(t.Context(), f.who, token), nil)
		f.wantAudited(t, models.EventSignOut, `{"login":"`+id+`"}`)
		f.wantUnaudited(t, 4)
		f.wantLogin(t, f.Store, token, repository.ErrNotFound)
		f.wantLogin(t, second, token, repository.ErrNotFound)
	}
	f.wantLogin(t, second, other, nil)
}

func loginRevoked(t *testing.T, f *fixture) {
	phone := f.withKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	tokens := []models.Secret{phone.signedIn(t), phone.signedIn(t)}
	kept := f.signedIn(t)
	second := f.second(t)
	for _, token := range append(tokens, kept) {
		f.wantLogin(t, second, token, nil)
	}
	wantError(t, f.Keys.Revoke(t.Context(), f.who, phone.who.KeyLocatorHash, true), nil)
	for _, token := range tokens {
		f.wantLogin(t, second, token, repository.ErrNotFound)
		f.wantLogin(t, f.Store, token, repository.ErrNotFound)
	}
	f.wantLogin(t, second, kept, nil)
	if rows := f.rows(t, "SELECT key_locator_hash FROM logins"); len(rows) != 1 || rows[0] != "["+f.who.KeyLocatorHash+"]" {
		t.Errorf("%v", rows)
	}
	wantError(t, f.Keys.Revoke(t.Context(), f.who, f.who.KeyLocatorHash, true), repository.ErrLastOwner)
	f.wantLogin(t, second, kept, nil) // nothing was revoked
	f.exec(t, "DELETE FROM api_keys WHERE tenant_id = $1", f.tenant.ID)
	f.wantLogin(t, second, kept, repository.ErrNotFound)
}

func loginKeyExpires(t *testing.T, f *fixture) {
	expires := f.clock.stored().Add(time.Hour)
	short := f.withKey(t, models.Key{DisplayName: "short", Role: models.RoleAdmin, ExpiresAt: &expires})
	token := short.signedIn(t)
	f.clock.Step(expires.Sub(f.clock.Now()) - time.Nanosecond)
	f.wantLogin(t, f.Store, token, nil)
	f.clock.Step(time.Nanosecond)
	f.wantLogin(t, f.Store, token, repository.ErrNotFound)
}

func loginTenantDeleted(t *testing.T, f *fixture) {
	_, neighbour, _ := f.addTenant(t, repository.NewTenant{})
	token := f.signedIn(t)
	kept, err := f.Logins.Create(t.Context(), neighbour)
	wantError(t, err, nil)
	server := f.second(t)
	f.wantLogin(t, server, token, nil)
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	f.wantLogin(t, server, token, repository.ErrNotFound)
	wantError(t, server.Logins.End(t.Context(), f.who, token), nil)
	f.wantLogin(t, server, kept, nil)
	if rows := f.rows(t, "SELECT tenant_id FROM logins"); len(rows) != 1 || rows[0] != fmt.Sprintf("[%d]", neighbour.TenantID) {
		t.Errorf("%v", rows)
	}
}

// loginSameID stands for a damaged database: ids are random.
func loginSameID(t *testing.T, f *fixture) {
	_, who, _ := f.addTenant(t, repository.NewTenant{Name: "other"})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	mine, theirs := f.signedIn(t), other.signedIn(t)
	id, _, _ := strings.Cut(mine.Reveal(), ".")
	_, secret, _ := strings.Cut(theirs.Reveal(), ".")
	f.exec(t, "UPDATE logins SET id = $1 WHERE tenant_id = $2", id, who.TenantID)
	theirs = models.Secret(id + "." + secret)
	for range 2 {
		if l := f.wantLogin(t, f.Store, mine, nil); l.Key.TenantID != f.tenant.ID || l.TenantName != f.tenant.Name {
			t.Errorf("%+v", l)
		}
		if l := f.wantLogin(t, f.Store, theirs, nil); l.Key.TenantID != who.TenantID || l.TenantName != "other" || l.Key.LocatorHash != who.KeyLocatorHash {
			t.Errorf("%+v", l)
		}
		f.clock.Step(time.Minute) // each notes its own use
	}
	wantError(t, f.Logins.End(t.Context(), f.who, theirs), nil) // of the other tenant
	f.wantLogin(t, f.Store, theirs, nil)
	wantError(t, f.Logins.End(t.Context(), who, theirs), nil)
	f.wantLogin(t, f.Store, theirs, repository.ErrNotFound)
	f.wantLogin(t, f.Store, mine, nil)
}

func loginSwept(t *testing.T, f *fixture) {
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	f.signedIn(t)
	_, err := f.Logins.Create(t.Context(), who)
	wantError(t, err, nil)
	f.clock.Step(time.Millisecond)
	kept := f.signedIn(t)
	f.clock.Step(models.LoginIdle - time.Millisecond - time.Millisecond)
	for _, want := range []int{3, 1} {
		before := fmt.Sprint(f.rows(t, "SELECT * FROM audit_entries"))
		wantError(t, f.Sweep(t.Context()), nil)
		if rows := f.rows(t, "SELECT * FROM logins"); len(rows) != want {
			t.Errorf("%d logins are left, want %d", len(rows), want)
		}
		if after := fmt.Sprint(f.rows(t, "SELECT * FROM audit_entries")); after != before {
			t.Errorf("the audit log changed from\n%s\nto\n%s", before, after)
		}
		f.wantLogin(t, f.Store, kept, nil)
		f.clock.Step(time.Millisecond)
	}
}

// loginEndRace looks for a use that brings back what was ended.
func loginEndRace(t *testing.T, f *fixture) {
	stores := []*repository.Store{f.Store, f.second(t)}
	for range 10 {
		token := f.signedIn(t)
		stop := f.useOnAndOn(t, stores, token)
		var ended sync.WaitGroup
		for _, s := range stores {
			ended.Go(func() {
				if err := s.Logins.End(t.Context(), f.who, token); err != nil {
					t.Error(err)
				}
			})
		}
		ended.Wait()
		for _, s := range stores {
			f.wantLogin(t, s, token, repository.ErrNotFound)
		}
		stop()
		if rows := f.rows(t, "SELECT * FROM logins"); len(rows) != 0 {
			t.Fatalf("%v", rows)
		}
	}
	if out := f.rows(t, "SELECT * FROM audit_entries WHERE event_name = $1", models.EventSignOut); len(out) != 10 {
		t.Errorf("%d of 10 were told to the audit log", len(out))
	}
}

// useOnAndOn has a login used, a minute after the other so that each use is written, until stop is called.
func (f *fixture) useOnAndOn(t *testing.T, stores []*repository.Store, token models.Secret) (stop func()) {
	t.Helper()
	over := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for {
				select {
				case <-over:
					return
				default:
					_, err := stores[i%2].Logins.Authenticate(t.Context(), token)
					if err != nil && !errors.Is(err, repository.ErrNotFound) {
						t.Error(err)
					}
					f.clock.Step(time.Minute)
				}
			}
		})
	}
	return func() { close(over); wg.Wait() }
}

// loginRevokeRace looks for a login that is left behind of a revoked key.
func loginRevokeRace(t *testing.T, f *fixture) {
	second := f.second(t)
	for range 10 {
		phone := f.withKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
		var wg sync.WaitGroup
		tokens := make([]models.Secret, 6)
		for i := range tokens {
			wg.Go(func() {
				token, err := second.Logins.Create(t.Context(), phone.who)
				if err != nil && !errors.Is(err, repository.ErrKey) {
					t.Error(err)
				}
				tokens[i] = token
			})
		}
		wantError(t, f.Keys.Revoke(t.Context(), f.who, phone.who.KeyLocatorHash, true), nil)
		wg.Wait()
		for _, token := range tokens {
			f.wantLogin(t, second, token, repository.ErrNotFound)
		}
		if rows := f.rows(t, "SELECT * FROM logins"); len(rows) != 0 {
			t.Fatalf("of a revoked key there are %v", rows)
		}
	}
}

func loginUseRace(t *testing.T, f *fixture) {
	token := f.signedIn(t)
	stores := []*repository.Store{f.Store, f.second(t)}
	f.clock.Step(time.Minute)
	var known atomic.Int64
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			if _, err := stores[i%2].Logins.Authenticate(t.Context(), token); err == nil {
				known.Add(1)
			}
		})
	}
	wg.Wait()
	used := f.rows(t, "SELECT used_at FROM logins")
	if known.Load() != 30 || len(used) != 1 || used[0] != fmt.Sprintf("[%d]", f.clock.stored().UnixMilli()) {
		t.Errorf("%d of 30 were let in, used at %v", known.Load(), used)
	}
}
