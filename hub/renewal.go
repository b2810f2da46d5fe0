package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"

	"sessionhub/models"
)

// renewal is what the holder of a lease on a connection finds out about its tokens.
type renewal struct {
	spent   map[string]models.Credential // by scheme: what the provider was asked with
	made    map[string]models.Credential // what it gave for that
	problem models.Problem               // why it gave nothing for the rest, where that is its user's to mend
}

// refreshLeased asks the provider, as the one who holds the lease, and writes down what it says.
func (h *Hub) refreshLeased(ctx context.Context, who models.Actor, t *models.Tool, c *models.Connection, stale []string) error {
	r := renewal{spent: map[string]models.Credential{}, made: map[string]models.Credential{}}
	var failure error
	for _, name := range stale {
		credential := c.Credentials[name]
		r.spent[name] = credential
		if failure = h.issue(ctx, t, t.Scheme(name), &credential); failure != nil {
			break
		}
		r.made[name] = credential
	}
	var needs *needsUserError
	switch {
	case failure == nil:
		h.metrics.refreshes.WithLabelValues("renewed").Inc()
	case errors.As(failure, &needs):
		r.problem = needs.problem
		h.metrics.refreshes.WithLabelValues("refused").Inc()
	default:
		h.metrics.refreshes.WithLabelValues("failed").Inc()
		h.Log.LogAttrs(ctx, slog.LevelWarn, "a token could not be renewed", slog.String("tool", c.Tool), slog.Any("error", failure))
	}
	counts, err := h.settle(ctx, who, c, &r)
	if err != nil {
		return errors.Join(failure, fmt.Errorf("keep the renewed token: %w", err))
	}
	if needs != nil && !counts {
		return nil // its user connected anew meanwhile, with what is in c now
	}
	return failure
}

// maxSettles bounds how often a connection may be changed before a renewal is in it: its user would
// have to save a form each time.
const maxSettles = 5

// settle writes a renewal down, and ends the lease. Where the connection was changed meanwhile it
// goes into what that left, as far as that still holds what was spent: a refresh token that works
// once, and the one that came for it, must not be lost because its user entered a password. counts
// is false where it holds nothing of it.
func (h *Hub) settle(ctx context.Context, who models.Actor, c *models.Connection, r *renewal) (counts bool, err error) {
	leased := *c
	for range maxSettles {
		next := *c
		if counts = r.applyTo(&next); !counts || len(r.made) == 0 && r.problem == "" {
			return counts, h.Connections.Release(ctx, who, &leased)
		}
		if err = h.Connections.Renew(ctx, who, &next); err == nil {
			*c = next
			return counts, nil
		}
		if !errors.Is(err, models.ErrConflict) {
			return counts, err
		}
		if err := h.reload(ctx, who, c); err != nil {
			return counts, err
		}
	}
	return counts, errors.Join(err, h.Connections.Release(ctx, who, &leased))
}

// applyTo changes c, whose map may be in use by another call, and says whether anything of the
// renewal is about what c holds.
func (r *renewal) applyTo(c *models.Connection) bool {
	c.Credentials = maps.Clone(c.Credentials)
	counts := false
	for name, spent := range r.spent {
		held, ok := c.Credentials[name]
		if !ok || !isSameGrant(&held, &spent) {
			continue
		}
		made, ok := r.made[name]
		if ok {
			c.Credentials[name] = made
		} else if r.problem != "" {
			c.Problem = r.problem
		}
		counts = true
	}
	return counts
}

// isSameGrant says whether two credentials would be exchanged for a token in the same way.
func isSameGrant(a, b *models.Credential) bool {
	return a.ClientID == b.ClientID && a.ClientSecret == b.ClientSecret && refreshTokenOf(a) == refreshTokenOf(b)
}

func refreshTokenOf(c *models.Credential) models.Secret {
	if c.Token == nil {
		return ""
	}
	return c.Token.Refresh
}
