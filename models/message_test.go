package models_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
)

// checkSplit holds what is promised of every text, well formed or not.
func checkSplit(t *testing.T, text string) models.Conversation {
	t.Helper()
	c := models.SplitMessages(text)
	if got := c.Text(); got != text {
		t.Fatalf("came back as %.200q, want %.200q", got, text)
	}
	var elements []json.RawMessage
	isArray := json.Unmarshal([]byte(text), &elements) == nil && elements != nil
	if isArray != (c.Kind == models.KindArray) {
		t.Fatalf("kind %d of %.200q, which is an array: %v", c.Kind, text, isArray)
	}
	if !isArray {
		if c.Kind != models.KindText || c.Frame != "" || !slices.Equal(c.Parts, []string{text}) {
			t.Errorf("%.200q is not kept whole: %.200q", text, fmt.Sprint(c))
		}
		return c
	}
	checkParts(t, &c, elements)
	checkAppended(t, &c, elements)
	return c
}

// checkParts holds that each part is its element behind nothing but white space and a comma.
func checkParts(t *testing.T, c *models.Conversation, elements []json.RawMessage) {
	t.Helper()
	if len(c.Parts) != len(elements) {
		t.Fatalf("%d parts of %d elements", len(c.Parts), len(elements))
	}
	for i, part := range c.Parts {
		before, found := strings.CutSuffix(part, string(elements[i]))
		wantComma := ""
		if i > 0 {
			wantComma = ","
		}
		if !found || strings.Trim(before, " \t\r\n") != wantComma {
			t.Errorf("part %d is %.200q, want %.200q", i, part, elements[i])
		}
	}
}

// checkAppended holds that a message put behind the parts makes the array one longer.
func checkAppended(t *testing.T, c *models.Conversation, elements []json.RawMessage) {
	t.Helper()
	const message = `{"role":"user","content":"]"}`
	head, tail := models.SplitFrame(c.Frame)
	comma := ""
	if len(c.Parts) > 0 {
		comma = ","
	}
	longer := head + strings.Join(c.Parts, "") + comma + message + tail
	var got []json.RawMessage
	if err := json.Unmarshal([]byte(longer), &got); err != nil {
		t.Fatalf("with one more message: %v: %.200q", err, longer)
	}
	if len(got) != len(elements)+1 || string(got[len(elements)]) != message {
		t.Errorf("with one more message: %d elements, want %d: %.200q", len(got), len(elements)+1, longer)
	}
	if grown := models.SplitMessages(longer); !slices.Equal(grown.Parts[:len(c.Parts)], c.Parts) || grown.Frame != c.Frame {
		t.Errorf("a longer text does not share its parts and frame: %.200q", fmt.Sprint(grown))
	}
}

func TestArrayIsTakenApartAtItsCommas(t *testing.T) {
	for text, want := range map[string]struct {
		frame string
		parts []string
	}{
		`[]`:                          {"[]", nil},
		` []`:                         {" []", nil},
		`[ ]`:                         {"[ ]", nil},
		"[\r\n\t]\n":                  {"[\r\n\t]\n", nil},
		`[1]`:                         {"[]", []string{"1"}},
		`[ 1 ]`:                       {"[ ]", []string{" 1"}},
		"\n[1]\t":                     {"\n[]\t", []string{"1"}},
		`[1,2]`:                       {"[]", []string{"1", ",2"}},
		`[1, 2]`:                      {"[]", []string{"1", ", 2"}},
		`[1 ,2 , 3 ]`:                 {"[ ]", []string{"1", " ,2", " , 3"}},
		"[\n  1,\n  2\n]":             {"[\n]", []string{"\n  1", ",\n  2"}},
		"[\r\n1\r\n,\r\n2\r\n]\r\n":   {"[\r\n]\r\n", []string{"\r\n1", "\r\n,\r\n2"}},
		`[[],{}]`:                     {"[]", []string{"[]", ",{}"}},
		`[[1,2],[3,[4,5]]]`:           {"[]", []string{"[1,2]", ",[3,[4,5]]"}},
		`[ [ ] , { } ]`:               {"[ ]", []string{" [ ]", " , { }"}},
		`[[[]]]`:                      {"[]", []string{"[[]]"}},
		`[{"a":[1,{"b":2}],"c":3},4]`: {"[]", []string{`{"a":[1,{"b":2}],"c":3}`, ",4"}},
		`["]"]`:                       {"[]", []string{`"]"`}},
		`["[",",","{","}"]`:           {"[]", []string{`"["`, `,","`, `,"{"`, `,"}"`}},
		`["\"],[\"","\\"]`:            {"[]", []string{`"\"],[\""`, `,"\\"`}},
		`["\\\"","\u0022]"]`:          {"[]", []string{`"\\\""`, `,"\u0022]"`}},
		`["",""]`:                     {"[]", []string{`""`, `,""`}},
		`[" a ", " b "]`:              {"[]", []string{`" a "`, `, " b "`}},
		`[null,true,false,-1.5e+3]`:   {"[]", []string{"null", ",true", ",false", ",-1.5e+3"}},
		`["日本語 🙂","é"]`:               {"[]", []string{`"日本語 🙂"`, `,"é"`}},
		"[\"\xff\"]":                  {"[]", []string{"\"\xff\""}},
	} {
		c := checkSplit(t, text)
		if c.Kind != models.KindArray || c.Frame != want.frame || !reflect.DeepEqual(c.Parts, want.parts) {
			t.Errorf("%q: got kind %d, frame %q, parts %q; want %q, %q", text, c.Kind, c.Frame, c.Parts, want.frame, want.parts)
		}
	}
}

