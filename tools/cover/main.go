// Command cover reads a coverage profile on standard input and prints what share of each
// package's statements the tests ran, counted over the whole test run. It fails when one of
// the named packages is below the minimum.
//
// Usage: cover -min 85 sessionhub/handlers sessionhub/crypto <coverage.out
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

var errBelow = errors.New("below the minimum")

// block is a stretch of code as a profile names it, "file.go:line.column,line.column".
type block struct {
	statements int
	ran        bool
}

func main() {
	atLeast := flag.Float64("min", 0, "percent of its statements that the tests of a named package must run")
	flag.Parse()
	if err := report(os.Stdin, os.Stdout, *atLeast, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "cover:", err)
		os.Exit(1)
	}
}

func report(profile io.Reader, out io.Writer, atLeast float64, named []string) error {
	blocks, err := readProfile(profile)
	if err != nil {
		return err
	}
	total, ran := count(blocks)
	for _, name := range named {
		if total[name] == 0 {
			return fmt.Errorf("the profile does not name %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(total)) {
		if total[name] == 0 {
			continue
		}
		share := 100 * float64(ran[name]) / float64(total[name])
		note := ""
		if slices.Contains(named, name) && share < atLeast {
			note = fmt.Sprintf("  at least %.0f %% are wanted", atLeast)
			err = errBelow
		}
		if _, failed := fmt.Fprintf(out, "%-26s %5.1f %% of %d statements%s\n", name, share, total[name], note); failed != nil {
			return failed
		}
	}
	return err
}

// readProfile takes a block that several test programs report as one, run when any ran it.
func readProfile(profile io.Reader) (map[string]block, error) {
	blocks := map[string]block{}
	lines := bufio.NewScanner(profile)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "mode:") {
			continue
		}
		var name string
		var statements, times int
		if _, err := fmt.Sscan(lines.Text(), &name, &statements, &times); err != nil {
			return nil, fmt.Errorf("not a line of a profile: %q", lines.Text())
		}
		blocks[name] = block{statements: statements, ran: times > 0 || blocks[name].ran}
	}
	return blocks, lines.Err()
}

// count adds up the statements of each package, and those that ran.
func count(blocks map[string]block) (total, ran map[string]int) {
	total, ran = map[string]int{}, map[string]int{}
	for name, b := range blocks {
		file, _, _ := strings.Cut(name, ":")
		for _, of := range []string{path.Dir(file), "total"} {
			total[of] += b.statements
			if b.ran {
				ran[of] += b.statements
			}
		}
	}
	return total, ran
}
