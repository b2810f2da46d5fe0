package models_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"testing"

	"sessionhub/models"
)

func TestInvalidNamesItsFieldAndIsErrInvalid(t *testing.T) {
	for want, err := range map[string]error{
		"agentId: is required": models.Invalid("agentId", "is required"),
		"is not JSON":          models.Invalid("", "is not JSON"),
	} {
		if err.Error() != want || !errors.Is(err, models.ErrInvalid) || !errors.Is(fmt.Errorf("save: %w", err), models.ErrInvalid) {
			t.Errorf("got %v, want %q", err, want)
		}
		if errors.Is(err, io.EOF) || errors.Is(io.EOF, models.ErrInvalid) {
			t.Errorf("%v is io.EOF", err)
		}
	}
}

func TestNoIssuesAreNoError(t *testing.T) {
	var issues models.Issues
	if err := issues.Err(); err != nil {
		t.Errorf("got %v", err)
	}
	if err := issues.Merge(nil); err != nil || len(issues) != 0 {
		t.Errorf("got %v, issues %v", err, issues)
	}
}

func TestIssuesComeOutInTheOrderInWhichTheyWereNoted(t *testing.T) {
	var issues models.Issues
	issues.Add("a", "is required")
	if err := issues.Merge(fmt.Errorf("wrapped: %w", models.Invalid("b", "is too long"))); err != nil {
		t.Fatal(err)
	}
	issues.Add("", "is not an object")
	var invalid *models.InvalidError
	if err := issues.Err(); !errors.As(err, &invalid) || err.Error() != "a: is required, b: is too long, is not an object" {
		t.Fatalf("got %v", err)
	}
	want := []models.Issue{{Field: "a", Message: "is required"}, {Field: "b", Message: "is too long"}, {Message: "is not an object"}}
	if !reflect.DeepEqual(invalid.Issues, want) {
		t.Errorf("got %v, want %v", invalid.Issues, want)
	}
}

func TestMergeHandsBackWhatIsNoIssue(t *testing.T) {
	var issues models.Issues
	if err := issues.Merge(io.EOF); !errors.Is(err, io.EOF) || len(issues) != 0 {
		t.Errorf("got %v, issues %v", err, issues)
	}
}
