package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// readiness returns an error while requests should go elsewhere.
type readiness func(context.Context) error

type statusResponse struct {
	Status  string `json:"status"`
	Message string `json:"message,omitempty"`
}

// health answers GET /healthz: the process is up.
func (*api) health(c echo.Context) error {
	return c.JSON(http.StatusOK, statusResponse{Status: "ok"})
}

// readyLimit is how long the database may take to say that it is there: probes wait for a second or so.
const readyLimit = 900 * time.Millisecond

// ready answers GET /readyz: the database answers, its schema is this program's, and the
// program is not about to stop. The cause is told to the log, for the page is public.
func (a *api) ready(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), readyLimit)
	defer cancel()
	if err := a.Ready(ctx); err != nil {
		a.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "not ready", slog.Any("error", err))
		return c.JSON(http.StatusServiceUnavailable, statusResponse{Status: "unavailable", Message: "The service cannot take requests now; its log says why."})
	}
	return c.JSON(http.StatusOK, statusResponse{Status: "ok"})
}
