package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	_ "github.com/mattn/go-sqlite3" // the plain table's engine is the service's

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
)

// masterKey is the same in each run, so that a database can be used again.
var masterKey = make([]byte, crypto.KeySize)

const agentID = "agent-1"

// people is a database with the encrypted sessions of one agent, and beside it the same sessions
// in the clear in a plain table.
type people struct {
	dir   string
	n     int
	who   models.Actor
	plain *sql.DB
}

func (p *people) path(name string) string { return filepath.Join(p.dir, name) }

// openPeople makes the databases, or opens those that an earlier run has made.
func openPeople(ctx context.Context, cache string, n int) (*people, error) {
	p := &people{dir: filepath.Join(cache, fmt.Sprintf("search-%d", n)), n: n}
	if _, err := os.Stat(p.path("done")); err != nil {
		if err := p.build(ctx); err != nil {
			return nil, err
		}
	}
	store, err := p.store(ctx, 0)
	if err != nil {
		return nil, err
	}
	tenants, err := store.Tenants.List(ctx)
	if err = errors.Join(err, store.Close()); err != nil {
		return nil, err
	}
	p.who = models.Actor{TenantID: tenants[0].ID, DatabaseIDHash: tenants[0].DatabaseIDHash}
	p.plain, err = sql.Open("sqlite3", "file:"+p.path("plain.db")+"?_journal_mode=WAL&_synchronous=FULL")
	return p, err
}

// store opens the encrypted database, with so many bytes for snapshots.
func (p *people) store(ctx context.Context, cache int64) (*repository.Store, error) {
	s, err := repository.Open(ctx, repository.Options{Path: p.path("sealed.db"), Now: time.Now, SearchCache: cache})
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, s.Unlock(ctx, masterKey)
}

func (p *people) build(ctx context.Context) error {
	if err := errors.Join(os.RemoveAll(p.dir), os.MkdirAll(p.dir, 0o700)); err != nil {
		return err
	}
	store, err := p.store(ctx, 0)
	if err != nil {
		return err
	}
	tenant, _, err := store.Tenants.Create(ctx, models.Actor{}, repository.NewTenant{StorageKey: "a storage key for measurements"})
	if err = errors.Join(err, store.Close()); err != nil {
		return err
	}
	if err := p.fill(ctx, tenant.DatabaseIDHash); err != nil {
		return err
	}
	return os.WriteFile(p.path("done"), nil, 0o600)
}

const (
	insertSealed = `INSERT INTO sessions (tenant_id, id, agent_id, user_name, user_email, accept_terms,
		messages_kind, message_count, created_at, updated_at, revision) VALUES (1, ?, ?, ?, ?, 'true', 0, 0, ?, ?, ?)`
	makePlain = `CREATE TABLE sessions (id TEXT PRIMARY KEY, agent_id TEXT NOT NULL, user_name TEXT, user_email TEXT,
		created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID`
	insertPlain = "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)"
)

// fill writes the same people into both databases, in a transaction each: one for each session,
// as the service has it, would take an hour.
func (p *people) fill(ctx context.Context, hash string) error {
	box, err := p.box(ctx, hash)
	if err != nil {
		return err
	}
	sealed, plain := &bulk{path: p.path("sealed.db"), insert: insertSealed}, &bulk{path: p.path("plain.db"), first: makePlain, insert: insertPlain}
	if err := errors.Join(sealed.begin(ctx), plain.begin(ctx)); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same people in each run
	for k := range p.n {
		id, name, email := person(random, k)
		at := int64(1_700_000_000_000 + k)
		place := crypto.Place{Tenant: hash, Table: "sessions", Row: id}
		nameAt, emailAt := place, place
		nameAt.Column, emailAt.Column = "user_name", "user_email"
		err := errors.Join(
			sealed.add(ctx, id, agentID, box.Seal(name, nameAt), box.Seal(email, emailAt), at, at, k+1),
			plain.add(ctx, id, agentID, name, email, at, at))
		if err != nil {
			return err
		}
		if k%10_000 == 0 || k == p.n-1 {
			fmt.Fprintf(os.Stderr, "\rmaking %d sessions: %3d %%", p.n, (k+1)*100/p.n)
		}
	}
	fmt.Fprintln(os.Stderr)
	return errors.Join(sealed.end(), plain.end())
}

var (
	firstNames = []string{"Ada", "Łukasz", "Grace", "Jürgen", "Zoë", "Ivan", "Noémie", "Søren", "Aylin", "Chidi", "Mei", "Tomás"}
	lastNames  = []string{"Lovelace", "Nowak", "Hopper", "Müller", "Petrov", "Dubois", "Kierkegaard", "Yılmaz", "Okafor", "Chen", "García", "Smith"}
)

func person(random *rand.Rand, k int) (id, name, email string) {
	first, last := firstNames[random.IntN(len(firstNames))], lastNames[random.IntN(len(lastNames))]
	id = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", random.Uint32(), k&0xffff, random.IntN(4096), random.IntN(4096), k)
	return id, fmt.Sprintf("%s %s %d", first, last, random.IntN(1_000_000)), fmt.Sprintf("user%07d@example.com", k)
}

// bulk writes many rows in one transaction.
type bulk struct {
	path, first, insert string
	db                  *sql.DB
	tx                  *sql.Tx
	statement           *sql.Stmt
}

func (b *bulk) begin(ctx context.Context) (err error) {
	if b.db, err = sql.Open("sqlite3", "file:"+b.path+"?_journal_mode=WAL"); err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, b.first); err != nil && b.first != "" {
		return err
	}
	if b.tx, err = b.db.BeginTx(ctx, nil); err != nil {
		return err
	}
	b.statement, err = b.tx.PrepareContext(ctx, b.insert)
	return err
}

func (b *bulk) add(ctx context.Context, values ...any) error {
	_, err := b.statement.ExecContext(ctx, values...)
	return err
}

func (b *bulk) end() error { return errors.Join(b.statement.Close(), b.tx.Commit(), b.db.Close()) }

// box makes what seals the tenant's fields, as the documentation of package crypto has it.
func (p *people) box(ctx context.Context, hash string) (*crypto.Box, error) {
	db, err := sql.Open("sqlite3", "file:"+p.path("sealed.db"))
	if err != nil {
		return nil, err
	}
	var id, wrapped string
	err = db.QueryRowContext(ctx, "SELECT id, wrapped FROM storage_keys WHERE tenant_id = 1").Scan(&id, &wrapped)
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	master, _, err := crypto.MasterBox(nil, masterKey)
	if err != nil {
		return nil, err
	}
	text, err := master.Open(wrapped, crypto.Place{Tenant: hash, Table: "storage_keys", Column: "wrapped", Row: id})
	if err != nil {
		return nil, err
	}
	storage, err := crypto.ParseStorageKey(text)
	if err != nil {
		return nil, err
	}
	key, err := crypto.FieldKey(id, storage, hash)
	if err != nil {
		return nil, err
	}
	return crypto.NewBox(nil, key)
}
