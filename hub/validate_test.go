package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sessionhub/models"
)

const weatherSchema = `{
	"type": "object",
	"properties": {
		"city": {"type": "string", "minLength": 1, "maxLength": 10},
		"units": {"type": "string", "enum": ["C", "F", "K"]},
		"days": {"type": "integer", "minimum": 1, "exclusiveMaximum": 8},
		"step": {"type": "number", "multipleOf": 0.5},
		"code": {"type": "string", "pattern": "^[a-z]+$"},
		"odd": {"type": "string", "pattern": "^(?=x).*$"},
		"email": {"type": "string", "format": "email"},
		"mode": {"const": "fast"},
		"address": {"type": "object", "properties": {"zip": {"type": "string"}, "street": {"type": "string"}},
			"required": ["zip"], "additionalProperties": false},
		"items": {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3, "uniqueItems": true},
		"note": {"type": ["string", "null"]},
		"target": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
		"when": {"anyOf": [{"enum": ["now", "later"]}, {"type": "integer"}]},
		"place": {"anyOf": [{"type": "null"}, {"type": "object", "properties": {"lat": {"type": "number"}}, "required": ["lat"]}]},
		"shape": {"oneOf": [
			{"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}}, "required": ["kind", "radius"]},
			{"type": "object", "properties": {"kind": {"const": "square"}, "side": {"type": "number"}}, "required": ["kind", "side"]}]},
		"contact": {"oneOf": [
			{"type": "object", "properties": {"email": {"type": "string"}}, "required": ["email"]},
			{"type": "object", "properties": {"phone": {"type": "string"}}, "required": ["phone"]}]}
	},
	"required": ["city"],
	"additionalProperties": true
}`

func weatherFunction() *models.Function {
	return &models.Function{Name: "weather__get", Parameters: weatherSchema}
}

// What is wrong is said in words by which a model can correct itself, for each kind of mistake.
func TestArgumentsAreHeldToTheSchema(t *testing.T) {
	schemas := NewSchemas()
	for _, test := range []struct{ arguments, want string }{
		{`{"city": "Oslo"}`, ""},
		{`{"city": "Oslo", "units": "C", "days": 7, "step": 1.5, "items": [1, 2], "note": null, "place": null}`, ""},
		{`{"city": "Oslo", "days": 3.0, "email": "not an address", "odd": "no engine knows lookahead"}`, ""},
		{`{"city": "Oslo", "city": "Rome"}`, ""},
		{`{}`, "city: is required"},
		{``, "city: is required"},
		{`{"city": 5}`, "city: must be a string, not a number"},
		{`{"city": null}`, "city: must be a string, not null"},
		{`{"city": true}`, "city: must be a string, not a boolean"},
		{`{"city": ""}`, "city: must not be empty"},
		{`{"city": "Llanfairpwllgwyngyll"}`, "city: must have 10 characters or fewer"},
		{`{"city": "Oslo", "units": "Rankine"}`, "units: must be one of C, F, K"},
		{`{"city": "Oslo", "days": 1.5}`, "days: must be a whole number"},
		{`{"city": "Oslo", "days": "1"}`, "days: must be a whole number, not a string"},
		{`{"city": "Oslo", "days": 0}`, "days: must be 1 or more"},
		{`{"city": "Oslo", "days": 8}`, "days: must be less than 8"},
		{`{"city": "Oslo", "step": 0.3}`, "step: must be a multiple of 0.5"},
		{`{"city": "Oslo", "code": "A1"}`, "code: must match the pattern ^[a-z]+$"},
		{`{"city": "Oslo", "mode": "slow"}`, "mode: must be fast"},
		{`{"city": "Oslo", "address": {}}`, "address.zip: is required"},
		{`{"city": "Oslo", "address": {"zip": 1}}`, "address.zip: must be a string, not a number"},
		{`{"city": "Oslo", "address": {"zip": "1", "town": "x"}}`, "address.town: is unknown"},
		{`{"city": "Oslo", "address": []}`, "address: must be an object, not an array"},
		{`{"city": "Oslo", "items": ["a"]}`, "items.0: must be a whole number, not a string"},
		{`{"city": "Oslo", "items": []}`, "items: must not be empty"},
		{`{"city": "Oslo", "items": [1, 2, 3, 4]}`, "items: must have 3 items or fewer"},
		{`{"city": "Oslo", "items": [1, 1]}`, "items: must not hold the same item twice, as at 0 and 1"},
		{`{"city": "Oslo", "note": 1}`, "note: must be a string or null, not a number"},
		{`{"city": "Oslo", "target": []}`, "target: must be a string or a whole number, not an array"},
		{`{"city": "Oslo", "when": "never"}`, "when: must be one of now, later, or a whole number"},
		{`{"city": "Oslo", "place": {}}`, "place.lat: is required"},
		{`{"city": "Oslo", "shape": {"kind": "square", "radius": 1}}`, "shape.side: is required"},
		{`{"city": "Oslo", "contact": {}}`, "contact: fits none of the 2 forms that it can have: contact.email is required; or contact.phone is required"},
		{`{"city": "Oslo", "contact": {"email": "a", "phone": "b"}}`, "contact: fits more than one of the forms that it can have; leave out what belongs to the others"},
		{`{"days": 0, "units": "X"}`, "city: is required, days: must be 1 or more, units: must be one of C, F, K"},
	} {
		_, err := schemas.Check(weatherFunction(), []byte(test.arguments))
		checkInvalid(t, test.arguments, err, test.want)
	}
}

