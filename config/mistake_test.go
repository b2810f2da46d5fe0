package config

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	outOfPort = "has a port that is not a number from 0 to 65535"
	noOrigin  = "has an entry that is not an origin"
	noEntry   = "has an entry that is neither an address nor a network"
)

// mistakes holds wrong values by setting, each with what must be said about it.
var mistakes = map[string]map[string]string{
	"ADDR": {
		"localhost": "is not host:port", "3000": "is not host:port", "::1:3000": "is not host:port",
		"http://a:80": "is not host:port", "a:65536": outOfPort, "a:-1": outOfPort, "a:http": outOfPort, "a:": outOfPort,
	},
	"PUBLIC_URL": {
		"hub.example": "does not start with http:// or https://", "ftp://hub.example": "does not start with http:// or https://",
		"https://": "has no host", "https:hub.example": "has no host", "https://:80": "has no host",
		"https://u:pw@hub.example": "has a user name or password", "https://hub.example/?a=b": "has a query or fragment",
		"https://hub.example?": "has a query or fragment", "https://hub.example/#": "has a query or fragment",
		"https://hub.example:70000": outOfPort, "https://hub.example:": outOfPort, "https://a b": "is not a web address",
	},
	"DATABASE_URL": {
		"data/a.db": "does not start with sqlite:// or postgres://", "mysql://h/d": "does not start with sqlite:// or postgres://",
		"postgres://u:pw@h,i/d?a=b": "", "postgresql://u:pw@h/d": "",
		"postgres://u:pw@h/d\n": "has a line break or another control character",
		"sqlite://":             "does not name a file", "sqlite:///": "does not name a file", "sqlite://data/": "does not name a file",
		"sqlite://:memory:":      "names a database in memory, which would be lost at every stop",
		"sqlite://a.db?mode=rwc": "has a query or fragment", "sqlite://a.db#x": "has a query or fragment",
		"sqlite://a\nb.db": "has a line break or another control character",
	},
	"DATABASE_CONNECTIONS": {"many": "can not be read", "3": "is out of range", "1001": "is out of range", "-1": "is out of range"},
	"DATABASE_TIMEOUT":     {"30": "is not a time with a unit", "0s": "is out of range", "11m": "is out of range"},
	"MASTER_KEY": {
		"hunter2-hunter2":       "is not a key of 32 bytes",
		strings.Repeat("A", 42): "is not a key of 32 bytes", strings.Repeat("A", 45): "is not a key of 32 bytes",
		strings.Repeat("A", 42) + "\nA": "is not a key of 32 bytes", strings.Repeat("A", 43) + "==": "is not a key of 32 bytes",
		strings.Repeat("A", 42) + "B": "is not a key of 32 bytes", strings.Repeat("g", 64): "is not a key of 32 bytes",
		strings.Repeat("a", 66): "is not a key of 32 bytes",
	},
	"CORS_ORIGINS": {
		"*,https://a": "has * beside others", "*,*": "has * beside others", "a.example": noOrigin, "null": noOrigin,
		"https://a,ftp://b": noOrigin, "https://a/b": noOrigin, "https://*.a": noOrigin, "https://a?": noOrigin,
		"https://u@a": noOrigin, "http://a:99999": noOrigin,
	},
	"TRUSTED_PROXIES": {
		"proxy": noEntry, "10.0.0.0/33": noEntry, "10.0.0.1,": "", "10.0.0.1;10.0.0.2": noEntry, "fe80::1%eth0": noEntry,
		"::ffff:10.0.0.1": "has an IPv4 address that is written as IPv6", "::ffff:10.0.0.0/104": "has an IPv4 address that is written as IPv6",
	},
	"MAX_BODY": {
		"much": "is not a size", "-1": "is not a size", "4XiB": "is not a size", "1023": "is out of range",
		"0": "is out of range", "1025MiB": "is out of range", "15EiB": "is out of range",
	},
	"EXEC_RATE": {
		"fast": "is not a number", "NaN": "is not a number", "+Inf": "is not a number", "1e999": "is not a number",
		"-1": "is negative", "-0.5": "is negative",
	},
	"READ_TIMEOUT":     {"60": "is not a time with a unit", "soon": "is not a time with a unit", "999ms": "is out of range", "601s": "is out of range", "-5s": "is out of range"},
	"STREAM_TIMEOUT":   {"30": "is not a time with a unit", "0s": "is out of range", "11m": "is out of range"},
	"SEARCH_CACHE":     {"much": "is not a size", "-1": "is not a size", "65GiB": "is out of range"},
	"HUB_TIMEOUT":      {"30": "is not a time with a unit", "0s": "is out of range", "1h": "is out of range"},
	"HUB_MAX_RESULT":   {"x": "is not a size", "1": "is out of range", "2GiB": "is out of range"},
	"SHUTDOWN_TIMEOUT": {"20": "is not a time with a unit", "-1s": "is out of range", "1h": "is out of range"},
	"LOG_LEVEL":        {"loud": "can not be read", "info+1": "is not a log level", "warning": "can not be read"},
	"LOG_FORMAT":       {"xml": "is not a log format", "JSON": "is not a log format"},
}

func TestEachMistakeSaysWhatIsWrongAndWhatIsRight(t *testing.T) {
	for _, s := range settings() {
		cases := mistakes[strings.TrimPrefix(s.name, prefix)]
		if len(cases) == 0 {
			t.Errorf("%s: no wrong value is tested", s.name)
		}
		for value, wrong := range cases {
			c, _, err := Load([]string{s.name + "=" + value})
			if wrong == "" {
				if err != nil {
					t.Errorf("%s=%s: %v", s.name, value, err)
				}
				continue
			}
			if err == nil {
				t.Errorf("%s=%s: no mistake", s.name, value)
				continue
			}
			if want := s.name + " " + wrong + "; want " + s.want; !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s=%s:\n got %s\nwant %s", s.name, value, err, want)
			}
			if strings.Contains(err.Error(), "\n") || !reflect.DeepEqual(c, Config{}) {
				t.Errorf("%s=%s: want one line and no Config, got %q and %v", s.name, value, err, c)
			}
		}
	}
}

func TestAMistakeQuotesWhatWasGiven(t *testing.T) {
	_, _, err := Load([]string{"SESSIONHUB_LOG_FORMAT=x\nml"})
	if want := `SESSIONHUB_LOG_FORMAT is not a log format; want text or json; got "x\nml"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestAllMistakesAreReportedTogether(t *testing.T) {
	var environ, named []string
	for _, s := range settings() {
		for value, wrong := range mistakes[strings.TrimPrefix(s.name, prefix)] {
			if wrong != "" {
				environ = append(environ, s.name+"="+value)
				break
			}
		}
	}
	_, _, err := Load(environ)
	if err == nil {
		t.Fatal("no mistake")
	}
	for line := range strings.Lines(err.Error()) {
		name, _, _ := strings.Cut(line, " ")
		named = append(named, name)
	}
	if slices.Sort(named); !slices.Equal(named, Names()) {
		t.Errorf("named %q, want every setting once; error:\n%v", named, err)
	}
}

func TestEveryCheckNamesAField(t *testing.T) {
	c := Config{}
	for field := range c.finish() {
		if !slices.ContainsFunc(settings(), func(s setting) bool { return s.field == field }) {
			t.Errorf("%s is no field of Config: its mistakes would be lost", field)
		}
	}
}
