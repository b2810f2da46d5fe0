package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMeasure(t *testing.T) {
	function := func(lines int) string {
		return "func f() {\n" + strings.Repeat("\t_ = 0\n", lines-2) + "}\n"
	}
	tests := map[string]struct {
		file, text string
		want       string // part of the one line found; empty: none is
	}{
		"a function of 40 lines":    {"a.go", "package a\n" + function(40), ""},
		"a function of 41 lines":    {"a.go", "package a\n" + function(41), "a.go:2: f has 41 lines"},
		"a file of 300 lines":       {"a.go", "package a\n" + strings.Repeat("\n", 299), ""},
		"a file of 301 lines":       {"a.go", "package a\n" + strings.Repeat("\n", 300), "a.go: 301 lines"},
		"a directory below is read": {"b/a.go", "package a\n" + function(41), "b/a.go:2: f has 41 lines"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, test.file, test.text)
			found, err := measure(root)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(found, "\n")
			if test.want == "" && got != "" || !strings.HasPrefix(got, test.want) || len(found) > 1 {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

// A check that reads nothing must not pass: tests, test data and npm's files are not read.
func TestMeasureFailsWhereThereIsNothing(t *testing.T) {
	root := t.TempDir()
	for _, file := range []string{"a_test.go", "testdata/a.go", "node_modules/a/a.go", ".git/a.go"} {
		write(t, root, file, "package a\n")
	}
	if _, err := measure(root); !errors.Is(err, errNoFiles) {
		t.Errorf("got %v, want %v", err, errNoFiles)
	}
}

func write(t *testing.T, root, file, text string) {
	t.Helper()
	path := filepath.Join(root, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
