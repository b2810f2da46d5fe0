package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const patience = 30 * time.Second

// need ends a test on a machine without PostgreSQL.
func need(t *testing.T) {
	t.Helper()
	reason, ok := Available()
	if !ok && os.Getenv("E2E_REQUIRED") == "1" {
		t.Fatal(reason)
	}
	if !ok {
		t.Skip(reason)
	}
}

func start(t *testing.T, o Options) *Cluster {
	t.Helper()
	need(t)
	c, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return stopped(t, c)
}

func standby(t *testing.T, primary *Cluster, o Options) *Cluster {
	t.Helper()
	s, err := primary.Standby(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return stopped(t, s)
}

func stopped(t *testing.T, c *Cluster) *Cluster {
	t.Cleanup(func() { must(t, c.Stop()) })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// want executes statements and compares what they return.
func want(t *testing.T, c *Cluster, sql, answer string) {
	t.Helper()
	got, err := c.Exec(t.Context(), sql)
	must(t, err)
	if got != answer {
		t.Errorf("%s: %q, want %q", sql, got, answer)
	}
}

// family lists a process and its children, those that run.
func family(t *testing.T, pid int) []int {
	t.Helper()
	all, err := processes(t.Context())
	must(t, err)
	var found []int
	for id, p := range all {
		if (id == pid || p.parent == pid) && p.state != stateDead {
			found = append(found, id)
		}
	}
	return found
}

func wantGone(t *testing.T, dir string, pids []int) {
	t.Helper()
	if len(pids) < 5 {
		t.Errorf("saw only %d processes of a cluster", len(pids))
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	for _, pid := range pids {
		if left := family(t, pid); len(left) > 0 {
			t.Errorf("still run: %v", left)
		}
	}
}

func TestStopLeavesNothing(t *testing.T) {
	c := start(t, Options{})
	want(t, c, "CREATE TABLE x (n int); INSERT INTO x VALUES (1), (2); SELECT n, n + 1 FROM x ORDER BY n", "1|2\n2|3")
	want(t, c, "SHOW server_encoding; SHOW lc_collate; SHOW fsync; SHOW synchronous_commit", "UTF8\nC.UTF-8\noff\noff")
	if c.TCP() != "" {
		t.Errorf("has the address %s", c.TCP())
	}
	pids := append(family(t, c.server.pid()), c.keeper.cmd.Process.Pid)
	must(t, c.Stop())
	wantGone(t, c.dir, pids)
	must(t, c.Stop())
	must(t, c.Kill())
	if err := c.Restart(t.Context()); err == nil {
		t.Error("a cluster that is gone starts again")
	}
}

func TestOptions(t *testing.T) {
	c := start(t, Options{Durable: true, TCP: true, Locale: "C", Settings: map[string]string{"work_mem": "7MB", "max_connections": "17"}})
	want(t, c, "SHOW lc_collate; SHOW fsync; SHOW synchronous_commit; SHOW work_mem; SHOW max_connections", "C\non\non\n7MB\n17")
	conn, err := net.Dial("tcp", c.TCP())
	must(t, err)
	must(t, conn.Close())
}

func TestWhatDoesNotStartSaysWhyAndLeavesNothing(t *testing.T) {
	need(t)
	t.Setenv("TMPDIR", publicDir(t))
	_, err := Start(t.Context(), Options{Settings: map[string]string{"work_mem": "much"}})
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "work_mem": "much"`) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// publicDir is one that every account may pass through, unlike t.TempDir.
func publicDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgtest-")
	must(t, err)
	t.Cleanup(func() { must(t, os.Remove(dir)) })
	must(t, os.Chmod(dir, 0o711))
	return dir
}

// The statement that runs is the hard case: its process would not notice the end of the
// postmaster.
func TestKillEndsEveryProcessAndRestartRecovers(t *testing.T) {
	c := start(t, Options{Durable: true, TCP: true})
	want(t, c, "CREATE TABLE x (n int); INSERT INTO x VALUES (1)", "")
	const busy = "SELECT count(*) FROM generate_series(1, 100000000000)"
	ended := make(chan error, 1)
	go func() { _, err := c.Exec(t.Context(), busy); ended <- err }()
	must(t, c.await(t.Context(), "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '"+busy+"%'"))
	pids, address := family(t, c.server.pid()), c.TCP()
	must(t, c.Kill())
	for _, pid := range pids {
		if left := family(t, pid); len(left) > 0 {
			t.Errorf("still run: %v", left)
		}
	}
	if err := <-ended; err == nil {
		t.Error("the statement ended well")
	}
	must(t, c.Restart(t.Context()))
	want(t, c, "SELECT n FROM x", "1")
	if c.TCP() != address {
		t.Errorf("is at %s and was at %s", c.TCP(), address)
	}
	must(t, c.Kill())
	must(t, c.Stop())
	wantGone(t, c.dir, pids)
}

func TestWhatIsCommittedOutlivesThePrimary(t *testing.T) {
	primary := start(t, Options{TCP: true})
	follower := standby(t, primary, Options{Name: "second", TCP: true})
	must(t, primary.SetSynchronous(t.Context(), "second"))
	want(t, primary, "SHOW synchronous_commit; SHOW synchronous_standby_names", "remote_apply\nsecond")
	want(t, primary, "CREATE TABLE x (n int)", "")
	for i := range 20 {
		want(t, primary, fmt.Sprintf("INSERT INTO x VALUES (%d)", i), "")
		want(t, follower, "SELECT count(*) FROM x", fmt.Sprint(i+1))
	}
	if _, err := follower.Exec(t.Context(), "INSERT INTO x VALUES (-1)"); err == nil {
		t.Error("a standby takes writes")
	}
	must(t, primary.Kill())
	must(t, follower.Promote(t.Context()))
	want(t, follower, "SELECT count(*), max(n) FROM x", "20|19")
	want(t, follower, "SHOW synchronous_standby_names; INSERT INTO x VALUES (20) RETURNING n", "\n20")
	if err := follower.Promote(t.Context()); err == nil {
		t.Error("a primary is promoted")
	}
}

// Without this the test above could pass on a standby that is merely fast.
func TestACommitWaitsForTheStandby(t *testing.T) {
	primary := start(t, Options{})
	follower := standby(t, primary, Options{})
	must(t, primary.SetSynchronous(t.Context(), "standby"))
	want(t, primary, "CREATE TABLE x (n int)", "")
	must(t, follower.Kill())
	ended := make(chan error, 1)
	go func() { _, err := primary.Exec(t.Context(), "INSERT INTO x VALUES (1)"); ended <- err }()
	waits := "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	must(t, primary.await(t.Context(), waits))
	want(t, primary, "SELECT count(*) FROM x", "0")
	must(t, follower.Restart(t.Context()))
	must(t, <-ended)
	want(t, follower, "SELECT n FROM x", "1")
	must(t, follower.Kill())
	must(t, primary.SetSynchronous(t.Context(), ""))
	want(t, primary, "INSERT INTO x VALUES (2) RETURNING n", "2")
}

// A standby that was copied from a primary whose commits wait does not wait when promoted, and
// may get a standby of its own.
func TestAPromotedStandbyGetsAStandby(t *testing.T) {
	first := start(t, Options{})
	second := standby(t, first, Options{Name: "second"})
	must(t, first.SetSynchronous(t.Context(), "second"))
	third := standby(t, first, Options{Name: "third"})
	must(t, first.Kill())
	must(t, third.Promote(t.Context()))
	want(t, third, "SHOW synchronous_commit; SHOW synchronous_standby_names; CREATE TABLE x (n int)", "off\n")
	fourth := standby(t, third, Options{Name: "fourth"})
	must(t, third.SetSynchronous(t.Context(), "fourth"))
	want(t, third, "INSERT INTO x VALUES (4)", "")
	want(t, fourth, "SELECT n FROM x", "4")
	must(t, second.Stop())
}

// A test that is killed leaves nothing either. The process to kill is this test, called again.
func TestNothingIsLeftWhenTheStarterIsKilled(t *testing.T) {
	need(t)
	if os.Getenv("PGTEST_STARTER") != "" {
		c := start(t, Options{})
		fmt.Printf("\n%d %d %s\n", c.server.pid(), c.keeper.cmd.Process.Pid, c.dir)
		time.Sleep(patience)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "PGTEST_STARTER=1")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var server, keeper int
	var dir string
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		_, _ = fmt.Sscan(lines.Text(), &server, &keeper, &dir)
	}
	if dir == "" {
		t.Fatalf("said nothing: %v", cmd.Wait())
	}
	pids := append(family(t, server), keeper)
	must(t, cmd.Process.Signal(syscall.SIGKILL))
	_ = cmd.Wait() // it was killed
	for limit := time.Now().Add(patience); len(family(t, keeper)) > 0 && time.Now().Before(limit); {
		time.Sleep(pollStep)
	}
	wantGone(t, dir, pids)
}

// Debian has directories with the programs of clients only.
func TestProgramsAreThoseThatAreComplete(t *testing.T) {
	need(t)
	dir, err := programs()
	must(t, err)
	if !complete(dir) || complete(filepath.Dir(dir)) {
		t.Errorf("%s", dir)
	}
}
