package handlers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// order returns which of the names a page shows, in its order.
func (a answer) order(names ...string) string {
	at := map[int]string{}
	for _, name := range names {
		if i := strings.Index(a.text(), name); i >= 0 {
			at[i] = name
		}
	}
	var shown []string
	for i := range len(a.text()) {
		if at[i] != "" {
			shown = append(shown, at[i])
		}
	}
	return strings.Join(shown, ", ")
}

// The list finds, sorts and filters as the API does, and each form of it has an address.
func TestPanelList(t *testing.T) {
	s := newStack(t, true)
	for _, id := range []string{"s3", "s1", "s2"} {
		s.do("POST", "/api/exec/session/"+id, jsonObject("agentId", "a", "userName", "Person "+id, "userEmail", id+"@example.com")).want(http.StatusOK, "")
		s.clock.advance(24 * time.Hour)
	}
	s.do("POST", "/api/exec/session/other", jsonObject("agentId", "b", "userName", "Somebody", "userEmail", "x@example.com")).want(http.StatusOK, "")
	s.do("PUT", "/api/session", jsonObject("id", "s1", "agentId", "a", "finalizedAt", "2025-03-24T00:00:00Z", "promptTokens", 1234)).want(http.StatusOK, "")
	b := s.operator(models.RoleAdmin)
	for query, want := range map[string]string{
		"":                                                    "Person s1, Person s2, Person s3", // the agent with the most, what was changed last first
		"agent=a&sort=userName":                               "Person s1, Person s2, Person s3",
		"agent=a&sort=userName&reverse=1":                     "Person s3, Person s2, Person s1",
		"agent=a&sort=createdAt":                              "Person s2, Person s1, Person s3",
		"agent=a&sort=createdAt&reverse=1":                    "Person s3, Person s1, Person s2",
		"agent=a&q=S3@EXAMPLE":                                "Person s3",
		"agent=a&state=finalized":                             "Person s1",
		"agent=a&state=active&sort=userName":                  "Person s2, Person s3",
		"agent=a&from=2025-03-22&sort=userName":               "Person s1, Person s2",
		"agent=a&to=2025-03-22&sort=userName":                 "Person s1, Person s3",
		"agent=a&from=2025-03-23&to=2025-03-23&sort=userName": "Person s2",
		"agent=b":           "Somebody",
		"agent=nobody":      "",
		"agent=a&q=nothing": "",
	} {
		got := b.open("/admin/sessions?"+query).want(http.StatusOK, "")
		if shown := got.order("Person s1", "Person s2", "Person s3", "Somebody"); shown != want {
			t.Errorf("%q shows %s, want %s", query, shown, want)
		}
		part := b.open("/admin/sessions?"+query, htmx).want(http.StatusOK, "")
		if shown := part.order("Person s1", "Person s2", "Person s3", "Somebody"); shown != want {
			t.Errorf("%q in part shows %s, want %s", query, shown, want)
		}
		if strings.Contains(part.body, "<html") || !strings.Contains(got.body, "<html") {
			t.Errorf("%q: a part is a page, or a page a part", query)
		}
	}
	b.open("/admin/sessions").says("1,234")
}

// What is wrong with what was asked for stands above the form, which keeps what was entered.
func TestPanelListProblems(t *testing.T) {
	s := newStack(t, true)
	s.talk(1)
	b := s.operator(models.RoleOwner)
	for query, words := range map[string]string{
		"agent=a&from=yesterday":                  "must be a day such as 2026-11-22",
		"agent=a&sort=color":                      "orderBy",
		"agent=a&state=maybe":                     "must be active or finalized",
		"agent=a&page=0":                          "page",
		"agent=a&page=x":                          "page",
		"agent=a&q=" + strings.Repeat("x", 1001):  "query",
		"agent=" + strings.Repeat("x", 300):       "agentId",
		"agent=a&page=99999999999999999999999999": "page",
	} {
		b.open("/admin/sessions?"+query).want(http.StatusOK, "").says(words)
		b.open("/admin/sessions?"+query, htmx).want(http.StatusOK, "").says(words)
	}
	b.open("/admin/sessions?agent=%zz").want(http.StatusBadRequest, "").says("percent-encoded")
}

func TestPanelListInPages(t *testing.T) {
	s := newStack(t, true)
	s.talk(60)
	b := s.operator(models.RoleOwner)
	first := b.open("/admin/sessions?agent=a&sort=userName").want(http.StatusOK, "").says("60", "Person 01", "Person 50")
	if strings.Contains(first.text(), "Person 51") {
		t.Error("the first page has more than 50")
	}
	for _, page := range []string{"2", "3", "1000000000"} { // behind the last page is the last page
		got := b.open("/admin/sessions?agent=a&sort=userName&page="+page).want(http.StatusOK, "").says("Person 51", "Person 60")
		if strings.Contains(got.text(), "Person 50") {
			t.Errorf("page %s has what the first has", page)
		}
	}
}

