package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

const benchMessage = `{"role":"user","content":"How do I reset the password of my account, please? \"Forgot it\"."}`

func BenchmarkSplitMessages(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"messages=10", "[" + strings.Repeat(benchMessage+",", 9) + benchMessage + "]"},
		{"messages=1000", "[" + strings.Repeat(benchMessage+",", 999) + benchMessage + "]"},
		{"messages=10000", "[" + strings.Repeat(benchMessage+",", 9999) + benchMessage + "]"},
		{"spaced", "[\n  " + strings.Repeat(benchMessage+",\n  ", 999) + benchMessage + "\n]\n"},
		{"nested", "[" + strings.Repeat(`{"role":"tool","content":[[1,2],{"a":{"b":[{}]}}]},`, 1999) + "1]"},
		{"one", `["` + strings.Repeat("x", 100_000) + `"]`},
		{"cut", "[" + strings.Repeat(benchMessage+",", 1000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.text)))
			b.ReportAllocs()
			for b.Loop() {
				models.SplitMessages(c.text)
			}
		})
	}
}

func BenchmarkConversationText(b *testing.B) {
	c := models.SplitMessages("[" + strings.Repeat(benchMessage+",", 999) + benchMessage + "]")
	b.SetBytes(int64(len(c.Text())))
	b.ReportAllocs()
	for b.Loop() {
		c.Text()
	}
}

// BenchmarkValidate holds to their rules what requests bring.
func BenchmarkValidate(b *testing.B) {
	session := goodSession()
	one, many := goodAppend(), goodAppend()
	for range 99 {
		many.Messages = append(many.Messages, benchMessage)
	}
	for _, c := range []struct {
		name  string
		check func() error
	}{{"session", session.Validate}, {"append=1", one.Validate}, {"append=100", many.Validate}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := c.check(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
