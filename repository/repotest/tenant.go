package repotest

import (
	"reflect"
	"strings"
	"sync"
	"testing"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

var tenantPromises = []promise{
	{"a tenant comes with a name, a hash, a storage key and an owner key", tenantCreate},
	{"what is given is taken", tenantGiven},
	{"what is not well formed makes nothing", tenantInvalid},
	{"a hash that is taken is ErrTenantExists and leaves the first as it was", tenantDuplicate},
	{"of processes that make one hash at once, one does", tenantDuplicateRace},
	{"the first tenant is made once", tenantFirst},
	{"of processes that start together one makes the first tenant", tenantFirstRace},
	{"list, get and count tell of the tenants that are there", tenantReads},
	{"a storage key that a person gave opens the fields, by the specification", tenantStretched},
	{"a tenant without encryption stores what it is given", tenantPlain},
	{"deleting leaves audit entries and the tenant's row, and no key", tenantDelete},
	{"a tenant made again with the same hash is another", tenantAgain},
	{"who has lost the storage key can still delete", tenantLostKey},
	{"after its end nothing is written to a tenant", tenantAfterlife},
	{"after its end in another process nothing is written to a tenant", tenantAfterlifeElsewhere},
	{"what is written while a tenant comes to its end leaves nothing behind", tenantEndRace},
}

func tenantCreate(t *testing.T, f *fixture) {
	made, who, apiKey := f.addTenant(t, repository.NewTenant{})
	want := models.Tenant{ID: made.ID, DatabaseIDHash: made.DatabaseIDHash, Name: "default", Encrypted: true, CreatedAt: f.clock.stored()}
	got, err := f.Tenants.Get(t.Context(), made.DatabaseIDHash)
	if err != nil || got != want || made != want || !models.IsDatabaseIDHash(made.DatabaseIDHash) || made.ID == f.tenant.ID {
		t.Errorf("%+v, want %+v, %v", got, want, err)
	}
	key, err := f.Keys.Authenticate(t.Context(), apiKey)
	if err != nil || key.TenantID != made.ID || key.Role != models.RoleOwner || key.DisplayName != "owner" || key.ExpiresAt != nil {
		t.Errorf("%+v, %v", key, err)
	}
	entries := everything(t, f.Store, who)
	if len(entries) != 1 || entries[0].ID != 1 || entries[0].EventName != models.EventCreateTenant || entries[0].UserAgent != "repotest" ||
		entries[0].RecordLocator != `{"databaseIdHash":"`+made.DatabaseIDHash+`"}` || entries[0].KeyLocatorHash != "" {
		t.Errorf("%+v", entries)
	}
}

func tenantGiven(t *testing.T, f *fixture) {
	hash := strings.Repeat("0123456789abcdef", 4)
	made, _, _ := f.addTenant(t, repository.NewTenant{Name: "Ärzte & Co", DatabaseIDHash: hash})
	if made.Name != "Ärzte & Co" || made.DatabaseIDHash != hash {
		t.Errorf("%+v", made)
	}
}

func tenantInvalid(t *testing.T, f *fixture) {
	before := f.dumpAll(t)
	for _, n := range []repository.NewTenant{
		{DatabaseIDHash: "abc"},
		{DatabaseIDHash: strings.Repeat("A", 64)},
		{Name: "a\nb"},
		{Name: strings.Repeat("x", models.MaxLabel+1)},
		{NoEncryption: true, StorageKey: "secret"},
	} {
		_, _, err := f.Tenants.Create(t.Context(), models.Actor{}, n)
		wantError(t, err, models.ErrInvalid)
	}
	if after := f.dumpAll(t); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
}

// dumpAll is every row of every tenant.
func (f *fixture) dumpAll(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for table := range TenantTables {
		all[table] = f.rows(t, "SELECT * FROM "+table)
	}
	return all
}

func tenantDuplicate(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	before := f.dumpAll(t)
	_, apiKey, err := f.Tenants.Create(t.Context(), models.Actor{}, repository.NewTenant{DatabaseIDHash: f.tenant.DatabaseIDHash})
	wantError(t, err, repository.ErrTenantExists)
	if !strings.Contains(err.Error(), f.tenant.DatabaseIDHash) {
		t.Errorf("the error does not name it: %v", err)
	}
	if after := f.dumpAll(t); !reflect.DeepEqual(before, after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
	_, err = f.Keys.Authenticate(t.Context(), apiKey)
	wantError(t, err, repository.ErrKey)
}

// race runs make in four goroutines over two stores, and returns how many succeeded and what
// the others were told.
func race(stores []*repository.Store, run func(*repository.Store) error) (succeeded int, errs []error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			err := run(stores[i%len(stores)])
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				succeeded++
			} else {
				errs = append(errs, err)
			}
		})
	}
	wg.Wait()
	return succeeded, errs
}

func tenantDuplicateRace(t *testing.T, f *fixture) {
	hash := strings.Repeat("ab", 32)
	succeeded, errs := race([]*repository.Store{f.Store, f.second(t)}, func(s *repository.Store) error {
		_, _, err := s.Tenants.Create(t.Context(), models.Actor{}, repository.NewTenant{DatabaseIDHash: hash})
		return err
	})
	if succeeded != 1 {
		t.Errorf("%d made it", succeeded)
	}
	for _, err := range errs {
		wantError(t, err, repository.ErrTenantExists)
	}
}

