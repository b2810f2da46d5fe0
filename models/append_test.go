package models_test

import (
	"fmt"
	"testing"

	"sessionhub/models"
)

const roleReason = `must be an object with a string "role"`

func goodAppend() models.Append {
	return models.Append{SessionID: "s-1", Messages: []string{`{"role":"user","content":"hi"}`}}
}

func TestAppendKeepsItsLimits(t *testing.T) {
	checkRules(t, goodAppend, identifierRules("id", func(a *models.Append) *string { return &a.SessionID }))
	checkRules(t, goodAppend, tokenRules("promptTokens", func(a *models.Append) **int64 { return &a.PromptTokens }))
	checkRules(t, goodAppend, tokenRules("completionTokens", func(a *models.Append) **int64 { return &a.CompletionTokens }))
	checkRules(t, goodAppend, []rule[models.Append]{
		{"no list", func(a *models.Append) { a.Messages = nil }, "messages: must hold one message or more"},
		{"empty list", func(a *models.Append) { a.Messages = []string{} }, "messages: must hold one message or more"},
		{
			"everything at once", func(a *models.Append) {
				*a = models.Append{Messages: []string{`{"role":"a"}`, "1", `{"role":"b"}`, "{}"}, PromptTokens: new(int64(-1))}
			},
			"id: is required, promptTokens: must be 0 or more, messages.1: " + roleReason + ", messages.3: " + roleReason,
		},
	})
}

var messages = map[string]bool{
	`{"role":"user"}`:                        true,
	`{"role":""}`:                            true,
	` { "role" : "user" } ` + "\n":           true,
	`{"content":[{"role":1}],"role":"user"}`: true,
	`{"r\u006fle":"user"}`:                   true,
	`{"role":"user","Role":1}`:               true,
	`{"Role":1,"role":"user"}`:               true,
	`{"Role":"user"}`:                        false,
	`{"ROLE":"user"}`:                        false,
	`{" role":"user"}`:                       false,
	`{"role":1,"Role":"user"}`:               false,
	`{"role":null}`:                          false,
	`{"role":1}`:                             false,
	`{"role":true}`:                          false,
	`{"role":["user"]}`:                      false,
	`{"role":{"role":"user"}}`:               false,
	`{}`:                                     false,
	`{"content":"hi"}`:                       false,
	`{"a":{"role":"user"}}`:                  false,
	`[{"role":"user"}]`:                      false,
	`"role"`:                                 false,
	`null`:                                   false,
	`1`:                                      false,
	``:                                       false,
	` `:                                      false,
	`role`:                                   false,
	`{"role":"user"`:                         false,
	`{"role":"user"}}`:                       false,
	`{"role":"user"},{"role":"user"}`:        false,
	`{"role":"user",}`:                       false,
	`{'role':'user'}`:                        false,
	"\ufeff" + `{"role":"user"}`:             false,
}

func TestMessageIsAnObjectWithAStringRole(t *testing.T) {
	for message, ok := range messages {
		a := goodAppend()
		a.Messages = append(a.Messages, message)
		want := ""
		if !ok {
			want = "messages.1: " + roleReason
		}
		checkIssues(t, fmt.Sprintf("%q", message), a.Validate(), want)
	}
}

// Whatever Validate lets through has to be fit to stand behind a comma in the array.
func TestValidMessageLeavesTheArrayWhole(t *testing.T) {
	for _, message := range []string{`{"role":"user"}`, "\n{\"role\":\"user\"}\t", `{"role":"]"}`} {
		a := goodAppend()
		a.Messages = append(a.Messages, message)
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		if c := checkSplit(t, "["+a.Messages[0]+","+a.Messages[1]+"]"); len(c.Parts) != 2 {
			t.Errorf("%q: parts %q", message, c.Parts)
		}
	}
}
