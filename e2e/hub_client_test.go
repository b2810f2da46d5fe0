package e2e

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// hubClientReport is what hub_client.mjs prints.
type hubClientReport struct {
	Tools                                                           []struct{ Function struct{ Name string } }
	Link                                                            object
	Success, Blocked, Wrong                                         said
	Tool, Function                                                  object
	WrongKey, WrongKeyPerform, UnknownFunction, UnknownTool, NoUser string
}

// A client that reads every status outside of 200 to 209 as failure, and title and detail of a
// 401, works in all paths: also through a network where the first two attempts of everything
// fail. It is our own, since the one that Superface documents, the package superface, was not to be
// had from the npm registry when this was written.
func TestHubClient(t *testing.T) {
	node := need(t, "node")
	i := newInstallation(t)
	s := i.start()
	w := newWeather(t, keyGuard(goodKey))
	i.addWeather(w)
	user := s.agent("client|alice")
	newBrowser(t).connectKey(user.link(), goodKey)
	for name, failing := range map[string]int{"directly": 0, "retries included": 2} {
		t.Run(name, func(t *testing.T) {
			network := newUnreliable(t, s.base, failing)
			arrived := w.answered(http.StatusOK)
			out := runNode(t, node, "hub_client.mjs", "BASE_URL="+network.url, "API_KEY="+s.key, "FUNCTION="+currentWeather)
			var got hubClientReport
			decode(t, out, &got)
			checkHubClient(t, network.url, &got)
			if calls := w.answered(http.StatusOK) - arrived; calls != 1 {
				t.Errorf("the call arrived %d times", calls)
			}
			// Refused once for good, so that no attempt follows.
			if asked := network.asked("no-such-key"); asked != 2*(failing+1) {
				t.Errorf("with a wrong key it asked %d times", asked)
			}
		})
	}
}

func checkHubClient(t *testing.T, base string, got *hubClientReport) {
	t.Helper()
	if len(got.Tools) != 2 {
		t.Errorf("tools: %v", got.Tools)
	}
	if address, _ := got.Link["configuration_url"].(string); !linkPattern.MatchString(address) || !strings.HasPrefix(address, base) {
		t.Errorf("link: %v", got.Link)
	}
	if got.Success.Status != "success" || !strings.Contains(string(got.Success.Result), "Vienna") {
		t.Errorf("success: %+v", got.Success)
	}
	if got.Blocked.Status != "requires_action" || !linkPattern.MatchString(got.Blocked.ActionURL) {
		t.Errorf("without an account: %+v", got.Blocked)
	}
	if got.Wrong.Status != "error" || !strings.Contains(got.Wrong.Error, "city") {
		t.Errorf("with wrong arguments: %+v", got.Wrong)
	}
	for _, state := range []object{got.Tool, got.Function} {
		if state["provider"] != "weather" || state["connected"] != true {
			t.Errorf("state: %v", state)
		}
	}
	const unknown = "404 Not Found. There is no such tool or function."
	for _, told := range []string{got.WrongKey, got.WrongKeyPerform} {
		if !strings.HasPrefix(told, "Unauthorized. ") || !strings.Contains(told, "API key is unknown") {
			t.Errorf("with a wrong key: told %q", told)
		}
	}
	for _, words := range [][2]string{
		{got.UnknownFunction, unknown},
		{got.UnknownTool, unknown},
		{got.NoUser, "400 Bad Request. "},
	} {
		if !strings.HasPrefix(words[0], words[1]) {
			t.Errorf("told %q, want %q", words[0], words[1])
		}
	}
}

// unreliable is a network on the way to the service that fails the first attempts of each
// request: in turn without an answer, and with the page of a proxy.
type unreliable struct {
	url string

	mu   sync.Mutex
	seen map[string]int // attempts by request
}

func newUnreliable(t *testing.T, base string, failing int) *unreliable {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	n := &unreliable{seen: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch attempt := n.note(r); {
		case attempt > failing:
			pass.ServeHTTP(w, r)
		case attempt == 1:
			panic(http.ErrAbortHandler)
		default:
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<h1>Bad gateway</h1>"))
		}
	}))
	t.Cleanup(server.Close)
	n.url = server.URL
	return n
}

func (n *unreliable) note(r *http.Request) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	name := strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("Authorization"), r.Header.Get("x-superface-user-id"), r.Header.Get("Content-Length")}, " ")
	n.seen[name]++
	return n.seen[name]
}

// asked counts the attempts with the key.
func (n *unreliable) asked(key string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for name, times := range n.seen {
		if strings.Contains(name, key) {
			total += times
		}
	}
	return total
}

// Every failure of the hub has a title and a detail, in JSON.
func TestHubFailures(t *testing.T) {
	i := newInstallation(t, "SESSIONHUB_MAX_BODY=1KiB")
	s := i.start()
	i.addWeather(newWeather(t, keyGuard(goodKey)))
	const perform = "/api/hub/perform/" + currentWeather
	user, page := s.agent("acme|alice"), i.make("key", "create", "--tenant", i.hash, "--role", "exec")
	for _, v := range []struct {
		name, method, path string
		body               any
		headers            []string
		want               int
	}{
		{"a user with a blank", "POST", perform, object{}, []string{"x-superface-user-id", "alice smith"}, http.StatusBadRequest},
		{"no user", "POST", "/api/hub/session", nil, []string{"x-superface-user-id", ""}, http.StatusBadRequest},
		{"a format that there is not", "GET", "/api/hub/fd?format=nothing", nil, nil, http.StatusBadRequest},
		{"arguments that are no object", "POST", perform, []string{"Vienna"}, nil, http.StatusBadRequest},
		{"a way back that is no address", "POST", "/api/hub/session", nil, []string{"x-superface-app-url", "javascript:alert(1)"}, http.StatusBadRequest},
		{"no key", "POST", perform, object{}, []string{"Authorization", ""}, http.StatusUnauthorized},
		{"a key of a web page", "POST", perform, object{}, []string{"Authorization", "Bearer " + page.APIKey}, http.StatusForbidden},
		{"no such function", "POST", "/api/hub/perform/weather__nothing", object{}, nil, http.StatusNotFound},
		{"no such tool", "GET", "/api/hub/tools/nothing", nil, nil, http.StatusNotFound},
		{"no such path", "GET", "/api/hub/nothing", nil, nil, http.StatusNotFound},
		{"another method", "GET", perform, nil, nil, http.StatusMethodNotAllowed},
		{"a body too large", "POST", perform, object{"city": strings.Repeat("x", 2000)}, nil, http.StatusRequestEntityTooLarge},
		{"a body of another type", "POST", perform, object{}, []string{"Content-Type", "application/x-www-form-urlencoded"}, http.StatusUnsupportedMediaType},
	} {
		status, answer, err := user.ask(v.method, v.path, v.body, v.headers...)
		if err != nil || status != v.want {
			t.Errorf("%s: status %d, %v, want %d: %s", v.name, status, err, v.want, answer)
			continue
		}
		var told struct{ Title, Detail string }
		decode(t, answer, &told)
		if told.Title != http.StatusText(v.want) || told.Detail == "" {
			t.Errorf("%s: %s", v.name, answer)
		}
	}
}
