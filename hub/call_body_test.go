package hub

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"sessionhub/models"
)

func bodyText(t testing.TB, req *http.Request) string {
	t.Helper()
	if req.Body == nil {
		return "none"
	}
	text, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestBodies(t *testing.T) {
	whole := func(mediaType string, required bool) *models.Body {
		return &models.Body{MediaType: mediaType, Argument: "body", Required: required}
	}
	fields := func(mediaType string, required bool) *models.Body {
		return &models.Body{MediaType: mediaType, Required: required, Fields: []models.Field{
			{Argument: "a", Name: "a", Style: "form", Explode: true},
			{Argument: "b_body", Name: "b", Style: "form"},
			{Argument: "c", Name: "c", JSON: true},
			{Argument: "d", Name: "d", Style: "deepObject", Explode: true},
		}}
	}
	const form = "application/x-www-form-urlencoded"
	for _, test := range []struct {
		body            *models.Body
		arguments, want string
	}{
		{nil, `{"a": 1}`, "none"},
		{whole("application/json", true), `{"body": [1, {"b": null}]}`, `[1,{"b":null}]`},
		{whole("application/json", true), `{"body": null}`, `null`},
		{whole("application/json", false), `{}`, `none`},
		{whole("application/json", true), `{"body": "a"}`, `"a"`},
		{whole("text/plain", true), `{"body": "a"}`, `a`},
		{whole("application/merge-patch+json", true), `{"body": {"b": null}}`, `{"b":null}`},
		{fields("application/json", false), `{"a": 1, "b_body": null, "x": 5}`, `{"a":1,"b":null}`},
		{fields("application/json", false), `{}`, `none`},
		{fields("application/json", true), `{}`, `{}`},
		{fields(form, true), `{"a": [1, "x y"], "b_body": [1, 2], "c": {"k": [1]}, "d": {"k": "v"}}`, `a=1&a=x+y&b=1,2&c=%7B%22k%22%3A%5B1%5D%7D&d%5Bk%5D=v`},
		{fields(form, true), `{"a": "1&b=2", "b_body": null}`, `a=1%26b%3D2`},
		{whole(form, true), `{"body": {"x": [1, 2], "y": {"z": 3}}}`, `x=1&x=2&z=3`},
	} {
		req := mustCall(t, models.Call{Method: http.MethodPost, Path: "/", Body: test.body}, test.arguments)
		got := bodyText(t, req)
		if got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.arguments, got, test.want)
		}
		if hasType := req.Header.Get("Content-Type") != ""; hasType != (got != "none") {
			t.Errorf("%s: body %s with content type %q", test.arguments, got, req.Header.Get("Content-Type"))
		}
		if got != "none" {
			again, err := req.GetBody()
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := io.ReadAll(again); string(text) != got {
				t.Errorf("%s: a second try would send %s", test.arguments, text)
			}
		}
	}
	_, err := newCall(t, models.Call{Path: "/", Body: whole("application/json", true)}, `{}`)
	checkInvalid(t, "no body", err, "body: is required")
	_, err = newCall(t, models.Call{Path: "/", Body: whole(form, true)}, `{"body": 1}`)
	checkInvalid(t, "a form that is no object", err, "body: must be an object")
}

func TestMultipartBody(t *testing.T) {
	body := &models.Body{MediaType: "multipart/form-data", Fields: []models.Field{
		{Argument: "name", Name: "na\"me\r\nX: y"}, {Argument: "tags", Name: "tags"}, {Argument: "meta", Name: "meta"}, {Argument: "gone", Name: "gone"},
	}}
	req := mustCall(t, models.Call{Method: http.MethodPost, Path: "/", Body: body},
		`{"name": "a\r\n--b", "tags": ["x", 2], "meta": {"k": 1.50}, "gone": null}`)
	mediaType, parameters, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		t.Fatal(mediaType, err)
	}
	parts := multipart.NewReader(req.Body, parameters["boundary"])
	var got []string
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(part)
		if len(part.Header) > 2 || part.FileName() != "" {
			t.Errorf("headers were added: %v", part.Header)
		}
		got = append(got, part.Header.Get("Content-Type")+"|"+string(text))
	}
	want := `application/json|{"k":1.50};|a` + "\r\n--b" + `;|x;|2`
	if strings.Join(got, ";") != want {
		t.Errorf("got %q, want %q", strings.Join(got, ";"), want)
	}
}
