package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"sessionhub/models"
)

// ErrNoRegistration means that a provider asks who the application is, and the operator has not
// told this service: tool add --client-id does.
var ErrNoRegistration = errors.New("the operator has not registered this service at the provider")

// needsUserError means that nobody but the user can make a connection work again.
type needsUserError struct{ problem models.Problem }

func (e *needsUserError) Error() string { return "the connection needs its user: " + string(e.problem) }

// tokenError means that a provider gave no token, for a reason that has nothing to do with the
// user's grant.
type tokenError struct {
	registration bool   // the provider does not know the operator's client
	code         string // the error that the provider named; empty where it named none
	err          error
}

func (e *tokenError) Error() string { return "no token from the provider: " + e.err.Error() }

func (e *tokenError) Unwrap() error { return e.err }

func (e *tokenError) answer(tool string) Answer {
	if e.registration {
		return operatorMustAct(tool, fmt.Sprintf("The provider of '%s' does not accept the registration of this service.", tool))
	}
	reason := "does not answer"
	if e.code != "" {
		reason = "answered with the error " + e.code
	}
	return failed(fmt.Sprintf("The access to '%s' could not be renewed, because its provider %s. The call was not made.", tool, reason),
		"Tell the user that the service cannot be used at the moment, and offer to try again later.")
}

// config is the operator's registration for a scheme of the tool.
func oauthConfig(t *models.Tool, s *models.Scheme, redirect string, style oauth2.AuthStyle) *oauth2.Config {
	return &oauth2.Config{
		ClientID: t.ClientID, ClientSecret: t.ClientSecret.Reveal(), RedirectURL: redirect, Scopes: s.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: s.AuthorizationURL, TokenURL: s.TokenURL, AuthStyle: style},
	}
}

// network makes the OAuth library take the guarded way out.
func (h *Hub) network(ctx context.Context, t *models.Tool) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, h.Client.HTTP(t.AllowPrivate))
}

// issue gets a token for the scheme: by its refresh token, or with client credentials.
func (h *Hub) issue(ctx context.Context, t *models.Tool, s *models.Scheme, credential *models.Credential) error {
	ctx = h.network(ctx, t)
	var token *oauth2.Token
	var err error
	switch {
	case s.Kind == models.SchemeClientCredentials:
		token, err = h.asClient(s.TokenURL, credential.ClientSecret, func(style oauth2.AuthStyle) (*oauth2.Token, error) {
			return (&clientcredentials.Config{
				ClientID: credential.ClientID.Reveal(), ClientSecret: credential.ClientSecret.Reveal(),
				TokenURL: s.TokenURL, Scopes: s.Scopes, AuthStyle: style,
			}).Token(ctx)
		})
	case credential.Token == nil || credential.Token.Refresh == "":
		return &needsUserError{models.ProblemExpired}
	default:
		spent := &oauth2.Token{RefreshToken: credential.Token.Refresh.Reveal()}
		token, err = h.asClient(s.TokenURL, t.ClientSecret, func(style oauth2.AuthStyle) (*oauth2.Token, error) {
			return oauthConfig(t, s, "", style).TokenSource(ctx, spent).Token()
		})
	}
	if err != nil {
		return tokenFailure(err, s.Kind)
	}
	credential.Token = newToken(token)
	return nil
}

// asClient asks a token endpoint in the way in which it takes the client's secret: as HTTP Basic,
// which every provider should take (RFC 6749, section 2.3.1), or in the body, which some insist on.
// A public client is named in the body. The library would try both ways with every failure.
func (h *Hub) asClient(tokenURL string, secret models.Secret, ask func(oauth2.AuthStyle) (*oauth2.Token, error)) (*oauth2.Token, error) {
	if secret == "" {
		return ask(oauth2.AuthStyleInParams)
	}
	style, known := h.styles.Load(tokenURL)
	if !known {
		style = oauth2.AuthStyleInHeader
	}
	token, err := ask(style.(oauth2.AuthStyle))
	if !known && mayBeStyle(err) {
		style = oauth2.AuthStyleInParams
		if second, secondErr := ask(oauth2.AuthStyleInParams); secondErr == nil {
			token, err = second, nil
		}
	}
	if err == nil {
		h.styles.Store(tokenURL, style)
	}
	return token, err
}

// mayBeStyle says whether a provider may have refused a request because it looked for the
// client's secret in another place. A grant that it knows to be dead it has looked up.
func mayBeStyle(err error) bool {
	var said *oauth2.RetrieveError
	return errors.As(err, &said) && !slices.Contains(deadGrants, said.ErrorCode) && statusOf(said) < http.StatusInternalServerError
}

// deadGrants are the errors that say that a grant is over: that of RFC 6749, section 5.2, and what
// GitHub and Slack say instead, with status 200.
var deadGrants = []string{
	"invalid_grant", "bad_refresh_token", "invalid_refresh_token", "token_revoked", "token_expired", "expired_token", "account_inactive",
}

// unknownClients are the errors that say that the client is unknown, or its secret wrong; likewise.
var unknownClients = []string{
	"invalid_client", "unauthorized_client", "incorrect_client_credentials", "invalid_client_id", "bad_client_secret",
}

// errorCode is what providers name errors by, which is told to agents; no secret looks like this.
var errorCode = regexp.MustCompile(`^[a-z_]{1,40}$`)

func newToken(t *oauth2.Token) *models.OAuthToken {
	return &models.OAuthToken{
		Access: models.Secret(t.AccessToken), Refresh: models.Secret(t.RefreshToken), Type: t.Type(), Expiry: t.Expiry.UTC(),
	}
}

// tokenFailure tells a dead grant from a client that the provider does not know, and both from a
// fault on the way.
func tokenFailure(err error, kind models.SchemeKind) error {
	var said *oauth2.RetrieveError
	if !errors.As(err, &said) {
		return &tokenError{err: withoutAddress(err)}
	}
	unknownClient, dead := slices.Contains(unknownClients, said.ErrorCode), slices.Contains(deadGrants, said.ErrorCode)
	switch {
	case kind == models.SchemeClientCredentials && (unknownClient || dead):
		return &needsUserError{models.ProblemRejected}
	case dead:
		return &needsUserError{models.ProblemRevoked}
	}
	code := errorCode.FindString(said.ErrorCode)
	return &tokenError{registration: unknownClient, code: code, err: fmt.Errorf("status %d, error %q", statusOf(said), code)}
}

// statusOf leaves out the body, which may hold a token.
func statusOf(e *oauth2.RetrieveError) int {
	if e.Response == nil {
		return 0
	}
	return e.Response.StatusCode
}

// withoutAddress takes the URL out of an error of the network: it is nobody's business below.
func withoutAddress(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
