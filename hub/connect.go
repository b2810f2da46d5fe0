package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"sessionhub/models"
)

// State is how a connection stands, as a page shows it.
type State string

// The states.
const (
	StateConnected State = "connected"
	StateAttention State = "attention" // connected, but it does not work
	StateNone      State = "none"
	StateOpen      State = "open" // the tool needs no credentials
)

// StateOf says how the connection stands. c is empty where there is none.
func StateOf(t *models.Tool, c *models.Connection) State {
	ways := t.Ways()
	switch {
	case len(ways) == 0:
		return StateOpen
	case c.Problem != "":
		return StateAttention
	case slices.ContainsFunc(ways, c.Has):
		return StateConnected
	}
	return StateNone
}

// Connected says whether calls for the user can be made: the tool needs no credentials, or they
// are there and worked when they were last used.
func (h *Hub) Connected(ctx context.Context, who models.Actor, t *models.Tool, userID string) (bool, error) {
	c, err := h.connectionOf(ctx, who, t.Name, ownerOf(t, userID))
	if err != nil {
		return false, err
	}
	state := StateOf(t, &c)
	return state == StateConnected || state == StateOpen, nil
}

// connectionOf reads a connection, which is empty where there is none. Credentials that do not
// open are entered anew: then it has models.ProblemUnreadable, and none.
func (h *Hub) connectionOf(ctx context.Context, who models.Actor, tool, userID string) (models.Connection, error) {
	c, err := h.Connections.Get(ctx, who, tool, userID)
	if errors.Is(err, models.ErrNotFound) || c.Problem == models.ProblemUnreadable {
		err = nil
	}
	return c, err
}

// Entry is one credential that a person enters.
type Entry struct {
	Name     string // of the field in a form: <scheme>.<part>
	Scheme   string
	Part     string // value, username, password, clientId or clientSecret
	Label    string
	Hint     string
	Secret   bool
	Optional bool
}

// Entries lists what a person enters to connect in this way; nothing for a sign-in.
func Entries(t *models.Tool, way models.Requirement) []Entry {
	var entries []Entry
	for _, name := range way {
		s := t.Scheme(name)
		if s == nil {
			continue
		}
		for _, e := range entriesOf(s) {
			e.Scheme, e.Name = name, name+"."+e.Part
			entries = append(entries, e)
		}
	}
	return entries
}

func entriesOf(s *models.Scheme) []Entry {
	switch s.Kind {
	case models.SchemeAPIKey:
		return []Entry{{Part: "value", Label: "API key", Hint: s.Description, Secret: true}}
	case models.SchemeBearer:
		return []Entry{{Part: "value", Label: "Access token", Hint: s.Description, Secret: true}}
	case models.SchemeBasic:
		return []Entry{
			{Part: "username", Label: "User name", Hint: s.Description},
			{Part: "password", Label: "Password", Secret: true, Optional: true},
		}
	case models.SchemeClientCredentials:
		return []Entry{
			{Part: "clientId", Label: "Client ID", Hint: s.Description},
			{Part: "clientSecret", Label: "Client secret", Secret: true},
		}
	}
	return nil
}

// Connect keeps what a person entered, by the names of the entries. What is left empty stays as
// it was, if it was there. Errors: models.InvalidError by those names.
func (h *Hub) Connect(ctx context.Context, who models.Actor, t *models.Tool, userID string, way models.Requirement, values map[string]string) error {
	err := h.change(ctx, who, t, userID, way, func(c *models.Connection) error {
		made := make(map[string]models.Credential)
		var issues models.Issues
		for _, e := range Entries(t, way) {
			value := strings.TrimSpace(values[e.Name])
			credential, ok := made[e.Scheme]
			if !ok {
				credential = c.Credentials[e.Scheme]
				credential.Token = nil // it was issued for what is being changed
			}
			part := partOf(&credential, e.Part)
			if value != "" {
				*part = models.Secret(value)
			}
			if issue := checkEntry(t.Scheme(e.Scheme), e, part.Reveal()); issue != "" {
				issues.Add(e.Name, issue)
			}
			made[e.Scheme] = credential
		}
		maps.Copy(c.Credentials, made)
		return issues.Err()
	})
	if errors.Is(err, models.ErrConflict) {
		return models.Invalid("", "the tool was changed meanwhile")
	}
	return err
}

func partOf(c *models.Credential, part string) *models.Secret {
	switch part {
	case "username":
		return &c.Username
	case "password":
		return &c.Password
	case "clientId":
		return &c.ClientID
	case "clientSecret":
		return &c.ClientSecret
	}
	return &c.Value
}

func checkEntry(s *models.Scheme, e Entry, value string) string {
	switch {
	case value == "" && !e.Optional:
		return "is required"
	case len(value) > models.MaxCredential:
		return "is longer than 16 KiB"
	case !utf8.ValidString(value):
		return "must be text in UTF-8"
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "must be one line, without control characters"
	case e.Part == "username" && strings.Contains(value, ":"):
		return "must not hold a colon"
	case s.Kind == models.SchemeAPIKey && (&requestParts{header: http.Header{}}).addAPIKey(s, value) != nil:
		return "has characters that cannot be sent"
	}
	return ""
}

