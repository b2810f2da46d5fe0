package handlers

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"sessionhub/hub"
	"sessionhub/models"
	"sessionhub/repository"
)

const hubPath = "/api/hub/"

// hubAnswers come before answers on the routes of the hub.
var hubAnswers = append([]errorAnswer{
	{repository.ErrToolExists, http.StatusConflict, ""},
	{hub.ErrOtherArguments, http.StatusUnprocessableEntity, ""},
	{hub.ErrUnderWay, http.StatusConflict, ""},
	{models.ErrNotFound, http.StatusNotFound, "There is no such tool or function. GET /api/hub/fd lists the functions there are."},
}, answers...)

// hubErrorResponse is the body of every failure of the hub.
type hubErrorResponse struct {
	Title  string          `json:"title"`
	Detail string          `json:"detail"`
	Issues []issueResponse `json:"issues,omitempty"`
}

// newAnswer looks the error up, for the part of the service that the request went to.
func (a *api) newAnswer(c echo.Context, err error) errorResponse {
	switch p := pagesOf(c); {
	case p != nil:
		return p.newAnswer(err)
	case isHub(c):
		return lookUp(err, hubAnswers)
	}
	return newErrorResponse(err)
}

func isHub(c echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, hubPath) }

// sendError writes the answer in the shape of that part.
func (a *api) sendError(c echo.Context, err error, answer errorResponse) error {
	switch p := pagesOf(c); {
	case p != nil:
		return p.refuse(a, c, p.newNotice(err, answer))
	case isHub(c):
		title := http.StatusText(answer.Status)
		if answer.Status == statusUnreadable {
			title = "Unreadable"
		}
		detail := answer.Message
		if rest, ok := strings.CutPrefix(detail, title+": "); ok && rest != "" { // said once is enough
			detail = strings.ToUpper(rest[:1]) + rest[1:]
		}
		return c.JSON(answer.Status, hubErrorResponse{Title: title, Detail: detail, Issues: answer.Issues})
	}
	return c.JSON(answer.Status, answer)
}
