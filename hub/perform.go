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
	"strings"
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

// shortestSecret is not found in other words by chance.
const shortestSecret = 6 // bytes

// callsInLimit leaves room for a new token, and for a second try with it.
const callsInLimit = 3

// call is a request on its way.
type call struct {
	*Hub
	Request
	tool       models.Tool
	function   models.Function
	arguments  map[string]any
	connection models.Connection
	owner      string // of the connection
	perform    models.Perform
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
	return c.repeated(ctx, repeat)
}

// once makes the call. Only an answer that a provider had a part in is kept: after a link was
// shown or the arguments were corrected, the same key has to run.
func (c *call) once(ctx context.Context) (Answer, error) {
	// Whoever leaves now cannot take the call back; its outcome has to be written down.
	ctx = context.WithoutCancel(ctx)
	limited, cancel := context.WithTimeout(ctx, c.Limit())
	answer, sent, err := c.attempt(limited)
	cancel()
	if err != nil || !sent {
		return answer, errors.Join(err, c.abandon(ctx))
	}
	kept, err := json.Marshal(answer)
	if err != nil {
		return Answer{}, fmt.Errorf("encode the answer: %w", err)
	}
	return answer, c.Performs.Finish(ctx, c.Who, c.perform, models.Secret(kept))
}

func (c *call) abandon(ctx context.Context) error {
	if c.IdempotencyKey == "" {
		return nil
	}
	return c.Performs.Abandon(ctx, c.Who, c.perform)
}

// attempt brings the user's connection up to date and calls the provider; sent says whether a
// provider may have acted on it.
func (c *call) attempt(ctx context.Context) (answer Answer, sent bool, err error) {
	if blocked, err := c.connect(ctx); blocked != nil || err != nil {
		return valueOf(blocked), false, err
	}
	response, failure := c.send(ctx)
	if c.isRefused(response) {
		// What a provider refused it has not acted on, so that any call may be sent again.
		renewed, blocked, err := c.renew(ctx)
		if blocked != nil || err != nil {
			return valueOf(blocked), false, err
		}
		if renewed {
			response, failure = c.send(ctx)
		}
	}
	switch {
	case errors.Is(failure, models.ErrInvalid):
		return badArguments(failure), false, nil
	case errors.Is(failure, ErrNoCredentials):
		answer, err = c.askUser(ctx, "")
		return answer, false, err
	case errors.Is(failure, ErrCredential):
		answer, err = c.askUser(ctx, problemUnusable)
		return answer, false, err
	case failure != nil:
		c.Log.LogAttrs(ctx, slog.LevelInfo, "a tool was not reached", slog.String("function", c.function.Name), slog.Any("error", failure))
		return unreached(c.tool.Name, isSafe(c.function.Call.Method), failure), true, nil
	case c.isRefused(response):
		answer, err = c.rejected(ctx)
		return answer, false, err
	}
	if response.Status < 200 || response.Status > 299 {
		answer = refused(c.tool.Name, response)
		answer.Error = c.withoutSecrets(answer.Error)
		return answer, true, nil
	}
	c.working(ctx)
	return succeeded(NewResult(response)), true, nil
}

// withoutSecrets takes out what a provider repeats of the credentials in its words: agents read
// them.
func (c *call) withoutSecrets(text string) string {
	for _, k := range c.connection.Credentials {
		secrets := []models.Secret{k.Value, k.Password, k.ClientSecret}
		if k.Token != nil {
			secrets = append(secrets, k.Token.Access, k.Token.Refresh)
		}
		for _, secret := range secrets {
			if len(secret) >= shortestSecret {
				text = strings.ReplaceAll(text, secret.Reveal(), secret.String())
			}
		}
	}
	return text
}

func valueOf(a *Answer) Answer {
	if a == nil {
		return Answer{}
	}
	return *a
}

// isRefused says whether the provider does not take the credentials.
func (c *call) isRefused(r *Response) bool {
	return r != nil && r.Status == http.StatusUnauthorized && len(c.function.Call.Security) > 0
}

// rejected writes down that the credentials do not work, and asks the user for others.
func (c *call) rejected(ctx context.Context) (Answer, error) {
	if len(c.connection.Credentials) == 0 { // the provider was asked without any
		return c.askUser(ctx, c.connection.Problem)
	}
	if err := c.mark(ctx, c.Who, &c.connection, models.ProblemRejected); err != nil {
		return Answer{}, err
	}
	return c.askUser(ctx, models.ProblemRejected)
}

// working takes back what an earlier call said of the connection. The call has been made, so a
// fault here is not its caller's.
func (c *call) working(ctx context.Context) {
	if c.connection.Problem == "" || len(c.function.Call.Security) == 0 {
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

// digest tells one set of arguments from another, however they were spelled.
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
