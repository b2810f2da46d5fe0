package e2e

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// person is a session as the tests of the panel make it.
type person struct {
	id, agent, name, email string
	created, updated       time.Time
	prompt, completion     int64 // tokens; 0 is not counted
	finalized              bool
}

const (
	panelAgent = "agent-123"
	otherAgent = "agent-shop"
	headcount  = 60 // sessions of panelAgent: more than a page
)

// ages are how many days ago sessions began: in each range of the usage page, and in none.
var ages = []int{0, 3, 10, 40, 120}

// populate makes sessions whose names, addresses and times have different orders.
func populate(t *testing.T, c *client) []person {
	t.Helper()
	var all []person
	now := time.Now().UTC().Truncate(time.Millisecond)
	for k := range headcount {
		p := person{
			id: fmt.Sprintf("s-%03d", k), agent: panelAgent, name: fmt.Sprintf("User %03d", k*37%headcount), email: fmt.Sprintf("user-%03d@example.com", k*53%headcount),
			created: now.AddDate(0, 0, -ages[k%len(ages)]).Add(-time.Duration(k*7%headcount) * time.Second), finalized: k%3 == 0,
		}
		if k%2 == 0 {
			p.prompt, p.completion = int64(100*k+7), int64(10*k+3)
		}
		all = append(all, p)
	}
	for k := range 3 {
		all = append(all, person{id: fmt.Sprintf("shop-%d", k), agent: otherAgent, name: "Zoë", email: "zoe@example.com", created: now, prompt: 1000, completion: 1})
	}
	for k := range all {
		all[k].save(t, c)
	}
	return all
}

func (p *person) save(t *testing.T, c *client) {
	t.Helper()
	fields := object{
		"id": p.id, "agentId": p.agent, "userName": p.name, "userEmail": p.email, "acceptTerms": "true",
		"createdAt": p.created.Format(time.RFC3339Nano), "messages": `[{"role":"user","content":"Hello"}]`,
	}
	if p.prompt > 0 {
		fields["promptTokens"], fields["completionTokens"] = p.prompt, p.completion
	}
	if p.finalized {
		fields["finalizedAt"] = p.created.Add(time.Hour).Format(time.RFC3339)
	}
	var answer struct{ Data struct{ UpdatedAt time.Time } }
	decode(t, c.must(t, http.StatusOK, "PUT", "/api/session", fields), &answer)
	p.updated = answer.Data.UpdatedAt
}

// of are the sessions of the agent.
func of(agent string, all []person) []person {
	return slices.DeleteFunc(slices.Clone(all), func(p person) bool { return p.agent != agent })
}

// ids are those of the sessions that pass, in the order of a column.
func ids(all []person, column string, passes func(person) bool) []string {
	sorted := slices.DeleteFunc(slices.Clone(all), func(p person) bool { return !passes(p) })
	slices.SortStableFunc(sorted, func(a, b person) int {
		switch column {
		case "userName":
			return strings.Compare(a.name, b.name)
		case "userEmail":
			return strings.Compare(a.email, b.email)
		case "createdAt":
			return b.created.Compare(a.created)
		}
		return cmp.Or(b.updated.Compare(a.updated), strings.Compare(a.id, b.id))
	})
	var list []string
	for _, p := range sorted {
		list = append(list, p.id)
	}
	return list
}

func anybody(person) bool { return true }

// usage is what the usage page counts.
type usage struct{ Sessions, Prompt, Completion int64 }

// used adds up the sessions that began within the last days, of an agent or, without one, of all.
func used(all []person, days int, agent string) (total usage, byDay map[string]usage) {
	byDay = map[string]usage{}
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	for _, p := range all {
		if p.created.Before(first) || agent != "" && p.agent != agent {
			continue
		}
		day := p.created.Format(time.DateOnly)
		byDay[day] = byDay[day].plus(p)
		total = total.plus(p)
	}
	return total, byDay
}

func (u usage) plus(p person) usage {
	return usage{u.Sessions + 1, u.Prompt + p.prompt, u.Completion + p.completion}
}

// longLength is that of a conversation whose messages come in parts.
const longLength = 250

// talk makes a session with a long conversation, and one with all kinds of messages.
func talk(t *testing.T, c *client) {
	t.Helper()
	long := make([]object, longLength)
	for k := range long {
		long[k] = object{"role": []string{"user", "assistant"}[k%2], "content": fmt.Sprintf("This is message %d.", k+1)}
	}
	for id, messages := range map[string][]object{"long": long, "rich": richMessages} {
		c.must(t, http.StatusOK, "PUT", "/api/session", object{
			"id": id, "agentId": "agent-talks", "userName": "Ada of " + id, "userEmail": id + "@example.com", "messages": plainJSON(t, messages),
		})
	}
}

// richMessages are what agents of Open Agents Builder keep: words in Markdown, and calls of tools.
var richMessages = []object{
	{"id": "m-1", "role": "user", "content": "What is the weather\nin Vienna?", "createdAt": "2026-11-20T10:00:00.000Z"},
	{"id": "m-2", "role": "assistant", "content": "", "toolInvocations": []object{{
		"state": "result", "toolCallId": "call-1", "toolName": "currentWeather", "args": object{"city": "Vienna"}, "result": object{"temperature": 21.5},
	}}},
	{"id": "m-3", "role": "assistant", "content": "# Vienna\n\nIt is **warm**, with `21.5` degrees:\n\n- sun\n- _no_ rain\n\n" +
		"```go\nfmt.Println(\"21.5\")\n```\n\nMore at [the service](https://weather.example.com/vienna)."},
}
