package repotest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// unknownKey looks like a key.
const unknownKey = "ad_key_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// staleness is how long a change by another process may go unnoticed.
const staleness = 2 * time.Second

var authenticatePromises = []promise{
	{"a key opens its tenant, and only with its secret", authenticateSecret},
	{"a key that expires fails from that moment, read before or not", authenticateExpiry},
	{"a key that this process revokes fails at once", authenticateRevoked},
	{"a key that another process revokes fails two seconds later", authenticateStale},
	{"a key that another process makes works at once", authenticateFresh},
	{"no use that began after a revocation gets in", authenticateRace},
	{"the keys of a deleted tenant fail", authenticateDeletedTenant},
	{"an error of the database is not an unknown key", authenticateFails},
}

var usagePromises = []promise{
	{"the last use is written when it is asked to, once a minute", usageMinute},
	{"of several uses the last is written", usageLast},
	{"what could not be written is written next time", usageRetried},
	{"a use that fails is none", usageOfStrangers},
	{"a key that was revoked meanwhile does no harm", usageRevoked},
}

func authenticateSecret(t *testing.T, f *fixture) {
	_, who, other := f.addTenant(t, repository.NewTenant{})
	for _, test := range []struct {
		apiKey models.Secret
		who    models.Actor
	}{{f.owner, f.who}, {other, who}, {f.owner, f.who}} {
		key, err := f.Keys.Authenticate(t.Context(), test.apiKey)
		if err != nil || key.TenantID != test.who.TenantID || key.DatabaseIDHash != test.who.DatabaseIDHash || key.Role != models.RoleOwner {
			t.Errorf("%+v, %v", key, err)
		}
	}
	for _, wrong := range []models.Secret{mix(t, f.owner, other), mix(t, other, f.owner), "", "ad_key_", models.Secret(strings.ToUpper(f.owner.Reveal())), f.owner + "a"} {
		_, err := f.Keys.Authenticate(t.Context(), wrong)
		wantError(t, err, repository.ErrKey)
	}
	_, err := f.Keys.Authenticate(t.Context(), unknownKey)
	wantError(t, err, repository.ErrKey)
}

// mix has the id of one key and the secret of another.
func mix(t *testing.T, id, secret models.Secret) models.Secret {
	t.Helper()
	of, with := strings.Split(id.Reveal(), "_"), strings.Split(secret.Reveal(), "_")
	return models.Secret("ad_key_" + of[2] + "_" + with[3])
}

func authenticateExpiry(t *testing.T, f *fixture) {
	expires := f.clock.stored().Add(time.Second)
	_, apiKey := f.addKey(t, models.Key{DisplayName: "short", Role: models.RoleAdmin, ExpiresAt: &expires})
	second := f.second(t)
	_, err := f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, nil)
	f.clock.Step(expires.Sub(f.clock.Now()) - 1)
	_, err = f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, nil)
	f.clock.Step(1)
	_, err = f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
	_, err = second.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
}

func authenticateRevoked(t *testing.T, f *fixture) {
	key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	_, err := f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, nil)
	wantError(t, f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
	_, err = f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
}

func authenticateStale(t *testing.T, f *fixture) {
	key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	server := f.second(t)
	for range 3 { // being used does not keep it alive
		_, err := server.Keys.Authenticate(t.Context(), apiKey)
		wantError(t, err, nil)
		f.clock.Step(staleness / 4)
	}
	wantError(t, f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
	for range 4 {
		_, _ = server.Keys.Authenticate(t.Context(), apiKey) // may or may not succeed
		f.clock.Step(staleness / 4)
	}
	_, err := server.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
}

func authenticateFresh(t *testing.T, f *fixture) {
	server := f.second(t)
	_, err := server.Keys.Authenticate(t.Context(), unknownKey)
	wantError(t, err, repository.ErrKey)
	_, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	_, err = server.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, nil)
}

