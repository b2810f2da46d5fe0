package handlers

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/web"
)

// linkStore is the part of repository.Links behind the configuration page. Open and Look return
// models.ErrNotFound, models.ErrLinkExpired and models.ErrLinkTaken.
type linkStore interface {
	Create(ctx context.Context, who models.Actor, l *models.Link) (models.Secret, error)
	Open(ctx context.Context, token, browser models.Secret) (models.Actor, models.Link, bool, error)
	Look(ctx context.Context, token models.Secret) (models.Link, error)
}

// connectionLister is the part of repository.Connections that the page shows.
type connectionLister interface {
	List(ctx context.Context, who models.Actor, userID string) ([]models.Connection, error)
}

// connector is the part of hub.Hub behind the page.
type connector interface {
	Connect(ctx context.Context, who models.Actor, t *models.Tool, userID string, way models.Requirement, values map[string]string) error
	Disconnect(ctx context.Context, who models.Actor, tool, userID string) (revoked bool, err error)
	Test(ctx context.Context, who models.Actor, t *models.Tool, userID string) error
	BeginSignIn(ctx context.Context, who models.Actor, in hub.SignIn) (string, error)
	EndSignIn(ctx context.Context, who models.Actor, a models.Authorization, r hub.Returned) error
}

// visit is a request of a browser to a configuration page that it may see.
type visit struct {
	echo.Context
	who   models.Actor
	link  models.Link
	token models.Secret
	path  string // of the page
}

func (v *visit) ctx() context.Context { return v.Request().Context() }

// visited wraps what only the browser may do that a link belongs to. The first one to open the
// link is that browser.
func (a *api) visited(handle func(*visit) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		asPage(c, connectPages)
		if err := a.sameOrigin(c); err != nil {
			return err
		}
		token, err := pathParam(c, "token")
		if err != nil {
			return err
		}
		if isPreview(c.Request()) {
			return a.preview(c, models.Secret(token))
		}
		browser, known := browserOf(c)
		if !known && c.Request().Method != http.MethodGet {
			return models.ErrLinkTaken // whoever opened the page has the cookie
		}
		who, link, _, err := a.Links.Open(c.Request().Context(), models.Secret(token), browser)
		c.Set(contextApp, link.App) // also of a link that does not work any more: its reader wants to go back
		if err != nil {
			return err
		}
		if !known {
			a.setBrowser(c, browser)
		}
		who.IP, who.UserAgent = c.RealIP(), truncate(c.Request().UserAgent(), maxUserAgentInAudit)
		return handle(&visit{Context: c, who: who, link: link, token: models.Secret(token), path: a.basePath() + "/api/hub/session/" + token})
	}
}

// connectPage answers GET /api/hub/session/{token}.
func (a *api) connectPage(v *visit) error {
	query, err := newQuery(v)
	if err != nil {
		return err
	}
	page := connectChoice{editing: query.text("edit"), removing: query.text("remove")}
	page.notice = notices[query.text("done")]
	page.alert = alerts[query.text("failed")]
	page.about = query.text("tool")
	return a.showConnections(v, http.StatusOK, page)
}

// notices and alerts are what the page says after it was led back to, by the word in its
// address. They name nothing that the address could make up.
var notices = map[string]string{
	"saved": "The account is connected.", "tested": "The account works.", "removed": "The account was removed.",
	"kept": "The account was removed here. Its provider could not be told: end the access there too, in the settings of your account.",
}

var alerts = map[string]string{
	"denied": "You did not give access at the provider. Nothing was changed.",
	"failed": "The sign-in did not succeed. Nothing was changed; you can try again.",
}

// changeConnection answers POST /api/hub/session/{token}: save, test or remove.
func (a *api) changeConnection(v *visit) error {
	form, err := a.readForm(v)
	if err != nil {
		return err
	}
	tool, err := a.Functions.Get(v.ctx(), v.who, form.Get("tool"))
	if errors.Is(err, models.ErrNotFound) || err == nil && (tool.Credentials == models.OwnerTenant) != (v.link.UserID == "") {
		return errNoAccount
	}
	if err != nil {
		return err
	}
	switch form.Get("do") {
	case "save":
		return a.saveConnection(v, &tool, form)
	case "test":
		return a.testConnection(v, &tool)
	case "remove":
		return a.removeConnection(v, &tool)
	}
	return models.Invalid("do", "must be save, test or remove")
}

