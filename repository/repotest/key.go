package repotest

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var keyPromises = []promise{
	{"a new key is stored without its secret, and audited", keyCreate},
	{"a key that is not well formed is not made", keyInvalid},
	{"the list is in the order of the names, with all that a key has", keyList},
	{"origins are stored as browsers write them, and asked for across tenants", keyOrigins},
	{"an origin that is listed twice is stored once", keyOriginTwice},
	{"revoking removes key and origins and is audited", keyRevoke},
	{"a key that is not there is ErrNotFound", keyRevokeUnknown},
	{"the last owner key stays when it is asked to", keyLastOwner},
	{"of two owners that revoke each other one stays", keyOwnerRace},
}

func (f *fixture) addKey(t testing.TB, key models.Key) (models.Key, models.Secret) {
	t.Helper()
	apiKey, err := f.Keys.Create(t.Context(), f.who, &key)
	if err != nil {
		t.Fatal(err)
	}
	return key, apiKey
}

func keyCreate(t *testing.T, f *fixture) {
	key, apiKey := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAgent})
	if key.LocatorHash != locator(apiKey) || !key.UpdatedAt.Equal(f.clock.stored()) || key.TenantID != f.tenant.ID {
		t.Errorf("key %+v", key)
	}
	parts := strings.Split(apiKey.Reveal(), "_")
	id, secret := parts[2], parts[3]
	for table := range TenantTables {
		for _, row := range f.rows(t, "SELECT * FROM "+table) {
			if strings.Contains(row, secret) || strings.Contains(row, id) {
				t.Errorf("%s holds the key in clear: %s", table, row)
			}
		}
	}
	e := everything(t, f.Store, f.who)[0]
	if e.EventName != models.EventCreateKey || e.RecordLocator != `{"keyLocatorHash":"`+key.LocatorHash+`"}` || e.Diff.Reveal() != `{"role":"agent"}` {
		t.Errorf("audit entry %+v", e)
	}
}

func keyInvalid(t *testing.T, f *fixture) {
	for _, key := range []models.Key{
		{DisplayName: "", Role: models.RoleAgent},
		{DisplayName: "x", Role: "root"},
		{DisplayName: "x"},
		{DisplayName: "x", Role: models.RoleAgent, AgentID: new("a")},
		{DisplayName: "x", Role: models.RoleExec, AllowedOrigins: []string{"example.com"}},
	} {
		_, err := f.Keys.Create(t.Context(), f.who, &key)
		wantError(t, err, models.ErrInvalid)
	}
	if c, err := f.Tenants.Count(t.Context(), f.who); err != nil || c.Keys != 1 || c.AuditEntries != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func keyList(t *testing.T, f *fixture) {
	expires := f.clock.stored().Add(time.Hour)
	exec, _ := f.addKey(t, models.Key{
		DisplayName: "a page", Role: models.RoleExec, AgentID: new(agent), ExpiresAt: &expires,
		AllowedOrigins: []string{"https://b.example", "http://localhost:5173"},
	})
	admin, _ := f.addKey(t, models.Key{DisplayName: "z", Role: models.RoleAdmin})
	keys, err := f.Keys.List(t.Context(), f.who)
	if err != nil || len(keys) != 3 {
		t.Fatal(keys, err)
	}
	got := keys[0]
	if got.LocatorHash != exec.LocatorHash || *got.AgentID != agent || !got.ExpiresAt.Equal(expires) || got.LastUsedAt != nil ||
		!slices.Equal(got.AllowedOrigins, []string{"http://localhost:5173", "https://b.example"}) {
		t.Errorf("exec key %+v", got)
	}
	got = keys[2]
	if keys[1].DisplayName != "owner" || got.LocatorHash != admin.LocatorHash || got.AllowedOrigins != nil || got.ExpiresAt != nil ||
		got.DatabaseIDHash != f.tenant.DatabaseIDHash || got.TenantID != f.tenant.ID || !got.UpdatedAt.Equal(f.clock.stored()) {
		t.Errorf("admin key %+v", got)
	}
}

func (f *fixture) wantOrigin(t *testing.T, origin string, want bool) {
	t.Helper()
	if got, err := f.Keys.OriginAllowed(t.Context(), origin); err != nil || got != want {
		t.Errorf("origin %q is allowed: %v, %v", origin, got, err)
	}
}

func keyOrigins(t *testing.T, f *fixture) {
	f.wantOrigin(t, "https://app.example", false)
	_, apiKey := f.addKey(t, models.Key{DisplayName: "page", Role: models.RoleExec, AllowedOrigins: []string{"HTTPS://App.Example:443/"}})
	key, err := f.Keys.Authenticate(t.Context(), apiKey)
	if err != nil || !slices.Equal(key.AllowedOrigins, []string{"https://app.example"}) {
		t.Fatalf("%+v, %v", key, err)
	}
	f.wantOrigin(t, "https://app.example", true)
	f.wantOrigin(t, "http://app.example", false)
	f.wantOrigin(t, "https://app.example:8443", false)
	f.wantOrigin(t, "", false)
	if err := f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, false); err != nil {
		t.Fatal(err)
	}
	f.wantOrigin(t, "https://app.example", false)
}

