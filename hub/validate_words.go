package hub

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

const (
	maxListedValues  = 50  // of an enum, in a message
	maxListedPattern = 200 // bytes of a pattern, in a message
)

// brokenRule says what a value must be, as a text that reads on after the argument's name.
// It quotes the schema, never the value.
func brokenRule(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return mustBeType(k)
	case *kind.Enum:
		return mustBeOneOf(k.Want)
	case *kind.Const:
		return mustBeOneOf([]any{k.Want})
	case *kind.Pattern:
		if len(k.Want) > maxListedPattern {
			return "does not match the pattern in the function's schema"
		}
		return "must match the pattern " + k.Want
	case *kind.FalseSchema:
		return "is not allowed here"
	case *kind.Not:
		return "has a value that is not allowed"
	case *kind.PropertyNames:
		return "has a member whose name is not allowed"
	case *kind.OneOf:
		return "fits more than one of the forms that it can have; leave out what belongs to the others"
	}
	if text := brokenBound(k); text != "" {
		return text
	}
	return "is not valid"
}

func brokenBound(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Minimum:
		return "must be " + plainNumber(k.Want) + " or more"
	case *kind.Maximum:
		return "must be " + plainNumber(k.Want) + " or less"
	case *kind.ExclusiveMinimum:
		return "must be more than " + plainNumber(k.Want)
	case *kind.ExclusiveMaximum:
		return "must be less than " + plainNumber(k.Want)
	case *kind.MultipleOf:
		return "must be a multiple of " + plainNumber(k.Want)
	case *kind.MinLength:
		return atLeast(k.Want, "character")
	case *kind.MaxLength:
		return atMost(k.Want, "character")
	case *kind.MinItems:
		return atLeast(k.Want, "item")
	case *kind.MaxItems:
		return atMost(k.Want, "item")
	case *kind.MinProperties:
		return atLeast(k.Want, "member")
	case *kind.MaxProperties:
		return atMost(k.Want, "member")
	case *kind.UniqueItems:
		return fmt.Sprintf("must not hold the same item twice, as at %d and %d", k.Duplicates[0], k.Duplicates[1])
	case *kind.Contains, *kind.MinContains:
		return "does not hold the items that it needs"
	case *kind.MaxContains:
		return "holds too many items of a kind"
	}
	return ""
}

func atLeast(n int, noun string) string {
	if n == 1 {
		return "must not be empty"
	}
	return fmt.Sprintf("must have %d %ss or more", n, noun)
}

func atMost(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("must have %d %s or fewer", n, noun)
}

func plainNumber(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

var typeWords = map[string]string{
	"string": "a string", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	"array": "an array", "object": "an object", "null": "null",
}

func mustBeType(k *kind.Type) string {
	var words []string
	for _, name := range k.Want {
		if name != "null" {
			words = append(words, typeWords[name])
		}
	}
	if slices.Contains(k.Want, "null") {
		words = append(words, "null")
	}
	wanted := "must be " + strings.Join(words, " or ")
	switch k.Got {
	case "number":
		if strings.Contains(wanted, "whole number") {
			return wanted
		}
	case "boolean":
		return wanted + ", not a boolean"
	}
	return wanted + ", not " + typeWords[k.Got]
}

func mustBeOneOf(values []any) string {
	words := make([]string, 0, len(values))
	for _, value := range values[:min(len(values), maxListedValues)] {
		words = append(words, plainValue(value))
	}
	if more := len(values) - maxListedValues; more > 0 {
		return fmt.Sprintf("must be one of %s and %d more", strings.Join(words, ", "), more)
	}
	if len(words) == 1 {
		return "must be " + words[0]
	}
	return "must be one of " + strings.Join(words, ", ")
}

// plainValue writes a value of a schema: a string that cannot be misread without quotes.
func plainValue(value any) string {
	if s, ok := value.(string); ok && s != "" && !strings.ContainsAny(s, " ,\"\n\r\t") {
		return s
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "a value of the schema"
	}
	return string(text)
}
