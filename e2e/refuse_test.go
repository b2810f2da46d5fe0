package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// masterKeyName is what every name of the file with the master key ends with.
var masterKeyName = filepath.Join("data", "master.key")

// Without its master key the program does not start, says which file it misses, and makes no
// other key; with the key back everything is there.
func TestLostMasterKey(t *testing.T) {
	i := newInstallation(t)
	s := i.start()
	s.create(t, "s-1", "Alice", "alice@example.com")
	s.stop()
	key := masterKey(t, i)
	other := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32)))

	if err := os.Remove(i.masterKeyPath()); err != nil {
		t.Fatal(err)
	}
	i.expectRefusal(t, masterKeyName)
	if _, err := os.Stat(i.masterKeyPath()); !os.IsNotExist(err) {
		t.Errorf("a new master key was made: %v", err)
	}
	for what, content := range map[string]string{"another key": other + "\n", "half a key": key[:20] + "\n", "nothing": "", "garbage": "no key at all\n"} {
		writeFile(t, i.masterKeyPath(), content)
		i.expectRefusal(t, masterKeyName)
		if got := masterKey(t, i); got != content {
			t.Errorf("%s in the file was replaced by %q", what, got)
		}
	}
	writeFile(t, i.masterKeyPath(), key)
	s = i.start()
	if list := s.sessions(t, ""); len(list) != 1 || *list[0].UserName != "Alice" {
		t.Errorf("with its key back it lists %v", list)
	}
	s.stop()

	i.env = append(i.env, "SESSIONHUB_MASTER_KEY="+other)
	i.expectRefusal(t, "SESSIONHUB_MASTER_KEY")
}

// A database that a newer release has changed is refused by the name of the newest change.
func TestNewerSchema(t *testing.T) {
	i := newInstallation(t)
	i.start().stop()
	db := i.open(t)
	defer db.Close()
	execute(t, db, "INSERT INTO schema_steps (number, name, applied_at) VALUES (99, 'a step of tomorrow', 0)")
	i.expectRefusal(t, "99", "a step of tomorrow")
	execute(t, db, "DELETE FROM schema_steps WHERE number = 99")
	i.start().stop()
}

// expectRefusal expects that neither the server nor a command runs, with exit code 1 and an
// error that has the words in it, and that nothing is written.
func (i *installation) expectRefusal(t *testing.T, words ...string) {
	t.Helper()
	before := files(t, i.data())
	for _, args := range [][]string{{"serve"}, {"tenant", "list"}, {"check"}} {
		r := i.run(args...)
		if r.code != 1 || r.stdout != "" {
			t.Errorf("%v: exit code %d, standard output %q", args, r.code, r.stdout)
		}
		for _, word := range words {
			if !strings.Contains(r.stderr, word) {
				t.Errorf("%v does not name %s:\n%s", args, word, r.stderr)
			}
		}
	}
	if after := files(t, i.data()); after != before {
		t.Errorf("there were %s, and now are %s", before, after)
	}
}

// files lists the files that stay: a database that is open has two more.
func files(t *testing.T, dir string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var stay []string
	for _, name := range names {
		if !strings.HasSuffix(name, "-wal") && !strings.HasSuffix(name, "-shm") {
			stay = append(stay, filepath.Base(name))
		}
	}
	return strings.Join(stay, " ")
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
