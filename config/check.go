package config

import (
	"encoding/base64"
	"encoding/hex"
	"log/slog"
	"net"
	"strings"
	"time"
	"unicode"
)

const (
	// minBody leaves room for the smallest session; maxBody is what one request may cost in
	// memory on a large machine.
	minBody, maxBody = 1 << 10, 1 << 30
	// maxWait bounds every timeout: a longer one is more likely a wrong unit.
	maxWait = 10 * time.Minute
	// keyBytes is the length of the master key: an AES-256 key.
	keyBytes = 32

	errNotKey = problem("is not a key of 32 bytes")
)

// finish checks what the parser of a type can not know, by field, and tidies PublicURL.
func (c *Config) finish() map[string]error {
	return map[string]error{
		"Addr":            checkAddr(c.Addr),
		"PublicURL":       tidyPublicURL(&c.PublicURL),
		"DatabaseURL":     checkDatabaseURL(c.DatabaseURL),
		"MasterKey":       checkKey(c.MasterKey.Reveal()),
		"MaxBody":         unless(c.MaxBody >= minBody && c.MaxBody <= maxBody, "is out of range"),
		"ExecRate":        unless(c.ExecRate >= 0, "is negative"),
		"ReadTimeout":     checkWait(c.ReadTimeout, time.Second),
		"StreamTimeout":   checkWait(c.StreamTimeout, time.Second),
		"ShutdownTimeout": checkWait(c.ShutdownTimeout, 0),
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

func checkDatabaseURL(s string) error {
	scheme, _, ok := strings.Cut(s, "://")
	if ok && (scheme == "postgres" || scheme == "postgresql") {
		return problem("starts with " + scheme + "://, but this version only knows sqlite://")
	}
	path, ok := strings.CutPrefix(s, sqliteScheme)
	switch {
	case !ok:
		return problem("does not start with sqlite://")
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
	_, err := decodeKey(s)
	return err
}

// decodeKey reads 64 hex digits, or 32 bytes of base64 in either alphabet, padded or not.
func decodeKey(s string) ([]byte, error) {
	if len(s) == hex.EncodedLen(keyBytes) {
		if key, err := hex.DecodeString(s); err == nil {
			return key, nil
		}
	}
	unpadded := strings.TrimSuffix(s, "=")
	if len(unpadded) != base64.RawStdEncoding.EncodedLen(keyBytes) { // else line breaks would pass
		return nil, errNotKey
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if key, err := enc.Strict().DecodeString(unpadded); err == nil && len(key) == keyBytes {
			return key, nil
		}
	}
	return nil, errNotKey
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
