package main

import (
	"go/doc"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sessionhub/config"
)

// The map of the README is what a newcomer reads first; the packages say it of themselves.
func TestREADMEMapSaysWhatThePackagesSay(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| \\[`(\\w+)`\\]\\(\\w+/doc\\.go\\) \\| (.*) \\|$").FindAllStringSubmatch(readme(t), -1)
	said := map[string]string{}
	for _, row := range rows {
		said[row[1]] = row[2]
	}
	seen := 0
	for _, f := range goFiles(t) {
		if !strings.HasSuffix(f.path, "/doc.go") || strings.Contains(f.dir, "/") {
			continue
		}
		seen++
		want := strings.TrimPrefix(new(doc.Package).Synopsis(f.tree.Doc.Text()), "Package "+f.dir+" ")
		if want = strings.TrimSuffix(want, "."); said[f.dir] != want {
			t.Errorf("the README says of %s %q, its doc.go %q", f.dir, said[f.dir], want)
		}
	}
	if seen < minPackages || seen != len(rows) {
		t.Errorf("%d packages and %d rows of the map", seen, len(rows))
	}
}

func TestREADMEListsEverySetting(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `(SESSIONHUB_\\w+)` \\|").FindAllStringSubmatch(readme(t), -1)
	var listed []string
	for _, row := range rows {
		listed = append(listed, row[1])
	}
	slices.Sort(listed)
	if names := config.Names(); !slices.Equal(listed, names) {
		t.Errorf("the README lists %v, and there are %v", listed, names)
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
