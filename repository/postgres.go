package repository

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	"sessionhub/models"
)

// What [Options] leave open of a PostgreSQL database.
const (
	defaultConnections  = 20
	minConnections      = 4
	defaultStatementMax = 30 * time.Second
)

const (
	// connectTime is how long a host may take to accept a connection before the next one is asked.
	connectTime = 5 * time.Second
	// cancelTime is how long a statement may go on that was cancelled: then its connection is given up.
	cancelTime = time.Second
	// silence is how long a server may not be heard of while it is asked something: then it is gone.
	silence = 15 * time.Second
	// abandoned is how long a transaction that writes may lie idle: its process hangs, and others wait.
	abandoned = time.Minute
	// connectionAge lets connections move to servers that were added, or came back.
	connectionAge = 30 * time.Minute
)

// openPostgres opens two pools: one for what ends at once, and one for what is read as fast as its
// client takes it, so that slow clients never keep a key from being looked up.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	connections := max(minConnections, o.Connections)
	if o.Connections == 0 {
		connections = defaultConnections
	}
	limit := o.StatementTimeout
	if limit == 0 {
		limit = defaultStatementMax
	}
	s.streams, s.lists = make(slots, connections/2), make(slots, connections/2-1)
	settings, err := postgresSettings(o.URL)
	if err != nil {
		return err
	}
	settings.RuntimeParams["statement_timeout"] = inMillis(limit)
	settings.RuntimeParams["idle_in_transaction_session_timeout"] = inMillis(abandoned)
	if s.write, err = openPool(settings.Copy(), connections-connections/2); err != nil {
		return err
	}
	s.read = s.write
	s.limit = limit + silence
	pool := &pooled{db: s.write, limit: s.limit}
	s.door, s.commits = pool, pool.commits.Load
	if err := awaitPostgres(ctx, s.write); err != nil {
		return err
	}
	delete(settings.RuntimeParams, "idle_in_transaction_session_timeout")
	settings.RuntimeParams["statement_timeout"] = "0" // an answer takes as long as its client, which has a limit
	s.stream, err = openPool(settings, connections/2)
	return err
}

func inMillis(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// postgresSettings reads the URL as libpq does, PGPASSWORD and the like included. Of several hosts
// the one that takes writes is used, unless the URL asks for something else.
func postgresSettings(url string) (*pgx.ConnConfig, error) {
	settings, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the URL of the database: %w", err)
	}
	if settings.ValidateConnect == nil {
		settings.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if settings.ConnectTimeout == 0 {
		settings.ConnectTimeout = connectTime
	}
	dialer := &net.Dialer{
		Timeout:         settings.ConnectTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: silence / 3, Count: 2},
		Control:         giveUpAfter(silence),
	}
	settings.DialFunc = dialer.DialContext
	params := settings.RuntimeParams
	if params["application_name"] == "" {
		params["application_name"] = "sessionhub"
	}
	params["max_parallel_workers_per_gather"] = "0" // no answer needs them, and oneSession relies on the order of its parts
	closes := settings.OnPgError
	settings.OnPgError = func(c *pgconn.PgConn, e *pgconn.PgError) bool {
		return e.Code != noWrites && closes(c, e) // a server that takes no writes any more is left
	}
	// A request that is given up cancels its statement, and keeps the connection.
	settings.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelTime}
	}
	return settings, nil
}

func openPool(settings *pgx.ConnConfig, connections int) (*gorm.DB, error) {
	pool := stdlib.OpenDB(*settings)
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxIdleTime(idleTime)
	pool.SetConnMaxLifetime(connectionAge)
	db, err := gorm.Open(telling{&postgres.Dialector{Config: &postgres.Config{Conn: newNumbering(pool), WithoutReturning: true}}}, gormConfig())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the database: %w", err), pool.Close())
	}
	return db, nil
}

// telling is gorm's PostgreSQL, with errors that say when the database cannot be reached.
type telling struct{ *postgres.Dialector }

// Translate is called by gorm for every error.
func (t telling) Translate(err error) error { return translate(t.Dialector.Translate(err)) }

// awaitPostgres makes a first connection. A server that says that it is about to start gets some time
// for it; everything else is told at once.
func awaitPostgres(ctx context.Context, db *gorm.DB) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	for {
		err := pool.PingContext(ctx)
		if err == nil {
			return nil
		}
		var answered *pgconn.PgError
		final := !errors.As(err, &answered) || answered.Code != starting
		if final || ctx.Err() != nil {
			return fmt.Errorf("open the database: %w", err)
		}
		time.Sleep(openStep)
	}
}

// ErrUnavailable means that the database cannot be reached, or took too long. What was asked for
// may be asked again; a write that was under way may have been made.
var ErrUnavailable = errors.New("the database cannot be reached, or takes too long")

// starting is the code with which a server refuses who comes too early.
const starting = "57P03"

// noWrites is the code of a write that was sent to a standby, or to a primary that is no more.
const noWrites = "25006"

// unavailableCodes are those with which PostgreSQL says that it can do nothing for us now.
var unavailableCodes = map[string]bool{
	"57P01": true, "57P02": true, starting: true, "57P05": true, // it stops, was killed, starts, or ends who idles
	"53300": true, "53400": true, // too many connections, or a limit of its configuration
	"57014":  true, // the statement took too long
	noWrites: true, "25P03": true, "08000": true, "08003": true, "08006": true, "08001": true, "08004": true,
}

// unavailable says whether an error is of the way to the database, or of a server that stops.
func unavailable(err error) bool {
	var answered *pgconn.PgError
	if errors.As(err, &answered) {
		return unavailableCodes[answered.Code]
	}
	var refused *pgconn.ConnectError
	var broken net.Error
	return errors.As(err, &refused) || errors.As(err, &broken) && !errors.Is(err, context.DeadlineExceeded) || slices.ContainsFunc(closed, func(known error) bool { return errors.Is(err, known) })
}

// reached makes an error of the way to the database one that says so.
func reached(err error) error {
	if err != nil && unavailable(err) && !errors.Is(err, ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// closed are errors of a connection that ended.
var closed = []error{pgconn.ErrConnClosed, io.EOF, io.ErrUnexpectedEOF, driver.ErrBadConn}

// again says whether a transaction was undone because of another, and may be tried anew.
func again(err error) bool {
	var answered *pgconn.PgError
	if errors.As(err, &answered) {
		switch answered.Code {
		case "40001", "40P01", "23505": // not serializable, deadlock, and a row that was made meanwhile
			return true
		}
	}
	return errors.Is(err, gorm.ErrDuplicatedKey)
}

// notText says whether an error is of a text with the one character that PostgreSQL does not keep.
func notText(err error) bool {
	var answered *pgconn.PgError
	return errors.As(err, &answered) && answered.Code == "22021"
}

var errNotText = models.Invalid("text", "holds the character U+0000, which this database does not keep")

// readOne is how a transaction that only reads sees one state of the database throughout.
var readOne = &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead}
