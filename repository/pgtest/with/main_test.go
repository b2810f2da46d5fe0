package main

import (
	"bytes"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sessionhub/repository/pgtest"
)

const patience = time.Minute

// need ends a test on a machine without PostgreSQL.
func need(t *testing.T) {
	t.Helper()
	reason, ok := pgtest.Available()
	if !ok && os.Getenv("E2E_REQUIRED") == "1" {
		t.Fatal(reason)
	}
	if !ok {
		t.Skip(reason)
	}
}

// result is the exit code of the program, and what the command printed.
type result struct {
	code           int
	stdout, stderr string
}

func with(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w := world{append(os.Environ(), variable+"=another"), strings.NewReader(stdin), &stdout, &stderr}
	code := run(t.Context(), args, w)
	return result{code, stdout.String(), stderr.String()}
}

// wantGone says that a cluster was at the URL and is no more.
func wantGone(t *testing.T, text string) {
	t.Helper()
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	dir := u.Query().Get("host")
	if _, err := os.Stat(dir); !filepath.IsAbs(dir) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%q: %v", dir, err)
	}
}

func TestTheCommandHasTheClusterAndItsExitCodeCounts(t *testing.T) {
	need(t)
	const script = `dir=${TEST_POSTGRES#*host=%2Ftmp%2F}
test -S "/tmp/${dir%%&*}/.s.PGSQL.5432" || exit 3
read -r word; echo "$word" >&2; echo "$TEST_POSTGRES"; exit 7`
	t.Setenv("TMPDIR", "/tmp")
	got := with(t, "hello\n", "sh", "-c", script)
	if got.code != 7 || got.stderr != "hello\n" {
		t.Errorf("got %+v", got)
	}
	wantGone(t, got.stdout)
}

func TestExitCodes(t *testing.T) {
	need(t)
	for want, args := range map[int][]string{
		0:   {"true"},
		1:   {"no-such-command-anywhere"},
		2:   nil,
		137: {"sh", "-c", "kill -9 $$"},
	} {
		if got := with(t, "", args...); got.code != want || (want == 1 || want == 2) != (got.stderr != "") {
			t.Errorf("%q: %+v, want %d", args, got, want)
		}
	}
}

func TestSignalsReachTheCommand(t *testing.T) {
	need(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		ready := filepath.Join(t.TempDir(), "ready")
		ended := make(chan result, 1)
		go func() {
			ended <- with(t, "", "sh", "-c", `trap 'echo "$TEST_POSTGRES"; exit 9' INT TERM; : >"$1"; while :; do sleep 0.05; done`, "sh", ready)
		}()
		for limit := time.Now().Add(patience); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
			if _, err := os.Stat(ready); err == nil {
				break
			}
		}
		if err := syscall.Kill(os.Getpid(), s); err != nil {
			t.Fatal(err)
		}
		got := <-ended
		if got.code != 9 {
			t.Errorf("%v: %+v", s, got)
		}
		wantGone(t, got.stdout)
	}
}
