package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sessionhub/repository/pgtest"
)

const (
	buildLimit   = 15 * time.Minute // the first build compiles SQLite
	startLimit   = time.Minute
	stopLimit    = 30 * time.Second // more than the 20 s that requests under way are given
	commandLimit = 2 * time.Minute
	pollInterval = 5 * time.Millisecond
)

// binDir holds the program, which is built for the first test that wants it.
var binDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "sessionhub-e2e-")
	if err != nil {
		panic(err)
	}
	binDir = dir
	code := m.Run()
	if err := errors.Join(sharedClusterMade(), os.RemoveAll(dir)); err != nil {
		panic(err)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()
	path := filepath.Join(binDir, "sessionhub")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "sessionhub").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// installation is a place where the program is used: a directory, and the environment of
// every call.
type installation struct {
	t         *testing.T
	dir       string
	url       string // of the database
	env       []string
	hash, key string          // of the first tenant, once the first start has printed them
	cluster   *pgtest.Cluster // nil unless it is there for this installation alone
}

func newInstallation(t *testing.T, env ...string) *installation {
	t.Helper()
	i := newInstallationAt(t, "", env...)
	i.use(databaseURL(t, filepath.Join(i.data(), "sessionhub.db")))
	return i
}

// newInstallationAt is one with this database.
func newInstallationAt(t *testing.T, url string, env ...string) *installation {
	t.Helper()
	dir := t.TempDir()
	i := &installation{t: t, dir: dir}
	i.env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "SESSIONHUB_ADDR=127.0.0.1:0"}, env...)
	i.use(url)
	return i
}

// use has the program use this database from now on.
func (i *installation) use(url string) {
	i.url = url
	i.env = append(i.env, "SESSIONHUB_DATABASE_URL="+url)
}

func (i *installation) data() string          { return filepath.Join(i.dir, "data") }
func (i *installation) masterKeyPath() string { return filepath.Join(i.data(), "master.key") }

// command is the program, about to be called.
func (i *installation) command(ctx context.Context, args ...string) *exec.Cmd {
	i.t.Helper()
	path, err := build()
	if err != nil {
		i.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env = i.dir, i.env
	return cmd
}

// result is what a command printed, and its exit code.
type result struct {
	stdout, stderr string
	code           int
}

// run calls a command and waits for its end.
func (i *installation) run(args ...string) result {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	defer cancel()
	cmd := i.command(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		i.t.Fatalf("sessionhub %s: %v, %v", strings.Join(args, " "), err, ctx.Err())
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// mustRun is run for a command that has to succeed; it returns what was printed.
func (i *installation) mustRun(args ...string) string {
	i.t.Helper()
	r := i.run(args...)
	if r.code != 0 {
		i.t.Fatalf("sessionhub %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// server is a running "sessionhub serve".
type server struct {
	*client        // asks it with the key of the first tenant
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr text
	ended          chan struct{} // closed when the process is gone
}

// start starts the server and waits until it says where it is.
func (i *installation) start() *server {
	i.t.Helper()
	return i.awaitStart(i.launch())
}

func (i *installation) awaitStart(s *server) *server {
	i.t.Helper()
	if err := s.await(startLimit, func() bool { return addressLine.MatchString(s.stdout.String()) }); err != nil {
		i.t.Fatalf("the server did not start: %v\n%s%s", err, s.stdout.String(), s.stderr.String())
	}
	if first := credentialLines.FindStringSubmatch(s.stdout.String()); first != nil {
		i.hash, i.key = first[1], first[2]
	}
	s.client = newClient(addressLine.FindStringSubmatch(s.stdout.String())[1], i.hash, i.key)
	i.t.Cleanup(s.http.CloseIdleConnections)
	return s
}

var (
	addressLine     = regexp.MustCompile(`sessionhub serves at (http://127\.0\.0\.1:\d+);`)
	credentialLines = regexp.MustCompile(`database-id-hash  ([0-9a-f]{64})\n  API key           (ad_key_\S+)\n`)
)

// launch starts the server and waits for nothing.
func (i *installation) launch() *server { return i.launchCommand("serve") }

func (i *installation) launchCommand(args ...string) *server {
	i.t.Helper()
	s := &server{t: i.t, cmd: i.command(context.Background(), args...), ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = &s.stdout, &s.stderr
	if err := s.cmd.Start(); err != nil {
		i.t.Fatal(err)
	}
	go func() {
		defer close(s.ended)
		_ = s.cmd.Wait() // ProcessState tells the exit code
	}()
	i.t.Cleanup(s.kill)
	return s
}

// await waits until the condition holds; an error says that it took too long, or that the
// process ended meanwhile.
func (s *server) await(limit time.Duration, holds func() bool) error {
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(pollInterval) {
		select {
		case <-s.ended:
			if !holds() { // it may have printed with its last breath
				return fmt.Errorf("it ended: %v", s.cmd.ProcessState)
			}
			return nil
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v", limit)
		}
	}
	return nil
}

// stop asks the server to stop, and expects it to end well and in time.
func (s *server) stop() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if code := s.wait(); code != 0 {
		s.t.Fatalf("the server ended with exit code %d:\n%s", code, s.stderr.String())
	}
}

// wait waits for the end of the process, and returns its exit code.
func (s *server) wait() int {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(stopLimit):
		s.t.Fatalf("the server is still there after %v:\n%s", stopLimit, s.stderr.String())
	}
	return s.cmd.ProcessState.ExitCode()
}

// kill ends the process at once, as a power cut would.
func (s *server) kill() {
	_ = s.cmd.Process.Kill() // it may have ended already
	<-s.ended
}

// text collects what a process prints, while others read it.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// need returns the first of the programs that the machine has.
func need(t *testing.T, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, names[0]+" is missing: "+howToGet[names[0]])
	return ""
}

var howToGet = map[string]string{
	"curl":     "install curl",
	"chromium": "install Chromium",
	"node":     "install Node.js, then npm ci in e2e/",
	"python3":  "install Python",
}

// missing ends a test that lacks something of the machine's.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("E2E_REQUIRED") == "1" {
		t.Fatal(what)
	}
	t.Skip(what)
}
