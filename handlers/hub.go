package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
)

const (
	headerUser        = "x-superface-user-id"
	headerAppName     = "x-superface-app-name"
	headerAppURL      = "x-superface-app-url"
	headerIdempotency = "Idempotency-Key"
)

// performer is the part of hub.Hub that acts for agents.
type performer interface {
	// Perform returns models.ErrNotFound for a function that there is not.
	Perform(ctx context.Context, r hub.Request) (hub.Answer, error)
	// Limit is how long Perform may take.
	Limit() time.Duration
	Connected(ctx context.Context, who models.Actor, t *models.Tool, userID string) (bool, error)
}

// functionStore is the part of repository.Tools that tells what there is.
type functionStore interface {
	Get(ctx context.Context, who models.Actor, name string) (models.Tool, error)
	Functions(ctx context.Context, who models.Actor) ([]models.Function, error)
}

type sessionLinkResponse struct {
	Status           string `json:"status"`
	ConfigurationURL string `json:"configuration_url"`
	AssistantHint    string `json:"assistant_hint"`
}

type toolStateResponse struct {
	Provider  string `json:"provider"`
	Connected bool   `json:"connected"`
}

// listFunctions answers GET /api/hub/fd.
func (a *api) listFunctions(c echo.Context) error {
	query, err := newQuery(c)
	if err != nil {
		return err
	}
	format, err := hub.ParseFormat(query.text("format"))
	if err != nil {
		return err
	}
	functions, err := a.Functions.Functions(c.Request().Context(), callerOf(c).Actor)
	if err != nil {
		return err
	}
	definitions, err := hub.Definitions(format, functions)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, definitions)
}

// createLink answers POST /api/hub/session.
func (a *api) createLink(c echo.Context) error {
	user, err := endUser(c)
	if err != nil {
		return err
	}
	token, err := a.Links.Create(c.Request().Context(), callerOf(c).Actor, &models.Link{UserID: user, App: appOf(c)})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, sessionLinkResponse{
		Status: hub.StatusSuccess, ConfigurationURL: hub.LinkURL(a.baseURL(c), token), AssistantHint: hub.SessionHint,
	})
}

// perform answers POST /api/hub/perform/{function}.
func (a *api) perform(c echo.Context) error {
	function, err := pathParam(c, "function")
	if err != nil {
		return err
	}
	user, err := endUser(c)
	if err != nil {
		return err
	}
	arguments, err := a.readArguments(c)
	if err != nil {
		return err
	}
	key := c.Request().Header.Get(headerIdempotency)
	if len(key) > models.MaxIdempotencyKey {
		return models.Invalid(headerIdempotency, fmt.Sprintf("is longer than %d bytes", models.MaxIdempotencyKey))
	}
	if err := a.allowTime(c, a.Hub.Limit()); err != nil {
		return err
	}
	answer, err := a.Hub.Perform(c.Request().Context(), hub.Request{
		Who: callerOf(c).Actor, UserID: user, Function: function, Arguments: arguments,
		IdempotencyKey: key, App: appOf(c), BaseURL: a.baseURL(c),
	})
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}

// readArguments reads a JSON object, or nothing, and returns its text.
func (a *api) readArguments(c echo.Context) ([]byte, error) {
	text, err := a.readBody(c)
	if err != nil || len(text) == 0 {
		return nil, err
	}
	if _, err := parseObject(text); err != nil {
		return nil, err
	}
	return text, nil
}

// allowTime lets the answer be written later than others: a provider has to answer first.
func (a *api) allowTime(c echo.Context, d time.Duration) error {
	err := http.NewResponseController(c.Response().Writer).SetWriteDeadline(a.Now().Add(d + a.StreamTimeout))
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// toolState answers GET /api/hub/tools/{tool or function}.
func (a *api) toolState(c echo.Context) error {
	name, err := pathParam(c, "tool")
	if err != nil {
		return err
	}
	user, err := endUser(c)
	if err != nil {
		return err
	}
	ctx, who := c.Request().Context(), callerOf(c).Actor
	tool, err := a.Functions.Get(ctx, who, models.ToolOf(name))
	if err != nil {
		return err
	}
	if name != tool.Name && !hasFunction(&tool, name) {
		return models.ErrNotFound
	}
	connected, err := a.Hub.Connected(ctx, who, &tool, user)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, toolStateResponse{Provider: tool.Name, Connected: connected})
}

func hasFunction(t *models.Tool, name string) bool {
	for i := range t.Functions {
		if t.Functions[i].Name == name {
			return true
		}
	}
	return false
}

// endUser returns the end user that the agent acts for.
func endUser(c echo.Context) (string, error) {
	user := c.Request().Header.Get(headerUser)
	if user == "" {
		return "", models.Invalid(headerUser, "this header is missing: it says for which of your users the agent acts")
	}
	if !models.IsUserID(user) {
		return "", models.Invalid(headerUser, "must be 1 to 100 of A-Z a-z 0-9 - _ |")
	}
	return user, nil
}

// appOf returns the way back to the agent's application, for the configuration page.
func appOf(c echo.Context) models.App {
	h := c.Request().Header
	return models.App{Name: strings.ToValidUTF8(h.Get(headerAppName), ""), URL: h.Get(headerAppURL)}
}
