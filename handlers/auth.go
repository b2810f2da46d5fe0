package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// keyFinder is the part of repository.Keys that tells who is calling. Authenticate returns
// repository.ErrKey for a text that is no key.
type keyFinder interface {
	Authenticate(ctx context.Context, apiKey models.Secret) (models.Key, error)
	OriginAllowed(ctx context.Context, origin string) (bool, error)
}

// The published npm client (open-agents-builder-client 1.6.1) sends the second pair, whatever
// its documentation says; the first pair decides where both are there. See docs/adr.
const (
	headerDatabase      = "Database-Id-Hash" // each as net/http spells it, which saves it the work
	headerAltKey        = "X-Api-Key"
	headerAltDatabase   = "X-Database-Id"
	contextCaller       = "caller"
	maxUserAgentInAudit = 512 // bytes: enough to tell clients apart
)

// caller is who sent the request.
type caller struct {
	Key   models.Key
	Actor models.Actor
}

func callerOf(c echo.Context) caller { return c.Get(contextCaller).(caller) }

// need lets a request pass whose key has the scope and is good for the tenant that it names.
func (a *api) need(scope models.Scope) echo.MiddlewareFunc { return a.guard(scope, true) }

// needHub is need for the routes of the hub, where a request need not name the tenant.
func (a *api) needHub(scope models.Scope) echo.MiddlewareFunc { return a.guard(scope, false) }

func (a *api) guard(scope models.Scope, named bool) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set(echo.HeaderCacheControl, "no-store")
			key, err := a.authenticate(c, named)
			if err != nil {
				return err
			}
			c.Set(contextCaller, caller{Key: key, Actor: actorOf(c, &key)})
			if !key.Role.May(scope) {
				return fmt.Errorf("%w: a key with the role %s may not do this (it needs %s)", errForbidden, key.Role, scope)
			}
			if err := a.checkExec(c, &key); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// actorOf is who acts by a request that comes with the key.
func actorOf(c echo.Context, key *models.Key) models.Actor {
	return models.Actor{
		TenantID: key.TenantID, DatabaseIDHash: key.DatabaseIDHash, KeyLocatorHash: key.LocatorHash,
		IP: c.RealIP(), UserAgent: truncate(c.Request().UserAgent(), maxUserAgentInAudit),
	}
}

// authenticate returns the key of the request, after holding it against the tenant named.
func (a *api) authenticate(c echo.Context, named bool) (models.Key, error) {
	apiKey, err := bearer(c.Request().Header)
	if err != nil {
		return models.Key{}, err
	}
	database := firstOf(c.Request().Header, headerDatabase, headerAltDatabase)
	if database == "" && named {
		return models.Key{}, fmt.Errorf("%w: the header database-id-hash is missing", errUnauthenticated)
	}
	key, err := a.Keys.Authenticate(c.Request().Context(), models.Secret(apiKey))
	if err != nil {
		return models.Key{}, err
	}
	if database != "" && !strings.EqualFold(database, key.DatabaseIDHash) {
		return models.Key{}, fmt.Errorf("%w: the API key belongs to another database than database-id-hash names", errForbidden)
	}
	return key, nil
}

// bearer takes the API key from the headers.
func bearer(h http.Header) (string, error) {
	authorization := h.Get(echo.HeaderAuthorization)
	if key := h.Get(headerAltKey); authorization == "" && key != "" {
		return key, nil
	}
	if authorization == "" {
		return "", fmt.Errorf("%w: the header Authorization: Bearer ad_key_... is missing", errUnauthenticated)
	}
	scheme, key, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" {
		return "", fmt.Errorf("%w: the header has to read Authorization: Bearer and then the API key", errUnauthenticated)
	}
	return strings.TrimSpace(key), nil
}

func firstOf(h http.Header, names ...string) string {
	for _, name := range names {
		if value := h.Get(name); value != "" {
			return value
		}
	}
	return ""
}

// checkExec holds a request with an exec key, which anybody can read out of a web page, to
// the origins of the key and to a rate.
func (a *api) checkExec(c echo.Context, key *models.Key) error {
	if key.Role != models.RoleExec {
		return nil
	}
	origin := c.Request().Header.Get(echo.HeaderOrigin)
	if !key.AllowsOrigin(origin) {
		return fmt.Errorf("%w: the API key may not be used from this origin", errForbidden)
	}
	if origin != "" && len(key.AllowedOrigins) > 0 {
		allowOrigin(c, origin)
	}
	return a.limiter.check(c)
}

// ipExtractor believes X-Forwarded-For as far as trusted proxies wrote it.
func ipExtractor(trusted []netip.Prefix) echo.IPExtractor {
	if len(trusted) == 0 {
		return echo.ExtractIPDirect()
	}
	options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
	for _, prefix := range trusted {
		options = append(options, echo.TrustIPRange(ipNet(prefix)))
	}
	return echo.ExtractIPFromXFFHeader(options...)
}

// truncate cuts s to at most n bytes of valid UTF-8.
func truncate(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "")
}
