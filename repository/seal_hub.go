package repository

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sessionhub/crypto"
	"sessionhub/models"
)

// secretBox returns what seals the secrets of the tool hub. A tenant without encryption chose
// that for its own conversations; credentials open its users' accounts with others, and are
// sealed for it too, by the master key. Their places name the tenant all the same.
func (s *Store) secretBox(ctx context.Context, who models.Actor) (*crypto.Box, error) {
	box, err := s.box(ctx, who)
	if err != nil || box != s.plain {
		return box, err
	}
	if s.master == nil {
		return nil, ErrLocked
	}
	return s.master, nil
}

// A row is named by its key. Neither tools and users nor functions have a "/" in their names, so
// that no two rows agree.

func toolPlace(who models.Actor, tool string) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "tools", Column: "client_secret", Row: tool}
}

func connectionPlace(who models.Actor, tool, userID string) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "connections", Column: "credentials", Row: userID + "/" + tool}
}

func authorizationPlace(who models.Actor, column, stateHash string) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "authorizations", Column: column, Row: stateHash}
}

func performPlace(who models.Actor, column string, row *performRow) crypto.Place {
	name := row.UserID + "/" + row.Function + "/" + row.IdempotencyKey
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "performs", Column: column, Row: name}
}

// openSecret opens a field that may be empty, or reports the noun as unreadable.
func (s *Store) openSecret(box *crypto.Box, sealed *string, at crypto.Place, noun string) (models.Secret, error) {
	secret, err := s.open(box, sealed, at)
	if err != nil {
		return "", &UnreadableError{Noun: noun, ID: at.Row, Err: err}
	}
	if secret == nil {
		return "", nil
	}
	return *secret, nil
}

// credentialFields is a credential as it is written before it is sealed: models.Secret would
// write itself as "[secret]".
type credentialFields struct {
	Value        string       `json:"value,omitempty"`
	Username     string       `json:"username,omitempty"`
	Password     string       `json:"password,omitempty"`
	ClientID     string       `json:"clientId,omitempty"`
	ClientSecret string       `json:"clientSecret,omitempty"`
	Token        *tokenFields `json:"token,omitempty"`
}

type tokenFields struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh,omitempty"`
	Type    string `json:"type,omitempty"`
	Expiry  *int64 `json:"expiry,omitempty"` // milliseconds
}

// sealCredentials seals what a connection holds.
func (s *Store) sealCredentials(box *crypto.Box, who models.Actor, c *models.Connection) (string, error) {
	fields := make(map[string]credentialFields, len(c.Credentials))
	for scheme, credential := range c.Credentials {
		fields[scheme] = newCredentialFields(credential)
	}
	text, err := json.Marshal(fields) //nolint:gosec // with its passwords: it is sealed below
	if err != nil {
		return "", err
	}
	s.stats.sealed.Add(1)
	return box.Seal(string(text), connectionPlace(who, c.Tool, c.UserID)), nil
}

func newCredentialFields(c models.Credential) credentialFields {
	fields := credentialFields{
		Value: c.Value.Reveal(), Username: c.Username.Reveal(), Password: c.Password.Reveal(),
		ClientID: c.ClientID.Reveal(), ClientSecret: c.ClientSecret.Reveal(),
	}
	if t := c.Token; t != nil {
		fields.Token = &tokenFields{Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), Type: t.Type}
		if !t.Expiry.IsZero() {
			fields.Token.Expiry = optionalMillis(&t.Expiry)
		}
	}
	return fields
}

func (f *credentialFields) credential() models.Credential {
	c := models.Credential{
		Value: models.Secret(f.Value), Username: models.Secret(f.Username), Password: models.Secret(f.Password),
		ClientID: models.Secret(f.ClientID), ClientSecret: models.Secret(f.ClientSecret),
	}
	if t := f.Token; t != nil {
		c.Token = &models.OAuthToken{Access: models.Secret(t.Access), Refresh: models.Secret(t.Refresh), Type: t.Type}
		if t.Expiry != nil {
			c.Token.Expiry = fromMillis(*t.Expiry)
		}
	}
	return c
}

// openConnection is the way back. One that does not open has models.ProblemUnreadable, and comes
// with an [UnreadableError].
func (s *Store) openConnection(box *crypto.Box, who models.Actor, row *connectionRow) (models.Connection, error) {
	c := models.Connection{
		Tool: row.Tool, UserID: row.UserID, Problem: models.Problem(row.Problem), Revision: row.Revision,
		CreatedAt: fromMillis(row.CreatedAt), UpdatedAt: fromMillis(row.UpdatedAt), RefreshUntil: timeOrZero(row.RefreshUntil),
	}
	at := connectionPlace(who, row.Tool, row.UserID)
	text, err := s.openSecret(box, &row.Credentials, at, "connection")
	if err != nil {
		c.Problem = models.ProblemUnreadable
		return c, err
	}
	var fields map[string]credentialFields
	if json.Unmarshal([]byte(text.Reveal()), &fields) != nil { // its error would show what was read
		c.Problem = models.ProblemUnreadable
		return c, &UnreadableError{Noun: "connection", ID: at.Row, Err: errors.New("it holds no credentials")}
	}
	c.Credentials = make(map[string]models.Credential, len(fields))
	for scheme, f := range fields {
		c.Credentials[scheme] = f.credential()
	}
	return c, nil
}

func timeOrZero(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return fromMillis(*ms)
}

// openAuthorization opens what is sealed of a sign-in.
func (s *Store) openAuthorization(box *crypto.Box, who models.Actor, row *authorizationRow) (models.Authorization, error) {
	a := models.Authorization{
		Tool: row.Tool, Scheme: row.Scheme, UserID: row.UserID, RedirectURL: row.RedirectURL, ExpiresAt: fromMillis(row.ExpiresAt),
	}
	var err error
	if a.Link, err = s.openSecret(box, &row.LinkToken, authorizationPlace(who, "link_token", row.StateHash), "sign-in"); err != nil {
		return models.Authorization{}, err
	}
	if a.Verifier, err = s.openSecret(box, &row.Verifier, authorizationPlace(who, "verifier", row.StateHash), "sign-in"); err != nil {
		return models.Authorization{}, err
	}
	return a, nil
}

// openPerform opens what is known of an earlier call.
func (s *Store) openPerform(box *crypto.Box, who models.Actor, row *performRow) (models.Repeat, error) {
	r := models.Repeat{Since: fromMillis(row.StartedAt), Until: fromMillis(row.LeaseUntil)}
	digest, err := s.openSecret(box, &row.Digest, performPlace(who, "digest", row), "performed call")
	if err != nil {
		return models.Repeat{}, err
	}
	r.Digest = digest.Reveal()
	if r.Answer, err = s.openSecret(box, row.Answer, performPlace(who, "answer", row), "performed call"); err != nil {
		return models.Repeat{}, err
	}
	return r, nil
}
