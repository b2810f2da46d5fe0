package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"sessionhub/models"
)

const (
	// refreshMargin is how long before its end a token counts as over: a call that takes its
	// time has to arrive with a good one.
	refreshMargin = time.Minute
	// refreshLease is longer than a request for a token may take, so that who takes the lease
	// over from a dead process never sends the same refresh token at the same time.
	refreshLease = 2 * time.Minute
	refreshPause = 50 * time.Millisecond
	refreshWait  = 45 * time.Second // that a call waits for another process's refresh
)

// fresh sees to it that the tokens for the requirement are good for a while, and brings c up to
// date; it says whether any is new. With force those at hand count as bad. However many calls,
// in however many processes, need a token, one of them asks the provider. Errors:
// [needsUserError], [tokenError], the store's.
func (h *Hub) fresh(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, r models.Requirement, force bool) (bool, error) {
	stale := h.stale(t, c, r, force)
	if len(stale) == 0 {
		return false, nil
	}
	if c.Problem == models.ProblemRevoked || c.Problem == models.ProblemExpired {
		return false, &needsUserError{c.Problem}
	}
	name := strconv.FormatInt(who.TenantID, 10) + "/" + c.Tool + "/" + c.UserID + "/" + strconv.FormatInt(c.Revision, 10)
	result, err, _ := h.refreshes.Do(name, func() (any, error) {
		mine := *c
		err := h.refresh(context.WithoutCancel(ctx), who, t, &mine, stale)
		return mine, err
	})
	var down *tokenError
	if errors.As(err, &down) && !force && stillGood(c, stale, h.Now()) {
		return false, nil // there is time to try again
	}
	if err != nil {
		return false, err
	}
	*c = result.(models.Connection)
	return true, nil
}

func stillGood(c *models.Connection, stale []*models.Scheme, at time.Time) bool {
	for _, s := range stale {
		token := c.Credentials[s.Name].Token
		if token == nil || !at.Before(token.Expiry) {
			return false
		}
	}
	return true
}

// stale lists the schemes whose token is over, or about to be.
func (h *Hub) stale(t *models.Tool, c *models.Connection, r models.Requirement, force bool) []*models.Scheme {
	var stale []*models.Scheme
	for _, name := range r {
		s := t.Scheme(name)
		if s == nil || !s.IsOAuth() {
			continue
		}
		token := c.Credentials[name].Token
		if token == nil || force || isOver(token, c.UpdatedAt, h.Now()) {
			stale = append(stale, s)
		}
	}
	return stale
}

// isOver says whether a token that has been there since then has to be renewed. Of one that lives
// for seconds the margin is a quarter of its life.
func isOver(t *models.OAuthToken, since, now time.Time) bool {
	if t.Expiry.IsZero() {
		return false
	}
	margin := min(refreshMargin, t.Expiry.Sub(since)/4)
	return !now.Add(margin).Before(t.Expiry)
}

// refresh gets new tokens, or waits until another process has them.
func (h *Hub) refresh(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, stale []*models.Scheme) error {
	deadline := h.Now().Add(refreshWait)
	for known := c.Revision; ; {
		mine, err := h.Connections.Lease(ctx, who, c, h.Now().Add(refreshLease))
		if err != nil {
			return err
		}
		if mine {
			return h.refreshLeased(ctx, who, t, c, stale)
		}
		if err := sleep(ctx, refreshPause); err != nil {
			return err
		}
		if err := h.reload(ctx, who, c); err != nil || c.Revision != known {
			return err
		}
		if !h.Now().Before(deadline) {
			return &tokenError{err: errors.New("another process has been at it for too long")}
		}
	}
}

// refreshLeased asks the provider, as the one who holds the lease, and writes down what it says.
func (h *Hub) refreshLeased(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, stale []*models.Scheme) error {
	credentials := make(map[string]models.Credential, len(c.Credentials))
	for name, credential := range c.Credentials { // the map may be in use by another call
		credentials[name] = credential
	}
	for _, s := range stale {
		credential := credentials[s.Name]
		err := h.issue(ctx, t, s, &credential)
		if err != nil {
			return h.notIssued(ctx, who, c, err)
		}
		credentials[s.Name] = credential
	}
	h.metrics.refreshes.WithLabelValues("renewed").Inc()
	c.Credentials, c.Problem = credentials, ""
	err := h.Connections.Renew(ctx, who, c)
	if errors.Is(err, models.ErrConflict) { // the user connected anew meanwhile, which counts
		return h.reload(ctx, who, c)
	}
	if err != nil {
		return fmt.Errorf("keep the renewed token: %w", err)
	}
	return nil
}

// reload reads the connection anew; one that is gone, or over, needs its user.
func (h *Hub) reload(ctx context.Context, who models.Actor, c *models.Connection) error {
	now, err := h.Connections.Get(ctx, who, c.Tool, c.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return &needsUserError{}
	}
	if err != nil {
		return err
	}
	if *c = now; c.Problem == models.ProblemRevoked || c.Problem == models.ProblemExpired {
		return &needsUserError{c.Problem}
	}
	return nil
}

// notIssued writes down that a grant is dead, and leaves everything else as it was.
func (h *Hub) notIssued(ctx context.Context, who models.Actor, c *models.Connection, cause error) error {
	var needs *needsUserError
	if !errors.As(cause, &needs) {
		h.metrics.refreshes.WithLabelValues("failed").Inc()
		h.Log.LogAttrs(ctx, slog.LevelWarn, "a token could not be renewed", slog.String("tool", c.Tool), slog.Any("error", cause))
		return errors.Join(cause, h.Connections.Release(ctx, who, c))
	}
	h.metrics.refreshes.WithLabelValues("refused").Inc()
	c.Problem = needs.problem
	if err := h.Connections.Renew(ctx, who, c); err != nil && !errors.Is(err, models.ErrConflict) {
		return errors.Join(cause, err)
	}
	return cause
}

// mark writes down whether a connection works, unless it was changed meanwhile. One that does not
// open stays as it is: whatever can read it may do so again.
func (h *Hub) mark(ctx context.Context, who models.Actor, c *models.Connection, problem models.Problem) error {
	if c.Problem == problem || c.Problem == models.ProblemUnreadable {
		return nil
	}
	c.Problem = problem
	mine, err := h.Connections.Lease(ctx, who, c, h.Now().Add(refreshLease))
	if err != nil || !mine {
		return err // whoever changed it knows better
	}
	if err := h.Connections.Renew(ctx, who, c); !errors.Is(err, models.ErrConflict) {
		return err
	}
	return nil
}
