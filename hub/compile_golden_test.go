package hub

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionhub/models"
)

var compileUpdate = flag.Bool("update", false, "write testdata/openapi/*.functions.json anew")

const compileTestdata = "../testdata/openapi"

// compileGolden is a compiled tool for people to read: without what is empty, and the schemas
// as JSON and not as text.
func compileGolden(t testing.TB, tool models.Tool, findings []Finding) []byte {
	t.Helper()
	tool.Document = nil
	golden := compileAsJSON(t, tool).(map[string]any)
	for i, f := range golden["Functions"].([]any) {
		schema, err := readJSON([]byte(tool.Functions[i].Parameters))
		if err != nil {
			t.Fatal(err)
		}
		f.(map[string]any)["Parameters"] = schema
		delete(f.(map[string]any), "Tool")
	}
	if len(findings) > 0 {
		golden["Findings"] = compileAsJSON(t, findings)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(golden); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

func compileAsJSON(t testing.TB, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return compileWithoutEmpty(plain)
}

// compileWithoutEmpty keeps an empty list in a list: it is a requirement of nothing.
func compileWithoutEmpty(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = compileWithoutEmpty(v[i])
		}
	case map[string]any:
		for key, member := range v {
			switch member := compileWithoutEmpty(member).(type) {
			case nil:
				delete(v, key)
			case string:
				if member == "" || member == "[secret]" || member == "0001-01-01T00:00:00Z" {
					delete(v, key)
				}
			case bool:
				if !member {
					delete(v, key)
				}
			case []any:
				if len(member) == 0 {
					delete(v, key)
				}
			}
		}
	}
	return v
}

// compileDocuments are the documents in testdata, by name.
func compileDocuments(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(compileTestdata, "*"))
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string][]byte{}
	for _, path := range paths {
		if strings.HasSuffix(path, ".functions.json") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		documents[filepath.Base(path)] = text
	}
	if len(documents) < 5 {
		t.Fatalf("saw only %d documents in %s", len(documents), compileTestdata)
	}
	return documents
}

func TestCompileGolden(t *testing.T) {
	for name, text := range compileDocuments(t) {
		t.Run(name, func(t *testing.T) {
			tool, findings, err := Compile(text, CompileOptions{Source: name})
			if err != nil {
				t.Fatal(err)
			}
			compileCheckTool(t, tool)
			got := compileGolden(t, tool, findings)
			path := filepath.Join(compileTestdata, strings.TrimSuffix(name, filepath.Ext(name))+".functions.json")
			if *compileUpdate {
				if err := os.WriteFile(path, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatalf("%v; run the test with -update and read what it wrote", err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what was compiled; run the test with -update and read the difference. Compiled:\n%s", path, got)
			}
		})
	}
}
