package handlers

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

type auditDTO struct {
	ID                                                                                int
	IP, UA, KeyLocatorHash, DatabaseIDHash, RecordLocator, Diff, EventName, CreatedAt string
}

func (s *stack) audit(query string) []auditDTO {
	s.t.Helper()
	var entries []auditDTO
	s.do("GET", "/api/audit"+query, "").want(200, "").json(&entries)
	return entries
}

// A partition is a calendar month in UTC, from its first millisecond to its last.
func TestAuditPartitions(t *testing.T) {
	s := newStack(t, true)
	for _, at := range []string{
		"2025-03-31T23:59:59.999Z", "2025-04-01T00:00:00.000Z", "2025-04-30T23:59:59.999Z", "2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z", "2028-02-29T12:00:00.000Z",
	} {
		moment, err := time.Parse(timeLayout, at)
		s.must(err)
		s.clock.advance(moment.Sub(s.clock.Now()))
		s.do("PUT", "/api/audit", jsonObject("eventName", at)).want(200, "")
	}
	for partition, want := range map[string]int{
		"2025-01": 0, "2025-02": 0, "2025-03": 2, "2025-04": 2, "2025-05": 0, "2025-06": 0, "2025-07": 0, "2025-08": 0, "2025-09": 0,
		"2025-10": 0, "2025-11": 0, "2025-12": 1, "2026-01": 1, "2028-02": 1, "0001-01": 0, "9999-12": 0,
	} {
		got := s.audit("?partition=" + partition)
		if len(got) != want {
			t.Errorf("%s has %d entries", partition, len(got))
		}
		for _, entry := range got {
			if !strings.HasPrefix(entry.CreatedAt, partition) {
				t.Errorf("%s has an entry of %s", partition, entry.CreatedAt)
			}
		}
	}
	if got := s.audit(""); len(got) != 1 || got[0].EventName != "2028-02-29T12:00:00.000Z" {
		t.Errorf("the current month has %v", got)
	}
	for _, partition := range []string{
		"2025-00", "2025-13", "2025-1", "2025", "2025-3", "25-03", "2025-03-01", "2025/03", "2025-03Z", " 2025-03", "-2025-03", "march", "../2025-03", "2025-0x", "２０２５-03",
	} {
		got := s.do("GET", "/api/audit?partition="+url.QueryEscape(partition), "")
		if got.status != 400 || !strings.Contains(got.body, `"path":["partition"]`) {
			t.Errorf("%s: %d %s", partition, got.status, got.body)
		}
	}
}

// The newest entry is first, and those of one moment go by their number.
func TestAuditOrderAndPages(t *testing.T) {
	s := newStack(t, true)
	for i := range 250 {
		if i%100 == 0 {
			s.clock.advance(time.Second)
		}
		s.do("PUT", "/api/audit", fmt.Sprintf(`{"eventName":"e%d"}`, i%2)).want(200, "")
	}
	numbers := func(query string) []int {
		var all []int
		for _, entry := range s.audit(query) {
			all = append(all, entry.ID)
		}
		return all
	}
	all := numbers("?limit=1000")
	if len(all) != 251 || !slices.IsSortedFunc(all, func(a, b int) int { return b - a }) {
		t.Fatalf("in the order %v", all)
	}
	for query, want := range map[string][]int{
		"": all[:100], "?limit=1": all[:1], "?limit=7&offset=3": all[3:10], "?offset=200": all[200:], "?offset=251": nil, "?offset=2147483647": nil, "?limit=251": all,
	} {
		if got := numbers(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if got := s.audit("?eventName=e1&limit=1000"); len(got) != 125 {
		t.Errorf("there are %d of one event", len(got))
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=1001", "limit=x", "limit=", "offset=-1", "offset=x"} {
		field, _, _ := strings.Cut(query, "=")
		if got := s.do("GET", "/api/audit?"+query, ""); got.status != 400 || !strings.Contains(got.body, `"path":["`+field+`"]`) {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

// The server says who and when, whatever the body says; the texts come back as they were sent.
func TestAuditAppend(t *testing.T) {
	s := newStack(t, true)
	s.clock.advance(time.Minute)
	sent := auditDTO{
		ID: 99, IP: "1.2.3.4", UA: "forged", KeyLocatorHash: "forged", DatabaseIDHash: "forged", CreatedAt: "2001-01-01T00:00:00Z",
		EventName: "exporté", RecordLocator: ` {"id": "<x>&"} `, Diff: "{\"a\":\"\u2028\\ud83d\"}",
	}
	body := jsonObject("id", sent.ID, "ip", sent.IP, "ua", sent.UA, "keyLocatorHash", sent.KeyLocatorHash, "databaseIdHash", sent.DatabaseIDHash,
		"createdAt", sent.CreatedAt, "eventName", sent.EventName, "recordLocator", sent.RecordLocator, "diff", sent.Diff)
	var saved struct{ Data auditDTO }
	s.do("PUT", "/api/audit", body).want(200, "").json(&saved)
	want := auditDTO{
		ID: 2, IP: "203.0.113.7", UA: "test/1.0", KeyLocatorHash: s.locator(), DatabaseIDHash: s.owner.DatabaseIDHash,
		CreatedAt: "2025-03-21T10:01:00.000Z", EventName: sent.EventName, RecordLocator: sent.RecordLocator, Diff: sent.Diff,
	}
	if listed := s.audit("")[0]; saved.Data != want || listed != want {
		t.Errorf("saved %+v\nlisted %+v\nwant %+v", saved.Data, listed, want)
	}
	if got := s.audit("?recordLocator=" + url.QueryEscape(sent.RecordLocator)); len(got) != 1 {
		t.Errorf("found %v by its record", got)
	}
	s.do("PUT", "/api/audit", `{"eventName":null,"recordLocator":null,"diff":null}`).want(200, "")
	s.do("PUT", "/api/audit", `{}`).want(200, "")
}

// Limits are exact and told by name.
func TestAuditLimits(t *testing.T) {
	s := newStack(t, true)
	for field, limit := range map[string]int{"eventName": 255, "recordLocator": 4096, "diff": 65536} {
		s.do("PUT", "/api/audit", jsonObject(field, strings.Repeat("é", limit))).want(200, "")
		got := s.do("PUT", "/api/audit", jsonObject(field, strings.Repeat("é", limit+1))).want(400, "")
		if !strings.Contains(got.body, `"path":["`+field+`"]`) {
			t.Errorf("%s: %s", field, got.body)
		}
	}
}

// Every delete is told, also one that finds nothing; what is refused is not.
func TestDeletesAreTold(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("DELETE", "/api/session/x", "", with("User-Agent", "curl/8")).want(200, "")
	s.do("DELETE", "/api/session/x", "").want(400, "")
	s.do("DELETE", "/api/session/never", "").want(400, "")
	s.do("DELETE", "/api/session/%00", "").want(400, "")
	s.do("DELETE", "/api/session/", "").want(400, "")
	s.do("DELETE", "/api/session/y", "", with("Authorization", "")).want(401, "")
	got := s.audit("?eventName=deleteSession")
	var told []string
	for _, entry := range got {
		told = append(told, entry.RecordLocator+" "+entry.UA+" "+entry.Diff)
	}
	if want := []string{`{"id":"never"} test/1.0 `, `{"id":"x"} test/1.0 `, `{"id":"x"} curl/8 `}; !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	if got[0].KeyLocatorHash != s.locator() || got[0].IP != "203.0.113.7" {
		t.Errorf("told of %+v", got[0])
	}
}
