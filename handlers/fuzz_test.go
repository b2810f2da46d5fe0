package handlers

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// tolerable fails unless the answer is one that bad input may get: JSON, and no fault of ours.
func (a answer) tolerable() {
	a.t.Helper()
	if a.status >= 499 || !json.Valid([]byte(a.body)) || a.header.Get("X-Request-Id") == "" {
		a.t.Fatalf("answered %d %q", a.status, a.body)
	}
}

// No path and no query, however it is spelled, is a fault of ours; an id that is taken is the
// one that was sent.
func FuzzSessionIDAndQuery(f *testing.F) {
	for _, path := range []string{"x", "a%2Fb", "%25", "..", "%00", "%FF", "%E2%82%AC", "a/b", "a+b", "%zz", "%", strings.Repeat("i", 256)} {
		for _, query := range []string{"", "id=x", "limit=1&offset=2", "limit=-1", "orderBy=userName&query=%C3%9F", "partition=2025-03", "query=%FF", "a;b", "%"} {
			f.Add(path, query)
		}
	}
	base := newStack(f, true)
	f.Fuzz(func(t *testing.T, path, query string) {
		s := base.within(t)
		for _, target := range []string{
			"POST /api/exec/session/" + path, "POST /api/session/" + path + "/messages", "DELETE /api/session/" + path,
			"GET /api/agent/" + path + "/session", "DELETE /api/keys/x" + path, "GET /api/session", "GET /api/audit",
		} {
			method, at, _ := strings.Cut(target, " ")
			u, err := url.ParseRequestURI(at + "?" + query)
			if err != nil {
				continue // net/http answers these
			}
			body := map[bool]string{true: `{"agentId":"a","userName":"n","userEmail":"e","messages":[{"role":"user"}]}`, false: ""}[method == "POST"]
			got := s.do(method, "/", body, func(r *http.Request) { r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, u.RawQuery })
			got.tolerable()
			var created struct{ Data struct{ ID string } }
			if id, err := url.PathUnescape(path); got.status == 200 && strings.Contains(target, "/exec/") {
				if got.json(&created); err == nil && id != created.Data.ID && !strings.ContainsAny(path, "?#") {
					t.Fatalf("%q became the id %q", path, created.Data.ID)
				}
			}
		}
	})
}

// No body is a fault of ours, and the messages that are taken come back as they were sent.
func FuzzPutBody(f *testing.F) {
	for _, body := range []string{
		`{"id":"x","agentId":"a"}`, `{"id":"x","agentId":"a","messages":"[]"}`, `{"id":"x","agentId":"a","messages":null,"promptTokens":1e3}`,
		`{"id":"x","agentId":"a","messages":"[{\"role\":\"\\ud83d\"}]","finalizedAt":"2025-03-21T10:00:00Z"}`,
		`{"id":"x","agentId":"a","messages":"\ud83d\ude00"}`, `{"id":"x","agentId":"a","messages":"\ud83d"}`, `{"id":"x","agentId":"b","messages":"a","messages":"b"}`,
		`{"id":"x","agentId":"a","createdAt":"0000-01-01T00:00:00Z","acceptTerms":true,"userName":"é"}`, `[]`, `{`, "\xff", `{"id":7}`, ``,
	} {
		f.Add([]byte(body))
	}
	base := newStack(f, true)
	f.Fuzz(func(t *testing.T, body []byte) {
		s := base.within(t)
		got := s.do("PUT", "/api/session", string(body))
		got.tolerable()
		var sent map[string]json.RawMessage
		if got.status != 200 || json.Unmarshal(body, &sent) != nil || sent["messages"] == nil {
			return
		}
		var id string
		var want *string
		s.must(json.Unmarshal(sent["id"], &id))
		s.must(json.Unmarshal(sent["messages"], &want))
		if read := s.session(id); (read.Messages == nil) != (want == nil) || want != nil && *read.Messages != *want {
			t.Fatalf("%s came back as %s", describe(want), describe(read.Messages))
		}
	})
}

// What we write by hand reads like what encoding/json writes, also in two pieces.
func FuzzAppendString(f *testing.F) {
	for _, text := range []string{"", "a", `"\/`, "\x00\x1f\x7f\u0080", "é日👩", "\xff", "a\xc3", "\xed\xa0\x80", "\u2028\ufffd", "<&>", "\r\n\t\b\f"} {
		f.Add(text, 1)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		written := appendString(nil, text)
		standard, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs string
		if err := json.Unmarshal(written, &ours); err != nil {
			t.Fatalf("%q is written as %q: %v", text, written, err)
		}
		if err := json.Unmarshal(standard, &theirs); err != nil || ours != theirs || utf8.ValidString(text) && ours != text {
			t.Fatalf("%q is read as %q, and encoding/json's as %q", text, ours, theirs)
		}
		if cut < 0 || cut > len(text) || !utf8.ValidString(text[:cut]) || !utf8.ValidString(text[cut:]) {
			return
		}
		pieces := appendEscaped(appendEscaped([]byte{'"'}, text[:cut]), text[cut:])
		if string(pieces)+`"` != string(written) {
			t.Fatalf("%q in two pieces is %q, and in one %q", text, pieces, written)
		}
	})
}

// A messages text comes back byte for byte, over whatever was there, and an append to an
// array adds an element at its end and changes nothing before.
func FuzzMessagesRoundTrip(f *testing.F) {
	for name, text := range texts {
		if len(text) < 1000 {
			f.Add(text, texts["compact"])
			f.Add(texts["pretty"], texts[name])
		}
	}
	base := newStack(f, true)
	f.Fuzz(func(t *testing.T, first, second string) {
		s := base.within(t)
		if !utf8.ValidString(first) || !utf8.ValidString(second) || len(first)+len(second) > 100_000 {
			return
		}
		for _, text := range []string{first, second} {
			s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", "a", "messages", text)).want(200, "")
			if read := s.session("x"); read.Messages == nil || *read.Messages != text {
				t.Fatalf("%q came back as %s", text, describe(read.Messages))
			}
		}
		var before, after []json.RawMessage
		got := s.do("POST", "/api/session/x/messages", hello)
		isArray := json.Unmarshal([]byte(second), &before) == nil && before != nil
		if (got.status == 200) != isArray {
			t.Fatalf("%q: append is answered %d %s", second, got.status, got.body)
		}
		if !isArray {
			return
		}
		read := *s.session("x").Messages
		if err := json.Unmarshal([]byte(read), &after); err != nil || len(after) != len(before)+1 {
			t.Fatalf("%q with an append is %q", second, read)
		}
		for i := range before {
			if string(before[i]) != string(after[i]) {
				t.Fatalf("%q: the append changed %s to %s", second, before[i], after[i])
			}
		}
	})
}
