package handlers

import (
	"context"
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
)

// signIn answers GET /api/hub/session/{token}/sign-in: on to the provider.
func (a *api) signIn(v *visit) error {
	query, err := newQuery(v)
	if err != nil {
		return err
	}
	address, err := a.Connector.BeginSignIn(v.ctx(), v.who, hub.SignIn{
		Link: v.token, UserID: v.link.UserID, Tool: query.text("tool"), Scheme: query.text("scheme"), BaseURL: a.baseURL(v),
	})
	if errors.Is(err, models.ErrNotFound) {
		return errNoAccount
	}
	if err != nil {
		return err
	}
	return v.Redirect(http.StatusSeeOther, address)
}

// authorizations is the part of repository.Authorizations that ends a sign-in. Take returns
// models.ErrNotFound for a state that is unknown, over or used.
type authorizations interface {
	Take(ctx context.Context, state models.Secret) (models.Actor, models.Authorization, error)
}

// signedIn answers GET /api/hub/oauth/callback/{id}: back from the provider.
func (a *api) signedIn(c echo.Context) error {
	asPage(c, connectPages)
	query, err := newQuery(c)
	if err != nil {
		return err
	}
	browser, known := browserOf(c)
	if !known {
		return models.ErrLinkTaken
	}
	// Who has begun to sign in may end it, though no request but this one names the code.
	ctx := context.WithoutCancel(c.Request().Context())
	who, begun, err := a.Authorizations.Take(ctx, models.Secret(query.text("state")))
	if errors.Is(err, models.ErrNotFound) {
		return errNoSignIn
	}
	if err != nil {
		return err
	}
	if _, _, _, err := a.Links.Open(ctx, begun.Link, browser); err != nil && !errors.Is(err, models.ErrLinkExpired) {
		return err
	}
	who.IP, who.UserAgent = c.RealIP(), truncate(c.Request().UserAgent(), maxUserAgentInAudit)
	v := &visit{Context: c, path: a.basePath() + "/api/hub/session/" + begun.Link.Reveal()}
	err = a.Connector.EndSignIn(ctx, who, begun, hub.Returned{
		CallbackID: c.Param("id"), Issuer: query.text("iss"), Code: query.text("code"), Error: query.text("error"),
	})
	switch {
	case errors.Is(err, hub.ErrMixUp):
		return errNoSignIn
	case errors.Is(err, hub.ErrDeclined):
		return v.back(begun.Tool, "failed", "denied")
	case errors.Is(err, hub.ErrSignIn):
		return v.back(begun.Tool, "failed", "failed")
	case err != nil:
		return err
	}
	return v.back(begun.Tool, "done", "saved")
}
