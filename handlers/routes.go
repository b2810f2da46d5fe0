package handlers

import (
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"sessionhub/models"
	"sessionhub/web"
)

// Deps is what the handlers use.
type Deps struct {
	Sessions sessionStore
	Keys     keyStore
	Audit    auditStore

	Tools          toolStore
	Functions      functionStore
	Connections    connectionLister
	Links          linkStore
	Authorizations authorizations
	Hub            performer
	Connector      connector
	Importer       importer

	Logins loginStore
	Panel  panelSessions

	// Ready says why requests should go elsewhere; nil when they need not.
	Ready      readiness
	Collectors []prometheus.Collector // metrics besides those of HTTP

	Now   func() time.Time
	NewID func() string // of a request
	Log   *slog.Logger

	CORSOrigins    []string // that may use every route; "*" for any
	MaxBody        int64    // bytes of a request's body
	TrustedProxies []netip.Prefix
	ExecRate       float64 // requests a second from one address with exec keys; 0 for any number
	StreamTimeout  time.Duration
	PublicURL      string
	Version        string
}

type api struct {
	Deps
	metrics      *metrics
	limiter      *limiter // of exec keys
	loginLimiter *limiter
	protection   *http.CrossOriginProtection
	docs         *docs
}

// New returns the service.
func New(d Deps) (http.Handler, error) {
	m, err := newMetrics(d.Collectors)
	if err != nil {
		return nil, err
	}
	a := &api{
		Deps: d, metrics: m, docs: &docs{publicURL: d.PublicURL},
		limiter: newLimiter(d.ExecRate, int(d.ExecRate*burstFactor)), loginLimiter: newLimiter(loginRate, loginBurst),
	}
	a.protection = a.newProtection()
	return a.server(), nil
}

func (a *api) server() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // what it has to say comes back as an error
	e.HTTPErrorHandler = a.handleError
	e.IPExtractor = ipExtractor(a.TrustedProxies)
	// Every request gets an id; is counted and logged with the status that it ends with, a
	// panic's included; and may come from another origin, which then reads its errors too.
	e.Use(a.identify, a.observe, a.recoverPanic, a.shareOrigin)
	a.routes(e)
	return e
}

// routes is everything that is served.
func (a *api) routes(e *echo.Echo) {
	a.sessionRoutes(e)
	a.hubRoutes(e)
	a.panelRoutes(e)
	a.publicRoutes(e)
}

func (a *api) sessionRoutes(e *echo.Echo) {
	e.POST("/api/exec/session/:id", a.createSession, a.need(models.ScopeSessionCreate))
	e.POST("/api/exec/session/", a.createSession, a.need(models.ScopeSessionCreate)) // without an id: 400
	e.POST("/api/exec/session", a.createSession, a.need(models.ScopeSessionCreate))

	e.GET("/api/session", a.listSessions, a.need(models.ScopeSessionRead))
	e.GET("/api/session/", a.listSessions, a.need(models.ScopeSessionRead))
	e.PUT("/api/session", a.saveSession, a.need(models.ScopeSessionWrite))
	e.PUT("/api/session/", a.saveSession, a.need(models.ScopeSessionWrite))
	e.DELETE("/api/session/:id", a.deleteSession, a.need(models.ScopeSessionDelete))
	e.DELETE("/api/session/", a.deleteSession, a.need(models.ScopeSessionDelete)) // without an id: 400
	e.DELETE("/api/session", a.deleteSession, a.need(models.ScopeSessionDelete))
	e.POST("/api/session/:id/messages", a.appendMessages, a.need(models.ScopeSessionWrite))
	e.GET("/api/agent/:agentId/session", a.searchSessions, a.need(models.ScopeSessionRead))

	e.GET("/api/audit", a.listAudit, a.need(models.ScopeAudit))
	e.PUT("/api/audit", a.appendAudit, a.need(models.ScopeAudit))

	e.GET("/api/keys", a.listKeys, a.need(models.ScopeKeys))
	e.POST("/api/keys", a.createKey, a.need(models.ScopeKeys))
	e.DELETE("/api/keys/:keyLocatorHash", a.revokeKey, a.need(models.ScopeKeys))
}

func (a *api) hubRoutes(e *echo.Echo) {
	e.GET("/api/hub/fd", a.listFunctions, a.needHub(models.ScopeHub))
	e.POST("/api/hub/session", a.createLink, a.needHub(models.ScopeHub))
	e.POST("/api/hub/perform/:function", a.perform, a.needHub(models.ScopeHub))
	e.GET("/api/hub/tools/:tool", a.toolState, a.needHub(models.ScopeHub))
	e.GET("/api/hub/tools", a.listTools, a.needHub(models.ScopeHubAdmin))
	e.POST("/api/hub/tools", a.addTool, a.needHub(models.ScopeHubAdmin))
	e.DELETE("/api/hub/tools/:tool", a.deleteTool, a.needHub(models.ScopeHubAdmin))
	e.Match([]string{http.MethodGet, http.MethodPost, http.MethodDelete}, "/api/hub/mcp", a.serveMCP(), a.needHub(models.ScopeHub))

	// For the browser that a configuration link belongs to.
	e.GET("/api/hub/session/:token", a.visited(a.connectPage))
	e.POST("/api/hub/session/:token", a.visited(a.changeConnection))
	e.GET("/api/hub/session/:token/sign-in", a.visited(a.signIn))
	e.GET("/api/hub/oauth/callback/:id", a.signedIn)
}

// panelRoutes are the pages of the admin panel.
func (a *api) panelRoutes(e *echo.Echo) {
	e.GET("/admin", a.atPanel(a.panelStart))
	e.GET("/admin/login", a.atPanel(a.loginPage))
	e.POST("/admin/login", a.atPanel(a.signInToPanel))
	e.POST("/admin/logout", a.atPanel(a.signOut))
	e.RouteNotFound("/admin/*", a.atPanel(func(echo.Context) error { return echo.ErrNotFound }))

	e.GET("/admin/sessions", a.panel(models.ScopeSessionRead, a.sessionsPage))
	e.GET("/admin/sessions/:id", a.panel(models.ScopeSessionRead, a.sessionPage))
	e.GET("/admin/sessions/:id/download", a.panel(models.ScopeSessionRead, a.downloadSession))
	e.POST("/admin/sessions/confirm", a.panel(models.ScopeSessionDelete, a.confirmDelete))
	e.POST("/admin/sessions/delete", a.panel(models.ScopeSessionDelete, a.deleteSelected))
	e.GET("/admin/usage", a.panel(models.ScopeSessionRead, a.usagePage))
	e.GET("/admin/audit", a.panel(models.ScopeAudit, a.auditPage))
	e.GET("/admin/keys", a.panel(models.ScopeKeys, a.keysPage))
	e.POST("/admin/keys", a.panel(models.ScopeKeys, a.makeKey))
	e.GET("/admin/keys/:keyLocatorHash", a.panel(models.ScopeKeys, a.keyPage))
	e.POST("/admin/keys/:keyLocatorHash/revoke", a.panel(models.ScopeKeys, a.revokeInPanel))
}

// publicRoutes need no key.
func (a *api) publicRoutes(e *echo.Echo) {
	e.Match([]string{http.MethodGet, http.MethodHead}, "/healthz", a.health)
	e.Match([]string{http.MethodGet, http.MethodHead}, "/readyz", a.ready)
	e.GET("/metrics", a.metrics.serve)
	e.GET("/openapi.json", a.openAPI)
	e.GET("/docs", a.docsPage)
	e.StaticFS("/static", web.Static())
}
