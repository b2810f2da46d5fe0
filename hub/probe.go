package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sessionhub/models"
)

// Probe returns the function that can tell whether a connection works: one that changes nothing,
// takes no arguments, and is not done without the credentials that are there; nil where a tool
// has none.
func Probe(t *models.Tool, c *models.Connection) *models.Function {
	for i := range t.Functions {
		f := &t.Functions[i]
		harmless := f.Call.Method == http.MethodGet && !strings.Contains(f.Parameters, `"required"`) && !strings.Contains(f.Call.Path, "{")
		open := slices.ContainsFunc(f.Call.Security, func(r models.Requirement) bool { return len(r) == 0 })
		if harmless && !open && slices.ContainsFunc(f.Call.Security, c.Has) {
			return f
		}
	}
	return nil
}

// TestError says in words for the user why a connection does not work.
type TestError struct{ reason string }

func (e *TestError) Error() string { return e.reason }

// Test calls the tool's probe with the user's connection and returns nil, or a
// [TestError]. What it finds is written down, as after any call.
func (h *Hub) Test(ctx context.Context, who models.Actor, t *models.Tool, userID string) error {
	connection, err := h.connectionOf(ctx, who, t.Name, userID)
	if err != nil {
		return err
	}
	if len(connection.Credentials) == 0 {
		return &TestError{"There is no account to test."}
	}
	f := Probe(t, &connection)
	if f == nil {
		return &TestError{"This tool has no function that could be tried without doing something."}
	}
	c := &call{
		Hub: h, Request: Request{Who: who, UserID: userID, Function: f.Name}, tool: *t, function: *f, owner: userID,
		connection: connection, perform: models.Perform{UserID: userID, Function: f.Name},
	}
	c.requirement, _ = Satisfied(f, connection.Credentials)
	response, err := c.askTwice(ctx)
	if c.reached {
		err = errors.Join(err, c.Performs.Finish(ctx, who, c.perform, ""))
	}
	if err != nil {
		return err
	}
	return c.judge(ctx, response)
}

func (c *call) askTwice(ctx context.Context) (*Response, error) {
	response, err := c.try(ctx, false)
	if err != nil || !c.isRefused(response) {
		return response, err
	}
	renewed, err := c.try(ctx, true)
	if renewed == nil {
		renewed = response
	}
	return renewed, err
}

// judge says what an answer means for the connection.
func (c *call) judge(ctx context.Context, response *Response) error {
	switch {
	case response.Status == http.StatusUnauthorized:
		return errors.Join(&TestError{Reason(models.ProblemRejected, c.tool.Title)}, c.mark(ctx, c.Who, &c.connection, models.ProblemRejected))
	case response.Status < 200 || response.Status > 299:
		return &TestError{fmt.Sprintf("The provider answered with status %d.", response.Status)}
	}
	if !concerns(c.connection.Problem, &c.tool, c.requirement) {
		return nil
	}
	return c.mark(ctx, c.Who, &c.connection, "")
}

// try makes the call with fresh tokens; after a refusal with others, or not at all where there are
// none to be had.
func (c *call) try(ctx context.Context, refused bool) (*Response, error) {
	renewed, err := c.fresh(ctx, c.Who, &c.tool, &c.connection, c.requirement, refused)
	if err != nil {
		return nil, testFailure(c.tool.Title, err)
	}
	if refused && !renewed {
		return nil, nil //nolint:nilnil // what was answered stands
	}
	response, err := c.send(ctx)
	if err != nil {
		return nil, &TestError{unreached(c.tool.Title, true, err).Error}
	}
	return response, nil
}

// testFailure puts a token that was not given into words for the user.
func testFailure(tool string, err error) error {
	var needs *needsUserError
	if errors.As(err, &needs) {
		return &TestError{Reason(needs.problem, tool)}
	}
	var down *tokenError
	if errors.As(err, &down) {
		return &TestError{down.answer(tool).Error}
	}
	return err
}
