package config

import (
	"log/slog"
	"net"
	"strings"
	"time"
	"unicode"

	"sessionhub/crypto"
)

const (
	// minBody leaves room for the smallest session; maxBody is what one request may cost in
	// memory on a large machine.
	minBody, maxBody = 1 << 10, 1 << 30
	// maxSearchCache is more than any machine gives to it, and far from where sums overflow.
	maxSearchCache = 64 << 30
	// minConnections lets a list be read beside what ends at once; maxConnections is more than a
	// server takes from everybody.
	minConnections, maxConnections = 4, 1000
	// maxWait bounds every timeout: a longer one is more likely a wrong unit.
	maxWait = 10 * time.Minute
)

// finish checks what the parser of a type can not know, by field, and tidies PublicURL.
func (c *Config) finish() map[string]error {
	return map[string]error{
		"Addr":        checkAddr(c.Addr),
		"PublicURL":   tidyPublicURL(&c.PublicURL),
		"DatabaseURL": checkDatabaseURL(*c),

		"DatabaseConnections": unless(c.DatabaseConnections >= minConnections && c.DatabaseConnections <= maxConnections, "is out of range"),
		"DatabaseTimeout":     checkWait(c.DatabaseTimeout, time.Second),

		"MasterKey":       checkKey(c.MasterKey.Reveal()),
		"MaxBody":         unless(c.MaxBody >= minBody && c.MaxBody <= maxBody, "is out of range"),
		"ExecRate":        unless(c.ExecRate >= 0, "is negative"),
		"ReadTimeout":     checkWait(c.ReadTimeout, time.Second),
		"StreamTimeout":   checkWait(c.StreamTimeout, time.Second),
		"ShutdownTimeout": checkWait(c.ShutdownTimeout, 0),
		"SearchCache":     unless(c.SearchCache >= 0 && c.SearchCache <= maxSearchCache, "is out of range"),
		"HubTimeout":      checkWait(c.HubTimeout, time.Second),
		"HubMaxResult":    unless(c.HubMaxResult >= minBody && c.HubMaxResult <= maxBody, "is out of range"),
		"LogLevel":        checkLevel(c.LogLevel),
		"LogFormat":       unless(c.LogFormat == "text" || c.LogFormat == "json", "is not a log format"),
	}
}

func unless(ok bool, p problem) error {
	if ok {
		return nil
	}
	return p
}

func checkAddr(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return problem("is not host:port")
	}
	return unless(isPort(port), "has a port that is not a number from 0 to 65535")
}

func tidyPublicURL(s *string) error {
	if *s == "" {
		return nil
	}
	u, err := parseWebURL(*s)
	if err != nil {
		return err
	}
	*s = strings.TrimRight(u.String(), "/")
	return nil
}

// checkDatabaseURL leaves the rest of a PostgreSQL URL to its driver, which knows more.
func checkDatabaseURL(c Config) error {
	if url := c.PostgresURL(); url != "" {
		return unless(!strings.ContainsFunc(url, unicode.IsControl), "has a line break or another control character")
	}
	path, ok := strings.CutPrefix(c.DatabaseURL, sqliteScheme)
	switch {
	case !ok:
		return problem("does not start with sqlite:// or postgres://")
	case path == "" || strings.HasSuffix(path, "/"):
		return problem("does not name a file")
	case path == ":memory:":
		return problem("names a database in memory, which would be lost at every stop")
	case strings.ContainsAny(path, "?#"):
		return problem("has a query or fragment")
	case strings.ContainsFunc(path, unicode.IsControl):
		return problem("has a line break or another control character")
	}
	return nil
}

func checkKey(s string) error {
	if s == "" {
		return nil
	}
	_, err := crypto.ParseMasterKey(s)
	return unless(err == nil, "is not a key of 32 bytes")
}

func checkWait(d, least time.Duration) error {
	return unless(d >= least && d <= maxWait, "is out of range")
}

// checkLevel refuses what slog reads besides the four names, such as info+1.
func checkLevel(l slog.Level) error {
	switch l {
	case slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError:
		return nil
	}
	return problem("is not a log level")
}
