package handlers

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

func appended(id string, count int) string {
	return fmt.Sprintf(`{"message":"Data saved successfully!","data":{"id":%q,"count":%d},"status":200}`, id, count)
}

const appendedFormat = `{"message":"Data saved successfully!","data":{"id":"x","count":%d},"status":200}`

// Appends and saves at the same time lose nothing, and each is told a count of its own.
func TestAppendRace(t *testing.T) {
	const racers, each = 20, 5
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	server := s.listen()
	counts := make(chan int, racers*each)
	var wait sync.WaitGroup
	for i := range racers {
		wait.Go(func() {
			for j := range each {
				body := fmt.Sprintf(`{"messages":[{"role":"user","n":"%d/%d"}],"promptTokens":1,"completionTokens":2}`, i, j)
				got, err := s.over(server, "POST", "/api/session/x/messages", body)
				var count int
				if _, scan := fmt.Sscanf(got.body, appendedFormat, &count); err != nil || scan != nil {
					t.Errorf("append: %d %s %v", got.status, got.body, err)
				}
				counts <- count
			}
		})
		wait.Go(func() {
			for j := range each {
				got, err := s.over(server, "PUT", "/api/session", fmt.Sprintf(`{"id":"x","agentId":"agent-1","userName":"%d/%d"}`, i, j))
				if err != nil || got.status != 200 {
					t.Errorf("save: %d %s %v", got.status, got.body, err)
				}
			}
		})
	}
	wait.Wait()
	close(counts)
	told := map[int]bool{}
	for count := range counts {
		told[count] = true
	}
	if len(told) != racers*each || !told[racers*each] {
		t.Errorf("%d counts were told", len(told))
	}
	s.holdsAppends("x", racers*each)
}

// holdsAppends checks that as many different messages are stored, and their tokens.
func (s *stack) holdsAppends(id string, want int) {
	s.t.Helper()
	session := s.session(id)
	messages, different := numbered(s.t, *session.Messages)
	if messages != want || different != want {
		s.t.Errorf("%d messages, %d different ones", messages, different)
	}
	if *session.PromptTokens != int64(want) || *session.CompletionTokens != int64(2*want) {
		s.t.Errorf("counted %d and %d tokens", *session.PromptTokens, *session.CompletionTokens)
	}
}

// numbered counts messages, and the different numbers that they have.
func numbered(t testing.TB, text string) (messages, different int) {
	t.Helper()
	var all []struct{ N string }
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, message := range all {
		there[message.N] = true
	}
	return len(all), len(there)
}

// What is appended stands behind what is stored, byte for byte, whatever the array looks like.
func TestAppendToEachShape(t *testing.T) {
	s := newStack(t, true)
	const one, two = `{"role":"user","content":"a"}`, `{ "role" : "tool",  "x": [1, 2] }`
	for i, c := range []struct {
		stored any
		want   string
		count  int
	}{
		{nil, `[` + one + `,` + two + `]`, 2},
		{`[]`, `[` + one + `,` + two + `]`, 2},
		{" [ ] ", ` [` + one + `,` + two + ` ] `, 2},
		{`[{"n":1}]`, `[{"n":1},` + one + `,` + two + `]`, 3},
		{`[7,"]",[]]`, `[7,"]",[],` + one + `,` + two + `]`, 5},
		{"[\n  {\"n\": 1},\n  {\"n\": 2}\n]\n", "[\n  {\"n\": 1},\n  {\"n\": 2}," + one + `,` + two + "\n]\n", 4},
	} {
		id := fmt.Sprint(i)
		s.saved(jsonObject("id", id, "agentId", "a", "messages", c.stored))
		s.do("POST", "/api/session/"+id+"/messages", `{"messages": [ `+one+` , `+two+` ] }`).want(200, appended(id, c.count))
		if got := s.session(id); *got.Messages != c.want {
			t.Errorf("to %v: %s, want %s", c.stored, describe(got.Messages), c.want)
		}
		if got := s.saved(jsonObject("id", id, "agentId", "a", "messages", c.want)); *got.Messages != c.want {
			t.Errorf("saved again: %s", describe(got.Messages))
		}
	}
}

