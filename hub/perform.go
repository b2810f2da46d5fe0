package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"sessionhub/models"
)

var (
	// ErrOtherArguments means that an Idempotency-Key was used before with other arguments.
	ErrOtherArguments = errors.New("this Idempotency-Key was used with other arguments; use a new key for a new call")
	// ErrUnderWay means that a request with the same Idempotency-Key has no answer yet.
	ErrUnderWay = errors.New("a request with this Idempotency-Key is under way; ask again in a moment")
)

// Request asks to perform a function on behalf of a user.
type Request struct {
	Who            models.Actor
	UserID         string
	Function       string
	Arguments      []byte // a JSON object, or nothing
	IdempotencyKey string // empty for none
	App            models.App
	BaseURL        string // of this service, for links
}

// Limit is how long Perform takes at most, but for a request that repeats another.
func (h *Hub) Limit() time.Duration { return callsInLimit * h.Client.options.Timeout }

// callsInLimit leaves room for a new token, and for a second try with it.
const callsInLimit = 3

// call is a request on its way.
type call struct {
	*Hub
	Request
	tool        models.Tool
	function    models.Function
	arguments   map[string]any
	connection  models.Connection
	owner       string             // of the connection
	requirement models.Requirement // what of the connection the call goes with; empty for nothing
	perform     models.Perform
	reached     bool // whether the provider got a request
}

// Perform calls the function and returns what the agent is to be told. Errors: a function that
// does not exist (models.ErrNotFound), [ErrOtherArguments], [ErrUnderWay], and what the store
// does not do.
func (h *Hub) Perform(ctx context.Context, r Request) (Answer, error) {
	began := h.Now()
	c := &call{Hub: h, Request: r}
	var err error
	if c.tool, c.function, err = h.Tools.Function(ctx, r.Who, r.Function); err != nil {
		return Answer{}, err
	}
	c.owner = ownerOf(&c.tool, r.UserID)
	answer, err := c.run(ctx)
	status := answer.Status
	if err != nil {
		status = "failed"
	}
	h.metrics.note(c.function.Name, status, h.Now().Sub(began))
	return answer, err
}

func (c *call) run(ctx context.Context) (Answer, error) {
	var err error
	if c.arguments, err = c.schemas.Check(&c.function, c.Arguments); errors.Is(err, models.ErrInvalid) {
		return badArguments(err), nil
	} else if err != nil {
		return Answer{}, err
	}
	c.perform = models.Perform{UserID: c.UserID, Function: c.function.Name, IdempotencyKey: c.IdempotencyKey}
	if c.IdempotencyKey == "" {
		return c.once(ctx)
	}
	if c.perform.Digest, err = digest(c.arguments); err != nil {
		return Answer{}, err
	}
	repeat, first, err := c.begin(ctx)
	if err != nil {
		return Answer{}, err
	}
	if first {
		return c.once(ctx)
	}
	return c.repeated(repeat)
}

// once makes the call. Only an answer that a provider had a part in is kept: after a link was
// shown, the arguments were corrected or the provider could not even be connected to, the same key
// has to run.
func (c *call) once(ctx context.Context) (Answer, error) {
	// Whoever leaves now cannot take the call back; its outcome has to be written down.
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, c.Limit())
	answer, final, err := c.attempt(limited)
	cancel()
	if err != nil || !final {
		return answer, errors.Join(err, c.giveBack(ctx))
	}
	kept, err := json.Marshal(answer)
	if err != nil {
		return Answer{}, fmt.Errorf("encode the answer: %w", err)
	}
	return answer, c.Performs.Finish(ctx, c.Who, c.perform, models.Secret(kept))
}

// giveBack lets the key be used again. What went to the provider is told all the same: it has
// seen who was calling, and refused that.
func (c *call) giveBack(ctx context.Context) error {
	if c.reached {
		return c.Performs.Refuse(ctx, c.Who, c.perform)
	}
	return c.Performs.Abandon(ctx, c.Who, c.perform)
}

