package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/web"
)

const (
	panelPath   = "/admin"
	loginCookie = "sessionhub_login"

	// panelPolicy is formPolicy for pages with our own scripts, which ask this service alone.
	panelPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

	// htmx says with these that a part of a page is wanted, and is told where to go.
	headerHTMX     = "Hx-Request"
	headerHTMXType = "Hx-Request-Type"
	headerHTMXGo   = "Hx-Redirect"
)

// panelPages are those of the admin panel.
var panelPages = &pages{policy: panelPolicy, answers: panelAnswers, others: answers, refuse: (*api).panelNotice}

// panel is a request of a browser that is signed in to the admin panel.
type panel struct {
	echo.Context
	who   models.Actor
	login models.Login
	base  string // path of the panel
}

func (p *panel) ctx() context.Context { return p.Request().Context() }

// frame is what every page has around it.
func (a *api) frame(p *panel) web.AdminFrame {
	return web.AdminFrame{
		Base: p.base, Static: a.basePath() + "/static/", Tenant: p.login.TenantName,
		Key: p.login.Key.DisplayName, Role: string(p.login.Key.Role), SeesKeys: p.login.Key.Role.May(models.ScopeKeys),
		Now: a.Now(),
	}
}

// panel wraps what is for those who are signed in with a key that has the scope.
func (a *api) panel(scope models.Scope, handle func(*panel) error) echo.HandlerFunc {
	return a.atPanel(func(c echo.Context) error {
		login, err := a.login(c)
		if errors.Is(err, models.ErrNotFound) {
			return a.askToSignIn(c)
		}
		if err != nil {
			return err
		}
		p := a.newPanel(c, login)
		if !login.Key.Role.May(scope) {
			return fmt.Errorf("%w: a key with the role %s may not do this", errForbidden, login.Key.Role)
		}
		return handle(p)
	})
}

// atPanel wraps whatever the panel answers: with pages, and to forms of its own only.
func (a *api) atPanel(handle echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		asPage(c, panelPages)
		c.Response().Header().Add(echo.HeaderVary, headerHTMX)
		if err := a.sameOrigin(c); err != nil {
			return err
		}
		return handle(c)
	}
}

const contextPanel = "panel"

func (a *api) newPanel(c echo.Context, login models.Login) *panel {
	p := &panel{Context: c, login: login, base: a.basePath() + panelPath, who: actorOf(c, &login.Key)}
	c.Set(contextCaller, caller{Key: login.Key, Actor: p.who})
	c.Set(contextPanel, p)
	return p
}

// inPart says whether a part of a page is wanted, to be put into the page that is there.
func inPart(c echo.Context) bool {
	return c.Request().Header.Get(headerHTMX) == "true" && c.Request().Header.Get(headerHTMXType) == "partial"
}

// local returns an address that a form or a query gave, if it leads to a page of the panel, or else the
// list of sessions. Anything else could be made up by another site.
func (p *panel) local(address string) string { return localAddress(p.base, address) }

func localAddress(base, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, base+"/") || strings.Contains(u.Path, "/..") {
		return base + "/sessions"
	}
	return u.RequestURI()
}

// show writes a page that is rendered without mistakes, or none.
func show[V any](c echo.Context, status int, render func(io.Writer, V) error, view V) error {
	var page bytes.Buffer
	if err := render(&page, view); err != nil {
		return err
	}
	return c.HTMLBlob(status, page.Bytes())
}

// see leads the browser to another page of the panel after a change, so that reloading does not repeat it.
func (p *panel) see(path, done string) error {
	return p.Redirect(http.StatusSeeOther, p.base+path+"?"+url.Values{"done": {done}}.Encode())
}

// panelStart answers GET /admin.
func (a *api) panelStart(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, a.basePath()+panelPath+"/sessions")
}

// panelDone is what a page says after it was led back to, by the word in its address.
var panelDone = map[string]string{"revoked": "The key is revoked. Whoever uses it is refused from now on."}
