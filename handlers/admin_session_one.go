package handlers

import (
	"errors"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/web"
)

const (
	panelMessages = 100       // messages on a page, and with each step further
	panelText     = 256 << 10 // bytes of messages that are no array: more is for the download
)

// sessionPage answers GET /admin/sessions/{id}.
func (a *api) sessionPage(p *panel) error {
	id, q, err := sessionOf(p)
	if err != nil {
		return err
	}
	first := q.count("from", 0, math.MaxInt64, 0)
	if err := q.issues.Err(); err != nil {
		return err
	}
	part, err := a.Panel.Part(p.ctx(), p.who, id, first, panelMessages)
	if errors.Is(err, models.ErrNotFound) {
		return errNoSession
	}
	if err != nil {
		return err
	}
	view := a.newSessionView(p, &part)
	view.First, view.JSON, view.Back = first, q.text("view") == "json", p.local(q.text("back"))
	if inPart(p) {
		return show(p, http.StatusOK, web.RenderAdminSessionPart, view)
	}
	return show(p, http.StatusOK, web.RenderAdminSession, view)
}

// sessionOf reads the id of a path and the query.
func sessionOf(p *panel) (id string, q *query, err error) {
	if id, err = pathParam(p, "id"); err != nil || models.ValidateID(id) != nil {
		return "", nil, errNoSession
	}
	q, err = newQuery(p)
	return id, q, err
}

func (a *api) newSessionView(p *panel, part *models.SessionPart) web.AdminSessionView {
	m := &part.Session
	view := web.AdminSessionView{
		AdminFrame: a.frame(p), Session: newSessionRow(m), PerPart: panelMessages,
		Link: a.baseURL(p) + panelPath + "/sessions/" + url.PathEscape(m.ID),
	}
	if m.AcceptTerms != nil {
		view.AcceptTerms = *m.AcceptTerms
	}
	if part.Kind == models.KindText && len(part.Messages) == 1 {
		text := truncate(part.Messages[0], panelText)
		view.Text, view.Bytes = &text, int64(len(part.Messages[0]))
		return view
	}
	view.Parts = part.Messages
	return view
}

// downloadSession answers GET /admin/sessions/{id}/download: what the API answers for the session.
func (a *api) downloadSession(p *panel) error {
	id, _, err := sessionOf(p)
	if err != nil {
		return err
	}
	out, err := a.newStream(p)
	if err != nil {
		return err
	}
	p.Response().Header().Set(echo.HeaderContentDisposition, attachment("session-"+id+".json"))
	found := false
	err = a.Sessions.List(p.ctx(), p.who, models.SessionFilter{ID: id, Limit: 1}, repository.SessionReader{
		Total:   func(total int64) error { found = total > 0; return nil },
		Session: out.session,
	})
	if err == nil && !found {
		err = errNoSession
	}
	if err != nil {
		p.Response().Header().Del(echo.HeaderContentDisposition) // the answer is a page
	}
	out.out = append(out.out, '\n')
	return out.end(err)
}

// attachment makes a browser save what it is sent, under a name that every file system takes.
func attachment(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`"/\:*?<>|`, r) {
			return '_'
		}
		return r
	}, name)
	return mime.FormatMediaType("attachment", map[string]string{"filename": plain})
}
