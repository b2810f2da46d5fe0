package main

import (
	"errors"
	"strings"
	"testing"
)

// Two test programs report on package a; only together do they run both of its blocks.
const profile = `mode: set
sessionhub/a/a.go:1.1,2.2 3 1
sessionhub/a/b.go:1.1,2.2 1 0
sessionhub/b/b.go:1.1,2.2 3 1
sessionhub/b/b.go:3.1,4.2 1 0
sessionhub/a/a.go:1.1,2.2 3 0
sessionhub/a/b.go:1.1,2.2 1 1
`

func TestReportCountsABlockOnce(t *testing.T) {
	var out strings.Builder
	if err := report(strings.NewReader(profile), &out, 75, []string{"sessionhub/a", "sessionhub/b"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100.0 % of 4 statements", "75.0 % of 4 statements", "87.5 % of 8 statements"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

func TestReportFailsBelowTheMinimum(t *testing.T) {
	var out strings.Builder
	if err := report(strings.NewReader(profile), &out, 76, []string{"sessionhub/b"}); !errors.Is(err, errBelow) {
		t.Errorf("got %v, want %v", err, errBelow)
	}
	if !strings.Contains(out.String(), "at least 76 %") {
		t.Errorf("the package is not marked:\n%s", out.String())
	}
}

func TestReportFailsForAPackageItDoesNotSee(t *testing.T) {
	var out strings.Builder
	if err := report(strings.NewReader(profile), &out, 0, []string{"sessionhub/c"}); err == nil {
		t.Error("got no error")
	}
}
