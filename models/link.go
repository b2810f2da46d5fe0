package models

import (
	"errors"
	"time"
)

// LinkLifetime is how long a configuration link works.
const LinkLifetime = 15 * time.Minute

var (
	// ErrLinkExpired means that a configuration link has worked, and its time is over.
	ErrLinkExpired = errors.New("the configuration link has expired")
	// ErrLinkTaken means that a configuration link was opened in another browser first.
	ErrLinkTaken = errors.New("the configuration link was opened in another browser")
)

// Link is a configuration link: who has it may connect, change and remove the accounts of one
// end user, or with an empty UserID those of the tenant.
type Link struct {
	UserID    string
	App       App
	CreatedAt time.Time
	ExpiresAt time.Time
}

// App is the way back from the configuration page to the agent's own application.
type App struct {
	Name string `field:"x-superface-app-name" validate:"max=100"`
	URL  string `field:"x-superface-app-url" validate:"max=2000"` // http or https; empty for none
}

// AuthorizationLifetime is how long a user may take to sign in at a provider.
const AuthorizationLifetime = 15 * time.Minute

// Authorization is a sign-in at an OAuth 2.0 provider that has begun.
type Authorization struct {
	Link        Secret // the token of the configuration link that it was begun from
	Tool        string
	Scheme      string
	UserID      string
	Verifier    Secret // PKCE, RFC 7636; sealed at rest
	RedirectURL string
	ExpiresAt   time.Time
}
