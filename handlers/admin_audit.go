package handlers

import (
	"encoding/json"
	"net/http"
	"strings"

	"sessionhub/models"
	"sessionhub/web"
)

const (
	panelEntries = 50 // audit entries on a page
	monthLayout  = "2006-01"
)

// auditPage answers GET /admin/audit.
func (a *api) auditPage(p *panel) error {
	q, err := newQuery(p)
	if err != nil {
		return err
	}
	view := web.AdminAuditView{
		AdminFrame: a.frame(p), Events: models.Events(), Event: q.text("event"), Record: q.text("record"),
		Page: q.count("page", 1, maxPage, 1), Month: q.text("month"),
	}
	f := models.AuditFilter{
		EventName: view.Event, RecordLocator: asRecord(view.Record), Limit: panelEntries + 1, Offset: (view.Page - 1) * panelEntries,
	}
	f.From, f.To = q.month("month", a.Now())
	if view.Month == "" {
		view.Month = f.From.Format(monthLayout)
	}
	if view.Problem, err = listProblem(q.issues.Err()); err == nil && view.Problem == "" {
		err = a.readAudit(p, &view, f)
	}
	if err != nil {
		return err
	}
	return show(p, http.StatusOK, web.RenderAdminAudit, view)
}

func (a *api) readAudit(p *panel, view *web.AdminAuditView, f models.AuditFilter) error {
	entries, err := a.Audit.List(p.ctx(), p.who, f)
	if view.Problem, err = listProblem(err); err != nil || view.Problem != "" {
		return err
	}
	keys, err := a.Keys.List(p.ctx(), p.who)
	if err != nil {
		return err
	}
	names := make(map[string]string, len(keys))
	for i := range keys {
		names[keys[i].LocatorHash] = keys[i].DisplayName
	}
	if view.More = len(entries) > panelEntries; view.More {
		entries = entries[:panelEntries]
	}
	for i := range entries {
		e := &entries[i]
		entry := web.AdminAuditEntry{
			ID: e.ID, At: e.CreatedAt, Event: e.EventName, Record: e.RecordLocator, Diff: e.Diff.Reveal(),
			Key: names[e.KeyLocatorHash], KeyHash: e.KeyLocatorHash, IP: e.IP, UserAgent: e.UserAgent,
		}
		if e.EventName != models.EventDeleteSession { // what it names is not there to be opened
			entry.Session = sessionIn(e.RecordLocator)
		}
		view.Entries = append(view.Entries, entry)
	}
	return nil
}

// asRecord takes the id of a session for its record.
func asRecord(text string) string {
	if text == "" || strings.HasPrefix(text, "{") {
		return text
	}
	return models.RecordLocator("id", text)
}

// sessionIn returns the id of the session that a record names, if it names one and nothing else.
func sessionIn(record string) string {
	var fields map[string]string
	if err := json.Unmarshal([]byte(record), &fields); err != nil || len(fields) != 1 || models.ValidateID(fields["id"]) != nil {
		return ""
	}
	return fields["id"]
}
