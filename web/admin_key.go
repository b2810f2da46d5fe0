package web

import (
	"io"
	"time"
)

// AdminKeysView is what admin_keys.html shows: the API keys of the tenant, and the form that makes
// one. It is posted to Base/keys with the fields name, role, expires, origins (one on a line) and agent.
type AdminKeysView struct {
	AdminFrame
	Keys []AdminKey
	Form AdminKeyForm
}

// AdminKey is an API key without its secret.
type AdminKey struct {
	Hash     string // its keyLocatorHash, which names it
	Name     string
	Role     string // owner, admin, agent or exec
	Agent    string // the only one that it is good for; empty: all
	Origins  []string
	Expires  *time.Time // nil: never
	LastUsed *time.Time // nil: never
	Updated  time.Time
	Expired  bool
	Current  bool // the reader is signed in with it
}

// AdminKeyForm is what was entered for a new key, and what is wrong with it.
type AdminKeyForm struct {
	Open    bool // the form is unfolded
	Name    string
	Role    string
	Expires string // a day such as 2026-12-31, until whose end the key is good; empty: never
	Origins string // one on a line
	Agent   string
	Agents  []AdminAgent      // to choose from
	Errors  map[string]string // by field, as sentences; "" for the form as a whole
}

// AdminKeyView is what admin_key.html shows: one API key. To revoke it is posted to
// Base/keys/<hash>/revoke.
type AdminKeyView struct {
	AdminFrame
	Key            AdminKey
	Secret         string // the whole key, only right after it was made
	ServiceURL     string // where the service is, such as https://sessions.example.com
	DatabaseIDHash string
	Asking         bool // the page asks whether to revoke the key really
}

// RenderAdminKeys writes the page of the API keys.
func RenderAdminKeys(w io.Writer, v AdminKeysView) error {
	return render(w, "admin_keys.html", newAdminKeysPage(v))
}

// RenderAdminKey writes the page of one API key.
func RenderAdminKey(w io.Writer, v AdminKeyView) error {
	return render(w, "admin_key.html", newAdminKeyPage(v))
}