func tenantFirst(t *testing.T, f *fixture) {
	_, _, err := f.Tenants.CreateFirst(t.Context(), models.Actor{}, repository.NewTenant{})
	wantError(t, err, repository.ErrNotEmpty)
	blank := newBlank(t, f.engine)
	wantError(t, blank.Unlock(t.Context(), MasterKey()), nil)
	made, apiKey, err := blank.Tenants.CreateFirst(t.Context(), models.Actor{}, repository.NewTenant{})
	wantError(t, err, nil)
	key, err := blank.Keys.Authenticate(t.Context(), apiKey)
	if err != nil || key.TenantID != made.ID || made.ID != 1 {
		t.Errorf("%+v, %+v, %v", made, key, err)
	}
}

func tenantFirstRace(t *testing.T, f *fixture) {
	blank := newBlank(t, f.engine)
	wantError(t, blank.Unlock(t.Context(), MasterKey()), nil)
	succeeded, errs := race([]*repository.Store{blank.Store, blank.second(t)}, func(s *repository.Store) error {
		_, _, err := s.Tenants.CreateFirst(t.Context(), models.Actor{}, repository.NewTenant{})
		return err
	})
	tenants, err := blank.Tenants.List(t.Context())
	if succeeded != 1 || err != nil || len(tenants) != 1 {
		t.Errorf("%d made it, there are %d, %v", succeeded, len(tenants), err)
	}
	for _, err := range errs {
		wantError(t, err, repository.ErrNotEmpty)
	}
}

func tenantReads(t *testing.T, f *fixture) {
	second, who, _ := f.addTenant(t, repository.NewTenant{Name: "second"})
	third, _, _ := f.addTenant(t, repository.NewTenant{Name: "third", NoEncryption: true})
	f.create(t, "s-1", "s-2", "s-3")
	f.save(t, "s-1", messages(array(4)))
	f.save(t, "s-2", messages("text"))
	f.delete(t, "s-3")
	f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAgent})
	f.addTool(t, "weather", "get")
	f.addTool(t, "maps", "get")
	f.connect(t, "maps", "alice")
	tenants, err := f.Tenants.List(t.Context())
	if err != nil || !reflect.DeepEqual(tenants, []models.Tenant{f.tenant, second, third}) {
		t.Errorf("%+v, %v", tenants, err)
	}
	for actor, want := range map[models.Actor]repository.Counts{
		f.who: {Sessions: 2, Messages: 5, Keys: 2, AuditEntries: 6, Tools: 2, Connections: 1}, who: {Keys: 1, AuditEntries: 1},
	} {
		if got, err := f.Tenants.Count(t.Context(), actor); err != nil || got != want {
			t.Errorf("%+v, want %+v, %v", got, want, err)
		}
	}
	_, err = f.Tenants.Get(t.Context(), strings.Repeat("0", 64))
	wantError(t, err, repository.ErrNotFound)
}

// tenantStretched opens a name with the package doc of crypto at hand, and no store.
func tenantStretched(t *testing.T, f *fixture) {
	const text = "correct horse battery staple"
	made, who, _ := f.addTenant(t, repository.NewTenant{StorageKey: text})
	if _, err := f.Sessions.Create(t.Context(), who, session("s-1")); err != nil {
		t.Fatal(err)
	}
	for table := range TenantTables {
		if rows := strings.Join(f.rows(t, "SELECT * FROM "+table), ""); strings.Contains(rows, text) {
			t.Errorf("%s holds the text", table)
		}
	}
	var id, note, sealed string
	err := f.db.SQL.QueryRowContext(t.Context(), `SELECT k.id, k.stretched, s.user_name FROM storage_keys k, sessions s
		WHERE k.tenant_id = $1 AND s.tenant_id = k.tenant_id`, made.ID).Scan(&id, &note, &sealed)
	wantError(t, err, nil)
	storage, err := crypto.StretchAgain(text, note)
	wantError(t, err, nil)
	field, err := crypto.FieldKey(id, storage, made.DatabaseIDHash)
	wantError(t, err, nil)
	box, err := crypto.NewBox(nil, field)
	wantError(t, err, nil)
	opened, err := box.Open(sealed, crypto.Place{Tenant: made.DatabaseIDHash, Table: "sessions", Column: "user_name", Row: "s-1"})
	if err != nil || opened != "Alice of s-1" {
		t.Errorf("%q, %v", opened, err)
	}
	p, err := list(t.Context(), f.second(t), who, models.SessionFilter{Limit: -1})
	if err != nil || p.views[0].Name != shown("Alice of s-1") {
		t.Errorf("%+v, %v", p, err)
	}
}

func tenantPlain(t *testing.T, f *fixture) {
	made, who, _ := f.addTenant(t, repository.NewTenant{NoEncryption: true})
	if _, err := f.Sessions.Create(t.Context(), who, session("s-1")); err != nil || made.Encrypted {
		t.Fatal(made.Encrypted, err)
	}
	rows := f.rows(t, "SELECT user_name, user_email FROM sessions WHERE tenant_id = $1", made.ID)
	keys := f.rows(t, "SELECT * FROM storage_keys WHERE tenant_id = $1", made.ID)
	if rows[0] != "[Alice of s-1 s-1@example.com]" || len(keys) != 0 {
		t.Errorf("%v, %v", rows, keys)
	}
}
