package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"sessionhub/repository"
	"sessionhub/web"
)

// panelAnswers are the words of panelPages.
var panelAnswers = []pageAnswer{
	{errOtherSite, http.StatusForbidden, "This form came from another site", "Nothing was changed. Open the panel yourself and try again; if you did, check that SESSIONHUB_PUBLIC_URL is the address in your browser."},
	{errNoSession, http.StatusNotFound, "This session is not here", "It was deleted, or its address is not complete. If it was deleted, the audit log says by whom."},
	{errNoKey, http.StatusNotFound, "This key is not here", "It was revoked, or its address is not complete. If it was revoked, the audit log says by whom."},
	{repository.ErrLastOwner, http.StatusConflict, "This is the last owner key", "Without an owner key nobody could make keys any more. Make another owner key first, then revoke this one."},
	{echo.ErrNotFound, http.StatusNotFound, "There is no such page", "The address may be incomplete or old."},
}

// loginPages is the form to sign in, which stays where a key is refused.
var loginPages = &pages{answers: []pageAnswer{
	{errTooMany, http.StatusTooManyRequests, "", "Too many tries. Wait a few seconds, then try again."},
	{repository.ErrKey, http.StatusUnauthorized, "", "This is no API key of this service, or it has expired or was revoked. Check that you copied all of it: it begins with ad_key_."},
	{errNoEntry, http.StatusForbidden, "", "Ask whoever runs this service for an owner or admin key."},
}}

var (
	errNoSession = errors.New("no such session")
	errNoKey     = errors.New("no such key")
	errNoEntry   = errors.New("the admin panel is for keys with the role owner or admin")
)

// panelNotice writes the page that answers an error.
func (a *api) panelNotice(c echo.Context, notice web.NoticeView) error {
	base := a.basePath() + panelPath
	view := web.AdminNoticeView{
		AdminFrame: web.AdminFrame{Base: base, Static: a.basePath() + "/static/", Now: a.Now()},
		Status:     notice.Status, Title: notice.Title, Text: notice.Text,
		Link: base + "/sessions", LinkText: "Go to the sessions",
	}
	if p, ok := c.Get(contextPanel).(*panel); ok {
		view.AdminFrame = a.frame(p)
	}
	return show(c, notice.Status, web.RenderAdminNotice, view)
}