// Text that is no array takes no messages, and the answer says why.
func TestAppendToText(t *testing.T) {
	s := newStack(t, true)
	for _, text := range []string{"", "text", "{}", "null", "[", `[{"role":"user"},]`} {
		s.saved(jsonObject("id", "x", "agentId", "a", "messages", text))
		got := s.do("POST", "/api/session/x/messages", hello).want(400, "")
		if !strings.Contains(got.body, "not a JSON array") {
			t.Errorf("to %q: %s", text, got.body)
		}
		if got := s.session("x"); *got.Messages != text || got.PromptTokens != nil {
			t.Errorf("%q became %+v", text, got)
		}
	}
}

// A message is an object with a string "role", spelled so.
func TestAppendRoles(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	for _, message := range []string{
		`{}`, `{"content":"x"}`, `{"role":null}`, `{"role":7}`, `{"role":["user"]}`, `{"Role":"user"}`, `{"ROLE":"user"}`, `[]`, `"user"`, `7`, `null`, `true`,
	} {
		got := s.do("POST", "/api/session/x/messages", `{"messages":[{"role":"user"},`+message+`]}`)
		if got.status != 400 || !strings.Contains(got.body, `"path":["messages","1"]`) || strings.Contains(got.body, `"messages","0"`) {
			t.Errorf("%s: %d %s", message, got.status, got.body)
		}
	}
	for _, body := range []string{`{}`, `{"messages":null}`, `{"messages":[]}`, `{"messages":{}}`, `{"messages":"[]"}`, `{"Messages":[{"role":"user"}]}`} {
		got := s.do("POST", "/api/session/x/messages", body)
		if got.status != 400 || strings.Count(got.body, `"path":["messages"]`) != 1 {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
	if got := s.session("x"); got.Messages != nil {
		t.Errorf("stored %s", describe(got.Messages))
	}
	s.do("POST", "/api/session/x/messages", `{"messages":[{"role":""},{"role":"\u00fcser"},{"content":1,"role":"x","role":"y"}]}`).want(200, appended("x", 3))
}

// Tokens add up, to the limit and not past it; a refused append adds nothing.
func TestAppendTokens(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	post := func(tokens string) answer {
		return s.do("POST", "/api/session/x/messages", `{"messages":[{"role":"user"}]`+tokens+`}`)
	}
	post("").want(200, appended("x", 1))
	if got := s.session("x"); got.PromptTokens != nil || got.CompletionTokens != nil {
		t.Errorf("without tokens: %+v", got)
	}
	post(`,"promptTokens":0,"completionTokens":null`).want(200, appended("x", 2))
	post(`,"promptTokens":1e2,"completionTokens":5`).want(200, appended("x", 3))
	post(`,"promptTokens":9007199254740891`).want(200, appended("x", 4))
	for _, tokens := range []string{
		`,"promptTokens":1`, `,"promptTokens":-1`, `,"promptTokens":0.5`, `,"promptTokens":"1"`, `,"completionTokens":9007199254740992`,
		`,"completionTokens":9007199254740991`, `,"promptTokens":9007199254740991,"completionTokens":9007199254740991`,
	} {
		if got := post(tokens); got.status != 400 || !strings.Contains(got.body, `Tokens"]`) {
			t.Errorf("%s: %d %s", tokens, got.status, got.body)
		}
	}
	got := s.session("x")
	if *got.PromptTokens != 9007199254740991 || *got.CompletionTokens != 5 || strings.Count(*got.Messages, "role") != 4 {
		t.Errorf("stored %+v", got)
	}
}

// An append touches updatedAt and nothing else; many messages in one request keep their order.
func TestAppendMany(t *testing.T) {
	s := newStack(t, true)
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	var many []string
	for i := range 1500 {
		many = append(many, fmt.Sprintf(`{"role":"user","n":%d}`, i))
	}
	all := "[" + strings.Join(many, ",") + "]"
	s.clock.advance(1e9)
	s.do("POST", "/api/session/x/messages", `{"messages":`+all+`}`).want(200, appended("x", 1500))
	got := s.session("x")
	if *got.Messages != all || *got.UserName != "Alice" || got.CreatedAt != "2025-03-21T10:00:00.000Z" || got.UpdatedAt != "2025-03-21T10:00:01.000Z" {
		t.Errorf("stored %s %+v", describe(got.Messages), got)
	}
}
