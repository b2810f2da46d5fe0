package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

const slowSessions, slowBytes = 12, 2 << 20 // more together than the buffers between two programs

// A request under way is answered to its end after the program was told to stop, and no new
// one is taken.
func TestGracefulStop(t *testing.T) {
	s := newInstallation(t).start()
	text := seedLong(t, s.client)
	answer := openSlowly(t, s.client, "/api/session")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := s.await(stopLimit, func() bool {
		status, _, err := newClient(s.base, s.hash, s.key).do("GET", "/readyz", nil)
		return err != nil || status == http.StatusServiceUnavailable
	})
	if err != nil {
		t.Fatalf("it still takes requests, or did not wait for the one under way: %v", err)
	}
	time.Sleep(200 * time.Millisecond) // were it to cut the answer off, it would have by now
	var list []session
	if err := json.NewDecoder(answer).Decode(&list); err != nil || len(list) != slowSessions {
		t.Fatalf("the answer that was under way has %d sessions: %v", len(list), err)
	}
	for _, got := range list {
		if got.Messages == nil || *got.Messages != text {
			t.Errorf("session %s was cut", got.ID)
		}
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.stderr.String())
	}
}

// seedLong makes a list that cannot be sent at once, and returns the messages of each session.
func seedLong(t *testing.T, c *client) string {
	t.Helper()
	text := `[{"role":"user","content":"` + strings.Repeat("x", slowBytes) + `"}]`
	for k := range slowSessions {
		c.must(t, http.StatusOK, "PUT", "/api/session", object{"id": fmt.Sprintf("s-%d", k), "agentId": "a", "messages": text})
	}
	return text
}

// openSlowly sends a request and reads only the header of the answer: it stays under way.
func openSlowly(t *testing.T, c *client, path string) io.Reader {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(sendSlowly(t, c, path)), nil)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%v: %v", resp, err)
	}
	return resp.Body
}

// sendSlowly sends a request over a connection that takes little in before it is read.
func sendSlowly(t *testing.T, c *client, path string, headers ...string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + c.key + "\r\ndatabase-id-hash: " + c.hash + "\r\n" + strings.Join(headers, "") + "\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

// Somebody who cannot wait says so twice.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	s := newInstallation(t).start()
	seedLong(t, s.client)
	openSlowly(t, s.client, "/api/session")
	for began := time.Now(); !s.hasEnded(); time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > 10*time.Second { // half of what a request under way is given
			t.Fatal("it still waits for the request under way")
		}
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended meanwhile
	}
}

func (s *server) hasEnded() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}
