package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"sessionhub/config"
	"sessionhub/crypto"
	"sessionhub/handlers"
	"sessionhub/hub"
	"sessionhub/repository"
)

const (
	headerTimeout  = 10 * time.Second
	idleTimeout    = 2 * time.Minute
	maxHeaderBytes = 32 << 10 // ids of 255 bytes, a search of 1000 characters, and room
	usageInterval  = 30 * time.Second
	sweepInterval  = 10 * time.Minute
)

// serve runs the service until ctx ends.
func (p *program) serve(ctx context.Context) error {
	cfg, err := p.config()
	if err != nil {
		return err
	}
	to := newLines(p.stderr)
	defer func() { _ = to.Close() }() // where would one say that the log cannot be written?
	log := newLog(cfg, to)
	store, err := p.open(ctx, cfg, log)
	if err != nil {
		return err
	}
	err = p.serveStore(ctx, cfg, store, log)
	return errors.Join(err, store.Close())
}

func newLog(cfg config.Config, to io.Writer) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(to, options))
	}
	return slog.New(slog.NewTextHandler(to, options))
}

func (p *program) serveStore(ctx context.Context, cfg config.Config, store *repository.Store, log *slog.Logger) error {
	var stopping atomic.Bool
	deps := p.deps(cfg, store, log)
	deps.Ready = func(ctx context.Context) error {
		if stopping.Load() {
			return errors.New("the program is about to stop")
		}
		return store.Ping(ctx)
	}
	handler, err := handlers.New(deps)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := p.welcome(ctx, cfg, store, log, listener.Addr()); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: cfg.ReadTimeout,
		WriteTimeout: cfg.ReadTimeout + cfg.StreamTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	defer paceGC(p.environ)()
	usage := every(usageInterval, func(ctx context.Context) { flushUsage(ctx, store, log) })
	defer usage()
	sweep := every(sweepInterval, func(ctx context.Context) { sweepStore(ctx, store, log) })
	defer sweep()
	return serveUntil(ctx, server, listener, cfg.ShutdownTimeout, func() {
		stopping.Store(true)
		log.Info("stopping: requests under way may finish", slog.Duration("within", cfg.ShutdownTimeout))
	})
}

// deps ties the parts together, in the order of the flow.
func (p *program) deps(cfg config.Config, store *repository.Store, log *slog.Logger) handlers.Deps {
	client := hubClient(cfg)
	tools := newHub(store, client, p.now, log)
	return handlers.Deps{
		Sessions: store.Sessions, Keys: store.Keys, Audit: store.Audit,
		Tools: store.Tools, Functions: store.Tools, Connections: store.Connections, Links: store.Links,
		Authorizations: store.Authorizations, Logins: store.Logins, Panel: store.Sessions, Hub: tools, Connector: tools, Importer: client,
		Collectors: append(store.Collectors(), tools.Collectors()...),
		Now:        p.now, NewID: newRequestID, Log: log,
		CORSOrigins: cfg.CORSOrigins, MaxBody: cfg.MaxBody, TrustedProxies: cfg.TrustedProxies,
		ExecRate: cfg.ExecRate, StreamTimeout: cfg.StreamTimeout, PublicURL: cfg.PublicURL, Version: version,
	}
}

// serveUntil serves until ctx ends, and then lets requests under way finish.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener, patience time.Duration, stopping func()) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stopping()
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	err := server.Shutdown(limit)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// every runs work at each interval, and a last time when the function that it returns is
// called; that function waits for it.
func every(interval time.Duration, work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				work(context.WithoutCancel(ctx))
				return
			case <-ticker.C:
				work(ctx)
			}
		}
	}()
	return func() { cancel(); <-done }
}

func flushUsage(ctx context.Context, store *repository.Store, log *slog.Logger) {
	if err := store.Keys.FlushUsage(ctx); err != nil {
		log.Warn("times of last use were not written; they will be tried again", slog.Any("error", err))
	}
}

func sweepStore(ctx context.Context, store *repository.Store, log *slog.Logger) {
	if err := store.Sweep(ctx); err != nil {
		log.Warn("what is over was not removed; it will be tried again", slog.Any("error", err))
	}
}

// hubClient is the way to the providers of tools.
func hubClient(cfg config.Config) *hub.Client {
	return hub.NewClient(hub.ClientOptions{Timeout: cfg.HubTimeout, MaxResult: cfg.HubMaxResult, UserAgent: "sessionhub/" + version})
}

func newHub(store *repository.Store, client *hub.Client, now func() time.Time, log *slog.Logger) *hub.Hub {
	return hub.New(hub.Deps{
		Tools: store.Tools, Connections: store.Connections, Links: store.Links, Authorizations: store.Authorizations,
		Performs: store.Performs, Client: client, Now: now, Log: log,
	})
}

func newRequestID() string {
	b, err := crypto.Random(rand.Reader, 16)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return hex.EncodeToString(b)
}
