package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the import path of the top level, see go.mod.
const module = "sessionhub"

// mayImport lists, for each directory of the top level, which others it may import. Imports
// flow one way: main, then handlers, then what they call, with models below everything.
// A subdirectory such as repository/repotest follows the rule of the directory above it.
var mayImport = map[string][]string{
	"models":     {},
	"web":        {},
	"crypto":     {},
	"config":     {"crypto", "models"},
	"hub":        {"models"},
	"repository": {"crypto", "models"},
	"handlers":   {"models", "repository", "hub", "web"},
	"e2e":        {"config", "models", "repository"},
}

// Too little seen means that the tests looked in the wrong place, not that all is well.
const (
	minPackages = 3
	minFiles    = 10
)

func TestImportsFlowOneWay(t *testing.T) {
	for _, f := range programFiles(t) {
		if f.dir == "." {
			continue // main ties everything together
		}
		allowed, known := mayImport[f.top()]
		if !known {
			t.Errorf("%s: the directory %s is not in mayImport; add it with what it may import", f, f.top())
		}
		for _, imported := range f.imports() {
			to, ours := strings.CutPrefix(imported, module+"/")
			if to, _, _ = strings.Cut(to, "/"); ours && to != f.top() && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s: %s may import %v of this module", f, imported, f.top(), allowed)
			}
		}
	}
}

func TestOnlyMainImportsHandlers(t *testing.T) {
	for _, f := range programFiles(t) {
		if slices.Contains(f.imports(), module+"/handlers") && f.dir != "." {
			t.Errorf("%s imports handlers: only main does", f)
		}
	}
}

func TestOnlyRepositoryKnowsGorm(t *testing.T) {
	for _, f := range programFiles(t) {
		for _, imported := range f.imports() {
			if strings.HasPrefix(imported, "gorm.io/") && f.top() != "repository" {
				t.Errorf("%s imports %s: SQL stays in repository", f, imported)
			}
		}
	}
}

// The environment, the end of the process and work at import time cannot be handed in or
// taken back by a test. So they stand in main.go, which hands on what the rest needs.
func TestOnlyMainTouchesTheProcess(t *testing.T) {
	for _, f := range programFiles(t) {
		if f.isMain() && path.Base(f.path) == "main.go" {
			continue
		}
		for _, use := range f.uses("os", "Getenv", "LookupEnv", "Environ", "Exit") {
			t.Errorf("%s uses %s: only main.go does", f, use)
		}
		for _, use := range f.uses("log", "Fatal", "Fatalf", "Fatalln") {
			t.Errorf("%s uses %s: return the error", f, use)
		}
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function: call it from run", f)
			}
		}
	}
}

// Golden answers depend on a clock that a test can stop.
func TestOnlyMainReadsTheClock(t *testing.T) {
	for _, f := range programFiles(t) {
		if f.isMain() {
			continue
		}
		for _, use := range f.uses("time", "Now", "Since", "Until") {
			t.Errorf("%s uses %s: take the clock as an argument", f, use)
		}
	}
}

// A model with JSON tags could be sent as it is, and then a row leaks what it should not; or
// read as it is, and then a body sets what it must not.
func TestModelsHaveNoJSONTags(t *testing.T) {
	for _, f := range programFiles(t) {
		if f.top() != "models" {
			continue
		}
		for _, tag := range f.tags() {
			if _, found := tag.Lookup("json"); found {
				t.Errorf("%s has the tag %s: the shapes on the wire stand in handlers", f, tag)
			}
		}
	}
}

// A name that fits every file tells nobody where to look.
func TestDirectoriesAreNamedAfterWhatTheyHold(t *testing.T) {
	vague := []string{"util", "utils", "common", "helper", "helpers", "pkg", "internal", "cmd"}
	dirs := 0
	for _, dir := range directories(t) {
		dirs++
		if slices.Contains(vague, path.Base(dir)) {
			t.Errorf("%s: name the directory after what it holds", dir)
		}
	}
	if dirs < minPackages {
		t.Errorf("saw only %d directories", dirs)
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range goFiles(t) {
		file, opening := "doc.go", "Package "+f.tree.Name.Name+" "
		if f.isMain() {
			file, opening = "main.go", ""
		}
		found := path.Base(f.path) == file && f.tree.Doc != nil && strings.HasPrefix(f.tree.Doc.Text(), opening)
		documented[f.dir] = documented[f.dir] || found
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no doc.go with a comment \"Package %s ...\" (for a program: no main.go with one)", dir, path.Base(dir))
		}
	}
}

// goFile is one Go file of this module.
type goFile struct {
	path string // from the top level, with slashes
	dir  string // "." for the top level
	tree *ast.File
}

func (f goFile) String() string { return f.path }

// isMain says whether the file belongs to the program.
func (f goFile) isMain() bool { return f.tree.Name.Name == "main" }

// top is the directory of the top level that the file is in or below.
func (f goFile) top() string {
	top, _, _ := strings.Cut(f.dir, "/")
	return top
}

func (f goFile) imports() []string {
	var paths []string
	for _, spec := range f.tree.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser has accepted it
		}
		paths = append(paths, imported)
	}
	return paths
}

// uses lists where the file names one of these members of a package, whatever it calls the
// package.
func (f goFile) uses(pkg string, members ...string) []string {
	var names []string
	for i, imported := range f.imports() {
		name := f.tree.Imports[i].Name
		switch {
		case imported == pkg && name == nil:
			names = append(names, path.Base(pkg))
		case imported == pkg:
			names = append(names, name.Name)
		}
	}
	var found []string
	ast.Inspect(f.tree, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(names, x.Name) && slices.Contains(members, sel.Sel.Name) {
			found = append(found, pkg+"."+sel.Sel.Name)
		}
		return true
	})
	return found
}

// tags lists the tags of all struct fields.
func (f goFile) tags() []reflect.StructTag {
	var found []reflect.StructTag
	ast.Inspect(f.tree, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			text, err := strconv.Unquote(field.Tag.Value)
			if err != nil {
				panic(err) // the parser has accepted it
			}
			found = append(found, reflect.StructTag(text))
		}
		return true
	})
	return found
}

// programFiles are the files that are not tests.
func programFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	packages := map[string]bool{}
	for _, f := range goFiles(t) {
		if !strings.HasSuffix(f.path, "_test.go") {
			files = append(files, f)
			packages[f.dir] = true
		}
	}
	if len(packages) < minPackages || len(files) < minFiles {
		t.Fatalf("saw only %d packages and %d files", len(packages), len(files))
	}
	return files
}

// goFiles reads every Go file of the module, tests too.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	set := token.NewFileSet()
	for _, dir := range directories(t) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.IsDir() || path.Ext(e.Name()) != ".go" {
				continue
			}
			name := path.Join(dir, e.Name())
			tree, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, goFile{path: name, dir: dir, tree: tree})
		}
	}
	if len(files) < minFiles {
		t.Fatalf("saw only %d files", len(files))
	}
	return files
}

// directories lists the module's directories. Not part of it: what the go command passes
// over, what npm installed, and directories with a go.mod of their own.
func directories(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		base := path.Base(name)
		_, err = os.Stat(path.Join(name, "go.mod"))
		foreign := name != "." && !errors.Is(err, fs.ErrNotExist)
		hidden := name != "." && strings.ContainsAny(base[:1], "._")
		if foreign || hidden || base == "testdata" || base == "node_modules" {
			return fs.SkipDir
		}
		dirs = append(dirs, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}
