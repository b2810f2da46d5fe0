package web

import (
	"strings"
	"testing"
	"time"
)

// A record is called by the one text that it consists of; anything else is shown as it was written.
func TestRecordsHaveNames(t *testing.T) {
	for record, want := range map[string]string{
		`{"id":"s-1"}`:           "s-1",
		`{"tool":"weather"}`:     "weather",
		`{"id":"a","other":"b"}`: `{"id":"a","other":"b"}`,
		`{"id":7}`:               `{"id":7}`,
		`["a"]`:                  `["a"]`,
		`{}`:                     `{}`,
		"user 77":                "user 77",
		"":                       "",
	} {
		if got := recordName(AdminAuditEntry{Record: record}); got != want {
			t.Errorf("%s is called %s, want %s", record, got, want)
		}
	}
}

// An entry leads to the others of its record and to its session, and says who it was even when the key
// is there no more.
func TestAuditEntriesLeadOn(t *testing.T) {
	v := AdminAuditView{AdminFrame: AdminFrame{Base: "/admin"}, Month: "2026-11", Record: "s/1"}
	for name, c := range map[string]struct {
		entry              AdminAuditEntry
		same, session, who string
	}{
		"a session":      {AdminAuditEntry{Record: `{"id":"s/2"}`, Session: "s/2", Key: "K", KeyHash: "h"}, "/admin/audit?month=2026-11&record=s%2F2", "/admin/sessions/s%2F2", "K"},
		"the one":        {AdminAuditEntry{Record: `{"id":"s/1"}`, Session: "s/1", KeyHash: "h"}, "", "/admin/sessions/s%2F1", "deleted key"},
		"something else": {AdminAuditEntry{Record: `{"tool":"x"}`}, "/admin/audit?month=2026-11&record=%7B%22tool%22%3A%22x%22%7D", "", "command line"},
	} {
		item := newAdminAuditItem(v, c.entry)
		if item.SameRecord != c.same || item.SessionLink != c.session || item.Who != c.who {
			t.Errorf("%s leads to %q and %q, and was %q", name, item.SameRecord, item.SessionLink, item.Who)
		}
	}
}

// Months lead to the ones beside them with the same filters, and not into the future.
func TestMonthsLeadOn(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for month, want := range map[string][2]string{
		"2026-11": {"/admin/audit?month=2026-10&event=perform", ""},
		"2026-10": {"/admin/audit?month=2026-09&event=perform", "/admin/audit?month=2026-11&event=perform"},
		"2026-01": {"/admin/audit?month=2025-12&event=perform", "/admin/audit?month=2026-02&event=perform"},
		"2026-19": {"", ""},
	} {
		page := newAdminAuditPage(AdminAuditView{AdminFrame: AdminFrame{Base: "/admin", Now: now}, Month: month, Event: "perform", Page: 3})
		if page.Previous.Link != want[0] || page.Next.Link != want[1] {
			t.Errorf("%s leads to %+v and %+v", month, page.Previous, page.Next)
		}
	}
}

// What is wrong with a new key stands at its field and above the form, where it leads to the field.
func TestKeyFormTellsWhatIsWrong(t *testing.T) {
	page := panelPages(t)["admin_keys form refused"]
	for _, want := range []string{
		`<details class="make" open>`, `<a href="#key-name">Give the key a name`, `id="key-name-error"`,
		`aria-describedby="key-expires-error key-expires-hint" aria-invalid="true"`, "<li>Only exec keys have limits.</li>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if folded := panelPages(t)["admin_keys usual"]; strings.Contains(folded, "aria-invalid") || strings.Contains(folded, " open>") {
		t.Error("a form that nobody filled in is open or tells of mistakes")
	}
}

// A key is shown right after it was made, and the page of a key has no place for it otherwise.
func TestSecretIsShownOnce(t *testing.T) {
	v := AdminKeyView{AdminFrame: exampleFrame(), Key: exampleKeys()[1], Secret: "ad_key_1_secret"}
	if page := renderedBy(t, RenderAdminKey, v); strings.Count(page, v.Secret) != 1 || !strings.Contains(page, "shown this once") {
		t.Errorf("the key stands %d times on the page, or nothing says that it is shown once", strings.Count(page, v.Secret))
	}
	v.Secret = ""
	if page := renderedBy(t, RenderAdminKey, v); strings.Contains(page, `id="secret"`) {
		t.Error("the page of a key has a place for its secret")
	}
}
