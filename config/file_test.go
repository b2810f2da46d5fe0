package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileWith returns the path of a new file that holds content.
func fileWith(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestEverySettingCanStandInAFile(t *testing.T) {
	key := strings.Repeat("0f", 32)
	for _, s := range settings() {
		value := map[string]string{"PublicURL": "https://a", "MasterKey": key, "CORSOrigins": "https://a", "TrustedProxies": "::1"}[s.field]
		if value == "" {
			value = s.preset
		}
		direct, filed := load(t, s.name+"="+value), load(t, s.name+"_FILE="+fileWith(t, value+"\n"))
		if direct.String() != filed.String() || direct.MasterKey != filed.MasterKey {
			t.Errorf("%s_FILE gives %v, want %v", s.name, filed, direct)
		}
	}
}

func TestOneNewlineAtTheEndOfAFileIsLeftOut(t *testing.T) {
	for content, ok := range map[string]bool{"json": true, "json\n": true, "json\r\n": true, "json\n\n": false, "\njson": false, "json ": false} {
		_, _, err := Load([]string{"SESSIONHUB_LOG_FORMAT_FILE=" + fileWith(t, content)})
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want well: %v", content, err, ok)
		}
	}
}

func TestAnEmptyVariableGivesWayToItsFile(t *testing.T) {
	c := load(t, "SESSIONHUB_LOG_FORMAT=", "SESSIONHUB_LOG_FORMAT_FILE="+fileWith(t, "json"))
	if c.LogFormat != "json" {
		t.Errorf("LogFormat = %q", c.LogFormat)
	}
}

func TestFileMistakes(t *testing.T) {
	const want = "; want the path of a file that holds the value, at most 64 KiB"
	missing := filepath.Join(t.TempDir(), "none")
	tests := []struct{ what, environ, message string }{
		{"missing", "LOG_FORMAT_FILE=" + missing, "LOG_FORMAT_FILE names a file that can not be read (no such file or directory)" + want + `; got "`},
		{"directory", "LOG_FORMAT_FILE=" + t.TempDir(), "LOG_FORMAT_FILE names a file that can not be read (is a directory)" + want},
		{"empty", "LOG_FORMAT_FILE=" + fileWith(t, "\n"), "LOG_FORMAT_FILE names a file that is empty" + want},
		{"64 KiB and a byte", "ADDR_FILE=" + fileWith(t, strings.Repeat("a", maxFileBytes+1)), "ADDR_FILE names a file that is bigger than 64 KiB" + want},
		{"64 KiB", "ADDR_FILE=" + fileWith(t, strings.Repeat("a", maxFileBytes)), "ADDR (from SESSIONHUB_ADDR_FILE) is not host:port; want host:port"},
		{"both", "LOG_FORMAT=json\x00SESSIONHUB_LOG_FORMAT_FILE=" + missing, "LOG_FORMAT is set and so is SESSIONHUB_LOG_FORMAT_FILE; want one of the two"},
	}
	for _, tt := range tests {
		_, _, err := Load(strings.Split(prefix+tt.environ, "\x00"))
		if err == nil || !strings.HasPrefix(err.Error(), prefix+tt.message) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", tt.what, err, prefix+tt.message)
		}
	}
}
