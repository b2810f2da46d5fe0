package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

const (
	// Database is the one that a new cluster has.
	Database = "sessionhub"
	// User is who a test connects as: it may do everything.
	User = "sessionhub"

	maintenance = "postgres" // the database of initdb, to connect to before there is another
	localhost   = "127.0.0.1"
	socketPort  = 5432 // where there is no TCP: then it is a part of the socket's name only
)

// Cluster is a PostgreSQL server with its directory. URL, TCP and Exec may be called from
// many goroutines at a time, the rest from one.
type Cluster struct {
	options  Options
	programs string
	account  *syscall.Credential // nil for who runs this process
	dir      string              // holds all that belongs to the cluster, its socket too
	port     int
	follows  string // as a standby: how to reach the primary
	keeper   *keeper
	server   *server // nil while none runs
}

// Start makes a cluster with an empty database and starts it. The cluster runs until it is
// stopped: the context is for the start only.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	c, err := newCluster(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	err = c.run(ctx, "initdb", "-D", c.data(), "-U", User, "--auth=trust", "--encoding=UTF8", "--locale="+o.locale(), "--no-sync")
	if err == nil {
		err = c.writeDefaults()
	}
	if err == nil {
		err = c.start(ctx)
	}
	if err == nil {
		_, err = c.query(ctx, maintenance, "CREATE DATABASE "+Database)
	}
	return c.orGone(err)
}

// newCluster makes a directory, with nothing but its keeper.
func newCluster(ctx context.Context, o Options) (*Cluster, error) {
	c := &Cluster{options: o, port: socketPort}
	var err error
	if c.programs, err = programs(); err != nil {
		return nil, err
	}
	if c.account, err = account(); err != nil {
		return nil, err
	}
	if o.TCP {
		if c.port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	// The path is short, as that of a socket must be.
	if c.dir, err = os.MkdirTemp("", "pgtest-"); err != nil {
		return nil, err
	}
	if c.account != nil {
		err = os.Chown(c.dir, int(c.account.Uid), int(c.account.Gid))
	}
	if err == nil {
		c.keeper, err = startKeeper(ctx, c.dir)
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(c.dir))
	}
	return c, nil
}

// orGone returns the cluster, or leaves nothing of it where there is an error.
func (c *Cluster) orGone(err error) (*Cluster, error) {
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), c.Stop())
	}
	return c, nil
}

// freePort is one that nobody listens at now.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", localhost+":0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// URL leads to a database by the socket. Both psql and pgx take it.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(User), Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.dir}, "port": {strconv.Itoa(c.port)}}.Encode()
	return u.String()
}

// TCP is the address as host:port, empty without Options.TCP.
func (c *Cluster) TCP() string {
	if !c.options.TCP {
		return ""
	}
	return net.JoinHostPort(localhost, strconv.Itoa(c.port))
}

// Exec has psql run statements on the database that the cluster came with, each in a
// transaction of its own, and returns their rows: one in a line, with | between columns. The
// first statement that fails is the last.
func (c *Cluster) Exec(ctx context.Context, sql string) (string, error) {
	return c.query(ctx, Database, sql)
}

// Kill ends all processes of the cluster between two instructions, as a power cut does. What
// they left with the operating system gets to the disk all the same. The directory stays, for
// Restart or Stop.
func (c *Cluster) Kill() error {
	if c.server == nil {
		return nil
	}
	if err := c.server.kill(); err != nil {
		return fmt.Errorf("pgtest: kill: %w", err)
	}
	c.removeSharedMemory()
	return c.forget()
}

// Restart starts the cluster again, after Kill or while it runs. Address and directory stay
// the same.
func (c *Cluster) Restart(ctx context.Context) error {
	err := c.halt()
	if err == nil {
		err = c.start(ctx)
	}
	if err != nil {
		return fmt.Errorf("pgtest: restart: %w", err)
	}
	return nil
}

// Stop ends the cluster, after Kill too, and removes its directory.
func (c *Cluster) Stop() error {
	if c.keeper == nil {
		return nil
	}
	err := errors.Join(c.halt(), c.keeper.release())
	c.keeper = nil
	if err != nil {
		return fmt.Errorf("pgtest: stop: %w", err)
	}
	return nil
}

// halt stops the server, if one runs.
func (c *Cluster) halt() error {
	if c.server == nil {
		return nil
	}
	return errors.Join(c.server.stop(), c.forget())
}

// forget is called when the server has ended.
func (c *Cluster) forget() error {
	c.server = nil
	return c.keeper.watch(0)
}
