package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
	"sessionhub/repository"
)

// sessionStore is the part of repository.Sessions that this file uses. Errors: ErrNotFound
// and ErrDeleted of repository, models.ErrInvalid, repository.ErrUnreadable.
type sessionStore interface {
	Create(ctx context.Context, who models.Actor, m *models.Session) (created bool, err error)
	Save(ctx context.Context, who models.Actor, p *models.SessionPatch) error
	Agent(ctx context.Context, who models.Actor, id string) (string, error)
	Append(ctx context.Context, who models.Actor, a *models.Append) (count int64, err error)
	Delete(ctx context.Context, who models.Actor, id string) error
	List(ctx context.Context, who models.Actor, f models.SessionFilter, to repository.SessionReader) error
	Search(ctx context.Context, who models.Actor, q models.SessionSearch, to repository.SessionReader) error
}

const (
	messageCreated = "Session created"
	messageExists  = "Session already exists"
	messageSaved   = "Data saved successfully!"
	messageDeleted = "Data deleted successfully!"

	headerTotal = "X-Total-Count"
)

// response is the body of a success, with or without data.
type response struct {
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
	Status  int    `json:"status,omitempty"`
}

type idResponse struct {
	ID string `json:"id"`
}

type countResponse struct {
	ID    string `json:"id"`
	Count int64  `json:"count"`
}

// createSession answers POST /api/exec/session/{id}: create, or resume what is there.
func (a *api) createSession(c echo.Context) error {
	id, err := sessionID(c)
	if err != nil {
		return err
	}
	body, err := a.readObject(c)
	if errors.Is(err, errNotObject) {
		return errMissingFields
	}
	if err != nil {
		return err
	}
	m := models.Session{
		ID: id, AgentID: body.word("agentId"),
		UserName: body.secret("userName").Value, UserEmail: body.secret("userEmail").Value,
	}
	if m.AgentID == "" || m.UserName == nil || *m.UserName == "" || m.UserEmail == nil || *m.UserEmail == "" {
		return errMissingFields
	}
	m.AcceptTerms = acceptTerms(body)
	if err := body.check(m.Validate()); err != nil {
		return err
	}
	who := callerOf(c)
	if err := a.checkAgent(c, who, &m); err != nil {
		return err
	}
	created, err := a.Sessions.Create(c.Request().Context(), who.Actor, &m)
	if err != nil {
		return err
	}
	if !created {
		return c.JSON(http.StatusOK, response{Message: messageExists, Data: idResponse{id}})
	}
	return c.JSON(http.StatusOK, response{Message: messageCreated, Data: idResponse{id}, Status: http.StatusOK})
}

// checkAgent holds a key that is limited to an agent to it: in what it asks for, and in what it
// would be told of a session that is there, or was.
func (a *api) checkAgent(c echo.Context, who caller, m *models.Session) error {
	if who.Key.AgentID == nil {
		return nil
	}
	stored, err := a.Sessions.Agent(c.Request().Context(), who.Actor, m.ID)
	if errors.Is(err, repository.ErrNotFound) {
		stored, err = m.AgentID, nil
	}
	if err == nil && (!who.Key.AllowsAgent(m.AgentID) || !who.Key.AllowsAgent(stored)) {
		err = errOtherAgent
	}
	return err
}

// acceptTerms is "true" for what says true, and "false" for everything else.
func acceptTerms(body *object) *string {
	raw := body.fields["acceptTerms"]
	var text string
	err := json.Unmarshal(raw, &text)
	accepted := strconv.FormatBool(string(raw) == "true" || err == nil && text == "true")
	return &accepted
}

// sessionID returns the id in the path.
func sessionID(c echo.Context) (string, error) {
	id, err := pathParam(c, "id")
	if err == nil && id == "" {
		err = errNoID
	}
	return id, err
}

