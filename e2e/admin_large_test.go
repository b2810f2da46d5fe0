package e2e

import (
	"net/http"
	"testing"
)

// manySessions is more than a person looks through, and what the panel is to find one among.
const manySessions = 100_000

// The panel finds one session among very many, and counts them all.
func TestAdminSearchesMany(t *testing.T) {
	i := newInstallation(t)
	i.start().stop()
	seedSessions(t, i, manySessions)
	s := i.start()
	p := newPanel(t, newChrome(t), s.base)
	p.signIn(s.key)
	p.expectRead("100,000 sessions")
	p.click(searchField)
	p.press("user-77777@example.com")
	p.expectRows("one of many", "s-0077777")
	p.send(row("s-0077777", rowLink))
	p.expectRead("Hello, this is conversation 77777, what can you do for me?")
	p.visit("/admin/sessions?agent=agent-123&page=2000&sort=createdAt")
	if rows := p.rows(); len(rows) != onPage || rows[onPage-1] != "s-0000000" {
		t.Errorf("the last page has %v", rows)
	}
	p.visit("/admin/usage?days=90")
	if status := p.open(p.base + "/admin/sessions?agent=agent-123&page=999999"); status != http.StatusOK {
		t.Errorf("a page past the end: status %d", status)
	}
	p.expectNoComplaints(t)
}
