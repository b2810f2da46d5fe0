package rivals

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
)

// FloorOptions say where it listens, and how many bytes it answers.
type FloorOptions struct {
	Addr                        string
	Create, Append, Get, Delete int
}

const patience = 5 * time.Second

// ServeFloor serves until ctx ends: what any service on Echo has to do at least. It reads the body
// of a request, as JSON where it should be, and answers as many bytes as the service would.
func ServeFloor(ctx context.Context, o FloorOptions) error {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.Logger.SetOutput(io.Discard)
	e.GET("/healthz", fixed(1))
	e.POST("/api/exec/session/:id", decoded[floorSession](o.Create))
	e.POST("/api/session/:id/messages", decoded[floorMessages](o.Append))
	e.GET("/api/session", fixed(o.Get))
	e.DELETE("/api/session/:id", fixed(o.Delete))
	server := &http.Server{Addr: o.Addr, Handler: e, ReadHeaderTimeout: patience}
	stopped := context.AfterFunc(ctx, func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		_ = server.Shutdown(limit) // nothing is lost
	})
	defer stopped()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

type floorSession struct {
	AgentID     string `json:"agentId"`
	UserName    string `json:"userName"`
	UserEmail   string `json:"userEmail"`
	AcceptTerms string `json:"acceptTerms"`
}

type floorMessages struct {
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	PromptTokens     *int64 `json:"promptTokens"`
	CompletionTokens *int64 `json:"completionTokens"`
}

// decoded reads a body of type T.
func decoded[T any](size int) echo.HandlerFunc {
	answer := fixed(size)
	return func(c echo.Context) error {
		var body T
		if err := c.Bind(&body); err != nil {
			return err
		}
		return answer(c)
	}
}

// fixed answers so many bytes.
func fixed(size int) echo.HandlerFunc {
	body := bytes.Repeat([]byte{'x'}, size)
	length := strconv.Itoa(size)
	return func(c echo.Context) error {
		if _, err := io.Copy(io.Discard, c.Request().Body); err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentLength, length)
		return c.Blob(http.StatusOK, echo.MIMEApplicationJSON, body)
	}
}
