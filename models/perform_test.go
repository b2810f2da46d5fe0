package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

const (
	functionReason = "must be 1 to 64 of A-Z a-z 0-9 _ -"
	keyReason      = "must be up to 255 bytes of UTF-8 without control characters"
)

func goodPerform() models.Perform {
	return models.Perform{UserID: "alice", Function: "weather__get", IdempotencyKey: "k"}
}

func TestPerformKeepsItsLimits(t *testing.T) {
	type model = models.Perform
	setUser := func(m *model, s string) { m.UserID = s }
	checkRules(t, goodPerform, texts("x-superface-user-id", setUser, users()))
	checkRules(t, goodPerform, texts("x-superface-user-id", setUser, map[string]string{"": userReason}))
	checkRules(t, goodPerform, texts("function", func(m *model, s string) { m.Function = s }, map[string]string{
		"Weather__get-all": "", strings.Repeat("a", 64): "", strings.Repeat("a", 65): functionReason, "": functionReason, "a/b": functionReason, "a\n": functionReason,
	}))
	checkRules(t, goodPerform, texts("idempotency-key", func(m *model, s string) { m.IdempotencyKey = s }, map[string]string{
		"": "", "a/b c é": "", strings.Repeat("x", 255): "", strings.Repeat("x", 256): keyReason, strings.Repeat("é", 128): keyReason,
		"a\nb": keyReason, "\xff": keyReason,
	}))
}
