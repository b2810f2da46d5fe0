package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

const controlReason = "must be UTF-8 without control characters"

func goodLink() models.Link {
	return models.Link{UserID: "alice", App: models.App{Name: "App", URL: "https://app.example/chat"}}
}

func TestLinkKeepsItsLimits(t *testing.T) {
	type model = models.Link
	setUser := func(m *model, s string) { m.UserID = s }
	checkRules(t, goodLink, texts("x-superface-user-id", setUser, users()))
	checkRules(t, goodLink, texts("x-superface-user-id", setUser, map[string]string{"": ""})) // for the tenant's own
	checkRules(t, goodLink, texts("x-superface-app-name", func(m *model, s string) { m.App.Name = s }, map[string]string{
		"": "", "Zoë's <App> 🙂": "", strings.Repeat("🙂", 100): "", strings.Repeat("x", 101): "is longer than 100 characters",
		"a\nb": controlReason, "\x1b[31m": controlReason, "\xff": controlReason,
	}))
	base := "https://app.example/"
	checkRules(t, goodLink, texts("x-superface-app-url", func(m *model, s string) { m.App.URL = s }, map[string]string{
		"": "", "http://localhost:3000": "", "https://app.example/a?b=c#d": "", "HTTPS://app.example": "",
		base + strings.Repeat("x", 2000-len(base)): "", base + strings.Repeat("x", 2001-len(base)): "is longer than 2000 characters",
		"javascript:alert(1)": addressReason, "javascript://app.example/%0aalert(1)": addressReason, "data:text/html,x": addressReason,
		"myapp://back": addressReason, "/back": addressReason, "//app.example": addressReason, "app.example": addressReason, "https://": addressReason,
		"https://user@app.example": addressReason, "https://app.example@evil.example": addressReason, "https://app.example\n": addressReason,
		" https://app.example": addressReason, "https://app.example/\xff": addressReason,
	}))
}

func TestOriginOfAnAppIsThatOfItsAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://app.example": "https://app.example", "https://APP.example:443/a/b?c#d": "https://app.example", "http://localhost:3000/": "http://localhost:3000",
		"": "", "/back": "", "myapp://back": "", "https://": "", "%": "", "https://bücher.example": "",
	} {
		app := models.App{URL: address}
		if got, err := app.Origin(); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", address, got, err)
		}
	}
}
