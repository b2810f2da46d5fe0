package handlers

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/web"
)

// panelSessions is the part of repository.Sessions that only the admin panel uses. Part returns
// models.ErrNotFound.
type panelSessions interface {
	Agents(ctx context.Context, who models.Actor, most int64) (agents []models.Agent, total int64, err error)
	Part(ctx context.Context, who models.Actor, id string, from, most int64) (models.SessionPart, error)
	Usage(ctx context.Context, who models.Actor, f models.UsageFilter) ([]models.Usage, error)
}

const (
	// panelAgents is how many agents are offered to be chosen from: more are found by name.
	panelAgents = 200
	panelRows   = 50 // sessions on a page
	maxPage     = 1_000_000_000

	dateLayout = "2006-01-02"
)

// sessionsPage answers GET /admin/sessions.
func (a *api) sessionsPage(p *panel) error {
	q, err := newQuery(p)
	if err != nil {
		return err
	}
	view := web.AdminSessionsView{AdminFrame: a.frame(p), Agent: q.text("agent"), PerPage: panelRows}
	if !inPart(p) || view.Agent == "" {
		if err := a.offerAgents(p, &view); err != nil {
			return err
		}
	}
	search := newPanelSearch(&view, q)
	if view.Agent != "" {
		err = a.searchForPanel(p, &view, search, q)
	}
	if view.Problem, err = listProblem(err); err != nil {
		return err
	}
	if inPart(p) {
		return show(p, http.StatusOK, web.RenderAdminSessionsList, view)
	}
	return show(p, http.StatusOK, web.RenderAdminSessions, view)
}

// offerAgents puts the agents into the view, and chooses the one with the most sessions if the reader
// has chosen none.
func (a *api) offerAgents(p *panel, view *web.AdminSessionsView) error {
	agents, more, err := a.agentsFor(p)
	view.Agents, view.MoreAgents = agents, more
	if view.Agent == "" && len(agents) > 0 {
		view.Agent = agents[0].ID
	}
	return err
}

func (a *api) agentsFor(p *panel) (agents []web.AdminAgent, more int, _ error) {
	found, total, err := a.Panel.Agents(p.ctx(), p.who, panelAgents)
	for _, agent := range found {
		agents = append(agents, web.AdminAgent(agent))
	}
	return agents, int(total) - len(found), err
}

// newPanelSearch reads what is searched for, into the view too. Days are in UTC, and both included.
func newPanelSearch(view *web.AdminSessionsView, q *query) *models.SessionSearch {
	view.Query, view.State, view.From, view.To = q.text("q"), q.text("state"), q.text("from"), q.text("to")
	view.Sort, view.Reverse = q.text("sort"), q.text("reverse") == "1"
	if view.Sort == "" {
		view.Sort = models.OrderByUpdatedAt
	}
	view.Page = q.count("page", 1, maxPage, 1)
	search := &models.SessionSearch{
		AgentID: view.Agent, Query: view.Query, OrderBy: view.Sort, Reverse: view.Reverse,
		Limit: view.PerPage, Offset: (view.Page - 1) * view.PerPage, CreatedFrom: q.day("from"),
	}
	if to := q.day("to"); to != nil {
		next := to.AddDate(0, 0, 1)
		search.CreatedTo = &next
	}
	switch view.State {
	case "active", "finalized":
		finalized := view.State == "finalized"
		search.Finalized = &finalized
	case "":
	default:
		q.issues.Add("state", "must be active or finalized")
	}
	return search
}

// day reads a day; nil where it is not given.
func (q *query) day(name string) *time.Time {
	text := q.text(name)
	if text == "" {
		return nil
	}
	day, err := time.Parse(dateLayout, text)
	if err != nil {
		q.issues.Add(name, "must be a day such as 2026-11-22")
		return nil
	}
	return &day
}

// searchForPanel fills in the page that was asked for, or the last one where there are fewer.
func (a *api) searchForPanel(p *panel, view *web.AdminSessionsView, search *models.SessionSearch, q *query) error {
	if err := q.check(search.Validate()); err != nil {
		return err
	}
	if err := a.readRows(p, view, search); err != nil || len(view.Rows) > 0 || view.Total == 0 {
		return err
	}
	view.Page = (view.Total-1)/view.PerPage + 1
	search.Offset = (view.Page - 1) * view.PerPage
	return a.readRows(p, view, search)
}

func (a *api) readRows(p *panel, view *web.AdminSessionsView, search *models.SessionSearch) error {
	view.Rows = nil
	return a.Sessions.Search(p.ctx(), p.who, *search, repository.SessionReader{
		Total: func(n int64) error { view.Total = n; return nil },
		Session: func(m *models.Session, _ models.Text) error {
			view.Rows = append(view.Rows, newSessionRow(m))
			return nil
		},
	})
}

// listProblem tells in words, above the form that can be changed, what is wrong with what was asked for.
// Other errors are returned.
func listProblem(err error) (string, error) {
	if errors.Is(err, models.ErrInvalid) || errors.Is(err, repository.ErrUnreadable) {
		return sentence(err), nil
	}
	return "", err
}

func newSessionRow(m *models.Session) web.AdminSessionRow {
	row := web.AdminSessionRow{
		ID: m.ID, AgentID: m.AgentID, Messages: m.MessageCount,
		PromptTokens: m.PromptTokens, CompletionTokens: m.CompletionTokens, Created: m.CreatedAt, Updated: m.UpdatedAt,
	}
	if m.UserName != nil {
		row.UserName = m.UserName.Reveal()
	}
	if m.UserEmail != nil {
		row.UserEmail = m.UserEmail.Reveal()
	}
	if m.FinalizedAt != nil {
		row.Finalized = *m.FinalizedAt
	}
	return row
}
