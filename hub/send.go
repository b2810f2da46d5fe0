package hub

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

const (
	maxTries     = 3
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second // that a provider may ask for before a call is tried again
)

// send makes the request and calls the provider. A call that changes nothing is tried again when
// the network or the provider has a moment's fault; any other is made once.
func (c *call) send(ctx context.Context) (*Response, error) {
	pause := firstPause
	for try := 1; ; try++ {
		request, err := NewRequest(ctx, &c.tool, &c.function, c.arguments, c.connection.Credentials)
		if err != nil {
			return nil, err
		}
		response, err := c.Client.Do(request, c.tool.AllowPrivate)
		c.reached = c.reached || !errors.Is(err, ErrNotSent)
		wait := pause
		if try == maxTries || !isSafe(c.function.Call.Method) || !passing(response, err, &wait) {
			return response, err
		}
		if sleep(ctx, wait) != nil {
			return response, err // there is no time for another
		}
		pause *= 2
	}
}

// passing says whether a fault may be over in a moment, and how long the provider wants it to be.
func passing(r *Response, err error, wait *time.Duration) bool {
	if err != nil {
		return errors.Is(err, ErrUnreachable)
	}
	switch r.Status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	case http.StatusTooManyRequests:
	default:
		return false
	}
	if after, err := strconv.Atoi(r.Header.Get("Retry-After")); err == nil {
		*wait = max(*wait, time.Duration(after)*time.Second)
	}
	return *wait <= longestPause
}

// connect loads the user's connection and makes its tokens fresh. An answer instead means that
// the call cannot be made.
func (c *call) connect(ctx context.Context) (*Answer, error) {
	if len(c.function.Call.Security) == 0 {
		return nil, nil //nolint:nilnil // nothing stands in the way
	}
	var err error
	if c.connection, err = c.connectionOf(ctx, c.Who, c.tool.Name, c.owner); err != nil {
		return nil, err
	}
	var ok bool
	if c.requirement, ok = Satisfied(&c.function, c.connection.Credentials); !ok {
		answer, err := c.askUser(ctx, c.unreadable())
		return &answer, err
	}
	_, blocked, err := c.freshen(ctx, false)
	return blocked, err
}

// freshen makes the tokens fresh that the call goes with, and says whether any is new. With force
// the provider has refused those at hand.
func (c *call) freshen(ctx context.Context, force bool) (bool, *Answer, error) {
	renewed, err := c.fresh(ctx, c.Who, &c.tool, &c.connection, c.requirement, force)
	var needs *needsUserError
	var down *tokenError
	switch {
	case errors.As(err, &needs):
		answer, err := c.askUser(ctx, needs.problem)
		return false, &answer, err
	case errors.As(err, &down):
		answer := down.answer(c.tool.Name)
		return false, &answer, nil
	}
	return renewed, nil, err
}
