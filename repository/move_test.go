package repository_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// TestMoveToSQLite: all is there, in the same bytes, and opens with the same key.
func TestMoveToSQLite(t *testing.T) {
	from, to := newSource(t, true), newSide(t, sqliteEngine)
	mustMove(t, from, to)
	wantSameDump(t, from, to)
	wantChecked(t, to.Store)
	to.exec(t, "DELETE FROM messages WHERE session_id LIKE 'more-%'")
	to.exec(t, "DELETE FROM sessions WHERE agent_id = 'agent-9'")
	to.clock.Step(24 * time.Hour)
	wantOldContent(t, to.Store, newest)
}

// TestMoveToPostgresAndBack: NULL, truth, bytes and texts come back as they were.
func TestMoveToPostgresAndBack(t *testing.T) {
	needPostgres(t)
	from, between, to := newSource(t, false), newSide(t, postgresEngine), newSide(t, sqliteEngine)
	mustMove(t, from, between)
	wantChecked(t, between.Store)
	mustMove(t, between, to)
	wantSameDump(t, from, to)
	wantChecked(t, to.Store)
}

// TestMovedSessionsGoOn: the target is written to and searched as the source was, and gives out no
// revision a second time.
func TestMovedSessionsGoOn(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		to := newSide(t, target)
		mustMove(t, from, to)
		who := third(t, to.Store)
		if err := to.Sessions.Save(t.Context(), who, &models.SessionPatch{ID: "later", AgentID: "agent-9"}); err != nil {
			t.Fatal(err)
		}
		_, err := to.Sessions.Append(t.Context(), who, &models.Append{SessionID: "more-7", Messages: []string{`{"n":0}`}})
		if err != nil {
			t.Fatal(err)
		}
		const revisions = "SELECT COUNT(DISTINCT revision) FROM sessions WHERE tenant_id = 3 AND agent_id = 'agent-9' AND revision >= "
		if got := to.number(t, revisions+fmt.Sprint(moreRows)); got != 3 {
			t.Errorf("of the last revision, and two after it, there are %d", got)
		}
		cold := to.Open(t, repository.Options{Now: to.clock.Now, SearchCache: 1 << 20})
		if err := cold.Unlock(t.Context(), repotest.MasterKey()); err != nil {
			t.Fatal(err)
		}
		wantOldSearched(t, to.Store, cold)
	})
}

// TestMoveGoesOnWhereItWas, however it ended before: at the end of each table, and in the middle of those
// that take more than one batch.
func TestMoveGoesOnWhereItWas(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		to := newSide(t, target)
		calls, resumed := 0, int64(0)
		for told := 0; ; calls++ {
			ctx, cancel := context.WithCancel(t.Context())
			seen := 0
			report, err := repository.Move(ctx, from.Store, to.Store, func(r repository.MoveReport) {
				if seen++; seen > told%3 && !r.Done && !r.Verifying && r.At >= told/2 { // a different place at each call
					told++
					cancel()
				}
			})
			cancel()
			if calls > 0 && !report.Resumed {
				t.Error("it does not say that it goes on")
			}
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || calls > 60 {
				t.Fatal(calls, err)
			}
			resumed += report.Tables[5].Before
			if err := errorsOf(t.Context(), to.Store); !errors.Is(err, repository.ErrMoving) {
				t.Fatalf("the unfinished database may be used: %v", err)
			}
			if calls%2 == 1 {
				to.reopen(t)
			}
		}
		if calls < 10 || resumed == 0 {
			t.Errorf("it was interrupted %d times, and had %d sessions", calls, resumed)
		}
		if err := errorsOf(t.Context(), to.Store); err != nil {
			t.Error(err)
		}
		if strings.HasPrefix(t.Name(), "TestMoveGoesOnWhereItWas/SQLite_to_SQLite") {
			wantSameDump(t, from, to)
		}
		wantChecked(t, to.Store)
	})
}

// TestMoveGoesOnAfterTheTargetWasLost in the middle of a table, as when its server is killed.
func TestMoveGoesOnAfterTheTargetWasLost(t *testing.T) {
	pairs(t, func(t *testing.T, from *moveSide, target repotest.Engine) {
		to := newSide(t, target)
		_, err := repository.Move(t.Context(), from.Store, to.Store, func(r repository.MoveReport) {
			if at := r.Tables[r.At]; at.Name == "sessions" && at.Copied > 0 {
				_ = to.Close()
			}
		})
		if err == nil {
			t.Fatal("it went on without its target")
		}
		to.reopen(t)
		if err := to.Ping(t.Context()); !errors.Is(err, repository.ErrMoving) {
			t.Errorf("ping: %v", err)
		}
		if report := mustMove(t, from, to); !report.Resumed || report.Tables[5].Before == 0 {
			t.Errorf("%+v", report)
		}
	})
}
