package handlers

import (
	"fmt"
	"net/http"
	"testing"

	"sessionhub/models"
)

// A question changes nothing and names what goes; the answer deletes it, writes the audit log, and
// leads to the entries.
func TestPanelDelete(t *testing.T) {
	s := newStack(t, true)
	s.talk(3)
	b := s.operator(models.RoleAdmin)
	b.choose("/admin/sessions/confirm", "s01", "s02", "s02", "gone", "").want(http.StatusOK, "").
		says("Person 01", "p01@example.com", "Person 02", "gone", "2 sessions")
	s.session("s01")
	got := b.choose("/admin/sessions/delete", "s01", "s02", "s02", "gone").want(http.StatusOK, "").says("s01", "s02", "gone")
	for _, id := range []string{"s01", "s02"} {
		s.do("GET", "/api/session?id="+id, "").want(http.StatusOK, "[]")
	}
	s.session("s03")
	var entries []auditResponse
	s.do("GET", "/api/audit?eventName=deleteSession", "").want(http.StatusOK, "").json(&entries)
	if len(entries) != 3 {
		t.Fatalf("there are %d entries", len(entries))
	}
	for _, e := range entries {
		if e.IP != "203.0.113.7" || e.KeyLocatorHash == "" {
			t.Errorf("the entry does not tell who: %+v", e)
		}
	}
	for _, id := range []string{"s01", "s02", "gone"} {
		link := `href="/admin/audit?month=2025-03&amp;record=%7B%22id%22%3A%22` + id + `%22%7D"`
		b.open("/admin/audit?month=2025-03&record=%7B%22id%22%3A%22"+id+"%22%7D").want(http.StatusOK, "").says("deleteSession", id).hides(`href="/admin/sessions/` + id)
		if !got.has(link) {
			t.Errorf("the answer does not lead to the entry of %s: %s", id, got.body)
		}
	}
	b.choose("/admin/sessions/delete", "s01").want(http.StatusOK, "") // sent again, it says that nothing is there
}

// Without a selection there is nothing to ask; one that is too long is refused as a whole.
func TestPanelDeleteOfOddSelections(t *testing.T) {
	s := newStack(t, true)
	s.talk(1)
	b := s.operator(models.RoleAdmin)
	b.choose("/admin/sessions/confirm").want(http.StatusOK, "")
	b.choose("/admin/sessions/delete").want(http.StatusOK, "")
	ids := []string{"s01"}
	for i := range maxSelected {
		ids = append(ids, fmt.Sprintf("x%d", i))
	}
	b.choose("/admin/sessions/confirm", ids...).want(http.StatusBadRequest, "").says("200 sessions")
	b.choose("/admin/sessions/delete", ids...).want(http.StatusBadRequest, "").says("200 sessions")
	s.session("s01")
}
