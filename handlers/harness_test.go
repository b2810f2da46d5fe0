package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/crypto"
	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

// clock stands still until it is told to go on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// counted is randomness that is the same in every run: reads of one size count among
// themselves, so that sealing, which reads nonces, does not change the keys made later.
type counted struct {
	mu    sync.Mutex
	reads map[int]uint64
}

func (r *counted) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reads[len(p)]++
	seed := binary.BigEndian.AppendUint64(nil, uint64(len(p)))
	seed = binary.BigEndian.AppendUint64(seed, r.reads[len(p)])
	for done := 0; done < len(p); {
		sum := sha256.Sum256(seed)
		done += copy(p[done:], sum[:])
		seed = sum[:]
	}
	return len(p), nil
}

// logBuffer collects the log; requests write to it at the same time.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

const testMaxBody = 4 << 20

var masterKey = bytes.Repeat([]byte{7}, crypto.KeySize)

// stack is the real service over a real database, with its surroundings under control.
type stack struct {
	t testing.TB
	database
	store  *repository.Store
	clock  *clock
	log    *logBuffer
	deps   Deps         // may be changed until the first request
	owner  models.Actor // of the tenant
	sealed bool         // whether it is encrypted
	key    string       // the owner key of the tenant

	client *hub.Client // to providers of tools
	server *echo.Echo
}

// newStack makes the service with one tenant, encrypted or not.
func newStack(t testing.TB, encrypted bool) *stack {
	t.Helper()
	s := &stack{
		t: t, database: newDatabase(t), log: &logBuffer{},
		clock: &clock{now: time.Date(2025, 3, 21, 10, 0, 0, 0, time.UTC)},
	}
	var err error
	ctx := context.Background()
	options := s.options(s.clock.Now)
	options.Random, options.SearchCache = &counted{reads: map[int]uint64{}}, 1<<20
	s.store, err = repository.Open(ctx, options)
	s.must(err)
	t.Cleanup(func() { s.must(s.store.Close()) })
	_, _, err = s.store.Migrate(ctx)
	s.must(err)
	s.must(s.store.Unlock(ctx, masterKey))
	s.deps = Deps{
		Sessions: s.store.Sessions, Keys: s.store.Keys, Audit: s.store.Audit, Ready: s.store.Ping,
		Logins: s.store.Logins, Panel: s.store.Sessions,
		Now: s.clock.Now, NewID: countedIDs(), Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		CORSOrigins: []string{"https://admin.example.com"}, MaxBody: testMaxBody, StreamTimeout: time.Minute,
		PublicURL: "https://sessions.example.com", Version: "1.0.0",
	}
	s.useHub(hub.ClientOptions{Timeout: 5 * time.Second, MaxResult: 64 << 10, UserAgent: "sessionhub/test"})
	s.sealed = encrypted
	s.owner, s.key = s.newTenant(encrypted)
	return s
}

// useHub wires the tool hub as the program does, before the first request.
func (s *stack) useHub(o hub.ClientOptions) {
	s.client = hub.NewClient(o)
	tools := hub.New(hub.Deps{
		Tools: s.store.Tools, Connections: s.store.Connections, Links: s.store.Links, Authorizations: s.store.Authorizations,
		Performs: s.store.Performs, Client: s.client, Now: s.clock.Now, Log: s.deps.Log,
	})
	d := &s.deps
	d.Tools, d.Functions, d.Connections, d.Links = s.store.Tools, s.store.Tools, s.store.Connections, s.store.Links
	d.Authorizations, d.Hub, d.Connector, d.Importer = s.store.Authorizations, tools, tools, s.client
	d.Collectors = append(s.store.Collectors(), tools.Collectors()...)
}

// within is the same service for a test inside a test, such as one input of a fuzz target.
func (s *stack) within(t testing.TB) *stack {
	return &stack{
		t: t, database: s.database, store: s.store, clock: s.clock, log: s.log, deps: s.deps, owner: s.owner, sealed: s.sealed, key: s.key,
		client: s.client, server: s.handler(),
	}
}

func countedIDs() func() string {
	var mu sync.Mutex
	n := 0
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		n++
		return fmt.Sprintf("request-%d", n)
	}
}

func (s *stack) must(err error) {
	if err != nil {
		s.t.Helper()
		s.t.Fatal(err)
	}
}

// newTenant makes a tenant with a hash that follows from its name, and its owner key.
func (s *stack) newTenant(encrypted bool, names ...string) (models.Actor, string) {
	s.t.Helper()
	name := strings.Join(append([]string{"tenant"}, names...), " ")
	tenant, key, err := s.store.Tenants.Create(context.Background(), models.Actor{}, repository.NewTenant{
		Name: name, DatabaseIDHash: fmt.Sprintf("%x", sha256.Sum256([]byte(name))), NoEncryption: !encrypted,
	})
	s.must(err)
	return models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}, key.Reveal()
}

// newKey makes a key of the stack's tenant and returns it in clear.
func (s *stack) newKey(key models.Key) string {
	s.t.Helper()
	if key.DisplayName == "" {
		key.DisplayName = string(key.Role)
	}
	made, err := s.store.Keys.Create(context.Background(), s.owner, &key)
	s.must(err)
	return made.Reveal()
}

// handler is the service. It is made at the first request.
func (s *stack) handler() *echo.Echo {
	if s.server == nil {
		handler, err := New(s.deps)
		s.must(err)
		s.server = handler.(*echo.Echo)
	}
	return s.server
}
