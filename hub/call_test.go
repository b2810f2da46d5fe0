package hub

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sessionhub/models"
)

// argumentsOf reads arguments as Schemas.Check does.
func argumentsOf(t testing.TB, text string) map[string]any {
	t.Helper()
	args, err := readArguments([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return args
}

func newCall(t testing.TB, call models.Call, arguments string) (*http.Request, error) {
	t.Helper()
	tool := models.Tool{BaseURL: "https://api.example.com/v1"}
	if call.Method == "" {
		call.Method = http.MethodGet
	}
	return NewRequest(t.Context(), &tool, &models.Function{Name: "f", Call: call}, argumentsOf(t, arguments), nil)
}

func mustCall(t testing.TB, call models.Call, arguments string) *http.Request {
	t.Helper()
	req, err := newCall(t, call, arguments)
	if err != nil {
		t.Fatalf("%s: %v", arguments, err)
	}
	return req
}

// The examples of the OpenAPI specification's table of styles, and what it leaves open.
func TestStylesOfParameters(t *testing.T) {
	const values = `{"empty": "", "string": "blue", "array": ["blue", "black", "brown"], "object": {"R": 100, "G": 200, "B": 150},
		"none": [], "nothing": {}, "nested": {"a": {"b": [1, 2]}, "c": [3, null], "d": null}, "odd": "a&b=c/d;e f+é%"}`
	for _, test := range []struct {
		in, style, argument string
		explode             bool
		want                string
	}{
		{"path", "simple", "string", false, "/blue"},
		{"path", "simple", "array", true, "/blue,black,brown"},
		{"path", "simple", "object", false, "/B,150,G,200,R,100"},
		{"path", "simple", "object", true, "/B=150,G=200,R=100"},
		{"path", "", "odd", false, "/a%26b%3Dc%2Fd%3Be%20f%2B%C3%A9%25"},
		{"path", "label", "string", false, "/.blue"},
		{"path", "label", "array", false, "/.blue,black,brown"},
		{"path", "label", "array", true, "/.blue.black.brown"},
		{"path", "label", "object", false, "/.B,150,G,200,R,100"},
		{"path", "label", "object", true, "/.B=150.G=200.R=100"},
		{"path", "matrix", "string", false, "/;x=blue"},
		{"path", "matrix", "array", false, "/;x=blue,black,brown"},
		{"path", "matrix", "array", true, "/;x=blue;x=black;x=brown"},
		{"path", "matrix", "object", false, "/;x=B,150,G,200,R,100"},
		{"path", "matrix", "object", true, "/;B=150;G=200;R=100"},
		{"query", "form", "empty", true, "?x="},
		{"query", "form", "string", true, "?x=blue"},
		{"query", "form", "array", true, "?x=blue&x=black&x=brown"},
		{"query", "form", "array", false, "?x=blue,black,brown"},
		{"query", "form", "object", true, "?B=150&G=200&R=100"},
		{"query", "form", "object", false, "?x=B,150,G,200,R,100"},
		{"query", "form", "none", true, ""},
		{"query", "form", "nothing", false, ""},
		{"query", "form", "missing", false, ""},
		{"query", "form", "nested", true, "?a=%7B%22b%22%3A%5B1%2C2%5D%7D&c=%5B3%2Cnull%5D"},
		{"query", "form", "odd", true, "?x=a%26b%3Dc%2Fd%3Be%20f%2B%C3%A9%25"},
		{"query", "spaceDelimited", "array", false, "?x=blue%20black%20brown"},
		{"query", "spaceDelimited", "object", false, "?x=B%20150%20G%20200%20R%20100"},
		{"query", "pipeDelimited", "array", false, "?x=blue%7Cblack%7Cbrown"},
		{"query", "pipeDelimited", "array", true, "?x=blue&x=black&x=brown"},
		{"query", "deepObject", "object", true, "?x%5BB%5D=150&x%5BG%5D=200&x%5BR%5D=100"},
		{"query", "deepObject", "nested", true, "?x%5Ba%5D%5Bb%5D=1&x%5Ba%5D%5Bb%5D=2&x%5Bc%5D=3"},
	} {
		call := models.Call{Path: "/", Inputs: []models.Input{{Argument: test.argument, In: test.in, Name: "x", Style: test.style, Explode: test.explode}}}
		if test.in == "path" {
			call.Path = "/{x}"
		}
		want := "https://api.example.com/v1/" + strings.TrimPrefix(test.want, "/")
		if got := mustCall(t, call, values).URL.String(); got != want {
			t.Errorf("%s %s explode=%t of %s:\n got %s\nwant %s", test.in, test.style, test.explode, test.argument, got, want)
		}
	}
}

// What a server receives is what the document describes: checked at a server, not in the value.
func TestRequestAsAServerSeesIt(t *testing.T) {
	var got *http.Request
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
	}))
	defer server.Close()
	tool := models.Tool{BaseURL: server.URL + "/v1"}
	f := models.Function{Name: "f", Call: models.Call{
		Method: http.MethodPut, Path: "/users/{id}/a b/~x%20y", Accept: "application/json",
		Inputs: []models.Input{
			{Argument: "id", In: "path", Name: "id", Style: "simple"},
			{Argument: "filter", In: "query", Name: "filter", JSON: true},
			{Argument: "at", In: "query", Name: "at", Style: "form", Explode: true, Reserved: true},
			{Argument: "trace", In: "header", Name: "x-trace", Style: "simple"},
			{Argument: "tags", In: "header", Name: "X-Tags", Style: "simple", Explode: true},
			{Argument: "", In: "header", Name: "X-Version", Fixed: "2024-01-01"},
			{Argument: "trace", In: "header", Name: "Accept-Encoding"},
			{Argument: "trace", In: "header", Name: "Host"},
			{Argument: "lang", In: "cookie", Name: "lang", Style: "form", Explode: true},
			{Argument: "left", In: "cookie", Name: "left", Style: "form", Explode: true},
		},
		Body: &models.Body{MediaType: "application/json", Fields: []models.Field{
			{Argument: "name_2", Name: "name"}, {Argument: "amount", Name: "amount"}, {Argument: "gone", Name: "gone"}, {Argument: "absent", Name: "absent"},
		}},
	}}
	args := argumentsOf(t, `{"id": "a/b?c#d", "filter": {"a": ["<", 1.50]}, "at": "2024-01-01T10:00:00/x,y&z=1+2", "trace": "ü 1", "tags": ["a", "b"],
		"lang": "de;en", "left": null, "name_2": "Zoë & <b>", "amount": 12345678901234567890.10, "gone": null}`)
	req, err := NewRequest(t.Context(), &tool, &f, args, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(ClientOptions{}).Do(req, true); err != nil {
		t.Fatal(err)
	}
	for what, values := range map[string][2]string{
		"line":   {got.Method + " " + got.RequestURI, "PUT /v1/users/a%2Fb%3Fc%23d/a%20b/~x%20y?filter=%7B%22a%22%3A%5B%22%3C%22%2C1.50%5D%7D&at=2024-01-01T10:00:00/x,y%26z%3D1%2B2"},
		"body":   {body, `{"amount":12345678901234567890.10,"gone":null,"name":"Zoë & <b>"}`},
		"cookie": {got.Header.Get("Cookie"), "lang=de%3Ben"},
		"trace":  {got.Header.Get("X-Trace"), "ü 1"},
		"tags":   {got.Header.Get("X-Tags"), "a,b"},
		"fixed":  {got.Header.Get("X-Version"), "2024-01-01"},
		"type":   {got.Header.Get("Content-Type"), "application/json"},
		"accept": {got.Header.Get("Accept"), "application/json"},
		"agent":  {got.Header.Get("User-Agent"), "sessionhub"},
		"host":   {"http://" + got.Host, server.URL},
		"coding": {got.Header.Get("Accept-Encoding"), "gzip"},
	} {
		if values[0] != values[1] {
			t.Errorf("%s:\n got %s\nwant %s", what, values[0], values[1])
		}
	}
}

