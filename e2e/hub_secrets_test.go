package e2e

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	keyMarker  = "Zq9xKeyMarkerQ7vK"
	cityMarker = "Zq9xCityMarkerQ7vK" // among the arguments, and so in the result
)

// Somebody who holds the database or the log finds no credential of users or of the operator, no
// link, and nothing of what was performed: also for a tenant that chose no encryption, since that
// is for its sessions.
func TestHubLeavesNothingReadable(t *testing.T) {
	for _, encryption := range []string{"encrypted", "in clear"} {
		t.Run(encryption, func(t *testing.T) {
			i := newInstallation(t, "SESSIONHUB_LOG_LEVEL=debug")
			s := i.start()
			if encryption == "in clear" {
				made := i.make("tenant", "create", "--no-encryption")
				i.hash, i.key = made.DatabaseIDHash, made.APIKey
				s.client = s.with(i.hash, i.key)
			}
			secrets := map[string]string{"the API key of a user": keyMarker, "an argument": cityMarker}
			useKeys(t, i, s, secrets)
			useProvider(t, i, s, secrets)
			expectHubUnreadable(t, i, s, secrets, "while it runs")
			s.kill()
			expectHubUnreadable(t, i, s, secrets, "after it was killed")
			s = i.start()
			s.stop()
			expectHubUnreadable(t, i, s, secrets, "at the end")
		})
	}
}

// expectHubUnreadable is expectUnreadable for many markers.
func expectHubUnreadable(t *testing.T, i *installation, s *server, secrets map[string]string, when string) {
	t.Helper()
	texts := map[string]string{"standard output": s.stdout.String(), "the log": s.stderr.String()}
	if status, metrics, err := s.do(http.MethodGet, "/metrics", nil); err == nil {
		texts["the metrics"] = string(metrics)
		if status != http.StatusOK || !strings.Contains(texts["the metrics"], "sessionhub_hub_performs_total") {
			t.Errorf("%s: /metrics does not have the hub's: status %d", when, status)
		}
	}
	for what, secret := range secrets {
		if len(secret) < 10 {
			t.Fatalf("%s is %q, which is not told from other text", what, secret)
		}
		for _, found := range i.scan(t, secret, texts) {
			t.Errorf("%s: %s, %q: %s", when, what, secret, found)
		}
	}
}

// useKeys uses an API with a key, in a header and in the address, and in every way that fails.
func useKeys(t *testing.T, i *installation, s *server, secrets map[string]string) {
	t.Helper()
	w := newWeather(t, keyGuard(keyMarker))
	i.addWeather(w)
	user := s.agent("acme|alice")
	link := user.link()
	secrets["a link"] = path.Base(link)
	page := newBrowser(t)
	page.connectKey(link, keyMarker+"wrong")
	secrets["the link of an action"] = path.Base(user.mustAct(reasonRejected))
	page.connectKey(link, keyMarker)
	performMarker(t, user, "success")
	user.perform("error", currentWeather, object{"city": "Vienna", "units": cityMarker})
	user.perform("error", currentWeather, object{"city": []string{cityMarker}})
	status, answer, err := user.ask(http.MethodPost, "/api/hub/perform/"+currentWeather, "not an object: "+cityMarker)
	if err != nil || status != http.StatusBadRequest {
		t.Errorf("not an object: status %d, %v: %s", status, err, answer)
	}

	inAddress := strings.Replace(string(w.document()), `"in": "header"`, `"in": "query"`, 1)
	i.addDocument(temporary(t, "query.json", inAddress), "--replace")
	performMarker(t, user, "requires_action") // the API wants it in the header
	i.addDocument(temporary(t, "nowhere.json", inAddress), "--replace", "--base-url", "http://"+freeAddress(t))
	page.connectKey(link, keyMarker)
	performMarker(t, user, "error") // which is logged
}

// performMarker calls with the marker as an argument, with and without an Idempotency-Key.
func performMarker(t *testing.T, user *agent, want string) {
	t.Helper()
	for _, headers := range [][]string{nil, {"Idempotency-Key", "key-" + want}, {"Idempotency-Key", "key-" + want}} {
		got := user.perform(want, currentWeather, object{"city": cityMarker}, headers...)
		if want == "success" && !strings.Contains(string(got.Result), cityMarker) {
			t.Errorf("the result is %s", got.Result)
		}
	}
}

// listener is a guard that notes the access tokens that it hears.
type listener struct {
	guard
	mu    sync.Mutex
	heard map[string]bool
}

func (l *listener) admit(r *http.Request) (string, int) {
	l.mu.Lock()
	l.heard[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] = true
	l.mu.Unlock()
	return l.guard.admit(r)
}

// useProvider signs in at a provider, refreshes, and has the provider fail.
func useProvider(t *testing.T, i *installation, s *server, secrets map[string]string) {
	t.Helper()
	p := newProvider(t)
	hears := &listener{guard: p.forUsers(), heard: map[string]bool{}}
	i.addWeather(newWeather(t, hears), append(i.registration(), "--replace")...)
	p.register(s.callback("weather"))
	user, page := s.agent("acme|bob"), newBrowser(t)
	link := user.link()
	secrets["another link"] = path.Base(link)
	p.tokensLive(time.Second)
	page.signIn(link, "bob")
	user.weatherOf("bob")
	time.Sleep(justOver)
	p.fails(unavailable)
	user.failed("its provider does not answer")
	p.fails(noFault)
	performMarker(t, user, "success")
	page.signIn(link, "bob")
	user.weatherOf("bob")
	page.get(s.base + "/api/hub/oauth/callback/" + keyMarker + "?code=" + keyMarker + "&state=" + keyMarker)
	page.get(s.base + "/api/hub/session/" + keyMarker)

	secrets["the client secret"], secrets["the client secret, escaped"] = clientSecret, url.QueryEscape(clientSecret)
	for token := range hears.heard {
		secrets["the access token "+token] = token
	}
	p.grants.mu.Lock()
	for token := range p.grants.refresh {
		secrets["the refresh token "+token] = token
	}
	p.grants.mu.Unlock()
	for _, at := range page.seen {
		for _, name := range []string{"state", "code", "code_challenge"} {
			if value := at.Query().Get(name); value != "" {
				secrets["the "+name+" "+value] = value
			}
		}
	}
	for _, cookie := range page.http.Jar.Cookies(page.seen[0]) {
		secrets["the cookie "+cookie.Name] = cookie.Value
	}
	if len(hears.heard) < 3 || len(secrets) < 20 {
		t.Errorf("heard of %d access tokens, and %d secrets in all", len(hears.heard), len(secrets))
	}
}
