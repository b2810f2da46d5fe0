package web

import (
	"io"
	"time"
)

// AdminFrame is what every page of the admin panel has around what it shows.
type AdminFrame struct {
	Base     string // path of the panel, such as /admin
	Static   string // what the paths of static files begin with, such as /static/
	Tenant   string // name of the tenant whose panel it is
	Key      string // name of the API key that the reader signed in with
	Role     string // of that key
	SeesKeys bool   // the reader may see, make and revoke API keys
	Now      time.Time
	Message  string // what was just done, such as "Signed in."; may be empty
	Alert    string // what was just tried and failed; may be empty
}

// AdminAgent is an agent with the number of its sessions.
type AdminAgent struct {
	ID       string
	Sessions int64
}

// AdminLoginView is what admin_login.html shows: the form that asks for an API key. It is posted to
// Base/login with the fields key and next.
type AdminLoginView struct {
	Base   string
	Static string
	Next   string // where the reader wanted to go: a path and query under Base; may be empty
	Alert  string // why the last try did not succeed, as sentences; may be empty
	Notice string // what happened before, such as "You are signed out."; may be empty
}

// AdminNoticeView is what admin_notice.html shows in place of a page: what is wrong and what to do.
// Without a Tenant in its frame nobody is signed in, and there is no navigation.
type AdminNoticeView struct {
	AdminFrame
	Status   int
	Title    string
	Text     []string // by paragraphs
	Link     string   // a next step under Base; may be empty
	LinkText string
}

// RenderAdminLogin writes the page that asks for an API key.
func RenderAdminLogin(w io.Writer, v AdminLoginView) error {
	return render(w, "admin_login.html", newAdminLoginPage(v))
}

// RenderAdminNotice writes a page of words in the frame of the panel.
func RenderAdminNotice(w io.Writer, v AdminNoticeView) error {
	return render(w, "admin_notice.html", newAdminNoticePage(v))
}
