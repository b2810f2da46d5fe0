package e2e

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// curlLine is a line to be pasted, in what the program prints at its first start.
var curlLine = regexp.MustCompile(`(?m)^curl .*$`)

// From nothing to "Session created" by pasting what the first start prints.
func TestFirstStartCurlLines(t *testing.T) {
	need(t, "curl")
	i := newInstallation(t)
	s := i.start()
	lines := curlLine.FindAllString(s.stdout.String(), -1)
	if len(lines) != 3 {
		t.Fatalf("the first start printed %d curl lines, want 3:\n%s", len(lines), s.stdout.String())
	}
	expectJSON(t, sh(t, lines[0]), `{"message":"Session created","data":{"id":"session-001"},"status":200}`)
	var list []object
	decode(t, sh(t, lines[1]), &list)
	if idsOf(list) != "session-001" || list[0]["userName"] != "Alice" {
		t.Errorf("the second line listed %v", list)
	}
	expectJSON(t, sh(t, lines[2]), `{"message":"Data deleted successfully!","status":200}`)
	if entries := s.entries(t, "deleteSession"); len(entries) != 1 || entries[0].RecordLocator != `{"id":"session-001"}` {
		t.Errorf("the audit log has %v", entries)
	}
}

// The first start alone prints a secret, and nobody else on the machine can read the data.
func TestLaterStartsPrintNoSecret(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	s.create(t, "s-1", "Alice", "alice@example.com")
	checkDataDirectory(t, i)
	s.stop()
	again := i.start()
	again.stop()
	printed := again.stdout.String() + again.stderr.String()
	for what, secret := range map[string]string{
		"the API key": i.key, "its secret part": i.key[strings.LastIndex(i.key, "_")+1:],
		"an API key": "ad_key_", "the master key": strings.TrimSpace(masterKey(t, i)),
	} {
		if strings.Contains(printed, secret) {
			t.Errorf("the second start printed %s:\n%s", what, printed)
		}
	}
	if !strings.Contains(printed, i.hash) {
		t.Errorf("the second start does not name the tenant:\n%s", printed)
	}
}

// Plain "sessionhub" serves too.
func TestPlainCommandServes(t *testing.T) {
	i := newInstallation(t)
	s := i.awaitStart(i.launchCommand())
	if status, _, err := s.do("GET", "/readyz", nil); err != nil || status != 200 {
		t.Errorf("/readyz: status %d, %v", status, err)
	}
	s.stop()
}

// checkDataDirectory expects that nobody else on the machine can read the data.
func checkDataDirectory(t *testing.T, i *installation) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(i.data(), func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		files++
		return err
	})
	least := 3 // the directory, the master key and the database
	if i.onPostgres() {
		least--
	}
	if err != nil || files < least {
		t.Errorf("saw %d files: %v", files, err)
	}
}