// keep saves credentials of a sign-in beside those of other schemes that the connection has. Where
// the tool is not the one any more at which its user signed in, that is [ErrSignIn].
func (h *Hub) keep(ctx context.Context, who models.Actor, t *models.Tool, userID string, made map[string]models.Credential) error {
	err := h.change(ctx, who, t, userID, slices.Collect(maps.Keys(made)), func(c *models.Connection) error {
		maps.Copy(c.Credentials, made)
		return nil
	})
	if errors.Is(err, models.ErrConflict) {
		return fmt.Errorf("%w: the tool was changed meanwhile", ErrSignIn)
	}
	return err
}

// change lets add put credentials of the schemes into the connection, which has no others than the
// tool's then, and no problem that may be theirs.
func (h *Hub) change(ctx context.Context, who models.Actor, t *models.Tool, userID string, schemes models.Requirement, add func(*models.Connection) error) error {
	_, err := h.Connections.Change(ctx, who, t, userID, func(c *models.Connection) error {
		if c.Credentials == nil {
			c.Credentials = make(map[string]models.Credential)
		}
		maps.DeleteFunc(c.Credentials, func(scheme string, _ models.Credential) bool {
			return t.Scheme(scheme) == nil // the tool may have been made anew without it
		})
		if concerns(c.Problem, t, schemes) || !concerns(c.Problem, t, slices.Collect(maps.Keys(c.Credentials))) {
			c.Problem = ""
		}
		return add(c)
	})
	return err
}

// concerns says whether the problem of a connection may be one of these schemes. A connection has
// one problem, whichever scheme it came from; but only what its user granted by signing in is
// revoked or expires.
func concerns(p models.Problem, t *models.Tool, schemes models.Requirement) bool {
	if p != models.ProblemRevoked && p != models.ProblemExpired {
		return p != "" && len(schemes) > 0
	}
	return slices.ContainsFunc(schemes, func(name string) bool {
		s := t.Scheme(name)
		return s != nil && s.Kind == models.SchemeAuthorizationCode
	})
}

// Disconnect removes the connection, and takes the grant back at the provider where it has a
// way to do that. revoked is false when the provider should have been told and was not.
func (h *Hub) Disconnect(ctx context.Context, who models.Actor, tool, userID string) (revoked bool, err error) {
	t, err := h.Tools.Get(ctx, who, tool)
	if err != nil {
		return false, err
	}
	ctx = context.WithoutCancel(ctx) // what is begun here is ended at the provider too
	c, unreadable := h.Connections.Get(ctx, who, tool, userID)
	if errors.Is(unreadable, models.ErrNotFound) {
		return false, unreadable
	}
	if err := h.Connections.Delete(ctx, who, tool, userID); err != nil {
		return false, err
	}
	if t.RevocationURL == "" {
		return true, nil
	}
	if unreadable != nil {
		return false, nil
	}
	if err := h.revokeAll(ctx, &t, &c); err != nil {
		h.Log.LogAttrs(ctx, slog.LevelWarn, "a grant was not revoked", slog.String("tool", tool), slog.Any("error", err))
		return false, nil
	}
	return true, nil
}

// revokeAll revokes what its user has granted by signing in. A token that was issued for client
// credentials is not the operator's client's to revoke, and soon over.
func (h *Hub) revokeAll(ctx context.Context, t *models.Tool, c *models.Connection) error {
	var errs []error
	for name, credential := range c.Credentials {
		s := t.Scheme(name)
		granted := s == nil || s.Kind == models.SchemeAuthorizationCode
		if credential.Token != nil && credential.ClientID == "" && granted {
			errs = append(errs, h.revoke(ctx, t, credential.Token))
		}
	}
	return errors.Join(errs...)
}

// revoke follows RFC 7009: a refresh token takes the whole grant with it.
func (h *Hub) revoke(ctx context.Context, t *models.Tool, token *models.OAuthToken) error {
	form := url.Values{"token": {token.Refresh.Reveal()}, "token_type_hint": {"refresh_token"}}
	if token.Refresh == "" {
		form = url.Values{"token": {token.Access.Reveal()}, "token_type_hint": {"access_token"}}
	}
	if t.ClientSecret == "" {
		form.Set("client_id", t.ClientID)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.RevocationURL, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("the revocation address: %w", withoutAddress(err))
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if t.ClientSecret != "" { // RFC 6749, section 2.3.1: encoded first
		request.SetBasicAuth(url.QueryEscape(t.ClientID), url.QueryEscape(t.ClientSecret.Reveal()))
	}
	response, err := h.Client.Do(request, t.AllowPrivate)
	if err != nil {
		return err
	}
	if response.Status != http.StatusOK {
		return fmt.Errorf("the provider answered with status %d", response.Status)
	}
	return nil
}
