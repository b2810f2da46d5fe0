package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/web"
)

// maxSelected is how many sessions are deleted at once: a page of the list, and some more.
const maxSelected = 200

// selected reads which sessions a form is about, each once.
func (a *api) selected(p *panel) (ids []string, back string, err error) {
	form, err := a.readForm(p)
	if err != nil {
		return nil, "", err
	}
	for _, id := range form["id"] {
		if models.ValidateID(id) == nil && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
		if len(ids) > maxSelected {
			return nil, "", models.Invalid("", "more than 200 sessions are selected; delete them in parts")
		}
	}
	return ids, p.local(form.Get("back")), nil
}

// confirmDelete answers POST /admin/sessions/confirm: it asks, and changes nothing.
func (a *api) confirmDelete(p *panel) error {
	ids, back, err := a.selected(p)
	if err != nil {
		return err
	}
	view := web.AdminDeleteView{AdminFrame: a.frame(p), Back: back}
	for _, id := range ids {
		part, err := a.Panel.Part(p.ctx(), p.who, id, 0, 0)
		switch {
		case errors.Is(err, models.ErrNotFound):
			view.Gone = append(view.Gone, id)
		case errors.Is(err, repository.ErrUnreadable): // what cannot be read can be deleted
			view.Sessions = append(view.Sessions, web.AdminSessionRow{ID: id})
		case err != nil:
			return err
		default:
			view.Sessions = append(view.Sessions, newSessionRow(&part.Session))
		}
	}
	return show(p, http.StatusOK, web.RenderAdminDelete, view)
}

// deleteSelected answers POST /admin/sessions/delete. A part that fails does not keep the others, and
// what became of each is told. It goes on when the browser does not wait.
func (a *api) deleteSelected(p *panel) error {
	ids, back, err := a.selected(p)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(p.ctx())
	view := web.AdminDeletedView{AdminFrame: a.frame(p), Back: back}
	for _, id := range ids {
		deleted := web.AdminDeleted{ID: id, Record: models.RecordLocator("id", id), Month: a.Now().UTC().Format(monthLayout)}
		if err := a.Sessions.Delete(ctx, p.who, id); errors.Is(err, models.ErrNotFound) {
			deleted.Gone = true
		} else if err != nil {
			answer := newErrorResponse(err)
			a.logFailure(p, err, answer.Status)
			deleted.Problem = answer.Message
		}
		view.Sessions = append(view.Sessions, deleted)
	}
	return show(p, http.StatusOK, web.RenderAdminDeleted, view)
}
