package repository_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Each method is measured by name, so that a slow one is found where it was written.
func TestEveryMethodHasABenchmark(t *testing.T) {
	const fewest = 40 // fewer means that the test looked in the wrong place
	benchmarks, methods := map[string]bool{}, []string{}
	for path, file := range parsed(t) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if of := receiver(f); strings.HasSuffix(path, "_test.go") {
				benchmarks[f.Name.Name] = true
			} else if f.Name.IsExported() && ast.IsExported(of) && !strings.HasSuffix(of, "Error") {
				methods = append(methods, of+f.Name.Name)
			}
		}
	}
	for _, method := range methods {
		if !benchmarks["Benchmark"+method] {
			t.Errorf("there is no Benchmark%s", method)
		}
	}
	if len(methods) < fewest {
		t.Errorf("saw only %d methods", len(methods))
	}
}

// parsed are the files of the package, tests included, by path.
func parsed(t *testing.T) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// receiver is the type that the function is a method of; empty for none.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	if name, ok := of.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