// attempt brings the user's connection up to date and calls the provider; final says whether the
// provider may have acted on it.
func (c *call) attempt(ctx context.Context) (answer Answer, final bool, err error) {
	if blocked, err := c.connect(ctx); blocked != nil || err != nil {
		return valueOf(blocked), false, err
	}
	response, failure := c.send(ctx)
	if c.isRefused(response) {
		// What a provider refused it has not acted on, so that any call may be sent again.
		renewed, blocked, err := c.freshen(ctx, true)
		if blocked != nil || err != nil {
			return valueOf(blocked), false, err
		}
		if renewed {
			response, failure = c.send(ctx)
		}
	}
	switch {
	case failure != nil:
		return c.failed(ctx, failure)
	case c.isRefused(response):
		answer, err = c.rejected(ctx)
		return answer, false, err
	case response.Status < 200 || response.Status > 299:
		return refused(c.tool.Name, isSafe(c.function.Call.Method), response, c.withoutSecrets), true, nil
	}
	c.working(ctx)
	return succeeded(NewResult(response)), true, nil
}

// failed is for a call that got no answer.
func (c *call) failed(ctx context.Context, failure error) (answer Answer, final bool, err error) {
	switch {
	case errors.Is(failure, models.ErrInvalid):
		return badArguments(failure), false, nil
	case errors.Is(failure, ErrNoCredentials):
		answer, err = c.askUser(ctx, "")
		return answer, false, err
	case errors.Is(failure, ErrCredential):
		answer, err = c.askUser(ctx, problemUnusable)
		return answer, false, err
	}
	c.Log.LogAttrs(ctx, slog.LevelInfo, "a tool was not reached", slog.String("function", c.function.Name), slog.Any("error", failure))
	return unreached(c.tool.Name, isSafe(c.function.Call.Method), failure), !errors.Is(failure, ErrNotSent), nil
}

func valueOf(a *Answer) Answer {
	if a == nil {
		return Answer{}
	}
	return *a
}

// isRefused says whether the provider wants credentials, or others than it got.
func (c *call) isRefused(r *Response) bool {
	return r != nil && r.Status == http.StatusUnauthorized && len(c.function.Call.Security) > 0
}

// rejected writes down that the credentials do not work, and asks the user for others.
func (c *call) rejected(ctx context.Context) (Answer, error) {
	if len(c.requirement) == 0 { // the provider was asked without any
		return c.askUser(ctx, c.unreadable())
	}
	if err := c.mark(ctx, c.Who, &c.connection, models.ProblemRejected); err != nil {
		return Answer{}, err
	}
	return c.askUser(ctx, models.ProblemRejected)
}

// unreadable is the one problem that keeps a call from using credentials: any other is of those
// that another call has used.
func (c *call) unreadable() models.Problem {
	if c.connection.Problem == models.ProblemUnreadable {
		return c.connection.Problem
	}
	return ""
}

// working takes back what an earlier call said of the credentials that this one went with. The
// call has been made, so a fault here is not its caller's.
func (c *call) working(ctx context.Context) {
	if !concerns(c.connection.Problem, &c.tool, c.requirement) {
		return
	}
	if err := c.mark(ctx, c.Who, &c.connection, ""); err != nil {
		c.Log.LogAttrs(ctx, slog.LevelWarn, "a connection works again, which was not written down", slog.String("tool", c.tool.Name), slog.Any("error", err))
	}
}

// askUser answers with a new link to the page where the user can act.
func (c *call) askUser(ctx context.Context, problem models.Problem) (Answer, error) {
	if c.owner == "" {
		reason := Reason(problem, c.tool.Name)
		if reason == "" {
			reason = fmt.Sprintf("The operator has not connected '%s' yet.", c.tool.Name)
		}
		return operatorMustAct(c.tool.Name, reason), nil
	}
	token, err := c.Links.Create(ctx, c.Who, &models.Link{UserID: c.UserID, App: c.App})
	if err != nil {
		return Answer{}, err
	}
	return requiresAction(c.tool.Name, problem, LinkURL(c.BaseURL, token)), nil
}

// LinkURL is the address of a configuration link.
func LinkURL(base string, token models.Secret) string {
	return base + "/api/hub/session/" + token.Reveal()
}

// digest tells one set of arguments from another, whatever the order and the spelling of their
// names and texts. Numbers are compared as they are written: 1 and 1.0 are not the same.
func digest(arguments map[string]any) (string, error) {
	text, err := json.Marshal(arguments) // with sorted keys
	if err != nil {
		return "", fmt.Errorf("encode the arguments: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func isSafe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// isIdempotent says whether sending a request twice does what sending it once does (RFC 9110,
// section 9.2.2).
func isIdempotent(method string) bool {
	return isSafe(method) || method == http.MethodPut || method == http.MethodDelete
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