// authenticateRace looks for a key that was read before a revocation and kept after it.
func authenticateRace(t *testing.T, f *fixture) {
	for range 15 {
		key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = f.Keys.Authenticate(t.Context(), apiKey)
						f.clock.Step(100 * time.Millisecond) // so that it is read again and again
					}
				}
			})
		}
		wantError(t, f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
		for range 20 {
			_, err := f.Keys.Authenticate(t.Context(), apiKey)
			wantError(t, err, repository.ErrKey)
		}
		close(stop)
		wg.Wait()
	}
}

func authenticateDeletedTenant(t *testing.T, f *fixture) {
	server := f.second(t)
	for _, s := range []*repository.Store{f.Store, server} {
		_, err := s.Keys.Authenticate(t.Context(), f.owner)
		wantError(t, err, nil)
	}
	wantError(t, f.Tenants.Delete(t.Context(), f.who), nil)
	_, err := f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, repository.ErrKey)
	f.clock.Step(staleness)
	_, err = server.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, repository.ErrKey)
}

func authenticateFails(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Keys.Authenticate(ctx, f.owner)
	wantError(t, err, context.Canceled)
	_, err = f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, nil)
}

// use uses the owner key, and writes that down.
func (f *fixture) use(t *testing.T) {
	t.Helper()
	_, err := f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, nil)
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
}

func (f *fixture) lastUsed(t *testing.T) time.Time {
	t.Helper()
	keys, err := f.Keys.List(t.Context(), f.who)
	if err != nil || len(keys) != 1 {
		t.Fatal(keys, err)
	}
	if keys[0].LastUsedAt == nil {
		return time.Time{}
	}
	return *keys[0].LastUsedAt
}

func usageMinute(t *testing.T, f *fixture) {
	if at := f.lastUsed(t); !at.IsZero() {
		t.Errorf("used at %v", at)
	}
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
	f.use(t)
	first := f.clock.stored()
	for _, step := range []time.Duration{0, 30 * time.Second, 29 * time.Second} {
		f.clock.Step(step)
		f.use(t)
		if at := f.lastUsed(t); !at.Equal(first) {
			t.Errorf("%v after the first use %v was written", f.clock.stored().Sub(first), at)
		}
	}
	f.clock.Step(time.Second)
	f.use(t)
	if at := f.lastUsed(t); !at.Equal(f.clock.stored()) {
		t.Errorf("a minute after the first use: %v", at)
	}
}

func usageLast(t *testing.T, f *fixture) {
	for range 3 {
		f.clock.Step(time.Hour)
		_, err := f.Keys.Authenticate(t.Context(), f.owner)
		wantError(t, err, nil)
	}
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
	if at := f.lastUsed(t); !at.Equal(f.clock.stored()) {
		t.Errorf("used at %v", at)
	}
}

func usageRetried(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, nil)
	used := f.clock.stored()
	wantError(t, f.Keys.FlushUsage(ctx), context.Canceled)
	if at := f.lastUsed(t); !at.IsZero() {
		t.Errorf("written at %v", at)
	}
	f.clock.Step(time.Hour)
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
	if at := f.lastUsed(t); !at.Equal(used) {
		t.Errorf("used at %v, want %v", at, used)
	}
}

func usageOfStrangers(t *testing.T, f *fixture) {
	_, _, stranger := f.addTenant(t, repository.NewTenant{})
	_, err := f.Keys.Authenticate(t.Context(), mix(t, f.owner, stranger))
	wantError(t, err, repository.ErrKey)
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
	if at := f.lastUsed(t); !at.IsZero() {
		t.Errorf("used at %v", at)
	}
}

func usageRevoked(t *testing.T, f *fixture) {
	key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	_, err := f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, nil)
	wantError(t, f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
	f.use(t)
	if at := f.lastUsed(t); at.IsZero() {
		t.Error("the use of the other key was not written")
	}
}
