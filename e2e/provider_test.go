package e2e

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// What is registered at the provider. The secrets have signs that must be escaped on the way.
const (
	clientID      = "sessionhub"
	clientSecret  = "s3cret/+=%&: of sessionhub"
	machineID     = "station-7"
	machineSecret = "s3cret/+=%&: of a machine"
	apiID         = "weather"
	apiSecret     = "s3cret/+=%&: of the API"
	weatherScope  = "weather.read"
	userPassword  = "correct horse battery staple"
)

// users may sign in at the provider.
var users = []string{"alice", "bob"}

// Where the provider answers.
const (
	authorizePath  = "/authorize"
	tokenPath      = "/oauth/token"
	introspectPath = "/oauth/introspect"
	revokePath     = "/revoke"
	loginPath      = "/login"
)

// fault is how the token endpoint fails, before anything has happened to a token.
type fault int

const (
	noFault     fault = iota
	unavailable       // 503
	hangUp            // the connection ends without an answer
	hang              // there is no answer for as long as the client waits
)

// provider is an OAuth 2.0 authorization server: github.com/zitadel/oidc with a list of
// grants that is as strict as RFC 9700 asks.
type provider struct {
	t      *testing.T
	url    string
	grants *grants
	log    text

	mu     sync.Mutex
	counts map[string]int
	fault  fault
}

// newProvider starts a provider. It knows no redirect URI until [provider.register].
func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{t: t, counts: map[string]int{}}
	listening := httptest.NewUnstartedServer(nil)
	p.url = "http://" + listening.Listener.Addr().String()
	p.grants = newGrants(func() { p.count("reuse") })
	config := &op.Config{CodeMethodS256: true, AuthMethodPost: true, GrantTypeRefreshToken: true}
	if _, err := rand.Read(config.CryptoKey[:]); err != nil {
		t.Fatal(err)
	}
	server, err := op.NewProvider(config, p.grants, op.StaticIssuer(p.url), op.WithAllowInsecure(),
		op.WithLogger(slog.New(slog.NewTextHandler(&p.log, nil))))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", p.watch(server))
	mux.Handle(loginPath, op.NewIssuerInterceptor(server.IssuerFromRequest).Handler(login{p.grants, server}))
	listening.Config.Handler = mux
	listening.Start()
	t.Cleanup(func() {
		listening.CloseClientConnections()
		listening.Close()
		if t.Failed() {
			t.Logf("the provider was asked %v, and logged:\n%s", p.counts, p.log.String())
		}
	})
	return p
}

// watch counts what is asked, and fails where it is told to.
func (p *provider) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case authorizePath:
			p.count("authorize")
		case revokePath:
			p.count("revoke")
		case tokenPath:
			switch p.count(r.FormValue("grant_type")) {
			case unavailable:
				http.Error(w, "down for maintenance", http.StatusServiceUnavailable)
				return
			case hangUp:
				panic(http.ErrAbortHandler)
			case hang:
				<-r.Context().Done()
				panic(http.ErrAbortHandler)
			case noFault:
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (p *provider) count(what string) fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what]++
	return p.fault
}

// asked is how often something was asked for, whatever the answer: "authorize", "revoke", or
// by grant type at the token endpoint, where "reuse" are the spent refresh tokens among them.
func (p *provider) asked(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[what]
}

// fails has the token endpoint fail from now on, or work again with noFault.
func (p *provider) fails(how fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = how
}

// register says where the client may send its users back to, to the letter.
func (p *provider) register(redirectURIs ...string) { p.grants.register(redirectURIs) }

// tokensLive says how long the access tokens last that are issued from now on, in whole
// seconds; five minutes to begin with.
func (p *provider) tokensLive(lifetime time.Duration) { p.grants.tokensLive(lifetime) }

// withdraw ends all that a user has granted, as on the provider's own page.
func (p *provider) withdraw(user string) { p.grants.withdraw(user) }

// signIn fills in the login form that a browser is shown, and returns the status of the page
// after it.
func (p *provider) signIn(c *chrome, user string) int {
	c.t.Helper()
	c.fill("#username", user)
	c.fill("#password", userPassword)
	return c.follow("#sign-in")
}

// decline refuses what the login form asks, and returns the status of the page after it.
func (p *provider) decline(c *chrome) int {
	c.t.Helper()
	return c.follow("#decline")
}

// login is the page where users sign in.
type login struct {
	grants *grants
	server *op.Provider
}

func (l login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("id")
	request, err := l.grants.AuthRequestByID(r.Context(), id)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	problem := ""
	switch {
	case r.Method != http.MethodPost:
	case r.PostFormValue("decline") != "":
		op.AuthRequestError(w, r, request, oidc.ErrAccessDenied(), l.server)
		return
	default:
		err := l.grants.CheckUsernamePassword(r.PostFormValue("username"), r.PostFormValue("password"), id)
		if err == nil {
			http.Redirect(w, r, op.AuthCallbackURL(l.server)(r.Context(), id), http.StatusSeeOther)
			return
		}
		problem = err.Error()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, loginPage, strings.Join(request.GetScopes(), " "), problem, loginPath+"?id="+url.QueryEscape(id))
}

const loginPage = `<!doctype html><html lang="en"><title>Sign in</title><link rel="icon" href="data:,">
<h1>Sign in</h1><p>sessionhub asks for <b>%s</b>.</p><p id="problem">%s</p>
<form method="post" action="%s"><label>User <input id="username" name="username"></label>
<label>Password <input id="password" name="password" type="password"></label>
<button id="sign-in">Sign in</button> <button id="decline" name="decline" value="1">Decline</button></form></html>
`
