package hub

import (
	"bytes"
	"encoding/json"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sessionhub/models"
)

const (
	maxArgumentDepth    = 64  // arrays and objects inside one another
	maxArgumentNumber   = 400 // characters of one number: a float64 needs 330 at most
	maxArgumentExponent = 400 // the validator computes exactly, so 1e999999 would cost megabytes
)

// readArguments reads a JSON object. Of members with the same name the last counts.
func readArguments(text []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return map[string]any{}, nil
	}
	if !utf8.Valid(text) {
		return nil, models.Invalid("", "the arguments must be UTF-8")
	}
	if depthOfJSON(text) > maxArgumentDepth {
		return nil, models.Invalid("", "the arguments are nested more than "+strconv.Itoa(maxArgumentDepth)+" levels deep")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, models.Invalid("", "the arguments must be a JSON object; this is not valid JSON")
	}
	if _, err := d.Token(); err != io.EOF { //nolint:errorlint // the decoder returns it bare
		return nil, models.Invalid("", "the arguments must be one JSON object, with nothing after it")
	}
	args, ok := value.(map[string]any)
	if !ok {
		return nil, models.Invalid("", "the arguments must be a JSON object, not "+jsonKind(value))
	}
	var issues models.Issues
	checkNumbers(&issues, nil, args)
	return args, issues.Err()
}

// depthOfJSON counts brackets outside of strings; what it says of invalid JSON does not matter.
func depthOfJSON(text []byte) int {
	var depth, deepest int
	var inString bool
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// checkNumbers notes numbers that no float64 could come near.
func checkNumbers(issues *models.Issues, path []string, value any) {
	if len(*issues) >= maxArgumentIssues {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range keysInOrder(v) {
			checkNumbers(issues, append(path, name), v[name])
		}
	case []any:
		for i, item := range v {
			checkNumbers(issues, append(path, strconv.Itoa(i)), item)
		}
	case json.Number:
		if !isUsualNumber(string(v)) {
			issues.Add(argumentPath(path), "must be a number of a usual size")
		}
	}
}

func isUsualNumber(s string) bool {
	if len(s) > maxArgumentNumber {
		return false
	}
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return true
	}
	exponent, err := strconv.Atoi(s[at+1:])
	return err == nil && -maxArgumentExponent <= exponent && exponent <= maxArgumentExponent
}

// jsonKind names a value's type with its article.
func jsonKind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

// lenientPattern takes the patterns that this program can read. Documents have patterns of
// ECMA 262, some of which Go's engine lacks: such a one is left to the provider to check.
func lenientPattern(pattern string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return anyText(pattern), nil //nolint:nilerr // see above
	}
	return re, nil
}

// anyText is a pattern that everything matches.
type anyText string

func (p anyText) String() string          { return string(p) }
func (anyText) MatchString(_ string) bool { return true }