func keyOriginTwice(t *testing.T, f *fixture) {
	key, apiKey := f.addKey(t, models.Key{
		DisplayName: "page", Role: models.RoleExec, AllowedOrigins: []string{"https://app.example", "https://app.example/"},
	})
	stored, err := f.Keys.Authenticate(t.Context(), apiKey)
	if err != nil || !slices.Equal(stored.AllowedOrigins, []string{"https://app.example"}) || !slices.Equal(key.AllowedOrigins, stored.AllowedOrigins) {
		t.Errorf("%v, %v", stored.AllowedOrigins, err)
	}
}

func keyRevoke(t *testing.T, f *fixture) {
	gone, apiKey := f.addKey(t, models.Key{DisplayName: "page", Role: models.RoleExec, AllowedOrigins: []string{"https://a.example"}})
	stays, _ := f.addKey(t, models.Key{DisplayName: "other page", Role: models.RoleExec, AllowedOrigins: []string{"https://b.example"}})
	if err := f.Keys.Revoke(t.Context(), f.who, gone.LocatorHash, true); err != nil {
		t.Fatal(err)
	}
	_, err := f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
	keys, err := f.Keys.List(t.Context(), f.who)
	if err != nil || len(keys) != 2 || keys[0].LocatorHash != stays.LocatorHash || len(keys[0].AllowedOrigins) != 1 {
		t.Errorf("%+v, %v", keys, err)
	}
	if left := f.rows(t, "SELECT origin FROM api_key_origins"); len(left) != 1 {
		t.Errorf("origins: %v", left)
	}
	e := everything(t, f.Store, f.who)[0]
	if e.EventName != models.EventRevokeKey || e.RecordLocator != `{"keyLocatorHash":"`+gone.LocatorHash+`"}` || e.KeyLocatorHash != f.who.KeyLocatorHash {
		t.Errorf("audit entry %+v", e)
	}
}

func keyRevokeUnknown(t *testing.T, f *fixture) {
	for _, keepOwner := range []bool{false, true} {
		wantError(t, f.Keys.Revoke(t.Context(), f.who, strings.Repeat("0", 64), keepOwner), repository.ErrNotFound)
	}
	if n := len(everything(t, f.Store, f.who)); n != 1 {
		t.Errorf("%d audit entries: a key that is not there is not audited", n)
	}
}

func keyLastOwner(t *testing.T, f *fixture) {
	revoke := func(apiKey models.Secret, keepOwner bool) error {
		return f.Keys.Revoke(t.Context(), f.who, locator(apiKey), keepOwner)
	}
	_, admin := f.addKey(t, models.Key{DisplayName: "admin", Role: models.RoleAdmin})
	expired := f.clock.stored()
	_, old := f.addKey(t, models.Key{DisplayName: "old owner", Role: models.RoleOwner, ExpiresAt: &expired})
	wantError(t, revoke(f.owner, true), repository.ErrLastOwner)
	_, err := f.Keys.Authenticate(t.Context(), f.owner)
	wantError(t, err, nil)
	wantError(t, revoke(admin, true), nil)
	_, second := f.addKey(t, models.Key{DisplayName: "second owner", Role: models.RoleOwner})
	wantError(t, revoke(f.owner, true), nil)
	wantError(t, revoke(old, true), nil)
	wantError(t, revoke(second, true), repository.ErrLastOwner)
	wantError(t, revoke(second, false), nil)
}

func keyOwnerRace(t *testing.T, f *fixture) {
	stores := []*repository.Store{f.Store, f.second(t)}
	for round := range 10 {
		_, second := f.addKey(t, models.Key{DisplayName: "second owner", Role: models.RoleOwner})
		var refused atomic.Int64
		var wg sync.WaitGroup
		for i, apiKey := range []models.Secret{f.owner, second} {
			wg.Go(func() {
				if err := stores[(i+round)%2].Keys.Revoke(t.Context(), f.who, locator(apiKey), true); err != nil {
					refused.Add(1)
				}
			})
		}
		wg.Wait()
		keys, err := f.Keys.List(t.Context(), f.who)
		if err != nil || len(keys) != 1 || refused.Load() != 1 {
			t.Fatalf("%d keys, %d refused, %v", len(keys), refused.Load(), err)
		}
		if keys[0].LocatorHash == locator(second) {
			f.owner = second
		}
	}
}