// An argument is one segment of a path, whatever is in it, for any server that reads it.
func TestPathArgumentsStayInTheirSegment(t *testing.T) {
	call := models.Call{Path: "/users/{id}/x{more}", Inputs: []models.Input{
		{Argument: "id", In: "path", Name: "id", Style: "simple"}, {Argument: "more", In: "path", Name: "more", Style: "simple"},
	}}
	for value, want := range map[string]string{
		"a/b":          "/v1/users/a%2Fb/x1",
		`a\b`:          "/v1/users/a%5Cb/x1",
		"a?b#c":        "/v1/users/a%3Fb%23c/x1",
		"%2e%2e%2f":    "/v1/users/%252e%252e%252f/x1",
		"...":          "/v1/users/.../x1",
		"a..b":         "/v1/users/a..b/x1",
		"a\r\nX: y":    "/v1/users/a%0D%0AX%3A%20y/x1",
		"http://evil/": "/v1/users/http%3A%2F%2Fevil%2F/x1",
		"{more}":       "/v1/users/%7Bmore%7D/x1",
		"..":           "", ".": "", "../admin": "", "a/../b": "", `..\admin`: "", "..;/admin": "", "": "", "a/..": "",
	} {
		text, _ := json.Marshal(map[string]string{"id": value, "more": "1"})
		req, err := newCall(t, call, string(text))
		switch {
		case want == "" && !errors.Is(err, models.ErrInvalid):
			t.Errorf("%q: got %v, %v", value, req, err)
		case want != "" && (err != nil || req.URL.EscapedPath() != want):
			t.Errorf("%q: got %v, %v, want %s", value, req, err, want)
		}
	}
	if _, err := newCall(t, call, `{"more": "1"}`); err == nil || err.Error() != "id: is required" {
		t.Errorf("missing: got %v", err)
	}
	label := models.Call{Path: "/a/{y}", Inputs: []models.Input{{Argument: "y", In: "path", Name: "y", Style: "label"}}}
	if _, err := newCall(t, label, `{"y": "."}`); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("a label that makes ..: got %v", err)
	}
}

