// Command size lists functions and files that have grown too long to be read in one go, and
// fails when there are any. Test files may be as long as their tables are.
//
// Usage: size [directory]
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Past these numbers of lines a reader would want the thing in two pieces.
const (
	maxFunction = 40 // from the line of "func" to that of its closing brace
	maxFile     = 300
)

var errNoFiles = errors.New("found no Go files to measure")

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	tooLong, err := measure(root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "size:", err)
		os.Exit(1)
	}
	for _, line := range tooLong {
		fmt.Println(line)
	}
	if len(tooLong) > 0 {
		os.Exit(1)
	}
}

// measure returns a line for everything below root that is too long.
func measure(root string) ([]string, error) {
	var tooLong []string
	files := 0
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != root && isPassedOver(e.Name()):
			return fs.SkipDir
		case e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		found, err := measureFile(root, path)
		tooLong = append(tooLong, found...)
		return err
	})
	if err == nil && files == 0 {
		err = errNoFiles
	}
	return tooLong, err
}

// isPassedOver says whether a directory holds no code of ours: hidden ones, test data, and
// what npm installed.
func isPassedOver(dir string) bool {
	return strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_") || dir == "testdata" || dir == "node_modules"
}

func measureFile(root, path string) ([]string, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	name, err := filepath.Rel(root, path)
	if err != nil {
		return nil, err
	}
	var tooLong []string
	if lines := set.File(file.Pos()).LineCount(); lines > maxFile {
		tooLong = append(tooLong, fmt.Sprintf("%s: %d lines, at most %d", name, lines, maxFile))
	}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		first, last := set.Position(fn.Pos()).Line, set.Position(fn.End()).Line
		if lines := last - first + 1; lines > maxFunction {
			tooLong = append(tooLong, fmt.Sprintf("%s:%d: %s has %d lines, at most %d", name, first, fn.Name.Name, lines, maxFunction))
		}
	}
	return tooLong, nil
}
