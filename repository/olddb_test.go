package repository_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

var update = flag.Bool("update", false, "write testdata/db/v<N>.sqlite anew, N being the newest step of the schema")

// oldDatabases are what releases left behind, and what every later one has to open.
const oldDatabases = "../testdata/db/v*.sqlite"

func TestOldDatabasesAreBroughtUpToDate(t *testing.T) {
	if *update {
		writeDatabase(t, fmt.Sprintf("../testdata/db/v%d.sqlite", newest))
	}
	databases := releasedDatabases(t)
	if len(databases) == newest-1 { // the file of the newest step is made before its release
		fresh := filepath.Join(t.TempDir(), fmt.Sprintf("v%d.sqlite", newest))
		writeDatabase(t, fresh)
		databases = append(databases, fresh)
	}
	for i, old := range databases {
		t.Run(filepath.Base(old), func(t *testing.T) {
			s, path := copyOf(t, old)
			step := i + 1
			if filepath.Base(old) != fmt.Sprintf("v%d.sqlite", step) {
				t.Fatalf("%s is not the database of step %d", old, step)
			}
			if from, to, err := s.Migrate(t.Context()); err != nil || from != step || to != newest {
				t.Fatalf("from %d to %d, %v", from, to, err)
			}
			ready(t, s)
			wantOldContent(t, s, step)
			wantSchema(t, path)
			cold := open(t, repository.Options{Path: path, Now: repotest.NewClock().Now})
			ready(t, cold)
			wantOldSearched(t, s, cold)
			report, err := s.Check(t.Context(), func(repository.Report) {})
			if err != nil || report.Problems != 0 || report.Sessions < 20 {
				t.Errorf("check: %+v, %v", report, err)
			}
		})
	}
}

// releasedDatabases are what there is in testdata, by their steps.
func releasedDatabases(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(oldDatabases)
	if err != nil || len(found) < newest-1 {
		t.Fatalf("saw %d databases, there have been %d steps: %v", len(found), newest, err)
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return found
}

// The key is the one that testdata/db/README.md names, and no other.
func TestOldDatabasesNeedTheirMasterKey(t *testing.T) {
	for _, old := range releasedDatabases(t) {
		s, _ := copyOf(t, old)
		if _, _, err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Unlock(t.Context(), make([]byte, 32)); !errors.Is(err, repository.ErrMasterKey) {
			t.Errorf("%s: another key was taken: %v", old, err)
		}
	}
}

func copyOf(t *testing.T, old string) (*repository.Store, string) {
	t.Helper()
	data, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "sessionhub.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	clock := repotest.NewClock()
	clock.Step(24 * time.Hour)
	return open(t, repository.Options{Path: path, Now: clock.Now, SearchCache: 1 << 20}), path
}

// wantSchema says that a database that went through all steps is like one made today: who
// edits a step that was released is told here.
func wantSchema(t *testing.T, path string) {
	t.Helper()
	_, _, fresh := newStore(t)
	if got, want := schema(t, path), schema(t, fresh); !slices.Equal(got, want) {
		t.Errorf("the schema is\n%s\nand that of a new database\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func schema(t *testing.T, path string) []string {
	t.Helper()
	rows, err := raw(t, path).QueryContext(t.Context(), "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var all []string
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			t.Fatal(err)
		}
		all = append(all, statement)
	}
	if rows.Err() != nil || len(all) < 10 {
		t.Fatalf("saw %d tables, indexes and triggers, %v", len(all), rows.Err())
	}
	return all
}

// writeDatabase makes a database with everything in it. The clock stands where repotest puts
// it, and randomness comes from a seed, so that the same program makes the same file.
func writeDatabase(t *testing.T, path string) {
	t.Helper()
	made := filepath.Join(t.TempDir(), "made.db")
	clock := repotest.NewClock()
	s, err := repository.Open(t.Context(), repository.Options{Path: made, Now: clock.Now, Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	ready(t, s)
	for i, n := range oldTenants() {
		fillTenant(t, s, clock, n, i)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	execute(t, made, "PRAGMA journal_mode = DELETE", "VACUUM") // one file, without gaps
	data, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func seeded() io.Reader { return rand.NewChaCha8([32]byte([]byte("sessionhub testdata/db, not safe"))) }

// oldStorageKey is the text from which the second tenant's storage key was made.
const oldStorageKey = "correct horse battery staple"

func oldTenants() []repository.NewTenant {
	return []repository.NewTenant{
		{Name: "with a random key", DatabaseIDHash: strings.Repeat("01", 32)},
		{Name: "with a given key", DatabaseIDHash: strings.Repeat("02", 32), StorageKey: oldStorageKey},
		{Name: "without encryption", DatabaseIDHash: strings.Repeat("03", 32), NoEncryption: true},
		{Name: "that was deleted", DatabaseIDHash: strings.Repeat("04", 32)},
	}
}

// apiKeyEvent is the event of the audit entries that hold the API keys, as their diff: they
// are stored nowhere else.
const apiKeyEvent = "testKey"

func fillTenant(t *testing.T, s *repository.Store, clock *repotest.Clock, n repository.NewTenant, i int) {
	t.Helper()
	tenant, owner, err := s.Tenants.Create(t.Context(), models.Actor{UserAgent: "fill"}, n)
	if err != nil {
		t.Fatal(err)
	}
	who := models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash, IP: "192.0.2.7", UserAgent: "fill"}
	fillKeys(t, s, clock, who, owner)
	fillSessions(t, s, clock, who)
	fillHub(t, s, clock, who)
	fillLogin(t, s, who, owner)
	if i == len(oldTenants())-1 {
		if err := s.Tenants.Delete(t.Context(), who); err != nil {
			t.Fatal(err)
		}
	}
}

func fillKeys(t *testing.T, s *repository.Store, clock *repotest.Clock, who models.Actor, owner models.Secret) {
	t.Helper()
	expires := time.Date(2099, time.December, 31, 0, 0, 0, 0, time.UTC)
	keys := []models.Key{
		{DisplayName: "admin", Role: models.RoleAdmin, ExpiresAt: &expires},
		{DisplayName: "agent", Role: models.RoleAgent},
		{
			DisplayName: "exec", Role: models.RoleExec, AgentID: new("agent-1"),
			AllowedOrigins: []string{"https://app.example", "http://localhost:5173"},
		},
	}
	inClear := []models.Secret{owner}
	for i := range keys {
		clock.Step(time.Second)
		apiKey, err := s.Keys.Create(t.Context(), who, &keys[i])
		if err != nil {
			t.Fatal(err)
		}
		inClear = append(inClear, apiKey)
	}
	for _, apiKey := range inClear {
		if _, err := s.Keys.Authenticate(t.Context(), apiKey); err != nil {
			t.Fatal(err)
		}
		entry := models.AuditEntry{EventName: apiKeyEvent, RecordLocator: `{"id":"<Ä&>"}`, Diff: apiKey}
		if _, err := s.Audit.Append(t.Context(), who, entry); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Keys.FlushUsage(t.Context()); err != nil {
		t.Fatal(err)
	}
}