func TestHeaderArgumentsCannotAddHeaders(t *testing.T) {
	call := models.Call{Path: "/", Inputs: []models.Input{{Argument: "x", In: "header", Name: "X-A", Style: "simple"}}}
	for _, value := range []string{"a\r\nB: c", "a\nb", "a\x00b", "\x7f"} {
		text, _ := json.Marshal(map[string]string{"x": value})
		if _, err := newCall(t, call, string(text)); err == nil || err.Error() != "x: must not have line breaks or control characters" {
			t.Errorf("%q: got %v", value, err)
		}
	}
	call.Inputs[0].Name = "X A"
	if _, err := newCall(t, call, `{"x": "a"}`); err == nil || errors.Is(err, models.ErrInvalid) {
		t.Errorf("a name that cannot be sent is the document's fault, got %v", err)
	}
}

// Fuzzing looks for an argument that leaves its place: the path keeps its number of segments,
// the query its parameters, and headers can always be written.
func FuzzNewRequest(f *testing.F) {
	f.Add("a", "b", "c", "d")
	f.Add("..", "a&b=c", "x\r\ny: z", "\xff")
	f.Add("%2e%2e/", "#", "ü", "a;b=c")
	tool := models.Tool{BaseURL: "https://api.example.com/v1", Schemes: []models.Scheme{{Name: "k", Kind: models.SchemeAPIKey, In: "query", Parameter: "key"}}}
	function := models.Function{Call: models.Call{
		Method: http.MethodPost, Path: "/a/{p}/b/{q}", Security: []models.Requirement{{"k"}},
		Inputs: []models.Input{
			{Argument: "p", In: "path", Name: "p", Style: "simple"},
			{Argument: "q", In: "path", Name: "q", Style: "matrix"},
			{Argument: "s", In: "query", Name: "s", Style: "form", Reserved: true},
			{Argument: "h", In: "header", Name: "H"},
			{Argument: "h", In: "cookie", Name: "c"},
		},
		Body: &models.Body{MediaType: "application/x-www-form-urlencoded", Fields: []models.Field{{Argument: "s", Name: "s"}}},
	}}
	f.Fuzz(func(t *testing.T, p, q, s, h string) {
		args := map[string]any{"p": p, "q": q, "s": s, "h": h}
		req, err := NewRequest(t.Context(), &tool, &function, args, map[string]models.Credential{"k": {Value: "v"}})
		if err != nil {
			return
		}
		if n := strings.Count(req.URL.EscapedPath(), "/"); n != 5 {
			t.Errorf("%d slashes in %s", n, req.URL)
		}
		if values := req.URL.Query(); len(values) != 2 || values.Get("s") != s || values.Get("key") != "v" || req.URL.Fragment != "" {
			t.Errorf("the query is %s", req.URL.RawQuery)
		}
		var wire strings.Builder
		if err := req.Write(&wire); err != nil {
			t.Fatalf("it cannot be written: %v", err)
		}
		head, body, _ := strings.Cut(wire.String(), "\r\n\r\n")
		if strings.Count(head, "\r\n") != 6 || strings.Contains(body, "&") {
			t.Errorf("headers or fields were added:\n%s", wire.String())
		}
	})
}
