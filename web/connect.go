package web

import "io"

// ToolState says how a tool stands with the accounts that a page is about.
type ToolState string

// The states. A page groups its tools by them, in this order; any other is shown as ToolNone.
const (
	ToolAttention ToolState = "attention" // there are credentials, and they do not work
	ToolNone      ToolState = "none"      // there are none yet
	ToolConnected ToolState = "connected"
	ToolOpen      ToolState = "open" // it needs none
)

// ConnectView is what connect.html shows: the accounts of one end user, or of a tenant.
//
// Its links lead to Action with the query edit=<tool> or remove=<tool>. Its forms are posted to
// Action with the fields
//
//	do    save, test or remove
//	tool  the name of the tool
//	way   with save, the id of the way; and one field for each of its Fields
//
// There is no place for a credential in the view, so none is ever on the page.
type ConnectView struct {
	Action    string // path of the page, without a query
	Static    string // what the paths of static files begin with, such as /static/
	AppName   string // of the agent's application; may be empty
	AppURL    string // the way back to it; shown only if it is http or https
	Tenant    bool   // the accounts are the tenant's own, which every user works with
	ExpiresIn string // how long the link still works, such as 12 minutes; may be empty
	Message   string // what was just done, such as "Weather is connected."
	Alert     string // what was just tried and failed
	About     string // name of the tool that Message or Alert is about, to link to it; may be empty
	Tools     []ConnectTool
}

// ConnectTool is a tool and the account it is used with.
type ConnectTool struct {
	Name        string // what it is called in forms and addresses; no two tools share one
	Title       string // for people
	Description string // of the document; the first paragraph is shown, cut where it is long
	Host        string // where calls go, such as api.example.com
	State       ToolState
	Problem     string   // why it needs attention, as a sentence
	Updated     string   // when it was connected or changed, such as "2026-11-22 10:00 UTC"; may be empty
	Functions   []string // what an agent can do with it, in a few words each; the first ten are shown
	CanTest     bool     // whether a harmless call can tell if the account works
	Ways        []ConnectWay

	Editing       bool   // the forms are open: the reader asked for them, or an entry has an error
	ConfirmRemove bool   // the page asks whether to remove the account really
	RemoveHint    string // what else removing does, as a sentence; may be empty
}

// ConnectWay is one way to connect to a tool. The first of a tool is the usual one, the others
// are folded away. One with Fields and SignIn needs both: first the form, then the sign-in.
type ConnectWay struct {
	ID    string // what forms call it
	Title string // such as "API key" or "Sign in with Slack"
	Open  bool   // it is unfolded though it is not the first: it was tried

	Fields []ConnectField // what the form asks for
	SentTo []string       // the hosts that what is entered goes to; the tool's where it is empty

	SignIn     string   // address that begins a sign-in, ours or http(s); for OAuth 2.0
	SignInHost string   // where the sign-in happens, such as slack.com
	Scopes     []string // what the sign-in asks for

	Unavailable string // why this way cannot be used, as a sentence; then nothing else of it is shown
}

// ConnectField is an input. It has no value: what was entered before is never shown.
type ConnectField struct {
	Name     string // what the form calls it
	Label    string
	Hint     string // may be empty
	Type     string // text; anything else is a password
	Error    string // why what was just entered was refused, as a sentence; may be empty
	Required bool
	Saved    bool // there is one already, and an empty field keeps it
}

// RenderConnect writes the page on which people connect their accounts.
func RenderConnect(w io.Writer, v ConnectView) error {
	return render(w, "connect.html", newConnectPage(v))
}
