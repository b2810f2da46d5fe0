package models

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// Limits of single fields. The body limit bounds everything else.
const (
	MaxIdentifier = 255              // bytes of a session or agent id: fits an index key on every engine
	MaxName       = 1000             // characters of a user's name or e-mail address, and of a search for one
	MaxLabel      = 255              // characters of a name that an operator gives
	MaxLocator    = 4096             // characters of an audit entry's recordLocator, which can be searched for
	MaxTokens     = 9007199254740991 // 2^53-1: the largest whole number that every JSON reader keeps exact
)

const maxTimestamp = 35 // bytes: 2006-01-02T15:04:05.999999999+07:00

const identifierReason = "must be 1 to 255 bytes of UTF-8 without control characters"

// rules checks the `validate` tags of the models and calls each field by its `field` tag.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("field") })
	for tag, ok := range map[string]func(string) bool{
		"identifier": isIdentifier, "timestamp": isTimestamp, "label": isLabel, "databaseidhash": IsDatabaseIDHash,
		"toolname": IsToolName,
	} {
		if err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool { return ok(f.Field().String()) }); err != nil {
			panic(err) // a name above is not a valid tag
		}
	}
	return v
}

// validate returns an [InvalidError] with every field that breaks its rule.
func validate(model any) error {
	var broken validator.ValidationErrors
	if err := rules.Struct(model); !errors.As(err, &broken) {
		return err
	}
	var issues Issues
	for _, field := range broken {
		issues.Add(field.Field(), reason(field))
	}
	return issues.Err()
}

// reason puts a broken rule into words.
func reason(field validator.FieldError) string {
	switch field.Tag() {
	case "required":
		return "is required"
	case "identifier":
		return identifierReason
	case "label":
		return fmt.Sprintf("must be 1 to %d characters without control characters", MaxLabel)
	case "toolname":
		return "must be 1 to 32 of a-z, 0-9, - and _, begin with a letter, and have no two signs in a row"
	case "databaseidhash":
		return "must be 64 lower-case hex digits"
	case "timestamp":
		return "must be a date and time such as 2025-03-21T10:00:00.000Z"
	case "oneof":
		return "must be one of " + strings.ReplaceAll(field.Param(), " ", ", ")
	case "min":
		return "must be " + field.Param() + " or more"
	case "max":
		if field.Kind() == reflect.String {
			return "is longer than " + field.Param() + " characters"
		}
		return "must be " + field.Param() + " or less"
	}
	return "is not valid"
}

// isIdentifier says whether s can name a session or an agent.
func isIdentifier(s string) bool {
	return s != "" && len(s) <= MaxIdentifier && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func isLabel(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= MaxLabel && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// isTimestamp takes RFC 3339 and the form that Open Agents Builder writes, "2006-01-02 15:04:05".
func isTimestamp(s string) bool {
	if len(s) > maxTimestamp {
		return false
	}
	if _, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return true
	}
	_, err := time.Parse(time.DateTime, s)
	return err == nil
}
