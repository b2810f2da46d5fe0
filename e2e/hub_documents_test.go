package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The files of testdata/superface are the curl lines of Superface's two public documents (API
// Endpoints; Session Management), to the letter.

// linkPattern has a token of 128 bits or more, in letters that survive every way of copying.
var linkPattern = regexp.MustCompile(`^http://127\.0\.0\.1:\d+/api/hub/session/[a-z0-9]{26,}$`)

// Whoever copies the curl lines of the public documents and puts in what they ask for gets
// answers in the shapes that they print.
func TestSuperfaceCurlLines(t *testing.T) {
	need(t, "curl")
	i := newInstallation(t)
	s := i.start()
	i.example()

	functions := documentedForHub(t, s, "functions.sh")
	expectJSON(t, sh(t, functions), documentedFunctions)

	seen := map[string]bool{}
	for _, name := range []string{"session.sh", "session-management.sh", "session.sh"} {
		var got map[string]string
		decode(t, sh(t, documentedForHub(t, s, name)), &got)
		expectKeys(t, got, "assistant_hint", "configuration_url", "status")
		if got["status"] != "success" || got["assistant_hint"] != documentedLinkHint {
			t.Errorf("%s: %v", name, got)
		}
		expectLink(t, s, got["configuration_url"])
		seen[got["configuration_url"]] = true
	}
	if len(seen) != 3 {
		t.Errorf("three calls made the links %v", slices.Collect(maps.Keys(seen)))
	}

	perform := documentedForHub(t, s, "perform.sh")
	var blocked map[string]string
	decode(t, sh(t, perform), &blocked)
	expectKeys(t, blocked, "action_type", "action_url", "assistant_hint", "status")
	if blocked["status"] != "requires_action" || blocked["action_type"] != "configure_access" || blocked["assistant_hint"] != documentedActionHint {
		t.Errorf("without an account: %v", blocked)
	}
	expectLink(t, s, blocked["action_url"]).connect(blocked["action_url"], object{"tool": "weather", "way": "apiKey", "apiKey.value": "demo"})
	var done map[string]any
	decode(t, sh(t, perform), &done)
	expectKeys(t, done, "assistant_hint", "result", "status")
	if result, ok := done["result"].(object); done["status"] != "success" || done["assistant_hint"] != documentedResultHint || !ok || result["units"] != "C" {
		t.Errorf("with an account: %v", done)
	}
	wrong := strings.Replace(perform, `"city"`, `"town"`, 1)
	var failed map[string]string
	decode(t, sh(t, wrong), &failed)
	expectKeys(t, failed, "assistant_hint", "error", "status")
	if failed["status"] != "error" || !strings.Contains(failed["error"], "city") || !strings.Contains(failed["error"], "town") {
		t.Errorf("with wrong arguments: %v", failed)
	}
}

// What the documents print, with the weather tool for the calendar. Of the schema they have
// "nullable" as well, which JSON Schema does not know, and a line break behind the description.
const (
	documentedFunctions = `[{"type":"function","function":{
		"name":"weather__current-weather__CurrentWeather",
		"description":"Retrieve current weather information for a specified location.",
		"parameters":{"type":"object","required":["city"],"properties":{
			"city":{"type":"string","description":"Name of the city including state and country, e.g.: \"Prague, Czech Republic\" or \"New York City, NY, USA\"","title":"city"},
			"units":{"type":"string","enum":["C","F","K"],"description":"Units used to represent temperature - Fahrenheit, Celsius, Kelvin\nCelsius by default","title":"units"}}}}}]`
	documentedLinkHint   = "Tell user to go to URL at 'configuration_url' to configure to open configuration. Always show the whole URL to the user. The 'configuration_url' expires in 15 minutes."
	documentedActionHint = "Tell user to go to URL at 'action_url' to configure access to 'weather'. Then try calling tool again. Always show the whole URL to the user. The 'action_url' expires in 15 minutes."
	documentedResultHint = "Format the result in 'result' field to the user. If the user asked for a specific format, respect it"
)

func expectKeys[V any](t *testing.T, got map[string]V, want ...string) {
	t.Helper()
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, want) {
		t.Errorf("the answer has %v, want %v: %v", keys, want, got)
	}
}

// expectLink expects a page behind the link, which works for a quarter of an hour, and returns
// the browser that has opened it.
func expectLink(t *testing.T, s *server, link string) *browser {
	t.Helper()
	if !linkPattern.MatchString(link) || !strings.HasPrefix(link, s.base+"/") {
		t.Fatalf("the link is %q", link)
	}
	b := newBrowser(t)
	if page := b.must(link); !strings.Contains(page, "works for 15 minutes") {
		t.Errorf("behind the link:\n%s", page)
	}
	return b
}

// documentedForHub returns an example of the public documents for the server.
func documentedForHub(t *testing.T, s *server, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "superface", name))
	if err != nil {
		t.Fatal(err)
	}
	replaced := strings.NewReplacer("https://pod.superface.ai", s.base, "<auth_token>", s.key,
		"<your_agent_name|unique_user_id>", "documents|alice",
		"<tool_and_function_name>", "weather__current-weather__CurrentWeather").Replace(string(text))
	if !strings.Contains(replaced, s.base) || !strings.Contains(replaced, s.key) || strings.Contains(replaced, "<") {
		t.Fatalf("%s has something else to put in:\n%s", name, replaced)
	}
	return replaced
}

// example starts the example of the command line, and returns what it printed.
func (i *installation) example() string {
	i.t.Helper()
	s := i.launchCommand("tool", "example", "--tenant", i.hash, "--addr", "127.0.0.1:0")
	if err := s.await(startLimit, func() bool { return strings.Contains(s.stdout.String(), "ask again") }); err != nil {
		i.t.Fatalf("the example did not start: %v\n%s%s", err, s.stdout.String(), s.stderr.String())
	}
	return s.stdout.String()
}

// The lines that "tool example" prints work when they are pasted, and so does what it says to
// do in between.
func TestExampleLines(t *testing.T) {
	need(t, "curl")
	i := newInstallation(t, "SESSIONHUB_ADDR="+freeAddress(t))
	s := i.start()
	var lines []string
	for line := range strings.Lines(i.example()) {
		if strings.HasPrefix(line, "curl ") {
			lines = append(lines, "KEY='"+s.key+"'\n"+line)
		}
	}
	if len(lines) != 2 {
		t.Fatalf("the example has the lines %q", lines)
	}
	expectJSON(t, sh(t, lines[0]), documentedFunctions)
	var got said
	decode(t, sh(t, lines[1]), &got)
	if got.Status != "requires_action" {
		t.Fatalf("without an account: %+v", got)
	}
	for key, want := range map[string]string{"wrong": "requires_action", "demo": "success"} {
		newBrowser(t).connect(s.agent("example|alice").link(), object{"tool": "weather", "way": "apiKey", "apiKey.value": key})
		var got said
		decode(t, sh(t, lines[1]), &got)
		if got.Status != want {
			t.Errorf("with the key %s: %+v", key, got)
		}
	}
}
