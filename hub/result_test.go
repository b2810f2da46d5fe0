package hub

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func answered(contentType, body string) *Response {
	r := &Response{Status: http.StatusOK, Header: http.Header{}, Body: []byte(body)}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestResults(t *testing.T) {
	for _, test := range []struct{ contentType, body, want string }{
		{"application/json", `{"b": 12345678901234567890, "a": [1.50, 1e3, "<é>"]}`, `{"b":12345678901234567890,"a":[1.50,1e3,"<é>"]}`},
		{"application/problem+json; charset=utf-8", ` [ ] `, `[]`},
		{"application/json", "\ufeff{}", `{}`},
		{"application/json", `{"a":`, `"{\"a\":"`},
		{"application/json", `{} {}`, `"{} {}"`},
		{"application/json", " \n", `null`},
		{"application/json", "\"\xff\"", "\"\ufffd\""},
		{"application/json", "", `null`},
		{"image/png", "", `null`},
		{"", "", `null`},
		{"text/plain", "a\n\"b\" <c>", `"a\n\"b\" <c>"`},
		{"text/html; charset=ISO-8859-1", "caf\xe9", `"café"`},
		{"text/plain; charset=utf-16le", "h\x00i\x00", `"hi"`},
		{"text/plain; charset=shift_jis", "\x93\xfa\x96\x7b", `"日本"`},
		{"text/plain; charset=made-up", "caf\xe9", "\"caf\ufffd\""},
		{"text/csv", "a,b", `"a,b"`},
		{"application/xml", "<a/>", `"<a/>"`},
		{"application/atom+xml", "<a/>", `"<a/>"`},
		{"application/x-www-form-urlencoded", "a=b", `"a=b"`},
		{"", "plain", `"plain"`},
		{"", "\x89PNG\xff", `{"base64":"iVBOR/8=","media_type":"application/octet-stream"}`},
		{"image/png", "\x89PNG", `{"base64":"iVBORw==","media_type":"image/png"}`},
		{"image/png; broken=", "\x89PNG", `{"base64":"iVBORw==","media_type":"image/png"}`},
	} {
		got := NewResult(answered(test.contentType, test.body))
		if string(got) != test.want || !json.Valid(got) {
			t.Errorf("%s %q:\n got %s\nwant %s", test.contentType, test.body, got, test.want)
		}
	}
}

// The bodies are as these APIs document theirs.
func TestErrorTexts(t *testing.T) {
	for _, test := range []struct{ name, contentType, body, want string }{
		{"message", "application/json", `{"message": "Not Found", "documentation_url": "https://docs"}`, "Not Found"},
		{"RFC 6749", "application/json", `{"error": "invalid_grant", "error_description": "Token has been revoked."}`, "invalid_grant; Token has been revoked."},
		{"RFC 9457", "application/problem+json", `{"type": "about:blank", "title": "Bad Request", "detail": "city is missing", "status": 400}`, "Bad Request; city is missing"},
		{"Google", "application/json", `{"error": {"code": 400, "message": "Invalid value", "status": "INVALID_ARGUMENT"}}`, "Invalid value"},
		{"OpenWeather", "application/json", `{"cod": 401, "message": "Invalid API key."}`, "Invalid API key."},
		{"JSON:API", "application/vnd.api+json", `{"errors": [{"title": "Invalid", "detail": "too short", "source": {"pointer": "/data"}}, {"detail": "too long"}]}`, "Invalid; too short; too long"},
		{"FastAPI", "application/json", `{"detail": [{"loc": ["body", "city", 0], "msg": "field required", "type": "value_error"}]}`, "body.city.0: field required"},
		{"GitHub", "application/json", `{"message": "Validation Failed", "errors": [{"resource": "Issue", "field": "title", "code": "missing", "message": "is needed"}]}`, "Validation Failed; title: is needed"},
		{"by field", "application/json", `{"errors": {"email": ["is taken", "is odd"], "age": "too young"}}`, "age: too young; email: is taken, is odd"},
		{"a list", "application/json", `[{"message": "one"}, {"message": "two"}, {"message": "two"}]`, "one; two"},
		{"nothing known", "application/json", `{"code": 17, "x": [1]}`, `{"code":17,"x":[1]}`},
		{"a string", "application/json", `"no"`, "no"},
		{"JSON as text", "text/plain", `{"message": "no"}`, "no"},
		{"not JSON", "application/json", `Internal  error`, "Internal error"},
		{"HTML", "text/html", "<!DOCTYPE html><html><head><title>x</title><style>a{}</style></head><body><!-- c --><h1>502 Bad&nbsp;Gateway</h1><script>alert(1)</script>\n<p>nginx &lt;1&gt;</p></body></html>", "502 Bad Gateway nginx <1>"},
		{"text", "text/plain", "a < b\r\n\x00\x1b[31mc", "a < b [31mc"},
		{"binary", "image/png", "\x89PNG", ""},
		{"empty", "application/json", "", ""},
	} {
		if got := ErrorText(answered(test.contentType, test.body)); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

func TestErrorTextsAreShort(t *testing.T) {
	long := strings.Repeat("é<b ", 100000)
	for _, body := range []string{long, `{"message": "` + long + `"}`, `[` + strings.Repeat(`"x y",`, 10000) + `1]`, strings.Repeat("[", 100000), `{"a":"` + strings.Repeat("日", 10000) + `"}`} {
		for _, contentType := range []string{"", "application/json", "text/html"} {
			if n := utf8.RuneCountInString(ErrorText(answered(contentType, body))); n == 0 || n > maxErrorText {
				t.Errorf("%s %.20s: %d characters", contentType, body, n)
			}
		}
	}
}

func FuzzResult(f *testing.F) {
	f.Add("application/json", []byte(`{"error": {"errors": {"a": [1]}}}`))
	f.Add("text/html; charset=utf-16", []byte("<a"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		r := answered(contentType, string(body))
		if result := NewResult(r); !json.Valid(result) || !utf8.Valid(result) {
			t.Errorf("not JSON: %q", result)
		}
		if text := ErrorText(r); !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxErrorText {
			t.Errorf("got %q", text)
		}
	})
}
