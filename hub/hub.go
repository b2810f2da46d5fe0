package hub

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"sessionhub/models"
)

// Deps is what a hub uses. Records that are not there are models.ErrNotFound.
type Deps struct {
	Tools          toolStore
	Connections    connectionStore
	Links          linkStore
	Authorizations authorizationStore
	Performs       performStore
	Client         *Client
	Now            func() time.Time
	Log            *slog.Logger
}

type toolStore interface {
	Get(ctx context.Context, who models.Actor, name string) (models.Tool, error)
	// Function also returns the tool, without its other functions.
	Function(ctx context.Context, who models.Actor, name string) (models.Tool, models.Function, error)
}

type connectionStore interface {
	Get(ctx context.Context, who models.Actor, tool, userID string) (models.Connection, error)
	// Change writes what change leaves of the connection that is stored, or of an empty one, unless
	// the tool was replaced since it was read: that is models.ErrConflict.
	Change(ctx context.Context, who models.Actor, t *models.Tool, userID string, change func(*models.Connection) error) (models.Connection, error)
	Delete(ctx context.Context, who models.Actor, tool, userID string) error
	// Lease is true for one of all who ask for the revision that they know, until the time is over.
	Lease(ctx context.Context, who models.Actor, c *models.Connection, until time.Time) (bool, error)
	// Renew writes what the holder of the lease has made, and ends the lease; Release only ends it.
	Renew(ctx context.Context, who models.Actor, c *models.Connection) error
	Release(ctx context.Context, who models.Actor, c *models.Connection) error
}

type linkStore interface {
	Create(ctx context.Context, who models.Actor, l *models.Link) (models.Secret, error)
}

type authorizationStore interface {
	Begin(ctx context.Context, who models.Actor, a models.Authorization) (models.Secret, error)
}

type performStore interface {
	// Begin is true for one of all requests with the same key, and else tells of that one.
	Begin(ctx context.Context, who models.Actor, p models.Perform, lease time.Time) (models.Repeat, bool, error)
	// Takeover is true for one of all who try, once the lease of the first is over.
	Takeover(ctx context.Context, who models.Actor, p models.Perform, lease time.Time) (bool, error)
	// Finish keeps the answer for the key. Refuse and Abandon give the key back: of a call that the
	// provider did not take, and of one that was not made.
	Finish(ctx context.Context, who models.Actor, p models.Perform, answer models.Secret) error
	Refuse(ctx context.Context, who models.Actor, p models.Perform) error
	Abandon(ctx context.Context, who models.Actor, p models.Perform) error
}

// Hub performs functions on behalf of users.
type Hub struct {
	Deps
	schemas   *Schemas
	metrics   *metrics
	styles    sync.Map           // by the address of a token endpoint: the oauth2.AuthStyle that it takes
	refreshes singleflight.Group // of this process; between processes there is the lease
}

// New returns a hub.
func New(d Deps) *Hub {
	return &Hub{Deps: d, schemas: NewSchemas(), metrics: newMetrics()}
}

// ownerOf returns whose connection a call for the user takes: the user's, or the tenant's.
func ownerOf(t *models.Tool, userID string) string {
	if t.Credentials == models.OwnerTenant {
		return ""
	}
	return userID
}
