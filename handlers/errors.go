package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/repository"
)

// What is wrong with a request as HTTP. Details are wrapped around them.
var (
	errUnauthenticated = errors.New("unauthorized")
	errForbidden       = errors.New("forbidden")
	errNoID            = errors.New("invalid request, no id provided within request url")
	errMissingFields   = errors.New("invalid request, missing required fields")
	errTooLarge        = errors.New("request body too large")
	errMediaType       = errors.New("unsupported media type: send JSON, with the header Content-Type: application/json")
	errTooMany         = errors.New("too many requests, slow down")
)

var errOtherAgent = fmt.Errorf("%w: the API key may not be used for this agent", errForbidden)

// statusUnreadable is what Open Agents Builder answers when something does not decrypt.
const statusUnreadable = 499

type errorAnswer struct {
	err     error
	status  int
	message string // empty: the whole error, which is written for the caller
}

// answers turns errors into answers. What is not here is ours: 500, and told to the log only.
var answers = []errorAnswer{
	{models.ErrInvalid, http.StatusBadRequest, ""},
	{repository.ErrNotFound, http.StatusBadRequest, "Data not found!"},
	{repository.ErrDeleted, http.StatusBadRequest, "Session was deleted"},
	{repository.ErrLastOwner, http.StatusBadRequest, "The last owner key of a tenant cannot be revoked; make another one first"},
	{repository.ErrUnreadable, statusUnreadable, ""},
	{errNoID, http.StatusBadRequest, ""},
	{errMissingFields, http.StatusBadRequest, ""},
	{errUnauthenticated, http.StatusUnauthorized, ""},
	{repository.ErrKey, http.StatusUnauthorized, "Unauthorized: the API key is unknown, expired or revoked"},
	{errForbidden, http.StatusForbidden, ""},
	{errTooLarge, http.StatusRequestEntityTooLarge, ""},
	{errMediaType, http.StatusUnsupportedMediaType, ""},
	{errTooMany, http.StatusTooManyRequests, ""},
	{repository.ErrUnavailable, http.StatusServiceUnavailable, unavailableMessage},
}

const unavailableMessage = "The database cannot be reached now. Try again in a moment; what was being written may have been written."

// unavailableRetry is when to come back, in seconds: a fail-over takes some, and nobody knows how many.
const unavailableRetry = "1"

const internalMessage = "Something went wrong on our side. The X-Request-Id of this answer leads the operator to the cause."

// errorResponse is the body of every failure.
type errorResponse struct {
	Message string          `json:"message"`
	Issues  []issueResponse `json:"issues,omitempty"`
	Status  int             `json:"status"`
}

type issueResponse struct {
	Path    []string `json:"path"`
	Message string   `json:"message"`
}

// handleError is the one place that answers errors.
func (a *api) handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	answer := a.newAnswer(c, err)
	a.logFailure(c, err, answer.Status)
	switch answer.Status {
	case http.StatusServiceUnavailable:
		c.Response().Header().Set(echo.HeaderRetryAfter, unavailableRetry)
	case http.StatusUnauthorized:
		c.Response().Header().Set(echo.HeaderWWWAuthenticate, `Bearer realm="sessionhub"`)
	}
	if err := a.sendError(c, err, answer); err != nil {
		a.Log.LogAttrs(c.Request().Context(), slog.LevelDebug, "answer not sent", slog.String("id", requestID(c)), slog.Any("error", err))
	}
}

// logFailure tells the operator of what is not the client's doing.
func (a *api) logFailure(c echo.Context, err error, status int) {
	clientLeft := c.Request().Context().Err() != nil // whatever failed then, failed for that
	if (status >= http.StatusInternalServerError || status == statusUnreadable) && !clientLeft {
		a.Log.LogAttrs(c.Request().Context(), slog.LevelError, "request failed",
			slog.String("id", requestID(c)), slog.String("route", c.Path()), slog.Any("error", err))
	}
}

func newErrorResponse(err error) errorResponse { return lookUp(err, answers) }

func lookUp(err error, answers []errorAnswer) errorResponse {
	for _, known := range answers {
		if !errors.Is(err, known.err) {
			continue
		}
		message := known.message
		if message == "" {
			message = sentence(err)
		}
		return errorResponse{Message: message, Issues: newIssues(err), Status: known.status}
	}
	var http404or405 *echo.HTTPError
	if errors.As(err, &http404or405) && http404or405.Code < http.StatusInternalServerError {
		return errorResponse{Message: http.StatusText(http404or405.Code), Status: http404or405.Code}
	}
	return errorResponse{Message: internalMessage, Status: http.StatusInternalServerError}
}

// sentence begins with a capital, unless it begins with the name of a field.
func sentence(err error) string {
	text := err.Error()
	if issues := newIssues(err); len(issues) > 0 && len(issues[0].Path) > 0 {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

func newIssues(err error) []issueResponse {
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) {
		return nil
	}
	issues := make([]issueResponse, len(invalid.Issues))
	for i, issue := range invalid.Issues {
		issues[i] = issueResponse{Path: []string{}, Message: issue.Message}
		if issue.Field != "" {
			issues[i].Path = strings.Split(issue.Field, ".")
		}
	}
	return issues
}
