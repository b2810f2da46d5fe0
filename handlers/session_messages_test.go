package handlers

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// texts are messages as clients write them, and as nobody should.
var texts = map[string]string{
	"compact":            `[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hi"}]`,
	"pretty":             "[\n  {\n    \"role\": \"user\"\n  },\n  {\n    \"role\": \"assistant\"\n  }\n]",
	"odd white space":    " \r\n\t[ \t{\"role\" :\"user\"} ,\n\n , \r]\n ",
	"spaces in array":    "\t[ {\"role\":\"user\"}\t,{\"a\":[ 1 , 2 ]} , 7 ,null ]\r\n",
	"empty array":        "[]",
	"spaced empty array": " [ \n ] ",
	"empty":              "",
	"space":              " ",
	"line break":         "\n",
	"text":               "not an array",
	"object":             `{"role":"user"}`,
	"null text":          "null",
	"number":             "7",
	"open":               `[{"role":"user"}`,
	"two arrays":         "[][]",
	"trailing":           `[{"role":"user"}] x`,
	"trailing comma":     `[{"role":"user"},]`,
	"brackets in text":   `[{"role":"]},[{\"\\"},"]","[",{"},":"{"}]`,
	"nested":             `[[[[]]],{"a":{"b":[{"c":[]}]}},[[]]]`,
	"escapes":            `[{"role":"\ud83d\ude00","content":"\ud83d \u0000 \/ \u00e9 \\u0041"}]`,
	"unicode":            `[{"role":"úser","content":"日本語 👩‍👩‍👧 ` + "\u2028\u2029\ufeff\ufffd" + `"}]`,
	"byte order mark":    "\ufeff[]",
	"non-breaking space": "\u00a0[]",
	"html":               `[{"content":"<script>&amp;</script>"}]`,
	"duplicate keys":     `[{"role":"a","role":"b"}]`,
	"numbers":            `[1e400, -0.0, 1.000, 12345678901234567890]`,
	"control characters": "\x01\x02\x1f\x7f\u0080",
	"null byte":          "[\"\x00\"]",
	"deep":               strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
	"too deep for JSON":  strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
	"many":               "[" + strings.Repeat(`{"role":"user"},`, 500) + "{}]",
	"1 MB":               `[{"role":"user","content":"` + strings.Repeat("žluťoučký kůň ", 60_000) + `"}]`,
	"long text":          strings.Repeat("0123456789abcdef", 1<<14),
	"long escapes":       strings.Repeat("\x01\"", 1<<15),
}

// A messages text comes back byte for byte: new, over every other one, and beside it.
func TestMessagesByteForByte(t *testing.T) {
	s := newStack(t, true)
	before := "none"
	for name, text := range texts {
		s.do("PUT", "/api/session", jsonObject("id", "one", "agentId", "a", "messages", text)).want(200, "")
		s.do("PUT", "/api/session", jsonObject("id", name, "agentId", "a", "messages", text)).want(200, "")
		if got := s.session("one"); got.Messages == nil || *got.Messages != text {
			t.Errorf("%s over %s came back as %s", name, before, describe(got.Messages))
		}
		before = name
	}
	for name, text := range texts {
		if got := s.session(name); got.Messages == nil || *got.Messages != text {
			t.Errorf("%s came back as %s", name, describe(got.Messages))
		}
	}
}

func describe(text *string) string {
	if text == nil {
		return "null"
	}
	return fmt.Sprintf("%q", shorten(*text))
}

// A text that continues the stored one, is shorter, or differs somewhere, replaces it.
func TestMessagesContinue(t *testing.T) {
	s := newStack(t, true)
	for i, text := range []string{
		`[{"n":1}]`, `[{"n":1},{"n":2}]`, `[{"n":1},{"n":2},{"n":3}]`, `[{"n":1},{"n":2}]`, `[{"n":1},{"m":2}]`, `[{"m":1},{"m":2}]`,
		`[ {"m":1},{"m":2}]`, `[{"m":1},{"m":2} ]`, `[{"m":1}, {"m":2}]`, `[]`, `[{"m":1}]`, `{"m":1}`, `[{"m":1}]`, ``, `[{"m":1}]`, `[{"m":1}`,
	} {
		s.clock.advance(time.Second)
		got := s.saved(jsonObject("id", "x", "agentId", "a", "messages", text))
		if got.Messages == nil || *got.Messages != text {
			t.Errorf("%d: %s came back as %s", i, text, describe(got.Messages))
		}
		if i%5 != 4 {
			continue
		}
		if got = s.saved(`{"id":"x","agentId":"a","messages":null}`); got.Messages != nil {
			t.Errorf("%d: cleared, it is %s", i, describe(got.Messages))
		}
	}
}

