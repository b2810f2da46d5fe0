package handlers

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite testdata/golden with the answers of this run")

const goldenRoot = "../testdata/golden"

// walk is a stack whose answers are held against testdata/golden/<test>/<step>.txt and
// against openapi.yaml.
type walk struct {
	*stack
	dir       string
	encrypted bool
	seen      map[string]bool
}

// walks runs a test with encryption and without: the answers are the same.
func walks(t *testing.T, run func(*walk)) {
	t.Helper()
	dir := filepath.Join(goldenRoot, t.Name())
	for _, encrypted := range []bool{true, false} {
		name := map[bool]string{true: "encrypted", false: "plain"}[encrypted]
		t.Run(name, func(t *testing.T) {
			w := &walk{stack: newStack(t, encrypted), dir: dir, encrypted: encrypted, seen: map[string]bool{}}
			run(w)
			w.checkAllSeen()
		})
	}
}

// step sends a request one second after the one before and compares the answer.
func (w *walk) step(name, method, target, body string, options ...func(*http.Request)) answer {
	w.t.Helper()
	w.clock.advance(time.Second)
	r := w.request(method, target, body, options...)
	got := w.send(r)
	w.fits(r, got)
	w.compare(name, got.golden())
	return got
}

// compare holds a text against its golden file. The plain walk never writes: it has to give
// what the encrypted one gave.
func (w *walk) compare(name, got string) {
	w.t.Helper()
	if w.seen[name] {
		w.t.Fatalf("two steps are called %s", name)
	}
	w.seen[name] = true
	path := filepath.Join(w.dir, name+".txt")
	if *update && w.encrypted {
		w.must(os.MkdirAll(w.dir, 0o755))
		w.must(os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	w.must(err)
	if got != string(want) {
		w.t.Errorf("%s: answered\n%swant\n%s", path, got, want)
	}
}

// checkAllSeen fails when a golden file belongs to no step any more.
func (w *walk) checkAllSeen() {
	w.t.Helper()
	files, err := os.ReadDir(w.dir)
	w.must(err)
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), ".txt")
		switch {
		case w.seen[name]:
		case *update:
			w.must(os.Remove(filepath.Join(w.dir, file.Name())))
		default:
			w.t.Errorf("%s/%s belongs to no step", w.dir, file.Name())
		}
	}
	if len(w.seen) == 0 {
		w.t.Error("saw no step")
	}
}

// golden writes an answer down: status, headers by name, body.
func (a answer) golden() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d %s\n", a.status, http.StatusText(a.status))
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		fmt.Fprintf(&text, "%s: %s\n", name, strings.Join(a.header[name], ", "))
	}
	fmt.Fprintf(&text, "\n%s", a.body)
	return text.String()
}