func TestWhatIsNoArrayIsKeptWhole(t *testing.T) {
	for _, text := range []string{
		"", " ", "\n", "null", "0", `""`, `"[]"`, "{}", `{"a":[]}`, "true", "hello",
		"[", "]", "[[]", "[]]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[,]", "[1 2]", "[]1", "[][]", "[],", "1,[]",
		`["]`, `["\"]`, `["\x"]`, "[\"\n\"]", "[{]}", "[{}", "[{]", `[{"a"}]`, "['a']", "[01]", "[nul]", "[1]//", "[a]",
		"\ufeff[]", "\u00a0[]", "\v[]", "\f[]", "[\u00a0]", "[]\x00", "\x00[]", "\xff", "[\xff]",
	} {
		if c := checkSplit(t, text); c.Kind != models.KindText {
			t.Errorf("%q: kind %d", text, c.Kind)
		}
	}
}

func TestDeepAndHugeTextsComeBack(t *testing.T) {
	message := `{"role":"user","content":"` + strings.Repeat(`\"],[{🙂 `, 20) + `"}`
	for name, text := range map[string]string{
		"nested":            nested(500),
		"nested to a limit": nested(10_000),
		"nested past it":    nested(10_001),
		"nested absurdly":   nested(1_000_000),
		"never closed":      strings.Repeat("[", 1_000_000),
		"objects":           strings.Repeat(`[{"a":`, 1000) + "1" + strings.Repeat(`}]`, 1000),
		"one huge string":   `["` + strings.Repeat(`]\\,`, 500_000) + `"]`,
		"many messages":     "[" + strings.Repeat(message+",\n", 3_000) + message + "]",
		"many numbers":      "[" + strings.Repeat("1 , ", 30_000) + "1 ]",
		"white space":       strings.Repeat(" \t\r\n", 100_000) + "[" + strings.Repeat("\n", 100_000) + "]" + strings.Repeat(" ", 100_000),
	} {
		t.Run(name, func(t *testing.T) { checkSplit(t, text) })
	}
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

// What a save of a longer conversation costs depends on it: only new parts are written.
func TestTextThatContinuesAnotherSharesItsParts(t *testing.T) {
	messages := []any{
		map[string]any{"role": "system", "content": "a, b ] c"},
		map[string]any{"role": "user", "content": []any{1, "two", map[string]any{}}},
		map[string]any{"role": "assistant", "content": nil},
		map[string]any{"role": "user", "content": ""},
	}
	for name, write := range map[string]func([]any) ([]byte, error){
		"compact":    func(m []any) ([]byte, error) { return json.Marshal(m) },
		"two spaces": func(m []any) ([]byte, error) { return json.MarshalIndent(m, "", "  ") },
		"tabs":       func(m []any) ([]byte, error) { return json.MarshalIndent(m, "", "\t") },
		"indented":   func(m []any) ([]byte, error) { return json.MarshalIndent(m, " ", " ") },
		"new line each": func(m []any) ([]byte, error) {
			text, err := json.Marshal(m)
			return []byte(strings.ReplaceAll(string(text), "},{", "}\n,\n{") + "\n"), err
		},
	} {
		t.Run(name, func(t *testing.T) {
			var before models.Conversation
			for n := range messages {
				text, err := write(messages[:n+1])
				if err != nil {
					t.Fatal(err)
				}
				after := checkSplit(t, string(text))
				if n > 0 && (after.Frame != before.Frame || !slices.Equal(after.Parts[:n], before.Parts)) {
					t.Errorf("%d messages: frame %q, parts %q; before %q, %q", n+1, after.Frame, after.Parts, before.Frame, before.Parts)
				}
				before = after
			}
		})
	}
}

func TestFrameIsCutBehindItsBracket(t *testing.T) {
	for frame, want := range map[string][2]string{
		models.EmptyFrame: {"[", "]"},
		" \n[ ]\t":        {" \n[", " ]\t"},
		"[\n]":            {"[", "\n]"},
	} {
		if head, tail := models.SplitFrame(frame); head != want[0] || tail != want[1] {
			t.Errorf("%q: got %q and %q, want %q", frame, head, tail, want)
		}
	}
}

func TestConversationWithoutMessagesIsEmpty(t *testing.T) {
	if text := (&models.Conversation{Kind: models.KindNone}).Text(); text != "" {
		t.Errorf("got %q", text)
	}
}

func FuzzSplitMessages(f *testing.F) {
	for _, text := range []string{
		"", "[]", " [ ] ", "[1,2]", `["\"],[\"","\\"]`, "[\n  {\"role\": \"user\"},\n  [1, [2]]\n]\n", "{}", "[", nested(20),
		"[1 , 2\t,\r3 ]", "[\"\xff\"]", "\ufeff[]", `[{"a":[",",{"]":"}"}]},null]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkSplit(t, text) })
}
