package models_test

import (
	"reflect"
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	toolNameReason = "must be 1 to 32 of a-z, 0-9, - and _, begin with a letter, and have no two signs in a row"
	addressReason  = "must be an absolute http or https address without a user"
	baseReason     = addressReason + ", query or trailing slash"
)

func goodTool() models.Tool {
	return models.Tool{
		Name: "weather", BaseURL: "https://api.example.com/v1", Credentials: models.OwnerUser,
		Functions: []models.Function{
			{Tool: "weather", Name: "weather__get", Operation: "get"}, {Tool: "weather", Name: "weather__list", Operation: "list"},
		},
	}
}

func bareTool() models.Tool {
	t := goodTool()
	t.Functions = nil
	return t
}

func TestToolKeepsItsLimits(t *testing.T) {
	type model = models.Tool
	checkRules(t, bareTool, texts("name", func(m *model, s string) { m.Name = s }, map[string]string{
		"a": "", "a1": "", "a-b_c-9": "", strings.Repeat("a", models.MaxToolName): "", strings.Repeat("a", models.MaxToolName+1): toolNameReason,
		"": toolNameReason, "1a": toolNameReason, "-a": toolNameReason, "a-": toolNameReason, "a_": toolNameReason, "a__b": toolNameReason,
		"a-_b": toolNameReason, "a--b": toolNameReason, "A": toolNameReason, "ä": toolNameReason, "a b": toolNameReason, "a/b": toolNameReason, "a\n": toolNameReason,
	}))
	checkRules(t, goodTool, texts("credentials", func(m *model, s models.CredentialOwner) { m.Credentials = s }, map[models.CredentialOwner]string{
		"user": "", "tenant": "", "": "must be one of user, tenant", "User": "must be one of user, tenant",
	}))
	checkRules(t, goodTool, texts("baseUrl", func(m *model, s string) { m.BaseURL = s }, map[string]string{
		"https://a.example": "", "http://127.0.0.1:8080/a/b": "", "https://[::1]:1": "",
		"": baseReason, "/v1": baseReason, "//a.example": baseReason, "https://": baseReason, "https:///v1": baseReason, "https://a.example/": baseReason,
		"https://a.example/v1/": baseReason, "https://a.example?": baseReason, "https://a.example?a=1": baseReason, "https://a.example#a": baseReason,
		"https://user@a.example": baseReason, "https://user:pass@a.example": baseReason, "ftp://a.example": baseReason,
		"file:///etc/passwd": baseReason, "javascript:alert(1)": baseReason, "https://a.example\n": baseReason, "https://a b": baseReason,
	}))
	checkRules(t, goodTool, texts("revocationUrl", func(m *model, s string) { m.RevocationURL = s }, map[string]string{
		"": "", "https://a.example/revoke?a=1": "", "/revoke": addressReason, "https://user@a.example": addressReason, "file:///a": addressReason,
	}))
	checkRules(t, goodTool, texts("clientSecret", func(m *model, s models.Secret) { m.ClientSecret = s }, map[models.Secret]string{
		"": "", models.Secret(strings.Repeat("x", models.MaxCredential)): "",
		models.Secret(strings.Repeat("x", models.MaxCredential+1)): "is longer than 16384 bytes",
	}))
}

// A function is found by its name alone: it must tell its tool.
func TestFunctionsOfAToolBearItsName(t *testing.T) {
	const named = `functions: of "list": the name `
	change := func(name string) func(*models.Tool) {
		return func(tool *models.Tool) { tool.Functions[1].Name = name }
	}
	long := "weather__" + strings.Repeat("a", 64-len("weather__"))
	checkRules(t, goodTool, []rule[models.Tool]{
		{"long", change(long), ""},
		{"longer", change(long + "a"), named + "must be 1 to 64 of A-Z a-z 0-9 _ -"},
		{"of another alphabet", change("weather__liste/ä"), named + "must be 1 to 64 of A-Z a-z 0-9 _ -"},
		{"of another tool", change("maps__list"), named + "does not begin with the tool's"},
		{"of a tool with a longer name", change("weather-2__list"), named + "does not begin with the tool's"},
		{"of none", change("list"), named + "does not begin with the tool's"},
		{"the tool's own", change("weather"), named + "does not begin with the tool's"},
		{"taken", change("weather__get"), named + "is taken"},
		{"said to be of another", func(tool *models.Tool) { tool.Functions[1].Tool = "maps" }, named + "does not begin with the tool's"},
	})
}

func TestWaysAreTheSetsOfSchemesTheMostUsedFirst(t *testing.T) {
	function := func(alternatives ...models.Requirement) models.Function {
		return models.Function{Call: models.Call{Security: alternatives}}
	}
	tool := models.Tool{Functions: []models.Function{
		function(models.Requirement{"key"}, models.Requirement{}), function(models.Requirement{"basic"}, models.Requirement{"key", "oauth"}),
		function(models.Requirement{"key", "oauth"}), function(),
	}}
	want := []models.Requirement{{"key", "oauth"}, {"key"}, {"basic"}}
	if got := tool.Ways(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := (&models.Tool{Functions: []models.Function{function()}}).Ways(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestSchemeIsFoundByItsName(t *testing.T) {
	tool := models.Tool{Schemes: []models.Scheme{
		{Name: "key", Kind: models.SchemeAPIKey}, {Name: "code", Kind: models.SchemeAuthorizationCode}, {Name: "client", Kind: models.SchemeClientCredentials},
	}}
	for name, oauth := range map[string]bool{"key": false, "code": true, "client": true} {
		if s := tool.Scheme(name); s == nil || s.Name != name || s.IsOAuth() != oauth {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := tool.Scheme("Key"); s != nil {
		t.Errorf("%+v", s)
	}
}

func TestAFunctionsNameIsCutAtTheTool(t *testing.T) {
	for name, want := range map[string]string{
		"weather__get": "weather", "weather": "weather", "a-b_c__get__all": "a-b_c", "": "", "__get": "", "weather__": "weather",
	} {
		if got := models.ToolOf(name); got != want {
			t.Errorf("%q is of %q, want %q", name, got, want)
		}
	}
	if got := models.FunctionName("weather", "get"); got != "weather__get" {
		t.Errorf("got %q", got)
	}
}
