package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// object is the JSON object of a request's body, read field by field: what is wrong is
// collected, an absent field differs from a null, and names are matched to the letter.
type object struct {
	fields map[string]json.RawMessage
	issues models.Issues
}

// errNotObject says that the body is JSON, but not what is asked for.
var errNotObject = models.Invalid("", "the body must be a JSON object")

// readObject reads the body. Errors: too large, declared as something else, not JSON, and
// [errNotObject].
func (a *api) readObject(c echo.Context) (*object, error) {
	text, err := a.readBody(c)
	if err != nil {
		return nil, err
	}
	return parseObject(text)
}

// readBody reads the body as the text that it is declared to be.
func (a *api) readBody(c echo.Context) ([]byte, error) {
	if err := checkMediaType(c.Request().Header.Get(echo.HeaderContentType)); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.Response().Writer, c.Request().Body, a.MaxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, fmt.Errorf("%w: at most %d bytes are taken", errTooLarge, a.MaxBody)
	}
	if err != nil {
		return nil, models.Invalid("", "the request's body did not arrive whole")
	}
	if !utf8.Valid(text) {
		return nil, models.Invalid("", "the body is not valid UTF-8")
	}
	return text, nil
}

func parseObject(text []byte) (*object, error) {
	if len(text) == 0 {
		return nil, models.Invalid("", "the body is empty")
	}
	o := &object{}
	var notObject *json.UnmarshalTypeError
	err := json.Unmarshal(text, &o.fields)
	if errors.As(err, &notObject) || err == nil && o.fields == nil {
		return nil, errNotObject
	}
	if err != nil {
		return nil, models.Invalid("", "the body is not valid JSON: "+err.Error())
	}
	return o, nil
}

// checkMediaType takes nothing, JSON in any of its names, and text/plain, which is what
// browsers send without asking first.
func checkMediaType(header string) error {
	if header == "" || header == echo.MIMEApplicationJSON {
		return nil
	}
	media, _, err := mime.ParseMediaType(header)
	if err == nil && (media == "application/json" || media == "text/plain" || strings.HasSuffix(media, "+json")) {
		return nil
	}
	return errMediaType
}

// text reads a string or null.
func (o *object) text(field string) models.Change[string] {
	raw, ok := o.fields[field]
	if !ok {
		return models.Change[string]{}
	}
	if value, ok := plainString(raw); ok {
		return models.Change[string]{Set: true, Value: &value}
	}
	var value *string
	if err := json.Unmarshal(raw, &value); err != nil {
		o.issues.Add(field, "must be a string or null")
		return models.Change[string]{Set: true}
	}
	if value != nil && strings.ContainsRune(*value, utf8.RuneError) && hasLoneSurrogate(string(raw)) {
		o.issues.Add(field, `holds half a surrogate pair (such as \ud83d alone), which is no character`)
	}
	return models.Change[string]{Set: true, Value: value}
}

// plainString is the string that the JSON stands for, if that has no escapes: most have none.
func plainString(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || bytes.IndexByte(raw, '\\') >= 0 {
		return "", false
	}
	return string(raw[1 : len(raw)-1]), true
}

// secret reads a string or null that is not to be logged.
func (o *object) secret(field string) models.Change[models.Secret] {
	text := o.text(field)
	return models.Change[models.Secret]{Set: text.Set, Value: (*models.Secret)(text.Value)}
}

// word reads a string; null and absent are empty.
func (o *object) word(field string) string {
	if text := o.text(field); text.Value != nil {
		return *text.Value
	}
	return ""
}

// terms reads acceptTerms: a string or null, and JSON booleans too.
func (o *object) terms(field string) models.Change[string] {
	switch raw := string(o.fields[field]); raw {
	case "true", "false":
		return models.Change[string]{Set: true, Value: &raw}
	}
	return o.text(field)
}

// count reads a whole number or null.
func (o *object) count(field string) models.Change[int64] {
	raw, ok := o.fields[field]
	if !ok {
		return models.Change[int64]{}
	}
	if string(raw) == "null" {
		return models.Change[int64]{Set: true}
	}
	value, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || value != float64(int64(value)) || value > models.MaxTokens {
		o.issues.Add(field, "must be a whole number from 0 to 9007199254740991, or null")
	}
	whole := int64(value)
	return models.Change[int64]{Set: true, Value: &whole}
}

// time reads a date and time; null and absent are nil.
func (o *object) time(field string) *time.Time {
	text := o.text(field)
	if text.Value == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339Nano, *text.Value)
	if err != nil { // the form that Open Agents Builder writes
		t, err = time.Parse(time.DateTime, *text.Value)
	}
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		o.issues.Add(field, "must be a date and time such as 2025-03-21T10:00:00.000Z")
		return nil
	}
	return &t
}

// list reads an array, element by element.
func (o *object) list(field string) []json.RawMessage {
	raw, ok := o.fields[field]
	if !ok {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		o.issues.Add(field, "must be an array")
	}
	return elements
}

// hasLoneSurrogate looks for an escape such as \ud83d without its other half: Go would read
// it as another character, and the text would not come back as it was sent.
func hasLoneSurrogate(raw string) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		unit := escapedUnit(raw[i:])
		switch {
		case unit >= 0xD800 && unit < 0xDC00:
			low := escapedUnit(raw[i+6:])
			if low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		case unit >= 0xDC00 && unit < 0xE000:
			return true
		default:
			i++ // the escaped character, so that \\u is not taken for an escape
		}
	}
	return false
}

// escapedUnit returns the UTF-16 unit that \uXXXX at the start of s stands for, or 0.
func escapedUnit(s string) uint64 {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(s[2:6], 16, 32)
	if err != nil {
		return 0
	}
	return unit
}

// pathParam returns a parameter of the path, percent-decoded once. A slash in it has to be
// written %2F; the router would take one that is not for part of a last parameter.
func pathParam(c echo.Context, name string) (string, error) {
	value := c.Param(name)
	if strings.Contains(value, "/") {
		return "", echo.ErrNotFound
	}
	if c.Request().URL.RawPath == "" {
		return value, nil // net/http has decoded the path
	}
	decoded, err := url.PathUnescape(value)
	if err != nil {
		return "", models.Invalid(name, "is not percent-encoded properly")
	}
	return decoded, nil
}

// check returns what was wrong with the fields as JSON and, of the model that they made, err.
func (o *object) check(err error) error { return checked(o.issues, err) }

// checked names each field once: what could not be read is not held against its rule too.
func checked(issues models.Issues, err error) error {
	var more models.Issues
	if other := more.Merge(err); other != nil {
		return other
	}
	for _, issue := range more {
		if !slices.ContainsFunc(issues, func(known models.Issue) bool { return known.Field == issue.Field }) {
			issues = append(issues, issue)
		}
	}
	return issues.Err()
}
