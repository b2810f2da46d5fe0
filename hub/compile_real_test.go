package hub

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// compileRealDocuments are public documents that are too large to keep here. Where they are not,
// the tests do with testdata.
func compileRealDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	dir := cmp.Or(os.Getenv("SESSIONHUB_TEST_OPENAPI"), filepath.Join("..", "..", "shared", "data", "openapi"))
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Logf("no documents in %s", dir)
	}
	documents := map[string][]byte{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		documents[filepath.Base(path)] = text
	}
	return documents
}

// compileCountOperations counts without anything of the compiler.
func compileCountOperations(t testing.TB, text []byte) int {
	t.Helper()
	var document struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	all := []string{"get", "put", "post", "delete", "patch", "head", "options", "trace"}
	count := 0
	for _, item := range document.Paths {
		for key := range item {
			if slices.Contains(all, key) {
				count++
			}
		}
	}
	return count
}

// No operation of a real document gets lost, and every function of it can be sent to a model.
func TestCompileRealDocuments(t *testing.T) {
	const limit = 30 * time.Second // it takes a fifth of one; this is for a busy machine
	for name, text := range compileRealDocuments(t) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			tool, findings, err := Compile(text, CompileOptions{Name: "real"})
			took := time.Since(start)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d functions, %d skipped, %d findings in %v", len(tool.Functions), len(tool.Skipped), len(findings), took)
			if took > limit {
				t.Errorf("took %v", took)
			}
			want := compileCountOperations(t, text)
			if got := len(tool.Functions) + len(tool.Skipped); got != want || want == 0 {
				t.Errorf("offers or skips %d of %d operations", got, want)
			}
			if len(tool.Skipped)*20 > want {
				t.Errorf("skips more than one in twenty: %v", tool.Skipped)
			}
			compileCheckTool(t, tool)
			compileCheckStable(t, text, tool)
		})
	}
}

// Compiling again, and compiling less, changes no function that is still there.
func compileCheckStable(t *testing.T, text []byte, tool models.Tool) {
	t.Helper()
	again, _, err := Compile(text, CompileOptions{Name: tool.Name})
	if err != nil || string(compileGolden(t, tool, nil)) != string(compileGolden(t, again, nil)) {
		t.Errorf("another run makes another tool, error %v", err)
	}
	last := tool.Functions[len(tool.Functions)-1]
	one, _, err := Compile(text, CompileOptions{Name: tool.Name, Only: []string{last.Operation}})
	if err != nil || len(one.Functions) != 1 || one.Functions[0].Name != last.Name || one.Functions[0].Parameters != last.Parameters {
		t.Errorf("only %s gives other functions: %v %v", last.Operation, one.Functions, err)
	}
}

// Slack declares its OAuth token once more as a parameter of each operation. A model that saw
// it would ask people for their tokens.
func TestCompileAsksForNoToken(t *testing.T) {
	for name, text := range compileRealDocuments(t) {
		if !strings.HasPrefix(name, "slack") {
			continue
		}
		tool, findings, err := Compile(text, CompileOptions{Name: "slack"})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range tool.Functions {
			if strings.Contains(f.Parameters, `"token":`) {
				t.Errorf("%s asks for a token: %s", f.Name, f.Parameters)
			}
			if body := f.Call.Body; body != nil && body.MediaType != mediaForm && body.MediaType != mediaMultipart {
				t.Errorf("%s sends %s", f.Name, body.MediaType)
			}
		}
		if len(findings) < 100 {
			t.Errorf("only %d findings tell of it", len(findings))
		}
		if scopes := tool.Scheme("slackAuth").Scopes; slices.Contains(scopes, "none") || !slices.Contains(scopes, "chat:write:bot") {
			t.Errorf("scopes are %q", scopes)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	documents := compileRealDocuments(b)
	if len(documents) == 0 {
		documents = compileDocuments(b)
	}
	for name, text := range documents {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, _, err := Compile(text, CompileOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
