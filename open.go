package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"sessionhub/config"
	"sessionhub/crypto"
	"sessionhub/repository"
)

// stepsResponse is what migrate prints.
type stepsResponse struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// open opens the database, brings its schema up to date and unlocks it.
func (p *program) open(ctx context.Context, cfg config.Config, log *slog.Logger) (*repository.Store, error) {
	store, _, err := p.openMigrated(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	if err = store.Ping(ctx); err == nil { // before a key is made for what is being moved there
		err = unlock(ctx, cfg, store, log)
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

func (p *program) openMigrated(ctx context.Context, cfg config.Config, log *slog.Logger) (*repository.Store, stepsResponse, error) {
	if cfg.PostgresURL() == "" || cfg.MasterKey == "" { // something is kept in a file
		if err := os.MkdirAll(filepath.Dir(cfg.MasterKeyPath()), 0o700); err != nil {
			return nil, stepsResponse{}, fmt.Errorf("make the data directory: %w", err)
		}
	}
	store, err := openDatabase(ctx, cfg, p.options(cfg, log))
	if err != nil {
		return nil, stepsResponse{}, err
	}
	from, to, err := store.Migrate(ctx)
	if err != nil {
		return nil, stepsResponse{}, errors.Join(err, store.Close())
	}
	return store, stepsResponse{From: from, To: to}, nil
}

// options say which database the settings name.
func (p *program) options(cfg config.Config, log *slog.Logger) repository.Options {
	return repository.Options{
		Path: cfg.DatabasePath(), URL: cfg.PostgresURL(), Now: p.now, SearchCache: cfg.SearchCache, Log: log,
		Connections: cfg.DatabaseConnections, StatementTimeout: cfg.DatabaseTimeout,
	}
}

// openDatabase says where the address stands, if it is a wrong one.
func openDatabase(ctx context.Context, cfg config.Config, o repository.Options) (*repository.Store, error) {
	store, err := repository.Open(ctx, o)
	if err != nil && cfg.PostgresURL() != "" {
		return nil, fmt.Errorf("%w\nSESSIONHUB_DATABASE_URL names %s", err, cfg.DatabaseName())
	}
	return store, err
}

// unlock gives the store the master key: the configured one, or the one in the file beside the
// database. Only for a database that never had one is the file made.
func unlock(ctx context.Context, cfg config.Config, store *repository.Store, log *slog.Logger) error {
	key := cfg.MasterKeyBytes()
	if key == nil {
		has, err := store.HasMasterKey(ctx)
		if err != nil {
			return err
		}
		if !has {
			if err := makeMasterKey(cfg.MasterKeyPath()); err != nil {
				return err
			}
		}
		if key, err = readMasterKey(cfg.MasterKeyPath(), log); err != nil {
			return err
		}
	}
	err := store.Unlock(ctx, key)
	if err == nil {
		err = tidyMasterKeys(cfg.MasterKeyPath())
	}
	if errors.Is(err, repository.ErrMasterKey) {
		return fmt.Errorf("%w\nRestore the key that belongs to %s (SESSIONHUB_MASTER_KEY, or the file %s): without it nothing that is sealed can be read",
			err, cfg.DatabaseName(), cfg.MasterKeyPath())
	}
	return err
}

// masterKeyDraft begins the name of a file that becomes the master key once it is on disk whole.
const masterKeyDraft = ".master.key-"

// makeMasterKey writes a new key, and has it on disk before anything is sealed with it. A file
// that is there already is another start's, and good.
func makeMasterKey(path string) error {
	key, err := crypto.Random(rand.Reader, crypto.KeySize)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), masterKeyDraft+"*") // mode 0600
	if err != nil {
		return fmt.Errorf("make the master key: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its real name by then, or is of no use
	_, err = fmt.Fprintln(f, crypto.FormatMasterKey(key))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make the master key: %w", err)
	}
	// A link, unlike a rename, never replaces a key that is there.
	// Where another start has tidied the file away (ErrNotExist), that one has a key.
	err = os.Link(f.Name(), path)
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("make the master key: %w", err)
	}
	return syncDirectory(filepath.Dir(path))
}

// tidyMasterKeys removes what starts that were killed have left: copies of the key, maybe.
func tidyMasterKeys(path string) error {
	directory := filepath.Dir(path)
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing is kept in files
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), masterKeyDraft) {
			continue
		}
		if gone := os.Remove(filepath.Join(directory, entry.Name())); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func readMasterKey(path string, log *slog.Logger) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the master key of this database is gone: there is no file %s and SESSIONHUB_MASTER_KEY is not set\n"+
			"Restore it from a backup, or give this process the key that the others have: without it nothing that is sealed can be read, so no other key is made", path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the master key: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("other users of this machine can read the master key; chmod 600 ends that", slog.String("file", path))
	}
	key, err := crypto.ParseMasterKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}
