package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const requestLimit = time.Minute

// client asks a server with an API key.
type client struct {
	base, hash, key string
	http            *http.Client
}

func newClient(base, hash, key string) *client {
	return &client{base, hash, key, &http.Client{
		Timeout:   requestLimit,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}}
}

// with is the same client with another tenant or key.
func (c *client) with(hash, key string) *client {
	other := *c
	other.hash, other.key = hash, key
	return &other
}

// object is a JSON object.
type object = map[string]any

// open sends a request; the answer is still to be read. body is JSON as text, or a value
// that becomes JSON; nil is none.
func (c *client) open(method, path string, body any) (*http.Response, error) {
	content, isText := body.(string)
	if !isText && body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = string(b)
	}
	req, err := http.NewRequest(method, c.base+path, strings.NewReader(content))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("database-id-hash", c.hash)
	req.Header.Set("Content-Type", "application/json")
	return c.http.Do(req)
}

// do sends a request and reads the answer. An error means that none came.
func (c *client) do(method, path string, body any) (status int, answer []byte, err error) {
	resp, err := c.open(method, path, body)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, errors.Join(err, resp.Body.Close())
}

// must is do for a request that has to be answered with the status.
func (c *client) must(t *testing.T, status int, method, path string, body any) []byte {
	t.Helper()
	got, answer, err := c.do(method, path, body)
	if err != nil || got != status {
		t.Fatalf("%s %s: status %d, want %d: %v\n%s", method, path, got, status, err, answer)
	}
	return answer
}

// create makes the session for agent-123, the way a web page does.
func (c *client) create(t *testing.T, id, name, email string) {
	t.Helper()
	body := object{"agentId": "agent-123", "userName": name, "userEmail": email}
	answer := c.must(t, http.StatusOK, "POST", "/api/exec/session/"+url.PathEscape(id), body)
	if !bytes.Contains(answer, []byte(`"Session created"`)) {
		t.Fatalf("create %s: %s", id, answer)
	}
}

// session is a SessionDTO.
type session struct {
	ID           string  `json:"id"`
	AgentID      string  `json:"agentId"`
	UserName     *string `json:"userName"`
	UserEmail    *string `json:"userEmail"`
	Messages     *string `json:"messages"`
	PromptTokens *int64  `json:"promptTokens"`
	FinalizedAt  *string `json:"finalizedAt"`
}

// sessions lists the sessions that pass the filter, such as "?agentId=a".
func (c *client) sessions(t *testing.T, filter string) []session {
	t.Helper()
	var list []session
	decode(t, c.must(t, http.StatusOK, "GET", "/api/session"+filter, nil), &list)
	return list
}

// audit is an AuditDTO.
type audit struct {
	ID            int64  `json:"id"`
	EventName     string `json:"eventName"`
	RecordLocator string `json:"recordLocator"`
	Diff          string `json:"diff"`
}

// entries lists the audit entries of one kind that were written within the last hour or so.
func (c *client) entries(t *testing.T, eventName string) []audit {
	t.Helper()
	months := []string{time.Now().UTC().Add(-time.Hour).Format("2006-01"), time.Now().UTC().Format("2006-01")}
	var all []audit
	for _, month := range slices.Compact(months) {
		all = append(all, c.month(t, eventName, month)...)
	}
	return all
}

func (c *client) month(t *testing.T, eventName, month string) []audit {
	t.Helper()
	const page = 1000 // the most that the service gives at once
	var all []audit
	for {
		q := url.Values{
			"partition": {month}, "eventName": {eventName},
			"limit": {strconv.Itoa(page)}, "offset": {strconv.Itoa(len(all))},
		}
		var list []audit
		decode(t, c.must(t, http.StatusOK, "GET", "/api/audit?"+q.Encode(), nil), &list)
		if all = append(all, list...); len(list) < page {
			return all
		}
	}
}

func decode(t *testing.T, text []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("not the JSON that was expected: %v\n%s", err, text)
	}
}