// checkInvalid compares an InvalidError with its text; empty means none.
func checkInvalid(t *testing.T, what string, err error, want string) {
	t.Helper()
	if err == nil && want == "" {
		return
	}
	if err == nil || err.Error() != want || !errors.Is(err, models.ErrInvalid) {
		t.Errorf("%.100s:\n got %v\nwant %s", what, err, want)
	}
}

// What is not one JSON object is refused as a whole, without an argument's name.
func TestArgumentsAreOneObject(t *testing.T) {
	for _, arguments := range []string{
		`[]`, `null`, `"x"`, `1`, `{`, `{"city": }`, `{} {}`, `{}x`, "{\"city\": \"\xff\"}", `{"city": 01}`, `{'city': 'x'}`,
		`{"city": ` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
		strings.Repeat("[", 1<<20),
	} {
		_, err := checkArguments(weatherFunction(), []byte(arguments))
		var invalid *models.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Issues) != 1 || invalid.Issues[0].Field != "" {
			t.Errorf("%.40q: got %v", arguments, err)
		}
	}
}

// Nothing in the request would be made of an unknown argument, so it is always refused.
func TestUnknownArgumentsAreRefused(t *testing.T) {
	f := &models.Function{Parameters: `{"type":"object","properties":{"city":{},"per_page":{}}}`}
	none := &models.Function{Parameters: `{"type":"object","properties":{}}`}
	for _, test := range []struct {
		function        *models.Function
		arguments, want string
	}{
		{f, `{"town": 1}`, "town: is unknown; this function takes city, per_page"},
		{f, `{"perPage": 1}`, "perPage: is unknown; did you mean per_page?"},
		{f, `{"City": 1}`, "City: is unknown; did you mean city?"},
		{f, `{"日本": 1}`, "日本: is unknown; this function takes city, per_page"},
		{f, `{"a\nb": 1}`, "ab: is unknown; this function takes city, per_page"},
		{none, `{"town": 1}`, "town: is unknown; this function takes no arguments"},
		{&models.Function{}, `{"town": 1}`, "town: is unknown; this function takes no arguments"},
		{&models.Function{}, ``, ""},
	} {
		_, err := checkArguments(test.function, []byte(test.arguments))
		checkInvalid(t, test.arguments, err, test.want)
	}
}

// A value may be a person's; a message goes to a log and back to a model.
func TestMessagesHoldNoValues(t *testing.T) {
	const secret = "s3cr3t"
	var args []string
	for _, name := range []string{"city", "units", "days", "step", "code", "mode", "address", "items", "note", "target", "when", "place", "shape", "contact"} {
		args = append(args, fmt.Sprintf(`%q: "%s-%s-%s"`, name, secret, secret, secret))
	}
	_, err := checkArguments(weatherFunction(), []byte("{"+strings.Join(args, ",")+"}"))
	if err == nil || strings.Contains(err.Error(), secret) || strings.Count(err.Error(), ": ") < 10 {
		t.Errorf("got %v", err)
	}
}

