package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

const (
	allowedMethods = "GET, POST, PUT, DELETE"
	allowedHeaders = "Authorization, Content-Type, database-id-hash, X-API-Key, X-Database-Id, X-Request-Id, " +
		"x-superface-user-id, x-superface-app-name, x-superface-app-url, Idempotency-Key, Mcp-Protocol-Version, Mcp-Session-Id"
	exposedHeaders = "X-Request-Id, X-Total-Count, Retry-After"
	preflightAge   = "7200" // seconds: the longest that browsers keep one
	execPath       = "/api/exec/session/"
)

// shareOrigin lets pages of the configured origins use the API, and those that an exec key
// lists create sessions.
func (a *api) shareOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Response().Header().Add(echo.HeaderVary, echo.HeaderOrigin)
		origin := c.Request().Header.Get(echo.HeaderOrigin)
		if origin == "" {
			return next(c)
		}
		configured := slices.Contains(a.CORSOrigins, "*") || slices.Contains(a.CORSOrigins, strings.ToLower(origin))
		if configured {
			allowOrigin(c, origin)
		}
		if c.Request().Method != http.MethodOptions || c.Request().Header.Get(echo.HeaderAccessControlRequestMethod) == "" {
			return next(c)
		}
		return a.preflight(c, origin, configured)
	}
}

// preflight answers a browser that asks before it sends; it shows no key then.
func (a *api) preflight(c echo.Context, origin string, allowed bool) error {
	if !allowed && strings.HasPrefix(c.Request().URL.Path, execPath) {
		listed, err := a.Keys.OriginAllowed(c.Request().Context(), strings.ToLower(origin))
		if err != nil {
			return err
		}
		if listed {
			allowOrigin(c, origin)
		}
		allowed = listed
	}
	if allowed {
		h := c.Response().Header()
		h.Set(echo.HeaderAccessControlAllowMethods, allowedMethods)
		h.Set(echo.HeaderAccessControlAllowHeaders, allowedHeaders)
		h.Set(echo.HeaderAccessControlMaxAge, preflightAge)
	}
	return c.NoContent(http.StatusNoContent)
}

func allowOrigin(c echo.Context, origin string) {
	h := c.Response().Header()
	h.Set(echo.HeaderAccessControlAllowOrigin, origin)
	h.Set(echo.HeaderAccessControlExposeHeaders, exposedHeaders)
}

func ipNet(p netip.Prefix) *net.IPNet {
	address := p.Masked().Addr()
	return &net.IPNet{IP: address.AsSlice(), Mask: net.CIDRMask(p.Bits(), address.BitLen())}
}
