package repository

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Sizes of the pools. A slow client holds a connection while its answer is streamed to it:
// streams have a pool of their own, so that they never keep a key from being looked up, and
// lists never take all of it, so that single sessions can be read beside them.
const (
	maxLists                 = 24
	maxReaders, maxStreams   = 16, 32
	idleReaders, idleStreams = 4, 4
)

// idleTime is how long a connection is kept that nobody uses.
const idleTime = time.Minute

// sqliteSettings hold for every connection. busy_timeout covers other processes, such as the
// command line beside a running server; within this process there is one writer. The driver
// keeps the statements of each connection prepared, where gorm's PrepareStmt would pile them
// up until the end of a transaction.
const sqliteSettings = "_mutex=no&_synchronous=FULL&_busy_timeout=15000&_foreign_keys=on&_secure_delete=FAST&_stmt_cache_size=32"

// readerSettings are those of readers and streams, which keep 512 KiB of pages each: what they read most
// is near the root, and the rest the kernel keeps for all of them.
const readerSettings = "&_query_only=on&_cache_size=-512"

// openSQLite opens the writer first: it makes the file and turns the journal mode on.
func (s *Store) openSQLite(ctx context.Context, path string) error {
	if err := touch(path); err != nil {
		return err
	}
	var err error
	if s.write, err = openHandle(ctx, path, "&_txlock=immediate&_journal_mode=WAL", 1, 1); err != nil {
		return err
	}
	w := newWriter(s.write, s.now)
	s.door, s.commits = w, w.commits.Load
	s.streams, s.lists = make(slots, maxStreams), make(slots, maxLists)
	if s.read, err = openHandle(ctx, path, readerSettings, maxReaders, idleReaders); err != nil {
		return err
	}
	s.stream, err = openHandle(ctx, path, readerSettings, maxStreams, idleStreams)
	return err
}

// touch makes the file readable by its owner alone; SQLite gives its journal the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return f.Close()
}

const (
	openPatience = 15 * time.Second
	openStep     = 20 * time.Millisecond
)

// ping opens a first connection. While another process turns the write-ahead log on, SQLite
// refuses without asking busy_timeout.
func ping(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for {
		err := pool.PingContext(ctx)
		var refused sqlite3.Error
		if !errors.As(err, &refused) || refused.Code != sqlite3.ErrBusy {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(openStep):
		}
	}
}

func openHandle(ctx context.Context, path, more string, maxOpen, maxIdle int) (*gorm.DB, error) {
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + sqliteSettings + more
	pool, err := sql.Open("sqlite3", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	pool.SetMaxOpenConns(maxOpen)
	pool.SetMaxIdleConns(maxIdle)
	if maxIdle > 1 {
		pool.SetConnMaxIdleTime(idleTime)
	}
	if err := ping(ctx, pool); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), pool.Close())
	}
	db, err := gorm.Open(sqlite.New(sqlite.Config{Conn: pool}), gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), pool.Close())
	}
	return db, nil
}

// gormConfig turns gorm's own log off: it would write values into ours.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		Logger:                 logger.Discard,
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
	}
}
