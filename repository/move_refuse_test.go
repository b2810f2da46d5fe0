package repository_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// TestMoveLocksItsSource: what is acknowledged meanwhile would be lost.
func TestMoveLocksItsSource(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		to, tried := newSide(t, target), 0
		for _, setting := range []string{"PRAGMA busy_timeout = 0", "SET lock_timeout = 1"} { // of the one connection
			from.SQL.SetMaxOpenConns(1)
			_, _ = from.SQL.ExecContext(t.Context(), setting) // one of them is of the other engine
		}
		_, err := repository.Move(t.Context(), from.Store, to.Store, func(r repository.MoveReport) {
			if r.Done {
				return
			}
			tried++
			if _, err := from.SQL.ExecContext(t.Context(), "UPDATE tenants SET name = 'changed'"); err == nil {
				t.Error("the source was changed while it was moved")
			}
		})
		if err != nil || tried < 20 {
			t.Fatal(tried, err)
		}
		from.exec(t, "UPDATE tenants SET name = 'changed'")
	})
}

// TestMoveFromADatabaseInUse says what to do.
func TestMoveFromADatabaseInUse(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		tx, err := from.SQL.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		if _, err := tx.ExecContext(t.Context(), "UPDATE tenants SET name = 'being changed'"); err != nil {
			t.Fatal(err)
		}
		to := newSide(t, target)
		_, err = repository.Move(t.Context(), from.Store, to.Store, silent)
		if !errors.Is(err, repository.ErrInUse) || !strings.Contains(err.Error(), "stop it first") {
			t.Errorf("%v", err)
		}
		if err := to.Ping(t.Context()); err != nil {
			t.Errorf("nothing was begun, and yet: %v", err)
		}
	})
}

// TestMoveWantsAnEmptyTarget, or the one it was moving into.
func TestMoveWantsAnEmptyTarget(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		used, begun, done := newSide(t, target), newSide(t, target), newSide(t, target)
		if err := used.Unlock(t.Context(), repotest.MasterKey()); err != nil {
			t.Fatal(err)
		}
		begun.exec(t, "INSERT INTO moves (number, source, started_at) VALUES (1, 'another', 1)")
		mustMove(t, from, done)
		for name, to := range map[string]*moveSide{"used": used, "begun from another": begun, "done": done, "the same": from} {
			if _, err := repository.Move(t.Context(), from.Store, to.Store, silent); !errors.Is(err, repository.ErrOccupied) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, source := range map[string]*moveSide{"never used": newSide(t, sqliteEngine), "not whole": begun} {
			if _, err := repository.Move(t.Context(), source.Store, newSide(t, target).Store, silent); err == nil {
				t.Errorf("what was %s was moved", name)
			}
		}
	})
}

// TestMoveNamesWhatPostgresDoesNotKeep, and not what it says.
func TestMoveNamesWhatPostgresDoesNotKeep(t *testing.T) {
	needPostgres(t)
	from, to := newSource(t, true), newSide(t, postgresEngine)
	_, err := repository.Move(t.Context(), from.Store, to.Store, silent)
	if err == nil || !strings.Contains(err.Error(), "U+0000") || strings.Contains(err.Error(), "Ünïcode") ||
		!strings.Contains(err.Error(), `body of messages (tenant_id 3, session_id "saved/1 ü", seq 0)`) {
		t.Fatalf("%v", err)
	}
	from.exec(t, withoutNUL)
	mustMove(t, from, to)
}

// damages are what could become of rows on their way, and what is told of it.
var damages = map[string]string{
	"UPDATE sessions SET user_name = 'swapped' WHERE tenant_id = 1 AND id = 'created'":    `sessions (tenant_id 1, id "created") differs in user_name`,
	"UPDATE sessions SET deleted_at = NULL WHERE tenant_id = 1 AND id = 'deleted'":        `sessions (tenant_id 1, id "deleted") differs in deleted_at`,
	"UPDATE tenants SET encrypted = NOT encrypted WHERE id = 2":                           `tenants (id 2) differs in encrypted`,
	"UPDATE tools SET document = CAST('' AS %s) WHERE tenant_id = 1 AND name = 'weather'": `tools (tenant_id 1, name "weather") differs in document`,
	"DELETE FROM messages WHERE session_id = 'more-99'":                                   `messages (tenant_id 3, session_id "more-99", seq 0) is missing in the target`,
	"DELETE FROM app_origins": `app_origins (tenant_id 3, origin "https://app.example") is missing in the target`,
	"INSERT INTO api_key_origins (tenant_id, locator_hash, origin) VALUES (9, 'h', 'https://x')": `api_key_origins (tenant_id 9, locator_hash "h", origin "https://x") is in the target, and not in the source`,
}

// TestMoveFindsDamage, tells of it by table and key, and does not let such a database be used.
func TestMoveFindsDamage(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		to, bytes := newSide(t, target), "BLOB"
		if to.NoNUL {
			bytes = "BYTEA"
		}
		report, err := repository.Move(t.Context(), from.Store, to.Store, func(r repository.MoveReport) {
			if at := r.Tables[r.At]; at.Name != "app_origins" || at.Copied == 0 || r.Verifying {
				return
			}
			for statement := range damages {
				if strings.Contains(statement, "%s") {
					statement = fmt.Sprintf(statement, bytes)
				}
				to.exec(t, statement)
			}
		})
		told := strings.Join(report.Details, "\n")
		if !errors.Is(err, repository.ErrDiffers) || report.Differences != len(damages)+2 {
			t.Errorf("%d differences, %v:\n%s", report.Differences, err, told)
		}
		for _, want := range damages {
			if !strings.Contains(told, want) {
				t.Errorf("%q is not told:\n%s", want, told)
			}
		}
		if err := errorsOf(t.Context(), to.Store); !errors.Is(err, repository.ErrMoving) {
			t.Errorf("the damaged database may be used: %v", err)
		}
		if report, err := repository.Move(t.Context(), from.Store, to.Store, silent); !errors.Is(err, repository.ErrDiffers) || report.Differences == 0 {
			t.Errorf("at the next call: %+v, %v", report, err)
		}
	})
}
