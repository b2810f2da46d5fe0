package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	userReason    = "must be 1 to 100 of A-Z a-z 0-9 - _ |"
	problemReason = "must be one of rejected, revoked, expired"
	longReason    = `credentials: of "key" are longer than 16384 bytes, or not UTF-8`
)

// users are the ids of end users, and what is wrong with them. An empty one is another matter.
func users() map[string]string {
	return map[string]string{
		"alice": "", "auth0|5f-A_9": "", strings.Repeat("x", 100): "", strings.Repeat("x", 101): userReason,
		" ": userReason, "a b": userReason, "a/b": userReason, "a@b.example": userReason, "é": userReason, "a\n": userReason, "\x00": userReason,
	}
}

func goodConnection() models.Connection {
	return models.Connection{Tool: "weather", UserID: "alice", Credentials: map[string]models.Credential{"key": {Value: "x"}}}
}

func TestConnectionKeepsItsLimits(t *testing.T) {
	type model = models.Connection
	setUser := func(m *model, s string) { m.UserID = s }
	checkRules(t, goodConnection, texts("x-superface-user-id", setUser, users()))
	checkRules(t, goodConnection, texts("x-superface-user-id", setUser, map[string]string{"": ""})) // the tenant's own
	checkRules(t, goodConnection, texts("tool", func(m *model, s string) { m.Tool = s }, map[string]string{
		"": toolNameReason, "a/b": toolNameReason, "weather__get": toolNameReason,
	}))
	checkRules(t, goodConnection, texts("problem", func(m *model, s models.Problem) { m.Problem = s }, map[models.Problem]string{
		"": "", models.ProblemRejected: "", models.ProblemRevoked: "", models.ProblemExpired: "",
		models.ProblemUnreadable: problemReason, "other": problemReason,
	}))
}

func TestOneSecretThatAPersonEntersIsBounded(t *testing.T) {
	long, fits := models.Secret(strings.Repeat("x", models.MaxCredential+1)), models.Secret(strings.Repeat("é", models.MaxCredential/2))
	var rules []rule[models.Connection]
	for what, set := range map[string]func(*models.Credential, models.Secret){
		"value": func(c *models.Credential, s models.Secret) { c.Value = s }, "username": func(c *models.Credential, s models.Secret) { c.Username = s },
		"password": func(c *models.Credential, s models.Secret) { c.Password = s }, "client id": func(c *models.Credential, s models.Secret) { c.ClientID = s },
		"client secret": func(c *models.Credential, s models.Secret) { c.ClientSecret = s },
	} {
		for text, want := range map[models.Secret]string{"": "", fits: "", long: longReason, "\xff": longReason} {
			rules = append(rules, rule[models.Connection]{what, func(m *models.Connection) {
				var c models.Credential
				set(&c, text)
				m.Credentials = map[string]models.Credential{"key": c}
			}, want})
		}
	}
	checkRules(t, goodConnection, rules)
}

func TestConnectionHasWhatARequirementAsksFor(t *testing.T) {
	c := models.Connection{Credentials: map[string]models.Credential{"key": {}, "oauth": {}}}
	for _, test := range []struct {
		of   models.Requirement
		want bool
	}{
		{nil, true},
		{models.Requirement{"key"}, true},
		{models.Requirement{"key", "oauth"}, true},
		{models.Requirement{"basic"}, false},
		{models.Requirement{"basic", "key"}, false},
	} {
		if got := c.Has(test.of); got != test.want {
			t.Errorf("%v: %v", test.of, got)
		}
	}
	if (&models.Connection{}).Has(models.Requirement{"key"}) {
		t.Error("an empty connection has a key")
	}
}

func TestAUserIsNamedByFewSigns(t *testing.T) {
	for id, reason := range users() {
		if got := models.IsUserID(id); got != (reason == "") {
			t.Errorf("%q: %v", id, got)
		}
	}
	if models.IsUserID("") {
		t.Error("nobody is a user")
	}
}
