package handlers

import (
	"context"
	"log/slog"
	"net/http"

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

// ready answers GET /readyz: the database answers, its schema is this program's, and the
// program is not about to stop. The cause is told to the log, for the page is public.
func (a *api) ready(c echo.Context) error {
	if err := a.Ready(c.Request().Context()); err != nil {
		a.Log.LogAttrs(c.Request().Context(), slog.LevelWarn, "not ready", slog.Any("error", err))
		return c.JSON(http.StatusServiceUnavailable, statusResponse{Status: "unavailable", Message: "The service cannot take requests now; its log says why."})
	}
	return c.JSON(http.StatusOK, statusResponse{Status: "ok"})
}
