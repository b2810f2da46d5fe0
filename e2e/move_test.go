package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sessionhub/repository/pgtest"
)

// movedSessions take long enough to copy for the move to be killed in the middle of them.
const movedSessions = 8000

// moveAsked are what is asked of each database, but for pages with a cursor, which is sealed anew each time.
var moveAsked = []string{
	"/api/session", "/api/session?agentId=agent-123&limit=100&offset=70", "/api/session?id=said",
	"/api/agent/agent-123/session?query=user%2077&orderBy=userName&limit=50",
	"/api/agent/agent-123/session?query=EXAMPLE&orderBy=createdAt&limit=20&offset=1000",
	"/api/audit?limit=1000", "/api/keys", "/api/hub/tools", "/api/hub/fd", "/api/hub/fd?format=mcp",
}

// A move that is killed goes on, and from SQLite to PostgreSQL and back not a byte of any answer changes.
// Until it is done the service refuses what has come so far.
func TestMoveThatIsKilled(t *testing.T) {
	i := newInstallationAt(t, "")
	source := "sqlite://" + filepath.Join(i.data(), "sessionhub.db")
	i.use(source)
	fillToMove(t, i)
	target, back := "sqlite://"+filepath.Join(i.dir, "target", "sessionhub.db"), "sqlite://"+filepath.Join(i.dir, "back.db")
	if base := os.Getenv("TEST_POSTGRES"); base != "" {
		target = pgtest.Schema(t, base)
	}
	killMove(t, i, source, target)
	other := movedInstallation(t, i, target)
	for _, args := range [][]string{{"serve"}, {"check"}, {"tenant", "list"}} {
		if r := other.run(args...); r.code != 1 || r.stdout != "" || !strings.Contains(r.stderr, "run sessionhub move again to finish it") {
			t.Errorf("%v of what has come so far: exit code %d\n%s%s", args, r.code, r.stdout, r.stderr)
		}
	}
	timedMove(t, i, source, target, true)
	timedMove(t, i, target, back, false)
	want := moveAnswers(t, i)
	for url, moved := range map[string]*installation{target: other, back: movedInstallation(t, i, back)} {
		for path, answer := range moveAnswers(t, moved) {
			if !bytes.Equal(answer, want[path]) {
				t.Errorf("%.10s… answers %s with\n%.300s\nwhere the old one says\n%.300s", url, path, answer, want[path])
			}
		}
		expectCheckOK(t, moved)
	}
}

func movedInstallation(t *testing.T, from *installation, url string) *installation {
	t.Helper()
	i := newInstallationAt(t, url, "SESSIONHUB_MASTER_KEY_FILE="+from.masterKeyPath())
	i.hash, i.key = from.hash, from.key
	return i
}

// fillToMove leaves a stopped service with something of every kind.
func fillToMove(t *testing.T, i *installation) {
	t.Helper()
	s := i.start()
	for _, id := range []string{"said", "deleted", "Zoë/ü"} {
		s.create(t, id, "Zoë", "zoe@example.com")
	}
	s.must(t, http.StatusOK, "POST", "/api/session/said/messages", object{
		"messages": []object{{"role": "user", "content": "Grüße\u0001\n日本語"}, {"role": "assistant", "content": strings.Repeat("long ", 100_000)}},
	})
	s.must(t, http.StatusOK, "DELETE", "/api/session/deleted", nil)
	s.stop()
	document, err := filepath.Abs("../testdata/openapi/weather.yaml")
	if err != nil {
		t.Fatal(err)
	}
	i.mustRun("tool", "add", document, "--tenant", i.hash, "--name", "weather")
	i.mustRun("key", "create", "--tenant", i.hash, "--role", "exec", "--allowed-origin", "https://app.example.com")
	i.mustRun("tenant", "create", "--no-encryption")
	seedSessions(t, i, movedSessions)
}

// killMove kills a move when it has begun to copy sessions.
func killMove(t *testing.T, i *installation, from, to string) {
	t.Helper()
	m := i.launchCommand("move", "--from", from, "--to", to)
	err := m.await(commandLimit, func() bool { return strings.Contains(m.stderr.String(), "copied api_key_origins") })
	if err != nil {
		t.Fatalf("%v\n%s", err, m.stderr.String())
	}
	time.Sleep(20 * time.Millisecond)
	m.kill()
	if strings.Contains(m.stderr.String(), "compared") {
		t.Error("it was killed too late for this test to mean anything")
	}
	t.Logf("killed after\n%s", m.stderr.String())
}

func timedMove(t *testing.T, i *installation, from, to string, resumed bool) {
	t.Helper()
	begun := time.Now()
	answer := i.mustRun("move", "--from", from, "--to", to, "--json")
	if !strings.HasPrefix(answer, fmt.Sprintf(`{"ok":true,"resumed":%v,`, resumed)) {
		t.Errorf("%s", answer)
	}
	t.Logf("%.10s… to %.10s… in %v: %s", from, to, time.Since(begun).Round(time.Millisecond), answer)
}

// moveAnswers are the bodies of what a service answers, by what is asked. Where it serves is not what was moved.
func moveAnswers(t *testing.T, i *installation) map[string][]byte {
	t.Helper()
	s := i.start()
	defer s.stop()
	answers := map[string][]byte{}
	for _, path := range moveAsked {
		answers[path] = bytes.ReplaceAll(s.must(t, http.StatusOK, "GET", path, nil), []byte(s.base), []byte("http://itself"))
		if len(answers[path]) < 300 {
			t.Errorf("%s says too little: %s", path, answers[path])
		}
	}
	return answers
}