func (a *api) saveConnection(v *visit, tool *models.Tool, form url.Values) error {
	way := wayOf(tool, form.Get("way"))
	if way == nil {
		return models.Invalid("way", "is not a way to connect to this tool; it may have been changed meanwhile")
	}
	values := make(map[string]string, len(form))
	for name := range form {
		values[name] = form.Get(name)
	}
	err := a.Connector.Connect(v.ctx(), v.who, tool, v.link.UserID, way, values)
	var invalid *models.InvalidError
	if errors.As(err, &invalid) {
		return a.showConnections(v, http.StatusUnprocessableEntity, connectChoice{
			editing: tool.Name, way: wayID(way), about: tool.Name, issues: invalid.Issues, alert: "Something is missing or does not fit. Nothing was changed.",
		})
	}
	if err != nil {
		return err
	}
	return v.back(tool.Name, "done", "saved")
}

func (a *api) testConnection(v *visit, tool *models.Tool) error {
	if err := a.Connector.Test(v.ctx(), v.who, tool, v.link.UserID); err != nil {
		var failed *hub.TestError
		if !errors.As(err, &failed) {
			return err
		}
		return a.showConnections(v, http.StatusOK, connectChoice{about: tool.Name, alert: failed.Error()})
	}
	return v.back(tool.Name, "done", "tested")
}

func (a *api) removeConnection(v *visit, tool *models.Tool) error {
	revoked, err := a.Connector.Disconnect(v.ctx(), v.who, tool.Name, v.link.UserID)
	if err != nil && !errors.Is(err, models.ErrNotFound) { // removed twice is removed
		return err
	}
	if err == nil && !revoked {
		return v.back(tool.Name, "done", "kept")
	}
	return v.back(tool.Name, "done", "removed")
}

// back leads the browser to the page after a change, so that reloading does not repeat it.
func (v *visit) back(tool, word, what string) error {
	query := url.Values{word: {what}, "tool": {tool}}
	return v.Redirect(http.StatusSeeOther, v.path+"?"+query.Encode())
}

// readForm reads a form within the limit of a body.
func (a *api) readForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, a.MaxBody)
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, errTooLarge
		}
		return nil, models.Invalid("", "the form did not arrive whole")
	}
	return r.PostForm, nil
}

// preview answers a program that looks at links before people do: it must not be taken for the
// browser that opened one.
func (a *api) preview(c echo.Context, token models.Secret) error {
	if _, err := a.Links.Look(c.Request().Context(), token); err != nil {
		return err
	}
	return a.notice(c, web.NoticeView{
		Status: http.StatusOK, Title: "Connect your accounts",
		Text: []string{"This link leads to the page where you connect the accounts that your agent works with. Open it in your browser; it works once, for fifteen minutes."},
	})
}

var previewers = []string{"bot", "preview", "externalhit", "whatsapp", "embed", "crawler", "spider", "unfurl"}

// isPreview recognises the programs that fetch a link to show what is behind it, and browsers
// that fetch ahead of a click.
func isPreview(r *http.Request) bool {
	if strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose"), "prefetch") {
		return true
	}
	agent := strings.ReplaceAll(strings.ToLower(r.UserAgent()), "cubot", "") // which makes telephones
	for _, name := range previewers {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return false
}

// notice writes a page of words.
func (a *api) notice(c echo.Context, view web.NoticeView) error {
	view.Static = a.basePath() + "/static/"
	if app, ok := c.Get(contextApp).(models.App); ok {
		view.AppName, view.AppURL = app.Name, app.URL
	}
	var page bytes.Buffer
	if err := web.RenderNotice(&page, view); err != nil {
		return err
	}
	return c.HTMLBlob(view.Status, page.Bytes())
}
