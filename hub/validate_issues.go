package hub

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"sessionhub/models"
)

const (
	maxArgumentIssues = 20
	maxListedNames    = 40 // arguments of a function, in a message
	maxPathBytes      = 120
)

// argumentIssues puts what a validator found into words.
type argumentIssues struct{ found []models.Issue }

func (a *argumentIssues) note(path []string, message string) {
	issue := models.Issue{Field: argumentPath(path), Message: message}
	if !slices.Contains(a.found, issue) {
		a.found = append(a.found, issue)
	}
}

// err sorts first, because the validator walks through maps.
func (a *argumentIssues) err() error {
	slices.SortFunc(a.found, func(x, y models.Issue) int {
		return cmp.Or(cmp.Compare(x.Field, y.Field), cmp.Compare(x.Message, y.Message))
	})
	return models.Issues(a.found[:min(len(a.found), maxArgumentIssues)]).Err()
}

// unknown notes arguments that the function does not have, whatever its schema says of
// additional ones: nothing in the request would be made of them.
func (a *argumentIssues) unknown(schema *jsonschema.Schema, args map[string]any) {
	for name := range args {
		if _, ok := schema.Properties[name]; !ok {
			a.note([]string{name}, unknownName(name, "function", "arguments", keysInOrder(schema.Properties)))
		}
	}
}

func (a *argumentIssues) add(e *jsonschema.ValidationError) {
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.AllOf, *kind.Reference:
		for _, cause := range e.Causes {
			a.add(cause)
		}
	case *kind.Required:
		for _, name := range k.Missing {
			a.note(append(slices.Clone(at), name), "is required")
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			a.note(append(slices.Clone(at), name), "is required where "+shortName(k.Prop)+" is given")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			if len(at) > 0 { // see unknown
				a.note(append(slices.Clone(at), name), "is unknown")
			}
		}
	case *kind.AnyOf:
		a.branches(e)
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			a.branches(e)
			return
		}
		a.note(at, brokenRule(k))
	default:
		a.note(at, brokenRule(k))
	}
}

// branches finds out which alternative was meant, and says what that one lacks; or else what
// each of them lacks, in one message.
func (a *argumentIssues) branches(e *jsonschema.ValidationError) {
	meant := slices.DeleteFunc(slices.Clone(e.Causes), func(c *jsonschema.ValidationError) bool { return wrongBranch(c, e, 0) })
	if len(meant) > 1 {
		if told := slices.DeleteFunc(slices.Clone(meant), func(c *jsonschema.ValidationError) bool { return wrongBranch(c, e, 1) }); len(told) > 0 {
			meant = told
		}
	}
	switch len(meant) {
	case 0:
		a.note(e.InstanceLocation, mustFitOne(e.Causes))
	case 1:
		a.add(meant[0])
	default:
		a.note(e.InstanceLocation, fitsNone(meant))
	}
}

// wrongBranch says whether an alternative fails at its very type or list of values; one level
// deeper that is a member which tells the alternatives apart, such as "kind".
func wrongBranch(c, e *jsonschema.ValidationError, deeper int) bool {
	switch k := c.ErrorKind.(type) {
	case *kind.Group, *kind.AllOf, *kind.Reference, *kind.Schema:
		return slices.ContainsFunc(c.Causes, func(cause *jsonschema.ValidationError) bool { return wrongBranch(cause, e, deeper) })
	case *kind.Type:
		return deeper == 0 && len(c.InstanceLocation) == len(e.InstanceLocation)
	case *kind.Const:
		return len(c.InstanceLocation) == len(e.InstanceLocation)+deeper
	case *kind.Enum:
		return len(c.InstanceLocation) == len(e.InstanceLocation)+deeper && (deeper == 0 || len(k.Want) == 1)
	}
	return false
}

// mustFitOne joins alternatives that are types and lists of values.
func mustFitOne(causes []*jsonschema.ValidationError) string {
	var types []string
	var values []any
	got := ""
	for _, c := range causes {
		switch k := c.ErrorKind.(type) {
		case *kind.Type:
			types, got = append(types, k.Want...), k.Got
		case *kind.Enum:
			values = append(values, k.Want...)
		case *kind.Const:
			values = append(values, k.Want)
		default:
			return fitsNone(causes)
		}
	}
	if len(values) == 0 {
		return mustBeType(&kind.Type{Got: got, Want: slices.Compact(types)})
	}
	text := mustBeOneOf(values)
	if len(types) > 0 {
		words, _, _ := strings.Cut(mustBeType(&kind.Type{Got: got, Want: slices.Compact(types)}), ", not ")
		text += ", or " + strings.TrimPrefix(words, "must be ")
	}
	return text
}

const maxListedForms = 3

func fitsNone(causes []*jsonschema.ValidationError) string {
	parts := make([]string, 0, maxListedForms)
	for _, c := range causes[:min(len(causes), maxListedForms)] {
		var branch argumentIssues
		branch.add(c)
		if len(branch.found) > 0 {
			first := slices.MinFunc(branch.found, func(x, y models.Issue) int { return cmp.Compare(x.Field, y.Field) })
			parts = append(parts, strings.TrimSpace(first.Field+" "+first.Message))
		}
	}
	return fmt.Sprintf("fits none of the %d forms that it can have: %s", len(causes), strings.Join(parts, "; or "))
}

func unknownName(name, owner, noun string, known []string) string {
	if len(known) == 0 {
		return "is unknown; this " + owner + " takes no " + noun
	}
	if near := nearName(name, known); near != "" {
		return "is unknown; did you mean " + near + "?"
	}
	text := "is unknown; this " + owner + " takes " + strings.Join(known[:min(len(known), maxListedNames)], ", ")
	if more := len(known) - maxListedNames; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// nearName finds a name that differs in case and signs only.
func nearName(name string, known []string) string {
	bare := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return unicode.ToLower(r)
			}
			return -1
		}, s)
	}
	at := slices.IndexFunc(known, func(k string) bool { return bare(k) == bare(name) })
	if at < 0 || bare(name) == "" {
		return ""
	}
	return known[at]
}

func argumentPath(path []string) string {
	return shortName(strings.Join(path, "."))
}

// shortName bounds what is repeated of names, which a model may have made up.
func shortName(name string) string {
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, name), "")
	if len(name) > maxPathBytes {
		return strings.ToValidUTF8(name[:maxPathBytes], "")
	}
	return name
}

func keysInOrder[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
