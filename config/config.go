package config

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Config holds every setting, checked. Tags: env, the variable without SESSIONHUB_; envDefault,
// its default; want, what is right, for the message about a mistake; hidden, its value is never
// part of a message.
type Config struct {
	// Addr is where the program listens, host:port. Port 0 means any free port, no host means
	// every interface. Default 127.0.0.1:3000: this machine only.
	Addr string `env:"ADDR" envDefault:"127.0.0.1:3000" want:"host:port, such as 127.0.0.1:3000, or :3000 for every interface"`

	// PublicURL is the address that people and browsers use, without a trailing slash. Default
	// "": http:// and Addr.
	PublicURL string `env:"PUBLIC_URL" want:"an http or https address, such as https://sessions.example.com"`

	// DatabaseURL says where the data is kept: sqlite:// and a path, which is relative to the
	// working directory unless it starts with a slash, or a PostgreSQL URL as libpq has them, which
	// may name several hosts. Default sqlite://data/sessionhub.db.
	DatabaseURL string `env:"DATABASE_URL" envDefault:"sqlite://data/sessionhub.db" want:"sqlite://relative/path.db, sqlite:///absolute/path.db or postgres://user:password@host/database" hidden:"true"`

	// DatabaseConnections is how many connections to PostgreSQL this process may use, 4 to 1000.
	// Default 20. SQLite needs no such bound.
	DatabaseConnections int `env:"DATABASE_CONNECTIONS" envDefault:"20" want:"a number from 4 to 1000, such as 20"`

	// DatabaseTimeout is how long a statement may take on PostgreSQL, 1s to 10m. Default 30s.
	DatabaseTimeout time.Duration `env:"DATABASE_TIMEOUT" envDefault:"30s" want:"a time from 1s to 10m, such as 30s"`

	// MasterKey wraps the storage keys of all tenants: 32 bytes as base64 or 64 hex digits.
	// Default none: the key is kept in the file MasterKeyPath.
	MasterKey models.Secret `env:"MASTER_KEY" want:"32 bytes as base64 or 64 hex digits; make one with: openssl rand -base64 32" hidden:"true"`

	// CORSOrigins are the web sites whose scripts may call the API, each as a browser writes it
	// (scheme://host[:port], lower case, no default port), or "*" alone for any. Default none.
	CORSOrigins []string `env:"CORS_ORIGINS" want:"origins separated by commas, such as https://app.example.com,http://localhost:5173, or * alone"`

	// TrustedProxies are the networks whose word about the client's address is believed. Default
	// none: the client is who connects.
	TrustedProxies []netip.Prefix `env:"TRUSTED_PROXIES" want:"addresses or networks separated by commas, such as 10.0.0.0/8,192.0.2.7"`

	// MaxBody is the most that the body of a request may hold, in bytes, 1 KiB to 1 GiB. Default
	// 4 MiB.
	MaxBody int64 `env:"MAX_BODY" envDefault:"4MiB" want:"a size from 1KiB to 1GiB, such as 4MiB"`

	// ExecRate is how many requests a second one client address may make with exec keys; 0 is no
	// limit. Default 100.
	ExecRate float64 `env:"EXEC_RATE" envDefault:"100" want:"requests a second, such as 100 or 0.5, or 0 for no limit"`

	// ReadTimeout is how long a client may take to send a request, 1s to 10m. Default 60s.
	ReadTimeout time.Duration `env:"READ_TIMEOUT" envDefault:"60s" want:"a time from 1s to 10m, such as 60s"`

	// StreamTimeout is how long an answer may make no progress before its connection is closed,
	// 1s to 10m. Default 30s.
	StreamTimeout time.Duration `env:"STREAM_TIMEOUT" envDefault:"30s" want:"a time from 1s to 10m, such as 30s"`

	// ShutdownTimeout is how long requests that are under way may go on after the program was
	// told to stop, 0s to 10m. Default 20s.
	ShutdownTimeout time.Duration `env:"SHUTDOWN_TIMEOUT" envDefault:"20s" want:"a time from 0s to 10m, such as 20s"`

	// SearchCache is how much memory opened names, e-mail addresses and ids may take that are kept
	// for searches, in bytes, 0 to 64 GiB. What does not fit is searched without. Default 256 MiB.
	SearchCache int64 `env:"SEARCH_CACHE" envDefault:"256MiB" want:"a size from 0 to 64GiB, such as 256MiB"`

	// HubTimeout is how long a tool's provider may take for one answer, 1s to 10m. Default 30s.
	HubTimeout time.Duration `env:"HUB_TIMEOUT" envDefault:"30s" want:"a time from 1s to 10m, such as 30s"`

	// HubMaxResult is the most that a provider's answer may hold, in bytes, 1 KiB to 1 GiB: a
	// model has to read it. Default 1 MiB.
	HubMaxResult int64 `env:"HUB_MAX_RESULT" envDefault:"1MiB" want:"a size from 1KiB to 1GiB, such as 1MiB"`

	// LogLevel is the least severe level that is logged. Default info.
	LogLevel slog.Level `env:"LOG_LEVEL" envDefault:"info" want:"debug, info, warn or error"`

	// LogFormat is how a log line is written: "text" or "json". Default text.
	LogFormat string `env:"LOG_FORMAT" envDefault:"text" want:"text or json"`
}

