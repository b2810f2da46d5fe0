package config

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"sessionhub/models"
)

// testKey is 32 bytes whose base64 differs between the two alphabets and needs padding.
var testKey = bytes.Repeat([]byte{0xfb, 0xff, 0x01, 0x7e}, 8)

// load loads what must be free of mistakes and warnings.
func load(t *testing.T, environ ...string) Config {
	t.Helper()
	c, warnings, err := Load(environ)
	if err != nil || len(warnings) > 0 {
		t.Fatalf("Load: warnings %q, error %v", warnings, err)
	}
	return c
}

func TestNothingSetGivesTheDefaults(t *testing.T) {
	want := Config{
		Addr:            "127.0.0.1:3000",
		DatabaseURL:     "sqlite://data/sessionhub.db",
		DatabaseTimeout: 30 * time.Second,
		MaxBody:         4 << 20,

		DatabaseConnections: 20,

		ExecRate:        100,
		ReadTimeout:     60 * time.Second,
		StreamTimeout:   30 * time.Second,
		ShutdownTimeout: 20 * time.Second,
		SearchCache:     256 << 20,
		HubTimeout:      30 * time.Second,
		HubMaxResult:    1 << 20,
		LogLevel:        slog.LevelInfo,
		LogFormat:       "text",
	}
	var empty []string
	for _, name := range Names() {
		empty = append(empty, name+"=", name+"_FILE=")
	}
	for what, environ := range map[string][]string{"no environment": nil, "empty variables": empty, "foreign names": {"ADDR=x", "PATH=/bin", "sessionhub_addr=x", "odd"}} {
		if got := load(t, environ...); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", what, got, want)
		}
	}
}

func TestOnlyTheGivenEnvironmentIsRead(t *testing.T) {
	t.Setenv("SESSIONHUB_ADDR", "127.0.0.1:1")
	if got := load(t).Addr; got != "127.0.0.1:3000" {
		t.Errorf("Addr = %q came from the process environment", got)
	}
}

func TestEverySettingIsTakenOver(t *testing.T) {
	std := base64.StdEncoding.EncodeToString(testKey)
	tests := []struct {
		entry string
		get   func(Config) any
		want  any
	}{
		{"ADDR=:0", func(c Config) any { return c.Addr }, ":0"},
		{"ADDR=[::1]:65535", func(c Config) any { return c.Addr }, "[::1]:65535"},
		{"PUBLIC_URL=https://hub.example/", func(c Config) any { return c.PublicURL }, "https://hub.example"},
		{"PUBLIC_URL=http://hub.example:8080/a/b/", func(c Config) any { return c.PublicURL }, "http://hub.example:8080/a/b"},
		{"DATABASE_URL=sqlite://rel/a.db", func(c Config) any { return c.DatabasePath() }, "rel/a.db"},
		{"DATABASE_URL=sqlite:///srv/a.db", func(c Config) any { return c.DatabasePath() }, "/srv/a.db"},
		{"DATABASE_URL=sqlite:///srv/a.db", func(c Config) any { return c.MasterKeyPath() }, "/srv/master.key"},
		{"DATABASE_URL=sqlite://a.db", func(c Config) any { return c.MasterKeyPath() }, "master.key"},
		{"MASTER_KEY=" + std, func(c Config) any { return c.MasterKey }, models.Secret(std)},
		{"CORS_ORIGINS=*", func(c Config) any { return c.CORSOrigins }, []string{"*"}},
		{
			"CORS_ORIGINS= https://App.Example:443, http://localhost:5173,,http://b:80",
			func(c Config) any { return c.CORSOrigins },
			[]string{"https://app.example", "http://localhost:5173", "http://b"},
		},
		{"MAX_BODY=1KiB", func(c Config) any { return c.MaxBody }, int64(1 << 10)},
		{"MAX_BODY=1 GiB", func(c Config) any { return c.MaxBody }, int64(1 << 30)},
		{"MAX_BODY=2MB", func(c Config) any { return c.MaxBody }, int64(2_000_000)},
		{"MAX_BODY=5000", func(c Config) any { return c.MaxBody }, int64(5000)},
		{"LOG_LEVEL=debug", func(c Config) any { return c.LogLevel }, slog.LevelDebug},
		{"LOG_LEVEL=WARN", func(c Config) any { return c.LogLevel }, slog.LevelWarn},
		{"LOG_LEVEL=error", func(c Config) any { return c.LogLevel }, slog.LevelError},
		{"LOG_FORMAT=json", func(c Config) any { return c.LogFormat }, "json"},
		{
			"TRUSTED_PROXIES=10.1.2.3/8, 192.0.2.7,fd00::/8,::1",
			func(c Config) any { return c.TrustedProxies },
			[]netip.Prefix{
				netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"),
				netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("::1/128"),
			},
		},
		{"EXEC_RATE=0", func(c Config) any { return c.ExecRate }, 0.0},
		{"EXEC_RATE=0.5", func(c Config) any { return c.ExecRate }, 0.5},
		{"READ_TIMEOUT=1s", func(c Config) any { return c.ReadTimeout }, time.Second},
		{"STREAM_TIMEOUT=10m", func(c Config) any { return c.StreamTimeout }, 10 * time.Minute},
		{"SHUTDOWN_TIMEOUT=0s", func(c Config) any { return c.ShutdownTimeout }, time.Duration(0)},
		{"SEARCH_CACHE=0", func(c Config) any { return c.SearchCache }, int64(0)},
		{"SEARCH_CACHE=2GiB", func(c Config) any { return c.SearchCache }, int64(2 << 30)},
		{"DATABASE_CONNECTIONS=4", func(c Config) any { return c.DatabaseConnections }, 4},
		{"DATABASE_TIMEOUT=10m", func(c Config) any { return c.DatabaseTimeout }, 10 * time.Minute},
		{"HUB_TIMEOUT=10m", func(c Config) any { return c.HubTimeout }, 10 * time.Minute},
		{"HUB_MAX_RESULT=64KiB", func(c Config) any { return c.HubMaxResult }, int64(64 << 10)},
		{"SHUTDOWN_TIMEOUT=1m30s", func(c Config) any { return c.ShutdownTimeout }, 90 * time.Second},
	}
	var seen []string
	for _, tt := range tests {
		if got := tt.get(load(t, prefix+tt.entry)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.entry, got, tt.want)
		}
		name, _, _ := bytes.Cut([]byte(prefix+tt.entry), []byte("="))
		seen = append(seen, string(name))
	}
	slices.Sort(seen)
	if seen = slices.Compact(seen); !slices.Equal(seen, Names()) {
		t.Errorf("settings tested: %q\nsettings there are: %q", seen, Names())
	}
}

func TestMasterKeyIsReadInEverySpelling(t *testing.T) {
	spellings := []string{
		base64.StdEncoding.EncodeToString(testKey), base64.RawStdEncoding.EncodeToString(testKey),
		base64.URLEncoding.EncodeToString(testKey), base64.RawURLEncoding.EncodeToString(testKey),
		"fbff017efbff017efbff017efbff017efbff017efbff017efbff017efbff017e",
		"FBFF017EFBFF017EFBFF017EFBFF017EFBFF017EFBFF017EFBFF017EFBFF017E",
	}
	for _, spelling := range spellings {
		if got := load(t, "SESSIONHUB_MASTER_KEY="+spelling).MasterKeyBytes(); !bytes.Equal(got, testKey) {
			t.Errorf("%s: got %x", spelling, got)
		}
	}
	if got := load(t).MasterKeyBytes(); got != nil {
		t.Errorf("not set: got %x, want nil", got)
	}
}
