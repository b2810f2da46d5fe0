package web

import (
	"io"
	"time"
)

// AdminAuditView is what admin_audit.html shows: a page of the audit entries of a month, newest first.
// It is asked for with the fields month, event, record and page.
type AdminAuditView struct {
	AdminFrame
	Month   string   // such as 2026-11
	Event   string   // empty: all
	Events  []string // names that the service writes, for the choice; others may be asked for too
	Record  string   // what the reader asked for: a session's id, or a record as entries have it; empty: all
	Page    int64    // from 1
	More    bool     // there is a page behind this one
	Entries []AdminAuditEntry
	Problem string // why there is no list, as a sentence
}

// AdminAuditEntry is who did what to which record, and when.
type AdminAuditEntry struct {
	ID        int64
	At        time.Time
	Event     string
	Record    string // JSON text, {"id":"..."}; what a program wrote may be anything
	Session   string // the id of the session that Record names and that can be opened; may be empty
	Diff      string // JSON text; what a program wrote may be anything; may be empty
	Key       string // name of the API key; empty for one that is there no more
	KeyHash   string // its keyLocatorHash; empty for the command line
	IP        string
	UserAgent string
}

// RenderAdminAudit writes the page of the audit entries.
func RenderAdminAudit(w io.Writer, v AdminAuditView) error {
	return render(w, "admin_audit.html", newAdminAuditPage(v))
}
