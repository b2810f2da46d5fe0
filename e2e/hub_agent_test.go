package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The functions of [weather] when it is imported as the tool weather.
const (
	currentWeather = "weather__CurrentWeather"
	whoAmI         = "weather__WhoAmI"
)

// The application that agents of these tests work for.
const (
	appName = "Acme Assistant"
	appURL  = "https://assistant.example/chat?id=7"
)

// addWeather imports the API as the tool weather.
func (i *installation) addWeather(w *weather, flags ...string) {
	i.t.Helper()
	i.addDocument(w.file(), flags...)
}

func (i *installation) addDocument(file string, flags ...string) {
	i.t.Helper()
	i.mustRun(append([]string{"tool", "add", file, "--tenant", i.hash, "--name", "weather", "--allow-private"}, flags...)...)
}

// registration are the flags that say who we are at the provider.
func (i *installation) registration() []string {
	i.t.Helper()
	path := filepath.Join(i.dir, "client-secret") // beside what is scanned for secrets
	if err := os.WriteFile(path, []byte(clientSecret+"\n"), 0o600); err != nil {
		i.t.Fatal(err)
	}
	return []string{"--client-id", clientID, "--client-secret-file", path}
}

// agent asks the hub for one of its users. Like any client of the hub it does not name the
// tenant, which its key tells.
type agent struct {
	*client
	t    *testing.T
	user string
}

func (s *server) agent(user string) *agent { return s.client.agent(s.t, user) }

func (c *client) agent(t *testing.T, user string) *agent { return &agent{c, t, user} }

// said is what the hub answers to a call of a function.
type said struct {
	Status     string          `json:"status"`
	Hint       string          `json:"assistant_hint"`
	ActionType string          `json:"action_type"`
	ActionURL  string          `json:"action_url"`
	Result     json.RawMessage `json:"result"`
	Error      string          `json:"error"`
}

// ask sends a request with these headers, by name and value. An error means that no answer came.
func (a *agent) ask(method, path string, body any, headers ...string) (status int, answer []byte, err error) {
	content, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	if body == nil {
		content = nil
	}
	r, err := http.NewRequest(method, a.base+path, bytes.NewReader(content))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+a.key)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-superface-user-id", a.user)
	r.Header.Set("x-superface-app-name", appName)
	r.Header.Set("x-superface-app-url", appURL)
	for k := 0; k < len(headers); k += 2 {
		r.Header.Set(headers[k], headers[k+1])
	}
	response, err := a.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, errors.Join(err, response.Body.Close())
}

// try calls a function; for tests that do so from many goroutines.
func (a *agent) try(function string, arguments any, headers ...string) (said, error) {
	status, answer, err := a.ask(http.MethodPost, "/api/hub/perform/"+function, arguments, headers...)
	var got said
	if err == nil && status != http.StatusOK {
		err = errors.New(http.StatusText(status) + ": " + string(answer))
	}
	if err == nil {
		err = json.Unmarshal(answer, &got)
	}
	return got, err
}

// perform calls a function and expects the status.
func (a *agent) perform(want, function string, arguments any, headers ...string) said {
	a.t.Helper()
	got, err := a.try(function, arguments, headers...)
	if err != nil || got.Status != want {
		a.t.Fatalf("%s: %+v, %v; want the status %s", function, got, err, want)
	}
	return got
}

// weather asks for the weather in Vienna, and expects the status.
func (a *agent) weather(want string) said {
	a.t.Helper()
	return a.perform(want, currentWeather, object{"city": "Vienna"})
}

// weatherOf expects to get the weather as this user of the provider.
func (a *agent) weatherOf(user string) {
	a.t.Helper()
	expectJSON(a.t, a.weather("success").Result, `{"city":"Vienna","temperature":21.5,"user":"`+user+`"}`)
}

// mustAct expects that the agent is told to send its user to the page, for this reason, and
// returns the page's address.
func (a *agent) mustAct(reason string) string {
	a.t.Helper()
	got := a.weather("requires_action")
	want := "Tell user to go to URL at 'action_url' to configure access to 'weather'. Then try calling tool again. " +
		"Always show the whole URL to the user. The 'action_url' expires in 15 minutes."
	if reason != "" {
		want = reason + " " + want
	}
	if got.Hint != want || got.ActionType != "configure_access" || !strings.HasPrefix(got.ActionURL, a.base+"/api/hub/session/") {
		a.t.Fatalf("told %+v\nwant the hint %q", got, want)
	}
	if a.connected() {
		a.t.Error("the tool counts as connected, and its user has to act")
	}
	return got.ActionURL
}

// failed expects that the call failed for a reason that the user can do nothing about.
func (a *agent) failed(words string) {
	a.t.Helper()
	got := a.weather("error")
	if got.Hint == "" || got.ActionURL != "" || !strings.Contains(got.Error, words) {
		a.t.Errorf("told %+v, want an error with %q", got, words)
	}
}

// link asks for the page where the user connects accounts.
func (a *agent) link() string {
	a.t.Helper()
	status, answer, err := a.ask(http.MethodPost, "/api/hub/session", nil)
	var got struct {
		URL string `json:"configuration_url"`
	}
	if err != nil || status != http.StatusOK {
		a.t.Fatalf("status %d, %v: %s", status, err, answer)
	}
	decode(a.t, answer, &got)
	return got.URL
}

// connected asks whether the user's account of the weather tool works.
func (a *agent) connected() bool {
	a.t.Helper()
	status, answer, err := a.ask(http.MethodGet, "/api/hub/tools/weather", nil)
	var got struct {
		Provider  string
		Connected bool
	}
	if err != nil || status != http.StatusOK {
		a.t.Fatalf("status %d, %v: %s", status, err, answer)
	}
	decode(a.t, answer, &got)
	if got.Provider != "weather" {
		a.t.Errorf("the provider is %q", got.Provider)
	}
	return got.Connected
}

// The reasons that an agent is given, ahead of what to do.
const (
	reasonRejected = "The provider refused the stored credentials of 'weather'."
	reasonRevoked  = "The provider says that access to 'weather' was revoked or has ended."
)