func TestIssuesAreBounded(t *testing.T) {
	args := map[string]any{}
	for i := range 500 {
		args[fmt.Sprintf("%s%d", strings.Repeat("x", 1000), i)] = 1
	}
	text, err := json.Marshal(args)
	if err != nil {
		t.Fatal(err)
	}
	_, err = checkArguments(weatherFunction(), text)
	var invalid *models.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Issues) > maxArgumentIssues || len(err.Error()) > 10000 {
		t.Errorf("got %.200v", err)
	}
}

// Numbers reach the provider as the model spelled them.
func TestNumbersKeepTheirSpelling(t *testing.T) {
	f := &models.Function{Parameters: `{"properties":{"n":{"type":"number"}}}`}
	for _, n := range []string{"12345678901234567890", "1.10", "1e3", "-0.0"} {
		args, err := checkArguments(f, []byte(`{"n":`+n+`}`))
		if err != nil || args["n"] != json.Number(n) {
			t.Errorf("%s: got %v, %v", n, args["n"], err)
		}
	}
	// The validator computes exactly, so these would cost memory, or a panic.
	for _, n := range []string{"1e999999999", "1e-999999999", "1e99999", strings.Repeat("9", 1000)} {
		_, err := checkArguments(f, []byte(`{"n":`+n+`}`))
		checkInvalid(t, n, err, "n: must be a number of a usual size")
	}
}

// A document's schema must not make the program read a file or call another server.
func TestSchemasLoadNothing(t *testing.T) {
	for _, ref := range []string{"file:///etc/passwd", "http://127.0.0.1:1/x.json"} {
		f := &models.Function{Name: "f", Parameters: fmt.Sprintf(`{"properties":{"a":{"$ref":%q}}}`, ref)}
		if _, err := checkArguments(f, []byte(`{"a":1}`)); err == nil || errors.Is(err, models.ErrInvalid) {
			t.Errorf("%s: got %v", ref, err)
		}
	}
}

func TestKeptSchemasAreBounded(t *testing.T) {
	schemas := NewSchemas()
	for i := range maxSchemas + 50 {
		f := &models.Function{Parameters: fmt.Sprintf(`{"properties":{"a%d":{"type":"string"}}}`, i)}
		for range 2 {
			if _, err := schemas.Check(f, fmt.Appendf(nil, `{"a%d":"x"}`, i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(schemas.byText) != maxSchemas || schemas.recent.Len() != maxSchemas {
		t.Errorf("%d and %d are kept", len(schemas.byText), schemas.recent.Len())
	}
}

// checkArguments is [Schemas.Check] without anything kept.
func checkArguments(f *models.Function, arguments []byte) (map[string]any, error) {
	return NewSchemas().Check(f, arguments)
}

func FuzzSchemas(f *testing.F) {
	f.Add([]byte(`{"city": "Oslo", "shape": {"kind": "square"}}`))
	f.Add([]byte(`{"contact": {"email": 1e99}, "items": [1, 1e5, {}]}`))
	schemas := NewSchemas()
	f.Fuzz(func(t *testing.T, arguments []byte) {
		args, err := schemas.Check(weatherFunction(), arguments)
		if err != nil && !errors.Is(err, models.ErrInvalid) {
			t.Errorf("not the fault of the arguments: %v", err)
		}
		if err == nil && args == nil {
			t.Error("neither arguments nor an error")
		}
	})
}

func BenchmarkSchemas(b *testing.B) {
	arguments := []byte(`{"city": "Oslo", "units": "C", "days": 3, "address": {"zip": "1"}, "items": [1, 2, 3]}`)
	b.Run("compiled each time", func(b *testing.B) {
		for b.Loop() {
			if _, err := checkArguments(weatherFunction(), arguments); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("kept", func(b *testing.B) {
		schemas := NewSchemas()
		for b.Loop() {
			if _, err := schemas.Check(weatherFunction(), arguments); err != nil {
				b.Fatal(err)
			}
		}
	})
}
