package e2e

import (
	"net/http"
	"testing"
	"time"
)

const (
	slowReaders = 40               // more than there are connections to the database
	othersLimit = 15 * time.Second // half of the time after which a reader that stalls is cut off
)

// Whoever asks for long lists and does not read them holds up lists, and nothing else.
func TestSlowListsHoldUpNobodyElse(t *testing.T) {
	s := newInstallation(t, "SESSIONHUB_STREAM_TIMEOUT=30s").start()
	seedLong(t, s.client)
	openSlowly(t, s.client, "/api/session")
	for range slowReaders {
		sendSlowly(t, s.client, "/api/session")
	}
	other := newClient(s.base, s.hash, s.key)
	other.http.Timeout = othersLimit
	if status, _, err := other.do("GET", "/readyz", nil); err != nil || status != http.StatusOK {
		t.Fatalf("/readyz: %d, %v", status, err)
	}
	person := object{"agentId": "b", "userName": "Bob", "userEmail": "bob@example.com"}
	if status, _, err := other.do("POST", "/api/exec/session/new", person); err != nil || status != http.StatusOK {
		t.Fatalf("create: %d, %v", status, err)
	}
	if status, _, err := other.do("GET", "/api/session?id=new", nil); err != nil || status != http.StatusOK {
		t.Fatalf("get by id: %d, %v", status, err)
	}
}