// listSessions answers GET /api/session.
func (a *api) listSessions(c echo.Context) error {
	q, err := newQuery(c)
	if err != nil {
		return err
	}
	f := models.SessionFilter{
		ID: q.text("id"), AgentID: q.text("agentId"),
		Limit: q.count("limit", 0, math.MaxInt64, -1), Offset: q.count("offset", 0, math.MaxInt64, 0),
	}
	if err := q.issues.Err(); err != nil {
		return err
	}
	out, err := a.newStream(c)
	if err != nil {
		return err
	}
	out.out = append(out.out, '[')
	err = a.Sessions.List(c.Request().Context(), callerOf(c).Actor, f, repository.SessionReader{
		Total:   out.total,
		Session: out.element(),
	})
	out.out = append(out.out, "]\n"...)
	return out.end(err)
}

// total tells how many sessions match, before the first of them is written.
func (s *stream) total(total int64) error {
	s.c.Response().Header().Set(headerTotal, strconv.FormatInt(total, 10))
	return nil
}

// element writes sessions as the elements of an array.
func (s *stream) element() func(*models.Session, models.Text) error {
	separator := ""
	return func(m *models.Session, messages models.Text) error {
		s.out = append(s.out, separator...)
		separator = ","
		return s.session(m, messages)
	}
}

// saveSession answers PUT /api/session.
func (a *api) saveSession(c echo.Context) error {
	body, err := a.readObject(c)
	if err != nil {
		return err
	}
	p := newSessionPatch(body)
	if err := body.check(p.Validate()); err != nil {
		return err
	}
	who := callerOf(c).Actor
	if err := a.Sessions.Save(c.Request().Context(), who, p); err != nil {
		return err
	}
	// What is stored now is read back, so that the answer is a state that was; where somebody
	// has deleted the session meanwhile, the answer says so.
	found := false
	out, err := a.newStream(c)
	if err != nil {
		return err
	}
	out.out = append(out.out, `{"message":"`+messageSaved+`","data":`...)
	err = a.Sessions.List(c.Request().Context(), who, models.SessionFilter{ID: p.ID, Limit: 1}, repository.SessionReader{
		Total:   func(total int64) error { found = total > 0; return nil },
		Session: out.session,
	})
	if err == nil && !found {
		err = repository.ErrDeleted
	}
	out.out = append(out.out, `,"status":200}`+"\n"...)
	return out.end(err)
}

func newSessionPatch(body *object) *models.SessionPatch {
	return &models.SessionPatch{
		ID: body.word("id"), AgentID: body.word("agentId"),
		UserName: body.secret("userName"), UserEmail: body.secret("userEmail"),
		AcceptTerms: body.terms("acceptTerms"), FinalizedAt: body.text("finalizedAt"),
		PromptTokens: body.count("promptTokens"), CompletionTokens: body.count("completionTokens"),
		Messages: body.text("messages"), CreatedAt: body.time("createdAt"),
	}
}

// appendMessages answers POST /api/session/{id}/messages.
func (a *api) appendMessages(c echo.Context) error {
	id, err := sessionID(c)
	if err != nil {
		return err
	}
	body, err := a.readObject(c)
	if err != nil {
		return err
	}
	request := models.Append{
		SessionID: id, PromptTokens: body.count("promptTokens").Value, CompletionTokens: body.count("completionTokens").Value,
	}
	for _, message := range body.list("messages") {
		request.Messages = append(request.Messages, string(message))
	}
	if err := body.check(request.Validate()); err != nil {
		return err
	}
	count, err := a.Sessions.Append(c.Request().Context(), callerOf(c).Actor, &request)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageSaved, Data: countResponse{id, count}, Status: http.StatusOK})
}

// deleteSession answers DELETE /api/session/{id}.
func (a *api) deleteSession(c echo.Context) error {
	id, err := sessionID(c)
	if err != nil {
		return err
	}
	if err := models.ValidateID(id); err != nil {
		return err
	}
	if err := a.Sessions.Delete(c.Request().Context(), callerOf(c).Actor, id); err != nil {
		return err
	}
	return c.JSON(http.StatusOK, response{Message: messageDeleted, Status: http.StatusOK})
}
