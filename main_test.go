package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

const runLimit = 20 * time.Second // for what takes a fraction of a second

// printed collects what the program prints, while a test reads it.
type printed struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

// testWorld is a world with a data directory of its own, and what is printed there.
func testWorld(t *testing.T, environ ...string) (w world, stdout, stderr *printed) {
	t.Helper()
	stdout, stderr = &printed{}, &printed{}
	database := "SESSIONHUB_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "data", "sessionhub.db")
	return world{
		environ: append([]string{"SESSIONHUB_ADDR=127.0.0.1:0", database}, environ...),
		stdin:   strings.NewReader(""), stdout: stdout, stderr: stderr, now: time.Now,
	}, stdout, stderr
}

// The program starts on a free port, answers, and ends with everything that it began when its
// context does.
func TestRunServesUntilItsContextEnds(t *testing.T) {
	before := runtime.NumGoroutine()
	w, stdout, stderr := testWorld(t, "SESSIONHUB_LOG_FORMAT=json")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, []string{"serve"}, w) }()
	base := waitForAddress(t, stdout, ended)

	client := &http.Client{Timeout: runLimit, Transport: &http.Transport{}}
	for path, want := range map[string]int{
		"/healthz": http.StatusOK, "/readyz": http.StatusOK, "/metrics": http.StatusOK, "/openapi.json": http.StatusOK,
		"/docs": http.StatusOK, "/api/session": http.StatusUnauthorized, "/nowhere": http.StatusNotFound,
	} {
		if got := status(t, client, base+path); got != want {
			t.Errorf("GET %s: status %d, want %d", path, got, want)
		}
	}
	client.CloseIdleConnections()
	cancel()
	if err := wait(t, ended); err != nil {
		t.Errorf("run returned %v", err)
	}
	if log := stderr.String(); !strings.Contains(log, `"msg":"stopping`) || !strings.Contains(log, `"route":"/healthz"`) {
		t.Errorf("the log says:\n%s", log)
	}
	for deadline := time.Now().Add(runLimit); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines are left of %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// A port that is taken is an error that names it, after which nothing is left running.
func TestRunTellsOfATakenPort(t *testing.T) {
	w, stdout, _ := testWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, w) }()
	address := strings.TrimPrefix(waitForAddress(t, stdout, ended), "http://")

	second, _, _ := testWorld(t, "SESSIONHUB_ADDR="+address)
	err := run(ctx, nil, second)
	if err == nil || !strings.Contains(err.Error(), address) {
		t.Errorf("run at %s returned %v", address, err)
	}
	cancel()
	if err := wait(t, ended); err != nil {
		t.Errorf("run returned %v", err)
	}
}

// Scripts tell a wrong call from a failure by the exit code.
func TestExitCodes(t *testing.T) {
	w, _, _ := testWorld(t)
	for _, c := range []struct {
		args string
		code int
		says string // part of the message to people
	}{
		{"version", 0, ""},
		{"--help", 0, ""},
		{"tenant create --help", 0, ""},
		{"tenant list", 1, "there is no database"},
		{"tenant create", 0, ""},
		{"tenant list", 0, ""},
		{"tenant show 00", 1, "there is no tenant"},
		{"key list --tenant 00", 1, "there is no tenant"},
		{"nonsense", 2, `unknown command "nonsense"`},
		{"--nonsense", 2, "unknown flag"},
		{"version extra", 2, "extra"},
		{"tenant", 2, "needs a command"},
		{"key list", 2, `"tenant" not set`},
		{"tenant create --storage-key a --no-encryption", 2, "none of the others"},
	} {
		var message bytes.Buffer
		code := exitCode(run(t.Context(), strings.Fields(c.args), w), &message)
		if code != c.code || !strings.Contains(message.String(), c.says) {
			t.Errorf("sessionhub %s: exit code %d, want %d: %s", c.args, code, c.code, message.String())
		}
		if code == 2 && !strings.Contains(message.String(), "--help") {
			t.Errorf("sessionhub %s does not say where to read on: %s", c.args, message.String())
		}
		if code == 0 && message.Len() > 0 {
			t.Errorf("sessionhub %s succeeds and says %s", c.args, message.String())
		}
	}
}

// All mistakes in the settings are told at once; a name that is none is told with the one
// that was meant, and stops nothing.
func TestRunTellsOfSettings(t *testing.T) {
	w, _, stderr := testWorld(t, "SESSIONHUB_LOGLEVEL=debug", "SESSIONHUB_PORT=tcp://10.0.0.1:3000")
	if err := run(t.Context(), []string{"tenant", "create"}, w); err != nil {
		t.Errorf("run returned %v", err)
	}
	for _, want := range []string{
		"warning: SESSIONHUB_LOGLEVEL is not a setting; did you mean SESSIONHUB_LOG_LEVEL?", "warning: SESSIONHUB_PORT is not a setting",
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in:\n%s", want, stderr.String())
		}
	}
	w, _, _ = testWorld(t, "SESSIONHUB_LOG_LEVEL=loud", "SESSIONHUB_MAX_BODY=much")
	err := run(t.Context(), []string{"serve"}, w)
	if err == nil || !strings.Contains(err.Error(), "SESSIONHUB_LOG_LEVEL") || !strings.Contains(err.Error(), "SESSIONHUB_MAX_BODY") {
		t.Errorf("run returned %v", err)
	}
}

// The lines to paste have the address that people use, not the one where the program listens.
func TestRunPrintsThePublicURL(t *testing.T) {
	w, stdout, _ := testWorld(t, "SESSIONHUB_PUBLIC_URL=https://sessions.example.com/")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, nil, w) }()
	waitFor(t, ended, func() bool { return strings.Contains(stdout.String(), "curl -X DELETE") })
	if !strings.Contains(stdout.String(), "curl -X POST https://sessions.example.com/api/exec/session/") {
		t.Errorf("the public address is not in the lines to paste:\n%s", stdout.String())
	}
	cancel()
	if err := wait(t, ended); err != nil {
		t.Errorf("run returned %v", err)
	}
}

var servesAt = regexp.MustCompile(`serves at (http://127\.0\.0\.1:\d+);`)

func waitForAddress(t *testing.T, stdout *printed, ended <-chan error) string {
	t.Helper()
	waitFor(t, ended, func() bool { return servesAt.MatchString(stdout.String()) })
	return servesAt.FindStringSubmatch(stdout.String())[1]
}

// waitFor waits until the condition holds, or fails because run ended or time is up.
func waitFor(t *testing.T, ended <-chan error, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(runLimit); !holds(); time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-ended:
			t.Fatalf("run returned %v", err)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %v", runLimit)
		}
	}
}

func wait(t *testing.T, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(runLimit):
		t.Fatalf("run has not returned after %v", runLimit)
		return nil
	}
}

func status(t *testing.T, client *http.Client, url string) int {
	t.Helper()
	resp, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
