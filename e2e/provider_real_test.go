package e2e

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// application is a client of the provider without sessionhub: it shows that provider and API
// are what they claim to be.
type application struct {
	oauth2.Config
	chrome *chrome
	base   string
}

func newApplication(t *testing.T, p *provider) *application {
	t.Helper()
	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><p>You may close this window.</p>`))
	}))
	t.Cleanup(callback.Close)
	redirect := callback.URL + "/api/hub/oauth/callback"
	p.register(redirect)
	return &application{
		Config: oauth2.Config{
			ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirect, Scopes: []string{"offline_access", weatherScope},
			Endpoint: oauth2.Endpoint{AuthURL: p.url + authorizePath, TokenURL: p.url + tokenPath},
		},
		chrome: newChrome(t), base: callback.URL,
	}
}

// signIn has a user grant access, and exchanges the code.
func (a *application) signIn(t *testing.T, p *provider, user string) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	a.chrome.open(a.AuthCodeURL("the state", oauth2.S256ChallengeOption(verifier)))
	p.signIn(a.chrome, user)
	back := a.returned(t)
	if back.Get("state") != "the state" {
		t.Errorf("came back with %v", back)
	}
	if _, err := a.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(oauth2.GenerateVerifier())); code(err) != "invalid_grant" {
		t.Errorf("the code with another verifier: %v", err)
	}
	token, err := a.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier)); code(err) != "invalid_grant" {
		t.Errorf("the code a second time: %v", err)
	}
	return token
}

// returned is what the provider sent the browser back with.
func (a *application) returned(t *testing.T) url.Values {
	t.Helper()
	at, err := url.Parse(a.chrome.location())
	if err != nil || !strings.HasPrefix(at.String(), a.RedirectURL+"?") {
		t.Fatalf("the browser is at %s (%v)\n%s", at, err, a.chrome.html())
	}
	return at.Query()
}

// renew spends a refresh token.
func (a *application) renew(ctx context.Context, token *oauth2.Token) (*oauth2.Token, error) {
	return a.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
}

// code is the error of an answer of the token endpoint, "" for none.
func code(err error) string {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refused.ErrorCode
	}
	return ""
}

func (w *weather) expect(t *testing.T, token *oauth2.Token, want int, user any) {
	t.Helper()
	if status, content := w.ask(t, "Authorization", "Bearer "+token.AccessToken); status != want || content["user"] != user {
		t.Errorf("the API answers %d, %v; want %d for %v", status, content, want, user)
	}
}

// The provider does what sessionhub must cope with: tokens expire, a refresh token works
// once, and what is revoked is refused everywhere.
func TestProviderIsARealOne(t *testing.T) {
	p := newProvider(t)
	a, w := newApplication(t, p), newWeather(t, p.forUsers())
	p.tokensLive(2 * time.Second)
	first := a.signIn(t, p, "alice")
	if first.ExpiresIn != 2 || first.RefreshToken == "" {
		t.Errorf("the token lives %d s, refresh token %q", first.ExpiresIn, first.RefreshToken)
	}
	w.expect(t, first, http.StatusOK, "alice")
	time.Sleep(3 * time.Second)
	w.expect(t, first, http.StatusUnauthorized, nil)

	p.tokensLive(5 * time.Minute)
	second, err := a.renew(t.Context(), first)
	if err != nil || second.RefreshToken == first.RefreshToken {
		t.Fatalf("refresh: %v, %v", second, err)
	}
	w.expect(t, second, http.StatusOK, "alice")
	if _, err := a.renew(t.Context(), first); code(err) != "invalid_grant" || p.asked("reuse") != 1 {
		t.Errorf("the old refresh token: %v; %d reuses", err, p.asked("reuse"))
	}
	w.expect(t, second, http.StatusUnauthorized, nil) // both who had it are out
	if got := []int{p.asked("authorize"), p.asked("authorization_code"), p.asked("refresh_token")}; got[0] != 1 || got[1] < 3 || got[2] != 2 {
		t.Errorf("counted %v", got)
	}
	if found := a.chrome.trouble(p.url, a.base); len(found) > 0 {
		t.Errorf("in the browser: %q", found)
	}
}

// What the client revokes and what the user withdraws is over, for this user only.
func TestProviderRevokes(t *testing.T) {
	p := newProvider(t)
	a, w := newApplication(t, p), newWeather(t, p.forUsers())
	alice, bob := a.signIn(t, p, "alice"), a.signIn(t, p, "bob")
	if status := a.revoke(t, p, alice.RefreshToken); status != http.StatusOK || p.asked("revoke") != 1 {
		t.Errorf("revoke: %d; counted %d", status, p.asked("revoke"))
	}
	w.expect(t, alice, http.StatusUnauthorized, nil)
	w.expect(t, bob, http.StatusOK, "bob")
	p.withdraw("bob")
	w.expect(t, bob, http.StatusUnauthorized, nil)
	for _, token := range []*oauth2.Token{alice, bob} {
		if _, err := a.renew(t.Context(), token); code(err) != "invalid_grant" {
			t.Errorf("refresh after the end of the grant: %v", err)
		}
	}
}

func (a *application) revoke(t *testing.T, p *provider, token string) int {
	t.Helper()
	body := strings.NewReader(url.Values{"token": {token}}.Encode())
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+revokePath, body)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(clientSecret))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

// The token endpoint fails as it is told to, and no token is spent by that.
func TestProviderFails(t *testing.T) {
	p := newProvider(t)
	a := newApplication(t, p)
	token := a.signIn(t, p, "alice")
	p.fails(unavailable)
	var answered *oauth2.RetrieveError
	if _, err := a.renew(t.Context(), token); !errors.As(err, &answered) || answered.Response.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("down for maintenance: %v", err)
	}
	p.fails(hangUp)
	var broken *url.Error
	if _, err := a.renew(t.Context(), token); !errors.As(err, &broken) {
		t.Errorf("without an answer: %v", err)
	}
	p.fails(noFault)
	if _, err := a.renew(t.Context(), token); err != nil {
		t.Errorf("when it works again: %v", err)
	}
}

// What is asked for in a wrong way is refused, in the browser already.
func TestProviderRefuses(t *testing.T) {
	p := newProvider(t)
	a := newApplication(t, p)
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	a.chrome.open(a.AuthCodeURL("s"))
	if back := a.returned(t); back.Get("error") != "invalid_request" {
		t.Errorf("without PKCE: %v", back)
	}
	a.chrome.open(a.AuthCodeURL("s", challenge))
	a.chrome.fill("#username", "alice")
	a.chrome.fill("#password", "a guess")
	a.chrome.follow("#sign-in")
	if shown := a.chrome.text("#problem"); shown != "username or password wrong" {
		t.Errorf("with a wrong password: %q", shown)
	}
	p.decline(a.chrome)
	if back := a.returned(t); back.Get("error") != "access_denied" || back.Get("state") != "s" {
		t.Errorf("declined: %v", back)
	}
	p.register(a.RedirectURL + "/")
	if status := a.chrome.open(a.AuthCodeURL("s", challenge)); status != http.StatusBadRequest || strings.HasPrefix(a.chrome.location(), a.base) {
		t.Errorf("with an unknown redirect URI: %d at %s", status, a.chrome.location())
	}
}

// A machine signs in as itself, with its own secret only.
func TestProviderServesMachines(t *testing.T) {
	p := newProvider(t)
	w := newWeather(t, p.forMachines())
	machine := clientcredentials.Config{ClientID: machineID, ClientSecret: machineSecret, TokenURL: p.url + tokenPath, Scopes: []string{weatherScope}}
	token, err := machine.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.expect(t, token, http.StatusOK, machineID)
	machine.ClientSecret = "a guess"
	if _, err := machine.Token(t.Context()); code(err) != "invalid_client" {
		t.Errorf("with another secret: %v", err)
	}
}