// A database URL starts with one of these.
const sqliteScheme = "sqlite://"

var postgresSchemes = []string{"postgres://", "postgresql://"}

// DatabasePath returns the path of the SQLite file, "" if DatabaseURL does not name one.
func (c Config) DatabasePath() string {
	path, ok := strings.CutPrefix(c.DatabaseURL, sqliteScheme)
	if !ok {
		return ""
	}
	return filepath.Clean(path)
}

// PostgresURL returns DatabaseURL if it names a PostgreSQL database, else "".
func (c Config) PostgresURL() string {
	if slices.ContainsFunc(postgresSchemes, func(scheme string) bool { return strings.HasPrefix(c.DatabaseURL, scheme) }) {
		return c.DatabaseURL
	}
	return ""
}

// DatabaseName is what the database may be called in a message: without user, password and
// parameters.
func (c Config) DatabaseName() string {
	scheme, rest, ok := strings.Cut(c.DatabaseURL, "://")
	if c.PostgresURL() == "" || !ok {
		return c.DatabasePath()
	}
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
}

// databaseURL is DatabaseURL as it may be logged.
func (c Config) databaseURL() string {
	if c.PostgresURL() != "" {
		return c.DatabaseName()
	}
	return sqliteScheme + c.DatabasePath()
}

// MasterKeyPath returns where the master key is kept if MasterKey is not set: the file
// master.key beside the database, or in ./data where that is PostgreSQL.
func (c Config) MasterKeyPath() string {
	directory := "data"
	if path := c.DatabasePath(); path != "" {
		directory = filepath.Dir(path)
	}
	return filepath.Join(directory, "master.key")
}

// MasterKeyBytes returns the 32 bytes of MasterKey, nil if it is not set.
func (c Config) MasterKeyBytes() []byte {
	key, err := crypto.ParseMasterKey(c.MasterKey.Reveal())
	if err != nil {
		return nil
	}
	return key
}

// LogValue gives every setting; of the master key only whether it is set.
func (c Config) LogValue() slog.Value {
	masterKey := "not set"
	if c.MasterKey != "" {
		masterKey = "set"
	}
	return slog.GroupValue(
		slog.String("addr", c.Addr),
		slog.String("public_url", c.PublicURL),
		slog.String("database_url", c.databaseURL()),
		slog.Int("database_connections", c.DatabaseConnections),
		slog.Duration("database_timeout", c.DatabaseTimeout),
		slog.String("master_key", masterKey),
		slog.Any("cors_origins", c.CORSOrigins),
		slog.Any("trusted_proxies", c.TrustedProxies),
		slog.Int64("max_body", c.MaxBody),
		slog.Float64("exec_rate", c.ExecRate),
		slog.Duration("read_timeout", c.ReadTimeout),
		slog.Duration("stream_timeout", c.StreamTimeout),
		slog.Duration("shutdown_timeout", c.ShutdownTimeout),
		slog.Int64("search_cache", c.SearchCache),
		slog.Duration("hub_timeout", c.HubTimeout),
		slog.Int64("hub_max_result", c.HubMaxResult),
		slog.String("log_level", c.LogLevel.String()),
		slog.String("log_format", c.LogFormat),
	)
}

// String says the same as LogValue.
func (c Config) String() string { return c.LogValue().String() }

// GoString says the same as LogValue, for %#v.
func (c Config) GoString() string { return c.String() }
