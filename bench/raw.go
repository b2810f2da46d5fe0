package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"

	"sessionhub/bench/load"
	"sessionhub/models"
	"sessionhub/repository"
)

// raw is a target without a server: the rows of the service, in its schema, written and read
// through database/sql at the same durability. Its texts are as long as sealed ones, and nothing
// is sealed.
type raw struct {
	write, read *sql.DB
	rawStatements
	ops     map[operation]func(context.Context, load.ID) error
	entries atomic.Int64 // of the audit log
}

const (
	rawSettings = "?_synchronous=FULL&_busy_timeout=15000&_stmt_cache_size=32&_mutex=no"
	rawReaders  = 16
)

// openRaw makes a database in the directory.
func openRaw(ctx context.Context, dir string) (*raw, error) {
	path := filepath.Join(dir, "raw.db")
	if err := makeSchema(ctx, repository.Options{Path: path, Now: now}); err != nil {
		return nil, err
	}
	r := newRaw(asWritten)
	var err error
	if r.write, err = sql.Open("sqlite3", "file:"+path+rawSettings+"&_txlock=immediate&_journal_mode=WAL"); err != nil {
		return nil, err
	}
	r.write.SetMaxOpenConns(1)
	if r.read, err = sql.Open("sqlite3", "file:"+path+rawSettings+"&_query_only=on"); err != nil {
		return nil, errors.Join(err, r.write.Close())
	}
	r.read.SetMaxIdleConns(rawReaders)
	return r, nil
}

func newRaw(write func(statement string) string) *raw {
	r := &raw{rawStatements: newRawStatements(write)}
	r.entries.Store(firstNew) // behind what the tenant has in it
	r.ops = r.operations()
	return r
}

// makeSchema makes the service's tables, with a tenant.
func makeSchema(ctx context.Context, o repository.Options) error {
	store, err := repository.Open(ctx, o)
	if err != nil {
		return err
	}
	_, _, err = store.Migrate(ctx)
	if err = errors.Join(err, store.Unlock(ctx, masterKey)); err == nil {
		_, _, err = store.Tenants.Create(ctx, models.Actor{}, repository.NewTenant{})
	}
	return errors.Join(err, store.Close())
}

func (r *raw) close() error { return errors.Join(r.read.Close(), r.write.Close()) }

func (r *raw) does(op operation) bool { return r.ops[op] != nil }

// run takes no generator: what is measured is called.
func (r *raw) run(ctx context.Context, _ load.Generator, o load.Order, ops []operation) (load.Result, error) {
	sequence := load.NewSequence(o)
	plan := load.Plan{Workers: o.Connections, Duration: o.Duration, Now: now}
	return load.Run(ctx, plan, func(int) (load.Work, error) {
		return load.Work{Do: func() error {
			step, id, err := sequence.Next()
			if err != nil {
				return err
			}
			return r.ops[ops[step]](ctx, id)
		}, Close: func() error { return nil }}, nil
	})
}

func (r *raw) operations() map[operation]func(context.Context, load.ID) error {
	ops := map[operation]func(context.Context, load.ID) error{
		create:       func(ctx context.Context, id load.ID) error { return r.create(ctx, id, crowdAgent) },
		createListed: func(ctx context.Context, id load.ID) error { return r.create(ctx, id, listedAgent) },
		get:          func(ctx context.Context, id load.ID) error { return r.rows(ctx, 1, r.one, string(id[:])) },
		list100:      func(ctx context.Context, _ load.ID) error { return r.rows(ctx, 100, r.listed, listedAgent, 100) },
		list1k: func(ctx context.Context, _ load.ID) error {
			return r.rows(ctx, 1_000, r.listed, listedAgent, 1_000)
		},
		add:    func(ctx context.Context, id load.ID) error { return r.add(ctx, id, 1) },
		remove: r.remove,
	}
	for i := range manyAgents {
		ops[createIn(i)] = func(ctx context.Context, id load.ID) error { return r.create(ctx, id, agentNumber(i)) }
	}
	for i, c := range conversations {
		ops[addMany(i)] = func(ctx context.Context, id load.ID) error { return r.add(ctx, id, min(c.messages, appendMost)) }
	}
	return ops
}

// likeSealed is as long as the text is when it is sealed.
func likeSealed(text string) string {
	const prefix, overhead = len("v1.k1."), 28
	return strings.Repeat("x", prefix+(len(text)+overhead)*4/3)
}

func (r *raw) create(ctx context.Context, id load.ID, agent string) error {
	at := now().UnixMilli()
	_, err := r.write.ExecContext(ctx, r.insert, string(id[:]), agent, likeSealed(userName), likeSealed(userEmail), at, at, at)
	return err
}

// rows reads so many sessions.
func (r *raw) rows(ctx context.Context, want int, query string, args ...any) error {
	rows, err := r.read.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	n := 0
	for ; rows.Next(); n++ {
		var id, agent, name, email, terms string
		var created, updated int64
		if err := rows.Scan(&id, &agent, &name, &email, &terms, &created, &updated); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return expect(n, want)
}

func expect(rows, want int) error {
	if rows != want {
		return fmt.Errorf("%d rows, not %d", rows, want)
	}
	return nil
}

func (r *raw) add(ctx context.Context, id load.ID, messages int) error {
	return r.change(ctx, func(tx *sql.Tx) error {
		var count int
		if err := tx.QueryRowContext(ctx, r.countUp, messages, now().UnixMilli(), string(id[:])).Scan(&count); err != nil {
			return err
		}
		for seq := count - messages; seq < count; seq++ {
			if _, err := tx.ExecContext(ctx, r.message, string(id[:]), seq, likeSealed(message)); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *raw) remove(ctx context.Context, id load.ID) error {
	return r.change(ctx, func(tx *sql.Tx) error {
		at := now().UnixMilli()
		buried, err := tx.ExecContext(ctx, r.bury, at, string(id[:]))
		if err != nil {
			return err
		}
		if n, _ := buried.RowsAffected(); n != 1 {
			return sql.ErrNoRows
		}
		_, err = tx.ExecContext(ctx, r.entry, r.entries.Add(1), string(id[:]), at)
		return err
	})
}

func (r *raw) change(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := r.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}