// A tenant that is new is told how to begin, and sees nothing of others.
func TestPanelOfNewTenant(t *testing.T) {
	s := newStack(t, true)
	_, other := s.newTenant(true, "other")
	s.do("POST", "/api/exec/session/foreign", jsonObject("agentId", "theirs", "userName", "Foreign", "userEmail", "f@example.com")).want(http.StatusOK, "")
	b := s.browser()
	b.post("/admin/login", "key", other).want(http.StatusSeeOther, "")
	for _, target := range []string{"/admin/sessions", "/admin/sessions?agent=theirs", "/admin/usage", "/admin/audit", "/admin/keys"} {
		b.open(target).want(http.StatusOK, "").hides("Foreign", "foreign")
	}
	b.open("/admin/sessions").says("/api/exec/session/")
	b.open("/admin/sessions/foreign").want(http.StatusNotFound, "").hides("Foreign")
	b.open("/admin/sessions/foreign/download").want(http.StatusNotFound, "").hides("Foreign")
	b.choose("/admin/sessions/confirm", "foreign").want(http.StatusOK, "").hides("Foreign")
	b.choose("/admin/sessions/delete", "foreign").want(http.StatusOK, "")
	if s.session("foreign").UserName == nil {
		t.Error("the session of another tenant is gone")
	}
}

// A session is shown with everything that is known of it, and a long one in parts.
func TestPanelSession(t *testing.T) {
	s := newStack(t, true)
	s.talk(1)
	var messages []string
	for i := range 250 {
		messages = append(messages, fmt.Sprintf(`{"role":"user","content":"Message no. %d."}`, i))
	}
	s.do("POST", "/api/session/s01/messages", `{"messages":[`+strings.Join(messages, ",")+`],"promptTokens":4321,"completionTokens":99}`).want(http.StatusOK, "")
	b := s.operator(models.RoleAdmin)
	got := b.open("/admin/sessions/s01?back=%2Fadmin%2Fsessions%3Fagent%3Da%26page%3D2").want(http.StatusOK, "").
		says("Person 01", "p01@example.com", "s01", "250", "4,321", "99", "Message no. 0.", "Message no. 99.")
	if strings.Contains(got.text(), "Message no. 100.") || !strings.Contains(got.body, "https://sessions.example.com/admin/sessions/s01") || !strings.Contains(got.body, `href="/admin/sessions?agent=a&amp;page=2"`) {
		t.Error("the page has too many messages, not its address, or no way back")
	}
	part := b.open("/admin/sessions/s01?from=200", htmx).want(http.StatusOK, "").says("Message no. 200.", "Message no. 249.")
	if strings.Contains(part.body, "<html") || strings.Contains(part.text(), "Message no. 199.") {
		t.Error("the part has more than was asked for")
	}
	b.open("/admin/sessions/s01?from=240&view=json").want(http.StatusOK, "").says(`"content": "Message no. 240."`)
	b.open("/admin/sessions/s01?from=100000").want(http.StatusOK, "").says("Person 01")
	b.open("/admin/sessions/s01?from=-1").want(http.StatusBadRequest, "")
}

// The file is what the API answers for the session, byte for byte.
func TestPanelDownload(t *testing.T) {
	s := newStack(t, true)
	for _, id := range []string{"s1", `we"ird;id`, "ünï"} {
		s.do("POST", "/api/exec/session/"+url.PathEscape(id), jsonObject("agentId", "a", "userName", "P", "userEmail", "e")).want(http.StatusOK, "")
		s.do("PUT", "/api/session", jsonObject("id", id, "agentId", "a", "messages", ` [ {"role":"user","content":"é \u0000"} ] `)).want(http.StatusOK, "")
		b := s.operator(models.RoleAdmin)
		got := b.open("/admin/sessions/"+url.PathEscape(id)+"/download").want(http.StatusOK, "")
		var list []json.RawMessage
		s.do("GET", "/api/session?id="+url.QueryEscape(id), "").json(&list)
		if strings.TrimSpace(got.body) != string(list[0]) {
			t.Errorf("the file has %s, the API %s", got.body, list[0])
		}
		if disposition := got.header.Get("Content-Disposition"); !strings.HasPrefix(disposition, "attachment; filename") || got.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s is saved by %q as %q", id, disposition, got.header.Get("Content-Type"))
		}
	}
}

// Messages that are no JSON array are shown as the text that they are.
func TestPanelTextMessages(t *testing.T) {
	s := newStack(t, true)
	s.talk(1)
	b := s.operator(models.RoleAdmin)
	s.do("PUT", "/api/session", jsonObject("id", "s01", "agentId", "a", "messages", "just <b>words</b>")).want(http.StatusOK, "")
	got := b.open("/admin/sessions/s01").want(http.StatusOK, "")
	if !strings.Contains(got.body, "just &lt;b&gt;words&lt;/b&gt;") {
		t.Errorf("the words are not there: %s", got.text())
	}
	long := strings.Repeat("é", panelText) + "the end"
	s.do("PUT", "/api/session", jsonObject("id", "s01", "agentId", "a", "messages", long)).want(http.StatusOK, "")
	got = b.open("/admin/sessions/s01").want(http.StatusOK, "")
	if len(got.body) > 2*panelText || strings.Contains(got.body, "the end") {
		t.Errorf("of %d bytes the page has %d", len(long), len(got.body))
	}
}
