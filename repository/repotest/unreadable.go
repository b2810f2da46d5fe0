package repotest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var unreadablePromises = []promise{
	{"a value that is damaged or stands elsewhere is ErrUnreadable, and nothing else is", unreadableWalk},
	{"two values that change places are both unreadable", unreadableSwapped},
	{"messages that are missing, too many or in another order are unreadable", unreadableMessages},
	{"messages that are saved anew can be read, whatever happened to their rows", unreadableHealed},
	{"an audit entry that does not open is named by its number", unreadableAudit},
}

// cell is one sealed value of session "s-1".
type cell struct{ table, column, where, plain string }

var cells = []cell{
	{"sessions", "user_name", "id = $2", "Plain-Name"},
	{"sessions", "user_email", "id = $2", "Plain-Mail"},
	{"sessions", "messages_frame", "id = $2", "[ ]"},
	{"messages", "body", "session_id = $2 AND seq = 1", `,"Plain-Message"`},
}

func (f *fixture) read(t testing.TB, c cell, tenantID int64, id string) string {
	t.Helper()
	found := f.rows(t, "SELECT "+c.column+" FROM "+c.table+" WHERE tenant_id = $1 AND "+c.where, tenantID, id)
	if len(found) != 1 {
		t.Fatalf("%+v: %v", c, found)
	}
	return found[0][1 : len(found[0])-1]
}

func (f *fixture) write(t testing.TB, c cell, id, value string) {
	t.Helper()
	statement := strings.ReplaceAll("UPDATE "+c.table+" SET "+c.column+" = $1 WHERE tenant_id = $2 AND "+c.where, "id = $2", "id = $3")
	f.exec(t, strings.Replace(statement, "tenant_id = $3", "tenant_id = $2", 1), value, f.tenant.ID, id)
}

// damages are all that can be put in the place of a value.
func (f *fixture) damages(t *testing.T, c cell, foreign models.Actor) map[string]string {
	t.Helper()
	own := f.read(t, c, f.tenant.ID, "s-1")
	elsewhere := cells[0]
	if c == elsewhere {
		elsewhere = cells[1]
	}
	flip := func(i int) string {
		other := byte('A')
		if own[i] == other {
			other = 'Q' // differs from A in bits that count, wherever the value ends
		}
		return own[:i] + string(other) + own[i+1:]
	}
	return map[string]string{
		"empty": "", "head only": "v1.k1.", "cut": own[:len(own)-1], "half": own[:len(own)/2], "nonce flipped": flip(8),
		"text flipped": flip(len(own) / 2), "tag flipped": flip(len(own) - 3), "line feed": own + "\n", "space": " " + own,
		"padded": own + "=", "unknown key": strings.Replace(own, ".k1.", ".k2.", 1), "no key": strings.Replace(own, ".k1.", "..", 1),
		"unknown version": strings.Replace(own, "v1.", "v2.", 1), "plain text": c.plain,
		"of another column": f.read(t, elsewhere, f.tenant.ID, "s-1"), "of another row": f.read(t, c, f.tenant.ID, "s-2"),
		"of another tenant": f.read(t, c, foreign.TenantID, "s-1"),
	}
}

func (f *fixture) saveSealed(t *testing.T, id string) {
	t.Helper()
	f.save(t, id, name("Plain-Name"), email("Plain-Mail"), messages(`["first","Plain-Message" ]`))
}

func unreadableWalk(t *testing.T, f *fixture) {
	_, foreign, _ := f.addTenant(t, repository.NewTenant{})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: foreign}
	f.saveSealed(t, "s-1")
	f.saveSealed(t, "s-2")
	other.saveSealed(t, "s-1")
	tried := 0
	for _, c := range cells {
		whole, theirs, own := f.get(t, "s-2"), other.get(t, "s-1"), f.read(t, c, f.tenant.ID, "s-1")
		for what, value := range f.damages(t, c, foreign) {
			tried++
			f.write(t, c, "s-1", value)
			f.wantUnreadable(t, c, what, value)
			wantView(t, f.get(t, "s-2"), whole)
			wantView(t, other.get(t, "s-1"), theirs)
			f.write(t, c, "s-1", own)
		}
		f.write(t, c, "s-1", "v1.k1.damaged")
		f.saveSealed(t, "s-1") // gives every sealed field anew
		if v := f.get(t, "s-1"); v.Name != whole.Name || v.Email != whole.Email || v.Messages != whole.Messages {
			t.Errorf("%s: after saving everything anew: %+v", c.column, v)
		}
	}
	if tried < 60 {
		t.Errorf("tried only %d damages", tried)
	}
}

// wantUnreadable reads session s-1 in every way; value stands in one of its cells.
func (f *fixture) wantUnreadable(t *testing.T, c cell, what, value string) {
	t.Helper()
	one, errOne := list(t.Context(), f.Store, f.who, models.SessionFilter{ID: "s-1", Limit: -1})
	all, errAll := list(t.Context(), f.Store, f.who, models.SessionFilter{Limit: -1})
	var found page
	errSearch := f.Sessions.Search(t.Context(), f.who, models.SessionSearch{AgentID: agent, Limit: 10}, found.reader())
	part, errPart := f.Sessions.Part(t.Context(), f.who, "s-1", 1, 1)
	if part.Session.ID != "" {
		t.Errorf("%s, %s: a part is read as %+v", c.column, what, part)
	}
	errs := []error{errOne, errAll, errSearch, errPart}
	if c.table == "sessions" && c.column != "messages_frame" { // what the patch leaves has to be opened
		errs = append(errs, f.trySave(t.Context(), "s-1", func(p *models.SessionPatch) { p.PromptTokens = set(int64(1)) }))
	}
	for _, err := range errs {
		var unreadable *repository.UnreadableError
		if !errors.As(err, &unreadable) || !errors.Is(err, repository.ErrUnreadable) || unreadable.ID != "s-1" || unreadable.Noun != "session" {
			t.Errorf("%s, %s: error %v", c.column, what, err)
		}
		text := fmt.Sprint(err)
		if !strings.Contains(text, `"s-1"`) || strings.Contains(text, "Plain-") || len(value) > 6 && strings.Contains(text, value) {
			t.Errorf("%s, %s: the error says %q", c.column, what, text)
		}
	}
	for _, v := range slices.Concat(one.views, all.views, found.views) {
		if shows := fmt.Sprint(v); v.ID == "s-1" && (v.Messages != "null" || len(value) > 6 && strings.Contains(shows, value) && value != c.plain) {
			t.Errorf("%s, %s: read as %s", c.column, what, shows)
		}
	}
}

func unreadableSwapped(t *testing.T, f *fixture) {
	f.saveSealed(t, "s-1")
	f.saveSealed(t, "s-2")
	f.saveSealed(t, "s-3")
	for _, c := range cells {
		one, two := f.read(t, c, f.tenant.ID, "s-1"), f.read(t, c, f.tenant.ID, "s-2")
		f.write(t, c, "s-1", two)
		f.write(t, c, "s-2", one)
		for _, id := range []string{"s-1", "s-2"} {
			_, err := list(t.Context(), f.Store, f.who, models.SessionFilter{ID: id, Limit: -1})
			wantError(t, err, repository.ErrUnreadable)
		}
		f.get(t, "s-3")
		f.write(t, c, "s-1", one)
		f.write(t, c, "s-2", two)
		f.get(t, "s-1")
		f.get(t, "s-2")
	}
}
