package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	identifierReason = "must be 1 to 255 bytes of UTF-8 without control characters"
	labelReason      = "must be 1 to 255 characters without control characters"
	timeReason       = "must be a date and time such as 2025-03-21T10:00:00.000Z"
)

// rule changes a model that is well formed, and says what is then wrong with it, if anything.
type rule[M any] struct {
	name   string
	change func(*M)
	want   string
}

func checkRules[M any, P interface {
	*M
	Validate() error
}](t *testing.T, good func() M, rules []rule[M]) {
	t.Helper()
	model := good()
	checkIssues(t, "unchanged", P(&model).Validate(), "")
	for _, r := range rules {
		model := good()
		r.change(&model)
		checkIssues(t, r.name, P(&model).Validate(), r.want)
	}
}

// checkIssues compares an error with "field: reason, field: reason"; empty means none.
func checkIssues(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil && want == "" {
		return
	}
	if err == nil || err.Error() != want || !errors.Is(err, models.ErrInvalid) {
		t.Errorf("%s: got error %v, want %q", name, err, want)
	}
}

// texts makes rules for a field that holds a text.
func texts[M any, S ~string](wire string, set func(*M, S), wants map[S]string) []rule[M] {
	rules := make([]rule[M], 0, len(wants))
	for text, want := range wants {
		if want != "" {
			want = wire + ": " + want
		}
		name := fmt.Sprintf("%s=%.40q", wire, string(text))
		rules = append(rules, rule[M]{name, func(m *M) { set(m, text) }, want})
	}
	return rules
}

func identifierRules[M any](wire string, field func(*M) *string) []rule[M] {
	return texts(wire, func(m *M, s string) { *field(m) = s }, map[string]string{
		"":                               "is required",
		"x":                              "",
		" ":                              "",
		"../a?b#c%2F":                    "",
		"日本語 🙂":                          "",
		strings.Repeat("x", 255):         "",
		strings.Repeat("x", 256):         identifierReason,
		strings.Repeat("é", 127):         "",
		strings.Repeat("é", 128):         identifierReason,
		strings.Repeat("x", 253) + "é":   "",
		strings.Repeat("x", 254) + "é":   identifierReason,
		"\x00":                           identifierReason,
		"a\n":                            identifierReason,
		"a\tb":                           identifierReason,
		"\x7f":                           identifierReason,
		"\u0085":                         identifierReason,
		"\xff":                           identifierReason,
		"a\xc3":                          identifierReason,
		"\xed\xa0\x80":                   identifierReason,
		"\ufffd replaced, but in UTF-8 ": "",
	})
}

func labelRules[M any](wire string, field func(*M) *string) []rule[M] {
	return texts(wire, func(m *M, s string) { *field(m) = s }, map[string]string{
		"":                       labelReason,
		"x":                      "",
		"Zoë's key 🙂":            "",
		strings.Repeat("x", 255): "",
		strings.Repeat("x", 256): labelReason,
		strings.Repeat("🙂", 255): "",
		strings.Repeat("🙂", 256): labelReason,
		"a\nb":                   labelReason,
		"\x1b[31m":               labelReason,
		"\xff":                   labelReason,
	})
}

// maxRules are those of a text that may be empty or nil and has a limit in characters.
func maxRules[M any, S ~string](wire string, limit int, reason string, set func(*M, S)) []rule[M] {
	return texts(wire, set, map[S]string{
		"":                               "",
		"\x00\n":                         "",
		S(strings.Repeat("x", limit)):    "",
		S(strings.Repeat("x", limit+1)):  reason,
		S(strings.Repeat("🙂", limit)):    "",
		S(strings.Repeat("🙂", limit+1)):  reason,
		S(strings.Repeat("x", 10*limit)): reason,
	})
}

func tokenRules[M any](wire string, field func(*M) **int64) []rule[M] {
	var rules []rule[M]
	for tokens, want := range map[int64]string{
		0:         "",
		1:         "",
		1<<53 - 1: "",
		1 << 53:   ": must be 9007199254740991 or less",
		1<<63 - 1: ": must be 9007199254740991 or less",
		-1:        ": must be 0 or more",
		-1 << 63:  ": must be 0 or more",
	} {
		if want != "" {
			want = wire + want
		}
		rules = append(rules, rule[M]{fmt.Sprint(wire, "=", tokens), func(m *M) { *field(m) = new(tokens) }, want})
	}
	return append(rules, rule[M]{wire + " absent", func(m *M) { *field(m) = nil }, ""})
}

func timestampRules[M any](wire string, set func(*M, string)) []rule[M] {
	return texts(wire, set, map[string]string{
		"2025-03-21T10:00:00Z":           "",
		"2025-03-21T10:00:00.000Z":       "",
		"2025-03-21T10:00:00.123456789Z": "",
		"2025-03-21T10:00:00+02:00":      "",
		"2025-03-21 10:00:00":            "",
		"2024-02-29 00:00:00":            "",
		"":                               timeReason,
		" ":                              timeReason,
		"now":                            timeReason,
		"2025-03-21":                     timeReason,
		"2025-03-21T10:00":               timeReason,
		"2025-03-21T10:00:00":            timeReason,
		"2025-03-21T10:00:00Z\n":         timeReason,
		" 2025-03-21T10:00:00Z":          timeReason,
		"2025-02-29T10:00:00Z":           timeReason,
		"2025-13-01T10:00:00Z":           timeReason,
		"2025-03-21T24:00:00Z":           timeReason,
		"2025-03-21T10:60:00Z":           timeReason,
		"2025-03-21T10:00:00 Z":          timeReason,
		"2025-03-21 10:00:00 +0200":      timeReason,
		"1742551200":                     timeReason,
		"21.03.2025 10:00:00":            timeReason,
	})
}