// A finalized session takes no further messages, in any way, until it is opened again.
func TestFinalized(t *testing.T) {
	s := newStack(t, true)
	const now, later = "2025-03-21T10:00:00.000Z", "2025-03-22T10:00:00.000Z"
	const text, more = `[{"role":"user"}]`, `[{"role":"user"},{"role":"assistant"}]`
	save := func(fields ...any) answer {
		t.Helper()
		return s.do("PUT", "/api/session", jsonObject(append([]any{"id", "x", "agentId", "a"}, fields...)...))
	}
	save("messages", text, "finalizedAt", now).want(200, "")
	for _, refused := range [][]any{
		{"messages", more},
		{"messages", "[]"},
		{"messages", nil},
		{"messages", ""},
		{"messages", text + " "},
		{"messages", more, "finalizedAt", now},
		{"messages", more, "finalizedAt", later, "userName", "Eve"},
	} {
		got := save(refused...).want(400, "")
		if !strings.Contains(got.body, `"path":["messages"]`) {
			t.Errorf("%v: %s", refused, got.body)
		}
	}
	s.do("POST", "/api/session/x/messages", hello).want(400, "")
	if got := s.session("x"); *got.Messages != text || *got.FinalizedAt != now || got.UserName != nil || got.PromptTokens != nil {
		t.Errorf("a refused request changed it to %+v", got)
	}
	save("messages", text).want(200, "") // the same messages are no further ones
	save("messages", text, "finalizedAt", later, "userName", "Alice", "promptTokens", 7).want(200, "")
	if got := s.session("x"); *got.FinalizedAt != later || *got.UserName != "Alice" || *got.PromptTokens != 7 {
		t.Errorf("saved %+v", got)
	}
}

// A finalized session is opened again by clearing finalizedAt, and can be finalized once more.
func TestFinalizedAndOpenedAgain(t *testing.T) {
	s := newStack(t, true)
	const now = "2025-03-21T10:00:00.000Z"
	const text, more = `[{"role":"user"}]`, `[{"role":"user"},{"role":"assistant"}]`
	save := func(fields ...any) answer {
		t.Helper()
		return s.do("PUT", "/api/session", jsonObject(append([]any{"id", "x", "agentId", "a"}, fields...)...))
	}
	save("messages", text, "finalizedAt", now).want(200, "")
	save("messages", more, "finalizedAt", nil).want(200, "")
	if got := s.session("x"); *got.Messages != more || got.FinalizedAt != nil {
		t.Errorf("opened again, it is %+v", got)
	}
	s.do("POST", "/api/session/x/messages", hello).want(200, "")
	save("messages", text, "finalizedAt", now).want(200, "") // the last messages come with the end
	save("finalizedAt", nil).want(200, "")
	s.do("POST", "/api/session/x/messages", hello).want(200, "")
}

// finalizedAt comes back as it was given, and has to be a date and time.
func TestFinalizedAtForms(t *testing.T) {
	s := newStack(t, true)
	for _, text := range []string{"2025-03-21T10:00:00Z", "2025-03-21T10:00:00.123456+01:00", "2025-03-21 10:00:00"} {
		if got := s.saved(jsonObject("id", "x", "agentId", "a", "finalizedAt", text)); *got.FinalizedAt != text {
			t.Errorf("%s came back as %s", text, *got.FinalizedAt)
		}
	}
	for _, text := range []any{"", "now", "2025-03-21", "2025-13-21T10:00:00Z", 7, true} {
		s.do("PUT", "/api/session", jsonObject("id", "x", "agentId", "a", "finalizedAt", text)).want(400, "")
	}
}
