package repotest

import (
	"bytes"
	"strings"
	"testing"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

var unlockPromises = []promise{
	{"the first master key becomes the database's own, and no other unlocks it", unlockFirst},
	{"of two first keys at once one becomes its own", unlockRace},
	{"a key of another length is none", unlockLength},
	{"a known value that was changed unlocks nothing", unlockDamaged},
	{"before, whatever is sealed is ErrLocked", unlockBefore},
	{"without the storage key, or with another one, nothing opens", unlockStorageKey},
}

func otherKey() []byte { return bytes.Repeat([]byte{8}, crypto.KeySize) }

func unlockFirst(t *testing.T, f *fixture) {
	blank := newBlank(t, f.engine)
	if has, err := blank.HasMasterKey(t.Context()); err != nil || has {
		t.Errorf("an empty database has a master key: %v, %v", has, err)
	}
	for range 2 {
		wantError(t, blank.Unlock(t.Context(), MasterKey()), nil)
	}
	if has, err := blank.HasMasterKey(t.Context()); err != nil || !has {
		t.Errorf("an unlocked database has none: %v, %v", has, err)
	}
	second := blank.open(t)
	err := second.Unlock(t.Context(), otherKey())
	wantError(t, err, repository.ErrMasterKey)
	_, _, err = second.Tenants.Create(t.Context(), models.Actor{}, repository.NewTenant{})
	wantError(t, err, repository.ErrLocked)
	wantError(t, second.Unlock(t.Context(), MasterKey()), nil)
	if rows := blank.rows(t, "SELECT id FROM master_keys"); len(rows) != 1 {
		t.Errorf("master keys: %v", rows)
	}
}

func unlockRace(t *testing.T, f *fixture) {
	blank := newBlank(t, f.engine)
	stores := []*repository.Store{blank.open(t), blank.open(t), blank.open(t), blank.open(t)}
	succeeded, errs := race(stores, func(s *repository.Store) error {
		if s == stores[0] || s == stores[1] {
			return s.Unlock(t.Context(), otherKey())
		}
		return s.Unlock(t.Context(), MasterKey())
	})
	if succeeded != 2 { // two have each key
		t.Errorf("%d unlocked it", succeeded)
	}
	for _, err := range errs {
		wantError(t, err, repository.ErrMasterKey)
	}
}

func unlockLength(t *testing.T, f *fixture) {
	for _, n := range []int{0, 16, 31, 33} {
		wantError(t, f.Unlock(t.Context(), make([]byte, n)), crypto.ErrMasterKey)
	}
}

func unlockDamaged(t *testing.T, f *fixture) {
	f.exec(t, "UPDATE master_keys SET known_value = 'sessionhub'")
	wantError(t, f.open(t).Unlock(t.Context(), MasterKey()), repository.ErrMasterKey)
}

func unlockBefore(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	_, plain, _ := f.addTenant(t, repository.NewTenant{NoEncryption: true})
	locked := f.open(t)
	needless := map[string]error{ // they seal nothing
		"delete": repository.ErrNotFound, "sign in to the panel": nil, "revoke": nil, "remove a tool": repository.ErrNotFound, "disconnect": repository.ErrNotFound,
		"lease": nil, "release": nil, "link": nil, "finish without a key": nil, "take over": nil, "refuse": nil, "abandon": nil,
	}
	for what, err := range writes(t, locked, f.who) {
		want, ok := needless[what]
		if !ok {
			want = repository.ErrLocked
		}
		wantError(t, err, want)
	}
	_, err := list(t.Context(), locked, f.who, models.SessionFilter{Limit: -1})
	wantError(t, err, repository.ErrLocked)
	wantError(t, locked.Sessions.Search(t.Context(), f.who, models.SessionSearch{AgentID: agent}, (&page{}).reader()), repository.ErrLocked)
	_, err = locked.Audit.List(t.Context(), f.who, anyTime())
	wantError(t, err, repository.ErrLocked)
	if _, err := locked.Sessions.Create(t.Context(), plain, session("s-1")); err != nil {
		t.Errorf("a tenant without encryption needs no master key for its sessions: %v", err)
	}
	errs := writes(t, locked, plain)
	for _, what := range []string{"tool", "connect", "renew", "sign in", "perform", "finish"} { // but for secrets
		wantError(t, errs[what], repository.ErrLocked)
	}
	wantError(t, locked.Unlock(t.Context(), MasterKey()), nil)
	p, err := list(t.Context(), locked, f.who, models.SessionFilter{Limit: -1})
	if err != nil || p.views[0].Name != shown("Alice of s-1") {
		t.Errorf("after unlocking: %+v, %v", p, err)
	}
}

func unlockStorageKey(t *testing.T, f *fixture) {
	other, who, _ := f.addTenant(t, repository.NewTenant{})
	f.create(t, "s-1")
	for _, damage := range []string{
		"UPDATE storage_keys SET wrapped = (SELECT wrapped FROM storage_keys WHERE tenant_id = $1) WHERE tenant_id = $2",
		"DELETE FROM storage_keys WHERE tenant_id <> $1 AND tenant_id = $2",
	} {
		f.exec(t, damage, other.ID, f.tenant.ID)
		p, err := list(t.Context(), f.second(t), f.who, models.SessionFilter{Limit: -1})
		wantError(t, err, repository.ErrUnreadable)
		if len(p.views) != 0 || strings.Contains(err.Error(), "Alice") {
			t.Errorf("%+v, %v", p, err)
		}
		created, err := f.second(t).Sessions.Create(t.Context(), f.who, session("s-2"))
		wantError(t, err, repository.ErrUnreadable)
		if created {
			t.Error("a session was made without its key")
		}
	}
	_, err := list(t.Context(), f.second(t), who, models.SessionFilter{Limit: -1})
	wantError(t, err, nil)
}
