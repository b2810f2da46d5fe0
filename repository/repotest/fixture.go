package repotest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

// agent is the agent of every session that does not say otherwise.
const agent = "agent-1"

// MasterKey unlocks the databases of the tests.
func MasterKey() []byte { return bytes.Repeat([]byte{7}, crypto.KeySize) }

// fixture is a database with one tenant.
type fixture struct {
	*repository.Store
	engine Engine
	db     Database
	clock  *Clock
	tenant models.Tenant
	who    models.Actor  // of the tenant
	owner  models.Secret // its first key

	uncached *repository.Store // on the same database, without snapshots; made when it is wanted
}

// searchCache is what the stores of the fixtures have for snapshots: enough for all.
const searchCache = 64 << 20

func newFixture(t testing.TB, engine Engine, encrypted bool) *fixture {
	t.Helper()
	f := newBlank(t, engine)
	if err := f.Unlock(t.Context(), MasterKey()); err != nil {
		t.Fatal(err)
	}
	f.tenant, f.who, f.owner = f.addTenant(t, repository.NewTenant{NoEncryption: !encrypted})
	return f
}

// newBlank is a database without a tenant, not yet unlocked.
func newBlank(t testing.TB, engine Engine) *fixture {
	t.Helper()
	f := &fixture{engine: engine, db: engine(t), clock: NewClock()}
	f.Store = f.open(t)
	if _, _, err := f.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// open opens the database once more, as another process would.
func (f *fixture) open(t testing.TB) *repository.Store {
	t.Helper()
	return f.db.Open(t, repository.Options{Now: f.clock.Now, SearchCache: searchCache})
}

// second is another process, ready for work.
func (f *fixture) second(t testing.TB) *repository.Store {
	t.Helper()
	return f.with(t, searchCache)
}

// with is another process that has so much memory for searches, ready for work.
func (f *fixture) with(t testing.TB, searchCache int64) *repository.Store {
	t.Helper()
	s := f.db.Open(t, repository.Options{Now: f.clock.Now, SearchCache: searchCache})
	if err := s.Unlock(t.Context(), MasterKey()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *fixture) addTenant(t testing.TB, n repository.NewTenant) (models.Tenant, models.Actor, models.Secret) {
	t.Helper()
	tenant, apiKey, err := f.Tenants.Create(t.Context(), models.Actor{UserAgent: "repotest"}, n)
	if err != nil {
		t.Fatal(err)
	}
	return tenant, actorOf(tenant, apiKey), apiKey
}

func actorOf(tenant models.Tenant, apiKey models.Secret) models.Actor {
	return models.Actor{
		TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash, KeyLocatorHash: locator(apiKey),
		IP: "192.0.2.7", UserAgent: "repotest",
	}
}

// locator is the name of a key that is given in clear.
func locator(apiKey models.Secret) string {
	token, err := crypto.ParseToken(apiKey.Reveal())
	if err != nil {
		panic(err) // the store made it
	}
	return token.LocatorHash()
}

// session is a new session with everything that Create takes.
func session(id string) *models.Session {
	return &models.Session{
		ID: id, AgentID: agent, UserName: new(models.Secret("Alice of " + id)),
		UserEmail: new(models.Secret(id + "@example.com")), AcceptTerms: new("true"),
	}
}

func (f *fixture) create(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if created, err := f.Sessions.Create(t.Context(), f.who, session(id)); err != nil || !created {
			t.Fatalf("create %q: %v, %v", id, created, err)
		}
	}
}

// save changes a session of the agent, and fails when that fails.
func (f *fixture) save(t testing.TB, id string, changes ...change) {
	t.Helper()
	if err := f.trySave(t.Context(), id, changes...); err != nil {
		t.Fatalf("save %q: %v", id, err)
	}
}

func (f *fixture) trySave(ctx context.Context, id string, changes ...change) error {
	p := &models.SessionPatch{ID: id, AgentID: agent}
	for _, c := range changes {
		c(p)
	}
	return f.Sessions.Save(ctx, f.who, p)
}

func (f *fixture) append(t testing.TB, id string, messages ...string) int64 {
	t.Helper()
	n, err := f.Sessions.Append(t.Context(), f.who, &models.Append{SessionID: id, Messages: messages})
	if err != nil {
		t.Fatalf("append to %q: %v", id, err)
	}
	return n
}

func (f *fixture) delete(t testing.TB, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if err := f.Sessions.Delete(t.Context(), f.who, id); err != nil {
			t.Fatalf("delete %q: %v", id, err)
		}
	}
}

// kept is a text as it can be kept: see Database.NoNUL.
func (f *fixture) kept(text string) string {
	if f.db.NoNUL && !f.tenant.Encrypted {
		return strings.ReplaceAll(text, "\x00", "\x01")
	}
	return text
}

// change is one part of a patch.
type change func(*models.SessionPatch)

func messages(text string) change {
	return func(p *models.SessionPatch) { p.Messages = set(text) }
}

func finalizedAt(text string) change {
	return func(p *models.SessionPatch) { p.FinalizedAt = set(text) }
}

func name(text string) change {
	return func(p *models.SessionPatch) { p.UserName = set(models.Secret(text)) }
}

func email(text string) change {
	return func(p *models.SessionPatch) { p.UserEmail = set(models.Secret(text)) }
}

func set[T any](v T) models.Change[T] { return models.Change[T]{Set: true, Value: &v} }

func cleared[T any]() models.Change[T] { return models.Change[T]{Set: true} }

// exec changes the database around the store.
func (f *fixture) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	done, err := f.db.SQL.ExecContext(t.Context(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s: changed %d rows, %v", statement, n, err)
	}
}

// wantError fails unless err is the wanted one; nil wants none.
func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}
