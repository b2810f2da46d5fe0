package hub

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"sessionhub/models"
)

const (
	// refreshMargin is how long before its end a token counts as over: a call that takes its
	// time has to arrive with a good one.
	refreshMargin = time.Minute
	refreshPause  = 50 * time.Millisecond
	refreshWait   = 45 * time.Second // that a call waits for another process's refresh
	refreshRounds = 2                // that may not bring what a call needs: another's refresh was for other schemes
)

// fresh sees to it that the tokens for the requirement are good for a while, and brings c up to
// date; it says whether any is new. With force those at hand count as bad. However many calls,
// in however many processes, need a token, one of them asks the provider. Errors:
// [needsUserError], [tokenError], the store's.
func (h *Hub) fresh(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, r models.Requirement, force bool) (renewed bool, err error) {
	for range refreshRounds {
		stale := h.stale(t, c, r, force)
		if len(stale) == 0 {
			return renewed, nil
		}
		if isOverFor(c, t, stale) {
			return false, &needsUserError{c.Problem}
		}
		result, err, _ := h.refreshes.Do(flight(who, c, stale), func() (any, error) {
			mine := *c
			err := h.refresh(context.WithoutCancel(ctx), who, t, &mine, stale)
			return mine, err
		})
		var down *tokenError
		if errors.As(err, &down) && !force && h.stillGood(c, stale) {
			return renewed, nil // there is time to try again
		}
		if err != nil {
			return false, err
		}
		*c = result.(models.Connection)
		renewed, force = true, false
	}
	return renewed, nil
}

// flight names what calls share that need the same tokens at the same time.
func flight(who models.Actor, c *models.Connection, stale []string) string {
	return strings.Join(append([]string{
		strconv.FormatInt(who.TenantID, 10), c.Tool, c.UserID, strconv.FormatInt(c.Revision, 10),
	}, stale...), "/")
}

// isOverFor says whether nobody needs to ask the provider, which has ended the grant. A token for
// client credentials is issued anew whatever became of the last one.
func isOverFor(c *models.Connection, t *models.Tool, stale []string) bool {
	ended := c.Problem == models.ProblemRevoked || c.Problem == models.ProblemExpired
	return ended && concerns(c.Problem, t, stale)
}

func (h *Hub) stillGood(c *models.Connection, stale []string) bool {
	for _, name := range stale {
		token := c.Credentials[name].Token
		if token == nil || !h.Now().Before(token.Expiry) {
			return false
		}
	}
	return true
}

// stale lists the schemes whose token is over, or about to be.
func (h *Hub) stale(t *models.Tool, c *models.Connection, r models.Requirement, force bool) []string {
	var stale []string
	for _, name := range r {
		s := t.Scheme(name)
		if s == nil || !s.IsOAuth() {
			continue
		}
		token := c.Credentials[name].Token
		if token == nil || force || isOver(token, c.UpdatedAt, h.Now()) {
			stale = append(stale, name)
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

// refresh gets new tokens, or waits until another process has changed the connection.
func (h *Hub) refresh(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, stale []string) error {
	deadline := h.Now().Add(refreshWait)
	for known := c.Revision; ; {
		mine, err := h.Connections.Lease(ctx, who, c, h.Now().Add(h.refreshLease(len(stale))))
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

// refreshLease is longer than the requests for that many tokens may take, so that who takes the
// lease over from a dead process never sends the same refresh token at the same time.
func (h *Hub) refreshLease(tokens int) time.Duration {
	return time.Duration(tokens)*requestsPerToken*h.Client.options.Timeout + time.Minute
}

// requestsPerToken are those of asClient.
const requestsPerToken = 2

// reload reads the connection anew; one that is gone needs its user.
func (h *Hub) reload(ctx context.Context, who models.Actor, c *models.Connection) error {
	now, err := h.Connections.Get(ctx, who, c.Tool, c.UserID)
	if errors.Is(err, models.ErrNotFound) {
		return &needsUserError{}
	}
	if err == nil {
		*c = now
	}
	return err
}

// mark writes down whether a connection works, unless it was changed meanwhile. One that does not
// open stays as it is: whatever can read it may do so again.
func (h *Hub) mark(ctx context.Context, who models.Actor, c *models.Connection, problem models.Problem) error {
	if c.Problem == problem || c.Problem == models.ProblemUnreadable {
		return nil
	}
	c.Problem = problem
	mine, err := h.Connections.Lease(ctx, who, c, h.Now().Add(h.refreshLease(0)))
	if err != nil || !mine {
		return err // whoever changed it knows better
	}
	if err := h.Connections.Renew(ctx, who, c); !errors.Is(err, models.ErrConflict) {
		return err
	}
	return nil
}
