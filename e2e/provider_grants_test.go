package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// grants is what the provider remembers. Sign-ins, codes and keys are the example's of
// the library. The tokens are not, since that one looks neither at the age of an access token
// nor at who asks about it, and lets two requests spend a refresh token at the same time.
type grants struct {
	*storage.Storage
	reused func() // called for each refresh token that comes a second time

	mu        sync.Mutex
	redirects []string
	lifetime  time.Duration
	all       []*grant
	refresh   map[string]*grant   // by refresh token, spent ones too
	access    map[string]*granted // by the id of the access token
}

// grant is what a user has agreed to.
type grant struct {
	storage.RefreshToken // Token is the one that works
	over                 bool
}

// granted is an access token.
type granted struct {
	grant  *grant
	scopes []string
	until  time.Time
}

func newGrants(reused func()) *grants {
	return &grants{
		Storage: storage.NewStorageWithClients(people{}, map[string]*storage.Client{
			clientID:  storage.WebClient(clientID, clientSecret),
			machineID: storage.WebClient(machineID, machineSecret),
			apiID:     storage.WebClient(apiID, apiSecret),
		}),
		reused: reused, lifetime: 5 * time.Minute,
		refresh: map[string]*grant{}, access: map[string]*granted{},
	}
}

func (g *grants) register(redirects []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.redirects = redirects
}

func (g *grants) tokensLive(lifetime time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lifetime = lifetime
}

func (g *grants) withdraw(user string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, given := range g.all {
		given.over = given.over || given.UserID == user
	}
}

// CreateAuthRequest refuses what a careful provider refuses: PKCE is not optional, RFC 9700.
func (g *grants) CreateAuthRequest(ctx context.Context, r *oidc.AuthRequest, user string) (op.AuthRequest, error) {
	if r.CodeChallenge == "" || r.CodeChallengeMethod != oidc.CodeChallengeMethodS256 {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with S256 is required")
	}
	return g.Storage.CreateAuthRequest(ctx, r, user)
}

// issue makes an access token. The library says its lifetime in whole seconds, cut off: half a
// second more, and it is the one that was asked for.
func (g *grants) issue(to *grant, scopes []string) (string, time.Time) {
	id, token := rand.Text(), &granted{to, scopes, time.Now().Add(g.lifetime + time.Second/2)}
	g.access[id] = token
	return id, token.until
}

// CreateAccessToken issues a token that cannot be refreshed.
func (g *grants) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, until := g.issue(g.newGrant(r), r.GetScopes())
	return id, until, nil
}

func (g *grants) newGrant(r op.TokenRequest) *grant {
	made := &grant{RefreshToken: storage.RefreshToken{UserID: r.GetSubject(), ApplicationID: r.GetSubject(), Scopes: r.GetScopes()}}
	if signedIn, ok := r.(op.IDTokenRequest); ok { // else a machine, which stands for itself
		made.ApplicationID, made.Audience = signedIn.GetClientID(), signedIn.GetAudience()
		made.AuthTime, made.AMR = signedIn.GetAuthTime(), signedIn.GetAMR()
	}
	g.all = append(g.all, made)
	return made
}

// CreateAccessAndRefreshTokens spends the current refresh token, if there is one, for another.
func (g *grants) CreateAccessAndRefreshTokens(_ context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var to *grant
	if current == "" {
		to = g.newGrant(r)
	} else if found, err := g.usable(current); err == nil {
		to = found
	} else {
		return "", "", time.Time{}, err
	}
	to.Token = rand.Text()
	g.refresh[to.Token] = to
	id, until := g.issue(to, r.GetScopes())
	return id, to.Token, until, nil
}

// usable returns the grant of a refresh token. One that comes a second time was stolen, so it
// ends the grant for both who have it, RFC 9700 section 4.14.2.
func (g *grants) usable(refreshToken string) (*grant, error) {
	found, ok := g.refresh[refreshToken]
	if ok && found.Token != refreshToken {
		g.reused()
		found.over = true
	}
	if !ok || found.over {
		return nil, oidc.ErrInvalidGrant()
	}
	return found, nil
}

// TokenRequestByRefreshToken returns what the user has granted.
func (g *grants) TokenRequestByRefreshToken(_ context.Context, refreshToken string) (op.RefreshTokenRequest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, err := g.usable(refreshToken)
	if err != nil {
		return nil, err
	}
	mine := found.RefreshToken
	return storage.RefreshTokenRequestFromBusiness(&mine), nil
}

// GetRefreshTokenInfo recognizes a refresh token that is to be revoked.
func (g *grants) GetRefreshTokenInfo(_ context.Context, _, token string) (string, string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, ok := g.refresh[token]
	if !ok {
		return "", "", op.ErrInvalidRefreshToken
	}
	return found.UserID, token, nil
}

// RevokeToken ends the whole grant for a refresh token, and an access token alone, RFC 7009.
func (g *grants) RevokeToken(_ context.Context, token, _, client string) *oidc.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if found, ok := g.refresh[token]; ok && found.ApplicationID == client {
		found.over = true
	}
	if found, ok := g.access[token]; ok && found.grant.ApplicationID == client {
		delete(g.access, token)
	}
	return nil
}

// SetIntrospectionFromToken tells the API, and nobody else, about an access token.
func (g *grants) SetIntrospectionFromToken(_ context.Context, about *oidc.IntrospectionResponse, token, _, client string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	found, ok := g.access[token]
	if !ok || found.grant.over || time.Now().After(found.until) || client != apiID {
		return errors.New("not active")
	}
	about.Subject, about.Scope, about.ClientID = found.grant.UserID, found.scopes, found.grant.ApplicationID
	about.Expiration = oidc.FromTime(found.until)
	return nil
}

// GetClientByClientID returns the client that may use codes and refresh tokens.
func (g *grants) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	if id != clientID {
		return nil, oidc.ErrInvalidClient()
	}
	return g.client(ctx, id, oidc.GrantTypeCode, oidc.GrantTypeRefreshToken)
}

// ClientCredentials returns the client that may sign in as itself.
func (g *grants) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	if err := g.AuthorizeClientIDSecret(ctx, id, secret); err != nil || id != machineID {
		return nil, oidc.ErrInvalidClient().WithParent(err)
	}
	return g.client(ctx, id, oidc.GrantTypeClientCredentials)
}

// ClientCredentialsTokenRequest grants a machine what it asks for.
func (g *grants) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Scopes: scopes}, nil
}

func (g *grants) client(ctx context.Context, id string, may ...oidc.GrantType) (op.Client, error) {
	found, err := g.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return registered{found, g.redirects, may}, nil
}

// registered is a client, with what this provider knows better than the example.
type registered struct {
	op.Client
	redirects []string
	may       []oidc.GrantType
}

func (r registered) RedirectURIs() []string           { return r.redirects }
func (r registered) GrantTypes() []oidc.GrantType     { return r.may }
func (r registered) IsScopeAllowed(scope string) bool { return scope == weatherScope }
func (r registered) LoginURL(id string) string        { return loginPath + "?id=" + id }

// people are the users, by name.
type people struct{}

func (people) ExampleClientID() string { return "" }

func (people) GetUserByID(name string) *storage.User {
	if !slices.Contains(users, name) {
		return nil
	}
	return &storage.User{ID: name, Username: name, Password: userPassword}
}

func (p people) GetUserByUsername(name string) *storage.User { return p.GetUserByID(name) }
