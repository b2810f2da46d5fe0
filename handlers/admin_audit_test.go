package handlers

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

func TestPanelAudit(t *testing.T) {
	s := newStack(t, true)
	b := s.operator(models.RoleOwner)
	s.do("PUT", "/api/audit", jsonObject("eventName", "updateRecord", "recordLocator", `{"id":"r1"}`, "diff", `{"was":"this","is":"that"}`)).want(http.StatusOK, "")
	s.do("PUT", "/api/audit", jsonObject("eventName", "odd", "recordLocator", "no JSON", "diff", "<b>neither</b>")).want(http.StatusOK, "")
	b.open("/admin/audit").want(http.StatusOK, "").says("updateRecord", "odd", "signIn", "createKey", `"was": "this"`, "no JSON")
	for query, want := range map[string]string{
		"event=odd":                        "no JSON",
		"record=r1":                        "updateRecord",
		`record=%7B%22id%22%3A%22r1%22%7D`: "updateRecord",
		"month=2025-03&event=updateRecord": `"was": "this"`,
	} {
		got := b.open("/admin/audit?"+query).want(http.StatusOK, "").says(want)
		if strings.Contains(got.text(), `"role"`) {
			t.Errorf("%s shows all", query)
		}
	}
	b.open("/admin/audit?month=2025-02").want(http.StatusOK, "").hides("updateRecord<", "no JSON")
	for query, words := range map[string]string{"month=March": "must be a month", "page=0": "page", "page=x": "page"} {
		b.open("/admin/audit?"+query).want(http.StatusOK, "").says(words)
	}
	s.clock.advance(30 * 24 * time.Hour)
	b = s.operator(models.RoleOwner)
	b.open("/admin/audit").want(http.StatusOK, "").hides("no JSON").says("signIn")
}

func TestPanelAuditInPages(t *testing.T) {
	s := newStack(t, true)
	for i := range panelEntries + 1 {
		s.do("PUT", "/api/audit", jsonObject("eventName", "e", "recordLocator", fmt.Sprintf("record %02d", i))).want(http.StatusOK, "")
	}
	b := s.operator(models.RoleOwner)
	b.open("/admin/audit?event=e").want(http.StatusOK, "").says("record 50", "record 01").hides("record 00")
	b.open("/admin/audit?event=e&page=2").want(http.StatusOK, "").says("record 00").hides("record 01")
	b.open("/admin/audit?event=e&page=3").want(http.StatusOK, "").hides("record 0")
}

func TestSessionInRecord(t *testing.T) {
	for record, want := range map[string]string{
		`{"id":"a/b"}`: "a/b", `{"id":"a","tool":"b"}`: "", `{"keyLocatorHash":"a"}`: "", `{"id":7}`: "", "x": "", "": "", `{"id":""}`: "", "null": "",
	} {
		if got := sessionIn(record); got != want {
			t.Errorf("%s names %q", record, got)
		}
	}
}
