package web

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

var update = flag.Bool("update", false, "write testdata/messages/*.html anew")

// shownMessage is the HTML of a message.
func shownMessage(t testing.TB, text string) string {
	t.Helper()
	var page strings.Builder
	if err := templates.ExecuteTemplate(&page, "admin-message", newMessage(3, text)); err != nil {
		t.Fatal(err)
	}
	return page.String()
}

// Each format of messages becomes what a reader expects, and what is odd is still seen.
func TestMessagesAreLaidOut(t *testing.T) {
	files, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(files) < 25 {
		t.Fatalf("found %d messages: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := shownMessage(t, string(text))
		for _, problem := range messageProblems(got) {
			t.Errorf("%s: %s", file, problem)
		}
		golden := strings.TrimSuffix(file, ".json") + ".html"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(golden); err != nil || got != string(want) {
			t.Errorf("%s is not as in %s (%v):\n%s", file, golden, err, got)
		}
	}
}

// What a message may become, beside what Markdown may.
var messageAttributes = map[string][]string{
	"li": {"class", "id", "value"}, "header": nil, "span": {"class"}, "bdi": {"class"}, "time": {"datetime"}, "a": {"class", "href", "title", "rel", "target"},
	"div": {"class", "dir"}, "pre": {"class", "tabindex", "dir"}, "p": {"class"}, "details": {"class"}, "summary": nil,
}

// messageProblems reads the HTML as a browser does, and tells what should not be in it.
func messageProblems(page string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode || slices.Contains([]string{"html", "head", "body"}, n.Data):
		case n.Data == "a" && strings.HasPrefix(attribute(n, "href"), "#message-"):
		case n.Data == "a" && attribute(n, "class") != "":
			problems = append(problems, fmt.Sprintf("a link is %v", n.Attr))
		case n.Data == "a":
			if len(nodeProblems(n)) > 0 && attribute(n, "rel") != "noopener noreferrer nofollow" {
				problems = append(problems, nodeProblems(n)...)
			}
			if to := attribute(n, "href"); !strings.HasPrefix(to, "http") && !strings.HasPrefix(to, "mailto:") {
				problems = append(problems, "a link leads to "+to)
			}
		default:
			problems = append(problems, elementProblems(n)...)
		}
	}
	return problems
}

func elementProblems(n *html.Node) []string {
	ours, known := messageAttributes[n.Data]
	made, knownToo := markdownAttributes[n.Data]
	if n.Type != html.ElementNode || n.Namespace != "" || !known && !knownToo {
		return []string{fmt.Sprintf("there is <%s>", n.Data)}
	}
	var problems []string
	for _, a := range n.Attr {
		if !slices.Contains(ours, a.Key) && !slices.Contains(made, a.Key) {
			problems = append(problems, fmt.Sprintf("<%s> has %s=%q", n.Data, a.Key, a.Val))
		}
	}
	return problems
}

// Whatever is in a message is on the page: every text and number of it.
func TestMessagesHideNothing(t *testing.T) {
	for name, text := range map[string]string{
		"fields":  `{"role":"user","content":"hidden-1","x":{"y":["hidden-2"]},"annotations":[{"z":"hidden-3"}],"reasoning":{"a":"hidden-4"}}`,
		"parts":   `{"role":"assistant","parts":[{"type":"text","text":"hidden-1","x":"hidden-2"},{"type":"new","y":"hidden-3"},{"z":"hidden-4"}]}`,
		"calls":   `{"role":"assistant","tool_calls":[{"id":"hidden-1","x":"hidden-2","function":{"name":"hidden-3","arguments":{"a":"hidden-4"},"y":"hidden-5"}}]}`,
		"no list": `{"role":"assistant","tool_calls":"hidden-1","toolInvocations":5551,"function_call":"hidden-2","parts":"hidden-3","content":5552,"audio":"hidden-4"}`,
		"results": `{"role":"tool","content":[{"type":"tool-result","result":{"a":"hidden-1"},"x":"hidden-2"}],"tool_call_id":["hidden-3"]}`,
		"files":   `{"role":"user","content":[{"type":"image","source":{"type":"new","x":"hidden-1"},"y":"hidden-2"},{"type":"file","data":{"0":5553}}],"attachments":["hidden-3"]}`,
		"types":   `{"role":5551,"name":["hidden-1"],"id":5552,"createdAt":"hidden-2","content":true,"type":"hidden-3"}`,
		"texts":   `{"role":"assistant","content":"hidden-1","text":"hidden-2","refusal":"hidden-3","parts":[{"type":"text","text":"hidden-4"}]}`,
		"gemini":  `{"role":"model","parts":[{"text":"hidden-1","functionCall":{"name":"hidden-2","args":["hidden-3"],"x":"hidden-4"},"y":"hidden-5"}]}`,
		"twice":   `{"role":"user","content":"hidden-1","content":"hidden-2","x":"hidden-3","x":"hidden-4"}`,
		"calls 5": `{"role":"assistant","parts":[{"type":"tool-f","input":{"a":"hidden-1"},"output":"hidden-2","errorText":"hidden-3","state":"hidden-4","x":"hidden-5"}]}`,
	} {
		page := shownMessage(t, text)
		for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("\"[]{}:,", r) }) {
			if (strings.HasPrefix(part, "hidden-") || strings.HasPrefix(part, "555")) && !strings.Contains(page, part) {
				t.Errorf("%s: %s is not shown:\n%s", name, part, page)
			}
		}
	}
}

