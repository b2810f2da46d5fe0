package models

import (
	"errors"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// Validate returns an [InvalidError], or nil.
func (l *Link) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(l)); err != nil {
		return err
	}
	if l.UserID != "" && !IsUserID(l.UserID) {
		issues.Add(userIDField, userIDReason)
	}
	if !isPrintable(l.App.Name) {
		issues.Add("x-superface-app-name", printableReason)
	}
	if l.App.URL != "" && (!isPrintable(l.App.URL) || !isWebAddress(l.App.URL)) {
		issues.Add(AppURLField, webAddressReason)
	}
	return issues.Err()
}

// AppURLField is how the wire calls the address of the agent's application.
const AppURLField = "x-superface-app-url"

const (
	printableReason  = "must be UTF-8 without control characters"
	webAddressReason = "must be an absolute http or https address without a user"
)

func isPrintable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// isWebAddress says whether a browser can be sent to s. No other scheme: javascript: is one.
func isWebAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// App is the way back from the configuration page to the agent's own application.
type App struct {
	Name string `field:"x-superface-app-name" validate:"max=100"`
	URL  string `field:"x-superface-app-url" validate:"max=2000"` // http or https; empty for none
}

// Origin returns the origin of the application's address as [ParseOrigin] writes it, or an error
// where it has none.
func (a *App) Origin() (string, error) {
	u, err := url.Parse(a.URL)
	if err != nil {
		return "", errOrigin
	}
	return ParseOrigin(u.Scheme + "://" + u.Host)
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
