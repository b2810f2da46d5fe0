package repository_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

// newTool is a tool with so many functions and a document that grows with them.
func newTool(name string, functions int) *models.Tool {
	t := &models.Tool{
		Name: name, Title: "Title of " + name, Source: name + ".json", BaseURL: "https://" + name + ".example/v1",
		Credentials: models.OwnerUser, ClientID: "client", ClientSecret: "secret", RevocationURL: "https://id.example/revoke",
		Document: []byte(strings.Repeat(`{"operationId":"get","summary":"Says what the weather is"}`, 20*functions)),
		Schemes: []models.Scheme{
			{Name: "key", Kind: models.SchemeAPIKey, In: "header", Parameter: "X-Key"},
			{Name: "oauth", Kind: models.SchemeAuthorizationCode, AuthorizationURL: "https://id.example/authorize", TokenURL: "https://id.example/token"},
		},
	}
	for i := range functions {
		t.Functions = append(t.Functions, newFunction(name, fmt.Sprint("get", i)))
	}
	return t
}

func newFunction(tool, operation string) models.Function {
	return models.Function{
		Tool: tool, Name: models.FunctionName(tool, operation), Operation: operation, Description: strings.Repeat("Does something. ", 10),
		Parameters: `{"type":"object","properties":{"city":{"type":"string","description":"The city"}},"required":["city"],"additionalProperties":false}`,
		Call: models.Call{
			Method: "GET", Path: "/weather/{city}", Accept: "application/json", Security: []models.Requirement{{"key"}, {"oauth"}},
			Inputs: []models.Input{{Argument: "city", In: "path", Name: "city", Style: "simple"}},
		},
	}
}

// toolStore has so many tools with ten functions each; their names are tool0, tool1 and so on.
func toolStore(b *testing.B, tools int) (*repository.Store, models.Actor) {
	b.Helper()
	s, who := benchStore(b)
	for i := range tools {
		noError(b, s.Tools.Add(b.Context(), who, newTool(fmt.Sprint("tool", i), 10), false))
	}
	return s, who
}

func BenchmarkToolsAdd(b *testing.B) {
	each(b, "functions", []int{10, 100}, func(b *testing.B, n int) {
		b.Run("new", func(b *testing.B) {
			s, who := toolStore(b, 1)
			tool := newTool("tool0", n)
			prepared(b, 1,
				func(int) error { return s.Tools.Delete(b.Context(), who, tool.Name) },
				func(int) error { return s.Tools.Add(b.Context(), who, tool, false) })
		})
		b.Run("replace", func(b *testing.B) {
			s, who := toolStore(b, 1)
			tool := newTool("tool0", n)
			loop(b, func() error { return s.Tools.Add(b.Context(), who, tool, true) })
		})
	})
}

func BenchmarkToolsDelete(b *testing.B) {
	s, who := benchStore(b)
	name := func(i int) string { return fmt.Sprint("tool", i) }
	prepared(b, 10,
		func(i int) error { return s.Tools.Add(b.Context(), who, newTool(name(i), 10), false) },
		func(i int) error { return s.Tools.Delete(b.Context(), who, name(i)) })
}

func BenchmarkToolsList(b *testing.B) {
	each(b, "tools", []int{10, 100}, func(b *testing.B, n int) {
		s, who := toolStore(b, n)
		loop(b, func() error { return only(s.Tools.List(b.Context(), who)) })
	})
}

func BenchmarkToolsGet(b *testing.B) {
	s, who := toolStore(b, 10)
	loop(b, func() error { return only(s.Tools.Get(b.Context(), who, "tool5")) })
}

func BenchmarkToolsDocument(b *testing.B) {
	s, who := benchStore(b)
	each(b, "functions", []int{10, 1000}, func(b *testing.B, n int) {
		tool := newTool(fmt.Sprint("tool", n), n)
		noError(b, s.Tools.Add(b.Context(), who, tool, true)) // there already with -count
		b.SetBytes(int64(len(tool.Document)))
		loop(b, func() error { return only(s.Tools.Document(b.Context(), who, tool.Name)) })
	})
}

// BenchmarkToolsFunctions reads all functions of a tenant, as every list of tools for a model does.
func BenchmarkToolsFunctions(b *testing.B) {
	each(b, "functions", []int{100, 1000}, func(b *testing.B, n int) {
		s, who := toolStore(b, n/10)
		loop(b, func() error { return only(s.Tools.Functions(b.Context(), who)) })
	})
}

func BenchmarkToolsFunction(b *testing.B) {
	each(b, "functions", []int{10, 1000}, func(b *testing.B, n int) {
		s, who := toolStore(b, n/10)
		loop(b, func() error {
			_, _, err := s.Tools.Function(b.Context(), who, "tool0__get5")
			return err
		})
	})
}
