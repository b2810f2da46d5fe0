package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The agents of the README work as they are printed there: the model is given the functions,
// asks for one, reads its result, and the user gets the answer.
func TestReadmeAgents(t *testing.T) {
	node, python := need(t, "node"), need(t, "python3")
	i := newInstallation(t)
	s := i.start()
	i.addWeather(newWeather(t, keyGuard(goodKey)))
	newBrowser(t).connectKey(s.agent("my-agent|alice").link(), goodKey)
	for language, run := range map[string]func(source string, env []string) []byte{
		"python": func(source string, env []string) []byte {
			return runProgram(t, python, writeProgram(t, "agent.py", []byte(source)), "", env)
		},
		"ts": func(source string, env []string) []byte {
			plain := runProgram(t, node, "transpile.mjs", source, nil)
			return runProgram(t, node, writeProgram(t, "agent.mjs", plain), "", env)
		},
	} {
		t.Run(language, func(t *testing.T) {
			model := newModel(t)
			out := run(readmeProgram(t, language), []string{
				"HUB_URL=" + s.base, "HUB_KEY=" + s.key, "OPENAI_BASE_URL=" + model.URL, "OPENAI_API_KEY=model-key",
			})
			if got := strings.TrimSpace(string(out)); got != "It is nice in Prague." {
				t.Errorf("the agent says %q", got)
			}
		})
	}
}

// readmeProgram is the one block of code in this language that the README has.
func readmeProgram(t *testing.T, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)\n```"+language+"\n(.*?)\n```\n").FindAllSubmatch(text, -1)
	if len(blocks) != 1 {
		t.Fatalf("the README has %d programs in %s", len(blocks), language)
	}
	return string(blocks[0][1])
}

func writeProgram(t *testing.T, name string, source []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, source, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// runProgram returns what the program prints.
func runProgram(t *testing.T, program, script, input string, env []string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, script)
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "HOME="+t.TempDir())
	cmd.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, stdout.String(), stderr.String())
	}
	return stdout.Bytes()
}

// newModel stands in for a model with the API of OpenAI: it calls the weather function, and
// answers when it has its result.
func newModel(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Messages []struct{ Role, Content string }
			Tools    []struct{ Function struct{ Name string } }
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(body, &asked)
		}
		if err != nil || r.URL.Path != "/chat/completions" || r.Header.Get("Authorization") != "Bearer model-key" || !strings.Contains(string(body), currentWeather) {
			t.Errorf("the model was asked %s %s: %v", r.URL.Path, body, err)
		}
		reply := `{"role":"assistant","content":null,"tool_calls":[{"id":"call-1","type":"function","function":{"name":"` + currentWeather + `","arguments":"{\"city\":\"Prague\"}"}}]}`
		if last := asked.Messages[len(asked.Messages)-1]; last.Role == "tool" {
			if !strings.Contains(last.Content, `"status"`) || !strings.Contains(last.Content, "success") || !strings.Contains(last.Content, "Prague") {
				t.Errorf("the model was told %s", last.Content)
			}
			reply = `{"role":"assistant","content":"It is nice in Prague."}`
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"choices":[{"message":`+reply+`}]}`)
	}))
	t.Cleanup(server.Close)
	return server
}
