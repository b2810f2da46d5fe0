package web

// adminDeletePage is an AdminDeleteView with what follows from it.
type adminDeletePage struct {
	AdminDeleteView
	adminShell
	Items        []adminSessionItem
	MessagesText string // how many messages all of them have
	Button       string
}

// newAdminDeletePage returns the question whether to delete the sessions.
func newAdminDeletePage(v AdminDeleteView) adminDeletePage {
	v.Back = wayToList(v.Base, v.Back)
	count := counted(int64(len(v.Sessions)), "session", "sessions")
	page := adminDeletePage{AdminDeleteView: v, Button: "Delete " + count}
	heading := "Delete " + count + "?"
	if len(v.Sessions) == 0 {
		heading = "There is nothing to delete"
	}
	page.adminShell = newAdminShell(v.AdminFrame, heading, "Sessions")
	var messages int64
	for _, row := range v.Sessions {
		page.Items = append(page.Items, newAdminSessionItem(row, v.AdminFrame))
		messages += row.Messages
	}
	page.MessagesText = counted(messages, "message", "messages")
	return page
}

// adminDeletedPage is an AdminDeletedView with what follows from it.
type adminDeletedPage struct {
	AdminDeletedView
	adminShell
	Items []adminDeletedItem
}

// adminDeletedItem is what became of a session.
type adminDeletedItem struct {
	AdminDeleted
	Audit string // address of its audit entry
	Link  string // of the session; empty where it is there no more
}

// newAdminDeletedPage returns what became of the sessions that were to be deleted.
func newAdminDeletedPage(v AdminDeletedView) adminDeletedPage {
	v.Back = wayToList(v.Base, v.Back)
	page := adminDeletedPage{AdminDeletedView: v}
	var deleted, failed int64
	for _, s := range v.Sessions {
		item := adminDeletedItem{AdminDeleted: s, Audit: adminLink(v.Base+"/audit", "month", s.Month, "record", s.Record)}
		switch {
		case s.Problem != "":
			failed++
			item.Link = sessionLink(v.Base, s.ID)
		case !s.Gone:
			deleted++
		}
		page.Items = append(page.Items, item)
	}
	heading := counted(deleted, "session is deleted", "sessions are deleted")
	switch {
	case deleted == 0 && failed == 0:
		heading = "There was nothing to delete"
	case deleted == 0:
		heading = "No session is deleted"
	}
	page.adminShell = newAdminShell(v.AdminFrame, heading, "Sessions")
	return page
}
