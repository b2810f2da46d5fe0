package web

import (
	"io"
	"time"
)

// AdminSessionsView is what admin_sessions.html shows: the sessions of an agent. The search is a form
// with the method get and the fields agent, q, sort, reverse (1), state, from, to and page; what is not
// given is left out of addresses. The selection is a form posted to Base/sessions/confirm, with an id
// for each session that is chosen and back, the address of the list.
type AdminSessionsView struct {
	AdminFrame
	Agents     []AdminAgent // most sessions first; empty in a tenant that has none
	MoreAgents int          // how many further agents there are
	Agent      string       // whose sessions are shown; may be one that has none

	Query    string
	Sort     string // userName, userEmail, createdAt or updatedAt
	Reverse  bool   // from the last to the first
	State    string // "", active or finalized
	From, To string // days such as 2026-11-22, both of them included; may be empty
	Page     int64  // from 1
	PerPage  int64

	Total   int64 // sessions that match
	Rows    []AdminSessionRow
	Problem string // why there is no list, as a sentence: what was asked for is wrong, or does not open
}

// AdminSessionRow is a session in a list.
type AdminSessionRow struct {
	ID, AgentID, UserName, UserEmail string

	Messages                       int64
	PromptTokens, CompletionTokens *int64 // nil: never counted
	Created, Updated               time.Time
	Finalized                      string // as it was given; empty for an active session
}

// AdminSessionView is what admin_session.html shows: a session and a part of its messages. Its parts
// are at Base/sessions/<id>?from=<n>, with view=json where JSON is shown; the whole of it as a file is
// at Base/sessions/<id>/download.
type AdminSessionView struct {
	AdminFrame
	Session     AdminSessionRow
	AcceptTerms string // true, false or empty
	Link        string // the whole address of the page, to be copied
	Back        string // the list that the reader came from: a path and query under Base

	JSON    bool     // messages are shown as they are stored
	First   int64    // number of the first message shown, from 0
	PerPart int64    // how many are shown at once
	Parts   []string // the JSON text of each of them

	Text  *string // in place of Parts, messages that are not a JSON array: their beginning
	Bytes int64   // of the whole of that text
}

// AdminDeleteView is what admin_delete.html shows: what is about to be deleted, and the question. The
// answer is posted to Base/sessions/delete, with an id for each session and back.
type AdminDeleteView struct {
	AdminFrame
	Sessions []AdminSessionRow
	Gone     []string // ids that were asked for, and are not there
	Back     string   // the list that the reader came from: a path and query under Base
}

// AdminDeletedView is what admin_deleted.html shows: what became of each. Every try has an audit entry,
// at Base/audit?record=<its record>.
type AdminDeletedView struct {
	AdminFrame
	Sessions []AdminDeleted
	Back     string
}

// AdminDeleted is what became of a session that was to be deleted.
type AdminDeleted struct {
	ID      string
	Gone    bool   // somebody else deleted it before
	Problem string // why it is still there, as a sentence; may be empty
	Record  string // what its audit entry calls it: {"id":"..."}
	Month   string // of the entry, such as 2026-11
}

// RenderAdminSessions writes the page of a list of sessions.
func RenderAdminSessions(w io.Writer, v AdminSessionsView) error {
	return render(w, "admin_sessions.html", newAdminSessionsPage(v))
}

// RenderAdminSessionsList writes what stands in the element #results of that page.
func RenderAdminSessionsList(w io.Writer, v AdminSessionsView) error {
	return render(w, "admin-results", newAdminSessionsPage(v))
}

// RenderAdminSession writes the page of a session.
func RenderAdminSession(w io.Writer, v AdminSessionView) error {
	return render(w, "admin_session.html", newAdminSessionPage(v))
}

// RenderAdminSessionPart writes a part of the messages of that page, with the link to the next one: it
// takes the place of the link that asked for it.
func RenderAdminSessionPart(w io.Writer, v AdminSessionView) error {
	return render(w, "admin-part", newAdminSessionPage(v))
}

// RenderAdminDelete writes the question whether to delete sessions.
func RenderAdminDelete(w io.Writer, v AdminDeleteView) error {
	return render(w, "admin_delete.html", newAdminDeletePage(v))
}

// RenderAdminDeleted writes what became of sessions that were to be deleted.
func RenderAdminDeleted(w io.Writer, v AdminDeletedView) error {
	return render(w, "admin_deleted.html", newAdminDeletedPage(v))
}
