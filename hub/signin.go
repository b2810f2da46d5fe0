package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"sessionhub/models"
)

// What a sign-in at a provider ends with when it does not connect an account.
var (
	ErrSignIn   = errors.New("the sign-in did not succeed")
	ErrDeclined = errors.New("the user declined at the provider")
	ErrMixUp    = errors.New("the sign-in was begun at another provider") // RFC 9700, section 4.4
)

// CallbackURL is where the provider of a tool sends users back to; it has to be registered there
// to the letter. No two tools share one: it tells which provider an answer is from.
func CallbackURL(base, databaseIDHash, tool string) string {
	return base + "/api/hub/oauth/callback/" + callbackID(databaseIDHash, tool)
}

func callbackID(databaseIDHash, tool string) string {
	sum := sha256.Sum256([]byte(databaseIDHash + "/" + tool))
	return hex.EncodeToString(sum[:8])
}

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
	redirect := CallbackURL(in.BaseURL, who.DatabaseIDHash, in.Tool)
	state, err := h.Authorizations.Begin(ctx, who, models.Authorization{
		Link: in.Link, Tool: in.Tool, Scheme: in.Scheme, UserID: in.UserID, Verifier: models.Secret(verifier),
		RedirectURL: redirect, ExpiresAt: h.Now().Add(models.AuthorizationLifetime),
	})
	if err != nil {
		return "", err
	}
	return oauthConfig(&tool, scheme, redirect, oauth2.AuthStyleAutoDetect).AuthCodeURL(state.Reveal(), oauth2.S256ChallengeOption(verifier)), nil
}

// Returned is what a browser brings back from a provider.
type Returned struct {
	CallbackID string // the end of the [CallbackURL] that it came to
	Issuer     string // who the provider says it is, RFC 9207; empty where it does not
	Code       string // empty where the provider gives none
	Error      string // why it gives none
}

// EndSignIn exchanges the code for tokens and keeps them as the user's connection. Errors:
// [ErrSignIn], [ErrDeclined], and [ErrMixUp] for what another provider sent.
func (h *Hub) EndSignIn(ctx context.Context, who models.Actor, a models.Authorization, r Returned) error {
	if r.CallbackID != callbackID(who.DatabaseIDHash, a.Tool) {
		return h.mixUp(ctx, a.Tool)
	}
	tool, err := h.Tools.Get(ctx, who, a.Tool)
	if err != nil {
		return err
	}
	scheme := tool.Scheme(a.Scheme)
	if scheme == nil {
		return fmt.Errorf("%w: the tool was changed meanwhile", ErrSignIn)
	}
	switch {
	case r.Issuer != "" && !mayBeIssuer(scheme, r.Issuer):
		return h.mixUp(ctx, a.Tool)
	case r.Code == "" && r.Error == "access_denied":
		return ErrDeclined
	case r.Code == "":
		return fmt.Errorf("%w: the provider gave no code", ErrSignIn)
	}
	token, err := h.asClient(scheme.TokenURL, tool.ClientSecret, func(style oauth2.AuthStyle) (*oauth2.Token, error) {
		return oauthConfig(&tool, scheme, a.RedirectURL, style).
			Exchange(h.network(ctx, &tool), r.Code, oauth2.VerifierOption(a.Verifier.Reveal()))
	})
	if err != nil {
		err = tokenFailure(err, scheme.Kind)
		h.Log.LogAttrs(ctx, slog.LevelWarn, "a sign-in failed", slog.String("tool", a.Tool), slog.Any("error", err))
		return fmt.Errorf("%w: the provider gave no access; try again", ErrSignIn)
	}
	return h.keep(ctx, who, &tool, a.UserID, map[string]models.Credential{a.Scheme: {Token: newToken(token)}})
}

func (h *Hub) mixUp(ctx context.Context, tool string) error {
	h.Log.LogAttrs(ctx, slog.LevelWarn, "a sign-in came back from another provider", slog.String("tool", tool))
	return ErrMixUp
}

// mayBeIssuer says whether the name of an authorization server fits the scheme. Its metadata, which
// would give the name to the letter, is not read; but it is at the origin of what it names.
func mayBeIssuer(s *models.Scheme, issuer string) bool {
	named, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	for _, address := range []string{s.AuthorizationURL, s.TokenURL} {
		if known, err := url.Parse(address); err == nil && strings.EqualFold(originOf(named), originOf(known)) {
			return true
		}
	}
	return false
}
