package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/web"
)

// loginStore is the part of repository.Logins that this file uses. Authenticate returns
// models.ErrNotFound for a token that is not, or no longer, a login.
type loginStore interface {
	Create(ctx context.Context, who models.Actor) (models.Secret, error)
	Authenticate(ctx context.Context, token models.Secret) (models.Login, error)
	End(ctx context.Context, who models.Actor, token models.Secret) error
}

// Somebody who looks for the right key tries a few at once, and then one in six seconds: nobody guesses
// 32 random bytes, but each try costs the database a statement.
const (
	loginRate  = 1.0 / 6
	loginBurst = 10
)

const maxLoginToken = 256 // bytes of a cookie that can be one

func tokenOf(c echo.Context) (models.Secret, bool) {
	cookie, err := c.Cookie(loginCookie)
	if err != nil || cookie.Value == "" || len(cookie.Value) > maxLoginToken {
		return "", false
	}
	return models.Secret(cookie.Value), true
}

// login returns the login of the browser, or models.ErrNotFound.
func (a *api) login(c echo.Context) (models.Login, error) {
	token, ok := tokenOf(c)
	if !ok {
		return models.Login{}, models.ErrNotFound
	}
	return a.Logins.Authenticate(c.Request().Context(), token)
}

// setLogin gives the browser its token, or takes it away.
func (a *api) setLogin(c echo.Context, token models.Secret) {
	cookie := &http.Cookie{ //nolint:gosec // Secure wherever people come by https; they may come by http to their own machine
		Name: loginCookie, Value: token.Reveal(), Path: a.basePath() + panelPath, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: strings.HasPrefix(a.baseURL(c), "https://"),
	}
	if token == "" {
		cookie.MaxAge = -1
	}
	c.SetCookie(cookie)
}

// askToSignIn leads to the form, and from there back to where the reader wanted to go.
func (a *api) askToSignIn(c echo.Context) error {
	base := a.basePath() + panelPath
	address := base + "/login"
	if c.Request().Method == http.MethodGet {
		address += "?" + url.Values{"next": {a.basePath() + c.Request().URL.RequestURI()}}.Encode()
	}
	if inPart(c) {
		c.Response().Header().Set(headerHTMXGo, base+"/login")
		return c.NoContent(http.StatusOK) // htmx follows the header, and leaves the page as it is until then
	}
	return c.Redirect(http.StatusSeeOther, address)
}

func (a *api) loginView() web.AdminLoginView {
	return web.AdminLoginView{Base: a.basePath() + panelPath, Static: a.basePath() + "/static/"}
}

// loginPage answers GET /admin/login.
func (a *api) loginPage(c echo.Context) error {
	q, err := newQuery(c)
	if err != nil {
		return err
	}
	view := a.loginView()
	next := localAddress(view.Base, q.text("next"))
	_, err = a.login(c)
	if err == nil {
		return c.Redirect(http.StatusSeeOther, next)
	}
	if !errors.Is(err, models.ErrNotFound) {
		return err
	}
	if q.has("next") {
		view.Next = next
	}
	view.Notice = loginNotices[q.text("done")]
	return show(c, http.StatusOK, web.RenderAdminLogin, view)
}

var loginNotices = map[string]string{
	"out":     "You are signed out.",
	"revoked": "The key that you were signed in with is revoked, which has signed you out.",
}

// signInToPanel answers POST /admin/login.
func (a *api) signInToPanel(c echo.Context) error {
	err := a.loginLimiter.check(c)
	if err != nil {
		return a.refuseLogin(c, nil, err)
	}
	form, err := a.readForm(c)
	if err != nil {
		return err
	}
	key, err := a.Keys.Authenticate(c.Request().Context(), models.Secret(strings.TrimSpace(form.Get("key"))))
	if err == nil && key.Role != models.RoleOwner && key.Role != models.RoleAdmin {
		err = fmt.Errorf("%w: this one has the role %s", errNoEntry, key.Role)
	}
	if err != nil {
		return a.refuseLogin(c, form, err)
	}
	p := a.newPanel(c, models.Login{Key: key})
	token, err := a.Logins.Create(p.ctx(), p.who)
	if err != nil {
		return err
	}
	if err := a.endLogin(c); err != nil { // the one that the browser had until now
		return err
	}
	a.setLogin(c, token)
	return c.Redirect(http.StatusSeeOther, p.local(form.Get("next")))
}

// refuseLogin shows the form again and says why.
func (a *api) refuseLogin(c echo.Context, form url.Values, err error) error {
	known := loginPages.find(err)
	if known == nil {
		return err
	}
	view := a.loginView()
	view.Next, view.Alert = form.Get("next"), known.text
	if errors.Is(err, errNoEntry) {
		view.Alert = sentence(err) + ". " + known.text
	}
	return show(c, known.status, web.RenderAdminLogin, view)
}

// endLogin ends the login of the browser, if it has one.
func (a *api) endLogin(c echo.Context) error {
	token, ok := tokenOf(c)
	if !ok {
		return nil
	}
	login, err := a.Logins.Authenticate(c.Request().Context(), token)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return a.Logins.End(c.Request().Context(), actorOf(c, &login.Key), token)
}

// signOut answers POST /admin/logout.
func (a *api) signOut(c echo.Context) error {
	if err := a.endLogin(c); err != nil {
		return err
	}
	a.setLogin(c, "")
	return c.Redirect(http.StatusSeeOther, a.basePath()+panelPath+"/login?done=out")
}