// What is twice in a message is shown once.
func TestMessagesSayThingsOnce(t *testing.T) {
	for text, word := range map[string]string{
		`{"role":"assistant","content":"once","parts":[{"type":"text","text":"once"}]}`:                                                              "once",
		`{"role":"assistant","content":"on ce","parts":[{"type":"text","text":"on"},{"type":"text","text":"\nce"}]}`:                                 "ce",
		`{"role":"assistant","content":[{"type":"text","text":"once"}],"text":"once"}`:                                                               "once",
		`{"role":"assistant","reasoning":"once","parts":[{"type":"reasoning","reasoning":"once","details":[{"type":"text","text":"once"}]}]}`:        "once",
		`{"role":"assistant","parts":[{"type":"tool-invocation","toolInvocation":{"toolName":"once"}}],"toolInvocations":[ {"toolName" : "once"} ]}`: "once",
	} {
		if page := shownMessage(t, text); strings.Count(page, word) != 1 {
			t.Errorf("%s becomes\n%s", text, page)
		}
	}
}

// A text of any length becomes a page that can be read, and says how much is missing.
func TestMessagesAreBounded(t *testing.T) {
	word := strings.Repeat("\u00e9", 1<<20)
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	for name, text := range map[string]string{
		"a long text":   `{"role":"user","content":"` + word + `"}`,
		"long results":  `{"role":"tool","content":{"a":"` + word + `"}}`,
		"many texts":    `{"role":"user","content":[` + strings.Repeat(`{"type":"text","text":"`+word[:60_000]+`"},`, 50) + `""]}`,
		"many parts":    `{"role":"user","content":[` + strings.Repeat(`{"type":"text","text":"x"},`, 5000) + `""]}`,
		"many calls":    `{"role":"assistant","tool_calls":[` + strings.Repeat(`{"function":{"name":"f"}},`, 5000) + `{}]}`,
		"no JSON":       word,
		"a long number": strings.Repeat("1", 1<<20),
	} {
		page := shownMessage(t, text)
		if len(page) > 2*maxMessage || !strings.Contains(page, "not shown here. The view as JSON") {
			t.Errorf("%s: %d bytes: %.300s", name, len(page), page)
		}
		if problems := messageProblems(page); len(problems) > 0 {
			t.Errorf("%s: %v", name, problems)
		}
	}
	for name, text := range map[string]string{
		"deep":         deep,
		"deep content": `{"role":"user","content":` + deep + `}`,
		"deep parts":   strings.Repeat(`{"type":"tool_result","content":[`, 500) + strings.Repeat(`]}`, 500),
		"deeper":       strings.Repeat("[", 1<<20),
		"a long link":  `{"role":"user","content":[{"type":"image_url","image_url":"https://x.example/` + word + `"},{"type":"file","filename":"` + word + `"}]}`,
		"many fields":  `{"role":"user"` + strings.Repeat(`,"x":1`, 200_000) + `}`,
	} {
		if page := shownMessage(t, text); len(page) > 2*maxMessage {
			t.Errorf("%s: %d bytes", name, len(page))
		}
	}
}

// Programs write times in three ways.
func TestMessageTimes(t *testing.T) {
	for given, want := range map[string]string{
		`"createdAt":"2026-11-22T10:00:00+01:00"`: "2026-11-22T09:00:00Z", `"created_at":1795341600`: "2026-11-22T10:00:00Z", `"timestamp":1795341600000`: "2026-11-22T10:00:00Z",
		`"timestamp":1795341600.25`: "2026-11-22T10:00:00Z", `"timestamp":"1795341600"`: "2026-11-22T10:00:00Z", `"createdAt":"yesterday"`: "", `"createdAt":-1`: "", `"createdAt":1e300`: "",
		`"createdAt":"NaN"`: "", `"createdAt":"Inf"`: "", `"createdAt":null`: "", `"createdAt":{}`: "", `"createdAt":"9999-12-31T23:59:59-23:59"`: "",
	} {
		if m := newMessage(0, `{"role":"user",`+given+`}`); m.Time != want {
			t.Errorf("%s is %q, want %q", given, m.Time, want)
		}
	}
}

// The stored sessions of Open Agents Builder look like this.
const storedMessage = `{"id":"m0-1","role":"assistant","content":"Invented answer 1 \u2013 za\u017c\u00f3\u0142\u0107 \"quoted\" \n newline"}`

func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("../testdata/messages/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("found %d messages: %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(storedMessage)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		page := shownMessage(t, text)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		for _, problem := range messageProblems(page) {
			t.Errorf("%s:\n%s", problem, page)
		}
	})
}

func BenchmarkMessages100(b *testing.B) {
	text, err := json.Marshal(map[string]any{"role": "assistant", "content": sampleAnswer})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for range 100 {
			shownMessage(b, string(text))
		}
	}
}
