package web

import "time"

// adminKeysPage is an AdminKeysView with what follows from it.
type adminKeysPage struct {
	AdminKeysView
	adminShell
	Items  []adminKeyItem
	Fields adminKeyFields
	Wrong  []adminFieldError // what is wrong with the form, in the order of its fields
}

// adminKeyItem is an API key as pages show it.
type adminKeyItem struct {
	AdminKey
	Link       string
	ExpiresAt  *moment
	LastUsedAt *moment
	UpdatedAt  moment
	ShortHash  string
}

// adminFieldError is what is wrong with a field.
type adminFieldError struct {
	Field string // id of the input; empty for the form as a whole
	Text  string
}

// adminKeyFields are the inputs of the form that makes a key.
type adminKeyFields struct {
	Name, Expires, Origins, Agent adminField
	RoleError                     string
	Roles                         []adminRole
	Agents                        []adminOption
}

// adminField is an input.
type adminField struct {
	ID, Name, Value string
	Error           string
	DescribedBy     string // ids of what explains it
	Focus           bool
}

// adminRole is a role to choose, with what it is for.
type adminRole struct {
	ID, Text string
	Selected bool
}

// adminRoles says what each role may do.
var adminRoles = []adminRole{
	{ID: "owner", Text: "May do everything; makes and revokes API keys too."},
	{ID: "admin", Text: "May do everything but make and revoke API keys."},
	{ID: "agent", Text: "For the program that runs your agents: makes, reads and writes sessions and uses tools, and deletes nothing."},
	{ID: "exec", Text: "For web pages, where everybody can see the key: makes sessions, and reads none."},
}

// newAdminKeysPage returns what the page of the API keys shows.
func newAdminKeysPage(v AdminKeysView) adminKeysPage {
	page := adminKeysPage{AdminKeysView: v, adminShell: newAdminShell(v.AdminFrame, "API keys", "Keys")}
	for _, key := range v.Keys {
		page.Items = append(page.Items, newAdminKeyItem(key, v.AdminFrame))
	}
	form := v.Form
	page.Form.Open = form.Open || len(form.Errors) > 0
	page.Fields = adminKeyFields{
		Name:      form.field("name", form.Name, ""),
		Expires:   form.field("expires", form.Expires, "key-expires-hint"),
		Origins:   form.field("origins", form.Origins, "key-origins-hint"),
		Agent:     form.field("agent", form.Agent, "key-agent-hint"),
		RoleError: form.Errors["role"],
		Agents:    agentOptions(form.Agents, form.Agent),
	}
	for _, role := range adminRoles {
		role.Selected = role.ID == form.Role
		page.Fields.Roles = append(page.Fields.Roles, role)
	}
	for _, name := range []string{"", "name", "role", "expires", "origins", "agent"} {
		if text := form.Errors[name]; text != "" {
			id := "key-" + name
			if name == "" {
				id = ""
			}
			page.Wrong = append(page.Wrong, adminFieldError{Field: id, Text: text})
		}
	}
	return page
}

// field returns an input of the form. hint is the id of what explains it; may be empty.
func (f AdminKeyForm) field(name, value, hint string) adminField {
	field := adminField{ID: "key-" + name, Name: name, Value: value, Error: f.Errors[name], DescribedBy: hint}
	if field.Error != "" {
		field.DescribedBy = field.ID + "-error"
		if hint != "" {
			field.DescribedBy += " " + hint
		}
	}
	return field
}

// newAdminKeyItem returns a key as pages show it.
func newAdminKeyItem(key AdminKey, frame AdminFrame) adminKeyItem {
	return adminKeyItem{
		AdminKey:   key,
		Link:       keyLink(frame.Base, key.Hash),
		ExpiresAt:  newMomentIf(key.Expires, frame.Now),
		LastUsedAt: newMomentIf(key.LastUsed, frame.Now),
		UpdatedAt:  newMoment(key.Updated, frame.Now),
		ShortHash:  key.Hash[:min(len(key.Hash), 12)],
	}
}

// newMomentIf returns nil for a time that is not there.
func newMomentIf(at *time.Time, now time.Time) *moment {
	if at == nil {
		return nil
	}
	m := newMoment(*at, now)
	return &m
}

// adminKeyPage is an AdminKeyView with what follows from it.
type adminKeyPage struct {
	AdminKeyView
	adminShell
	Item    adminKeyItem
	Ask     string // address of the question whether to revoke it
	Keep    string // address of the page without the question
	Revoke  string // where the answer is posted
	Snippet string // of HTML, for a key that is for web pages
}

// newAdminKeyPage returns what the page of an API key shows.
func newAdminKeyPage(v AdminKeyView) adminKeyPage {
	page := adminKeyPage{
		AdminKeyView: v,
		adminShell:   newAdminShell(v.AdminFrame, v.Key.Name, "Keys"),
		Item:         newAdminKeyItem(v.Key, v.AdminFrame),
		Ask:          keyLink(v.Base, v.Key.Hash, "revoke", "1"),
		Keep:         keyLink(v.Base, v.Key.Hash),
		Revoke:       keyLink(v.Base, v.Key.Hash) + "/revoke",
	}
	if v.Key.Role == "exec" {
		page.Snippet = keySnippet(v)
	}
	return page
}
