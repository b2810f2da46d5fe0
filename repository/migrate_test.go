package repository_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// newest is the number of schema steps that the program knows.
var newest = repository.NewestStep()

func blankStore(t testing.TB, path string) *repository.Store {
	t.Helper()
	return open(t, repository.Options{Path: path, Now: repotest.NewClock().Now})
}

func TestMigrateMakesTheSchemaOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := blankStore(t, path)
	if at, err := s.SchemaStep(t.Context()); err != nil || at != 0 {
		t.Errorf("an empty database is at step %d, %v", at, err)
	}
	if err := s.Ping(t.Context()); !errors.Is(err, repository.ErrSchema) {
		t.Errorf("ping before: %v", err)
	}
	for i, wantFrom := range []int{0, newest, newest} {
		store := s
		if i == 2 {
			store = blankStore(t, path)
		}
		if from, to, err := store.Migrate(t.Context()); err != nil || from != wantFrom || to != newest {
			t.Errorf("from %d, want %d, to %d, %v", from, wantFrom, to, err)
		}
		if err := store.Ping(t.Context()); err != nil {
			t.Errorf("ping after: %v", err)
		}
	}
	if steps := schemaSteps(t, path); len(steps) != newest || !strings.HasPrefix(steps[0], "1 tenants, keys") {
		t.Errorf("history %q", steps)
	}
}

func schemaSteps(t testing.TB, path string) []string {
	t.Helper()
	rows, err := raw(t, path).QueryContext(t.Context(), "SELECT number || ' ' || name FROM schema_steps ORDER BY number")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var step string
		if err := rows.Scan(&step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// migratePath tells this test binary, started anew, which database to bring up to date.
const migratePath = "SESSIONHUB_TEST_MIGRATE"

func TestOfProcessesThatMigrateAtOnceOneMakesEachStep(t *testing.T) {
	if path := os.Getenv(migratePath); path != "" {
		_, to, err := blankStore(t, path).Migrate(t.Context())
		if err != nil || to != newest {
			t.Fatalf("to %d, %v", to, err)
		}
		return
	}
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
			c.Env = append(os.Environ(), migratePath+"="+path)
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Wait()
	if steps := schemaSteps(t, path); len(steps) != newest {
		t.Errorf("history %q", steps)
	}
}

func TestOfStoresThatMigrateAtOnceOneMakesEachStep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	for range 8 {
		s := blankStore(t, path)
		wg.Go(func() {
			if _, to, err := s.Migrate(t.Context()); err != nil || to != newest {
				t.Errorf("to %d, %v", to, err)
			}
		})
	}
	wg.Wait()
	if steps := schemaSteps(t, path); len(steps) != newest {
		t.Errorf("history %q", steps)
	}
}

// A database that a newer release has written is left alone: whoever goes back has to know.
func TestANewerSchemaIsRefusedByName(t *testing.T) {
	s, _, path := newStore(t)
	execute(t, path, fmt.Sprintf("INSERT INTO schema_steps VALUES (%d, 'sessions in the cloud', 0)", newest+1))
	_, _, errMigrate := s.Migrate(t.Context())
	_, errStep := s.SchemaStep(t.Context())
	for _, err := range []error{errMigrate, errStep, s.Ping(t.Context())} {
		if !errors.Is(err, repository.ErrSchema) || !strings.Contains(err.Error(), "sessions in the cloud") ||
			!strings.Contains(err.Error(), fmt.Sprint("step ", newest+1)) {
			t.Errorf("error %v", err)
		}
	}
	if steps := schemaSteps(t, path); len(steps) != newest+1 {
		t.Errorf("history %q", steps)
	}
}

func TestAFailedStepLeavesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := blankStore(t, path)
	execute(t, path, "CREATE TABLE audit_entries (x)") // in the way of the first step
	if _, to, err := s.Migrate(t.Context()); err == nil || to != 0 || !strings.Contains(err.Error(), "schema step 1") {
		t.Errorf("to %d, %v", to, err)
	}
	var tables int
	err := raw(t, path).QueryRowContext(t.Context(), "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'").Scan(&tables)
	if err != nil || tables != 1 {
		t.Errorf("%d tables, %v", tables, err)
	}
	execute(t, path, "DROP TABLE audit_entries")
	if _, to, err := s.Migrate(t.Context()); err != nil || to != newest {
		t.Errorf("to %d, %v", to, err)
	}
}

func TestAHistoryThatCannotBeReadIsAnError(t *testing.T) {
	s, _, path := newStore(t)
	execute(t, path, "DELETE FROM schema_steps")
	if _, _, err := s.Migrate(t.Context()); err == nil {
		t.Error("a schema without history was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.SchemaStep(ctx); err == nil {
		t.Error("an error of the database was taken for an empty one")
	}
}
