package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	memorySessions = 200_000
	memoryMessages = 50_000
	memoryAllowed  = 64 << 10         // KiB above idle
	memoryLimit    = 10 * time.Minute // for one list, on a machine that has much else to do
)

// However much there is to list, the server's memory does not grow with it.
func TestMemoryStaysFlat(t *testing.T) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		missing(t, "/proc is missing: it tells how much memory a process has")
	}
	i := newInstallation(t)
	i.start().stop() // makes the database
	began := time.Now()
	seedSessions(t, i, memorySessions)
	t.Logf("seeded %d sessions in %v", memorySessions, time.Since(began))

	s := i.start()
	s.http.Timeout = memoryLimit
	s.must(t, http.StatusOK, "GET", "/readyz", nil)
	idle := s.memory(t, "VmRSS")
	for range 2 {
		if n := countSessions(t, s.client, "/api/session"); n != memorySessions {
			t.Errorf("the list held %d sessions", n)
		}
		s.expectMemory(t, idle, "listing")
	}
	s.must(t, http.StatusOK, "GET", "/api/agent/agent-123/session?orderBy=userName&query=user+1&limit=100", nil)
	s.expectMemory(t, idle, "a search")
	converse(t, s.client)
	s.expectMemory(t, idle, "appending")
	for range 2 {
		if n := countSessions(t, s.client, "/api/session?id=long"); n != 1 {
			t.Errorf("the long session was there %d times", n)
		}
		s.expectMemory(t, idle, "reading a long session")
	}
	s.stop()
}

// expectMemory holds the most that the process ever had against its size when idle.
func (s *server) expectMemory(t *testing.T, idle int, after string) {
	t.Helper()
	peak := s.memory(t, "VmHWM")
	t.Logf("resident: %d MiB when idle, at most %d MiB after %s, now %d MiB", idle>>10, peak>>10, after, s.memory(t, "VmRSS")>>10)
	if peak-idle > memoryAllowed {
		t.Errorf("after %s the server has had %d MiB more than when idle", after, (peak-idle)>>10)
	}
}

// memory returns a line of /proc/<pid>/status, in KiB.
func (s *server) memory(t *testing.T, line string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), line+":")
	amount, _, _ := strings.Cut(strings.TrimSpace(rest), " kB")
	n, err := strconv.Atoi(amount)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return n
}

// countSessions reads a list as it comes, holding one session at a time, and expects it to be
// whole and without repeats.
func countSessions(t *testing.T, c *client, path string) int {
	t.Helper()
	resp, err := c.open("GET", path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	stream := json.NewDecoder(resp.Body)
	if _, err := stream.Token(); err != nil {
		t.Fatal(err)
	}
	n, last := 0, ""
	for stream.More() {
		var s session
		if err := stream.Decode(&s); err != nil {
			t.Fatalf("after %d sessions: %v", n, err)
		}
		if last != "" && s.ID >= last { // newest first, and the ids count up with the time
			t.Fatalf("%s stands behind %s", s.ID, last)
		}
		n, last = n+1, s.ID
		if s.UserName == nil || s.Messages == nil || !strings.HasPrefix(*s.Messages, `[{"`) {
			t.Fatalf("session %s is not whole: %.200v", s.ID, s)
		}
	}
	if _, err := stream.Token(); err != nil {
		t.Fatalf("after %d sessions: %v", n, err)
	}
	if _, err := io.Copy(io.Discard, stream.Buffered()); err != nil {
		t.Fatal(err)
	}
	return n
}

// converse makes a session with very many messages.
func converse(t *testing.T, c *client) {
	t.Helper()
	const batch = 1000
	c.create(t, "long", "name", "address")
	for from := 0; from < memoryMessages; from += batch {
		messages := make([]object, batch)
		for k := range messages {
			messages[k] = object{"role": "user", "content": fmt.Sprintf("message %d of a conversation that does not end", from+k)}
		}
		answer := c.must(t, http.StatusOK, "POST", "/api/session/long/messages", object{"messages": messages})
		expectJSON(t, answer, fmt.Sprintf(`{"message":"Data saved successfully!","data":{"id":"long","count":%d},"status":200}`, from+batch))
	}
}
