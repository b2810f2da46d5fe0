package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/oauth2"

	"sessionhub/models"
)

// ErrSignIn means that a sign-in at a provider came to nothing; its text is for the user.
var ErrSignIn = errors.New("the sign-in did not succeed")

// CallbackPath is where providers send users back to: with the address of this service before
// it, it has to be registered at each of them to the letter.
const CallbackPath = "/api/hub/oauth/callback"

// SignIn says for whom and from where a user goes to sign in at a provider.
type SignIn struct {
	Link    models.Secret // the token of the configuration link, to come back to
	UserID  string        // whose connection it is to be; empty for the tenant's own
	Tool    string
	Scheme  string
	BaseURL string
}

// BeginSignIn returns the provider's address for the user's browser. Errors: models.ErrNotFound
// for a tool or scheme that is not there, [ErrNoRegistration].
func (h *Hub) BeginSignIn(ctx context.Context, who models.Actor, in SignIn) (string, error) {
	tool, err := h.Tools.Get(ctx, who, in.Tool)
	if err != nil {
		return "", err
	}
	scheme := tool.Scheme(in.Scheme)
	if scheme == nil || scheme.Kind != models.SchemeAuthorizationCode || ownerOf(&tool, in.UserID) != in.UserID {
		return "", fmt.Errorf("%w: no sign-in of this name", models.ErrNotFound)
	}
	if tool.ClientID == "" {
		return "", ErrNoRegistration
	}
	verifier := oauth2.GenerateVerifier()
	redirect := in.BaseURL + CallbackPath
	state, err := h.Authorizations.Begin(ctx, who, models.Authorization{
		Link: in.Link, Tool: in.Tool, Scheme: in.Scheme, UserID: in.UserID, Verifier: models.Secret(verifier),
		RedirectURL: redirect, ExpiresAt: h.Now().Add(models.AuthorizationLifetime),
	})
	if err != nil {
		return "", err
	}
	return oauthConfig(&tool, scheme, redirect, oauth2.AuthStyleAutoDetect).AuthCodeURL(state.Reveal(), oauth2.S256ChallengeOption(verifier)), nil
}

// EndSignIn exchanges the code for tokens and keeps them as the user's connection. What a
// provider or a user refused is [ErrSignIn].
func (h *Hub) EndSignIn(ctx context.Context, who models.Actor, a models.Authorization, code string) error {
	tool, err := h.Tools.Get(ctx, who, a.Tool)
	if err != nil {
		return err
	}
	scheme := tool.Scheme(a.Scheme)
	if scheme == nil {
		return fmt.Errorf("%w: the tool was changed meanwhile", ErrSignIn)
	}
	token, err := h.asClient(scheme.TokenURL, tool.ClientSecret, func(style oauth2.AuthStyle) (*oauth2.Token, error) {
		return oauthConfig(&tool, scheme, a.RedirectURL, style).
			Exchange(h.network(ctx, &tool), code, oauth2.VerifierOption(a.Verifier.Reveal()))
	})
	if err != nil {
		err = tokenFailure(err, scheme.Kind)
		h.Log.LogAttrs(ctx, slog.LevelWarn, "a sign-in failed", slog.String("tool", a.Tool), slog.Any("error", err))
		return fmt.Errorf("%w: the provider gave no access; try again", ErrSignIn)
	}
	return h.keep(ctx, who, &tool, a.UserID, map[string]models.Credential{a.Scheme: {Token: newToken(token)}})
}
