package models

import (
	"errors"
	"strings"
)

var (
	// ErrInvalid is what every [InvalidError] is: input that its sender has to change.
	ErrInvalid = errors.New("invalid input")
	// ErrNotFound means that the tenant has no such record.
	ErrNotFound = errors.New("no such record")
)

// Issue is one thing wrong with one field.
type Issue struct {
	Field   string // as the field is called on the wire; empty for the input as a whole
	Message string // reads on after the field's name: "is required"
}

// InvalidError lists everything that is wrong with an input. It never holds the input itself.
type InvalidError struct{ Issues []Issue }

// Error joins the issues: "agentId: is required, promptTokens: must be 0 or more".
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Issues))
	for i, issue := range e.Issues {
		parts[i] = issue.Message
		if issue.Field != "" {
			parts[i] = issue.Field + ": " + issue.Message
		}
	}
	return strings.Join(parts, ", ")
}

// Is makes errors.Is(err, ErrInvalid) true.
func (*InvalidError) Is(target error) bool { return target == ErrInvalid }

// Invalid is an [InvalidError] with one issue.
func Invalid(field, message string) error {
	return &InvalidError{Issues: []Issue{{Field: field, Message: message}}}
}

// Issues collects what is wrong while an input is read, so that its sender is told all at once.
type Issues []Issue

// Add notes one issue.
func (i *Issues) Add(field, message string) {
	*i = append(*i, Issue{Field: field, Message: message})
}

// Merge notes the issues of an [InvalidError] and returns any other error.
func (i *Issues) Merge(err error) error {
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	*i = append(*i, invalid.Issues...)
	return nil
}

// Err is nil when nothing was noted.
func (i Issues) Err() error {
	if len(i) == 0 {
		return nil
	}
	return &InvalidError{Issues: i}
}
