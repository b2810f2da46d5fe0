package repository_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// newStore is a migrated, unlocked store on a file of its own.
func newStore(t testing.TB) (*repository.Store, *repotest.Clock, string) {
	t.Helper()
	clock, path := repotest.NewClock(), filepath.Join(t.TempDir(), "sessionhub.db")
	s := open(t, repository.Options{Path: path, Now: clock.Now})
	ready(t, s)
	return s, clock, path
}

func ready(t testing.TB, s *repository.Store) {
	t.Helper()
	if _, _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Unlock(t.Context(), repotest.MasterKey()); err != nil {
		t.Fatal(err)
	}
}

// newTenant makes a tenant and returns who acts for it.
func newTenant(t testing.TB, s *repository.Store, n repository.NewTenant) models.Actor {
	t.Helper()
	tenant, _, err := s.Tenants.Create(t.Context(), models.Actor{UserAgent: "test"}, n)
	if err != nil {
		t.Fatal(err)
	}
	return models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash, UserAgent: "test"}
}

func save(t testing.TB, s *repository.Store, who models.Actor, id, messages string) {
	t.Helper()
	err := s.Sessions.Save(t.Context(), who, &models.SessionPatch{
		ID: id, AgentID: "agent-1", UserName: change(models.Secret("Alice of " + id)), Messages: change(messages),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func change[T any](v T) models.Change[T] { return models.Change[T]{Set: true, Value: &v} }

func everySession() models.SessionFilter { return models.SessionFilter{Limit: -1} }

// ids lists the sessions of the tenant, and reads them whole.
func ids(t testing.TB, s *repository.Store, who models.Actor) []string {
	t.Helper()
	var found []string
	err := s.Sessions.List(t.Context(), who, everySession(), repository.SessionReader{
		Total: func(int64) error { return nil },
		Session: func(m *models.Session, text models.Text) error {
			found = append(found, m.ID)
			if text == nil {
				return nil
			}
			for _, err := range text {
				if err != nil {
					return err
				}
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// execute changes the file around the store, and lets go of it.
func execute(t testing.TB, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=rw&_busy_timeout=15000")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// Names and e-mail addresses of other people's users are in the database of a tenant without
// encryption: no other user of the machine reads it.
func TestOnlyTheOwnerReadsTheDatabaseFiles(t *testing.T) {
	s, _, path := newStore(t)
	save(t, s, newTenant(t, s, repository.NewTenant{}), "s-1", "[1]")
	seen := 0
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if seen++; info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %o", info.Name(), info.Mode().Perm())
		}
	}
	if seen != 3 {
		t.Errorf("saw %d files", seen)
	}
}

func TestAnyPathCanBeOpened(t *testing.T) {
	for _, name := range []string{"a b.db", "a#b.db", "a?mode=memory.db", "a%41.db", "a&b=c;d.db", "日本.db", ":memory:"} {
		path := filepath.Join(t.TempDir(), name)
		s := open(t, repository.Options{Path: path, Now: repotest.NewClock().Now})
		ready(t, s)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s was not written: %v", name, err)
		}
	}
}

func TestOpenSaysWhatIsWrongWithAPath(t *testing.T) {
	text := filepath.Join(t.TempDir(), "no.db")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(t.TempDir(), "missing", "x.db"), t.TempDir(), text} {
		s, err := repository.Open(t.Context(), repository.Options{Path: path, Now: repotest.NewClock().Now})
		if err == nil {
			t.Errorf("%s was opened", path)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("the error does not name %s: %v", path, err)
		}
	}
}

// What was acknowledged is in the files, whatever happens to the process then.
func TestWhatWasAcknowledgedIsInTheFiles(t *testing.T) {
	s, clock, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{})
	copied := filepath.Join(t.TempDir(), "copy.db")
	for i := range 20 {
		save(t, s, who, fmt.Sprint("s-", i), "[1,2]")
		for _, suffix := range []string{"", "-wal"} { // as they are after kill -9
			data, err := os.ReadFile(path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied+suffix, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		after, err := repository.Open(t.Context(), repository.Options{Path: copied, Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		ready(t, after)
		if found := ids(t, after, who); len(found) != i+1 {
			t.Errorf("%d of %d sessions are in the files", len(found), i+1)
		}
		if err := after.Close(); err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(copied + suffix)
		}
	}
}

// TenantTables is what tests of isolation and deletion go through.
func TestTenantTablesAreAll(t *testing.T) {
	_, _, path := newStore(t)
	rows, err := raw(t, path).QueryContext(t.Context(), `SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND c.name = 'tenant_id'`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	seen := 0
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		if seen++; repotest.TenantTables[table] != "tenant_id" {
			t.Errorf("%s is missing in repotest.TenantTables", table)
		}
	}
	if rows.Err() != nil || seen != len(repotest.TenantTables)-1 { // tenants has its id
		t.Errorf("saw %d tables, %v", seen, rows.Err())
	}
}

// Whoever starts a goroutine stops it: a program that opens and closes stores, as these tests
// do, must not gather them.
func TestCloseEndsEveryGoroutineOfTheStore(t *testing.T) {
	begin := goroutines("gorm.io", "database/sql")
	for i := range 3 {
		s, err := repository.Open(t.Context(), repository.Options{
			Path: filepath.Join(t.TempDir(), fmt.Sprint(i)), Now: repotest.NewClock().Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		ready(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var left int
	for range 50 { // they may take a moment
		if left = goroutines("gorm.io", "database/sql") - begin; left <= 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left of 3 stores", left)
}

// goroutines counts those in which one of the packages has a part.
func goroutines(packages ...string) int {
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	n := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if slices.ContainsFunc(packages, func(name string) bool { return strings.Contains(stack, name) }) {
			n++
		}
	}
	return n
}
