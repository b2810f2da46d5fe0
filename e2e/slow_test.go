package e2e

import (
	"net/http"
	"testing"
	"time"
)

const (
	slowReaders = 40               // more than there are connections to the database
	othersLimit = 50 * time.Second // less than the time after which a reader that stalls is cut off
)

// Whoever asks for long lists and does not read them holds up lists, and nothing else.
func TestSlowListsHoldUpNobodyElse(t *testing.T) {
	s := newInstallation(t, "SESSIONHUB_STREAM_TIMEOUT=2m", "SESSIONHUB_READ_TIMEOUT=2m").start()
	seedLong(t, s.client)
	openSlowly(t, s.client, "/api/session")
	for range slowReaders {
		sendSlowly(t, s.client, "/api/session")
	}
	expectOthersServed(t, s.client)
	other := impatient(s.client)
	if status, _, err := other.do("GET", "/api/session?id=new", nil); err != nil || status != http.StatusOK {
		t.Fatalf("get by id: %d, %v", status, err)
	}
}

// The same for single long sessions, and for a GET that announces a body and does not send it:
// net/http would wait for that when the answer begins.
func TestSlowSessionsHoldUpNobodyElse(t *testing.T) {
	s := newInstallation(t, "SESSIONHUB_STREAM_TIMEOUT=2m", "SESSIONHUB_READ_TIMEOUT=2m").start()
	text := seedLong(t, s.client)
	s.must(t, http.StatusOK, "PUT", "/api/session", object{"id": "long", "agentId": "a", "messages": text})
	for range slowReaders {
		sendSlowly(t, s.client, "/api/session?id=long")
		sendSlowly(t, s.client, "/api/session?id=long", "Content-Length: 10\r\n")
	}
	time.Sleep(time.Second) // so that they are all under way
	expectOthersServed(t, s.client)
}

func impatient(c *client) *client {
	other := newClient(c.base, c.hash, c.key)
	other.http.Timeout = othersLimit
	return other
}

func expectOthersServed(t *testing.T, c *client) {
	t.Helper()
	other := impatient(c)
	if status, _, err := other.do("GET", "/readyz", nil); err != nil || status != http.StatusOK {
		t.Fatalf("/readyz: %d, %v", status, err)
	}
	person := object{"agentId": "b", "userName": "Bob", "userEmail": "bob@example.com"}
	if status, _, err := other.do("POST", "/api/exec/session/new", person); err != nil || status != http.StatusOK {
		t.Fatalf("create: %d, %v", status, err)
	}
}
