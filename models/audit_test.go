package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

func TestAuditEntryKeepsItsLimits(t *testing.T) {
	type model = models.AuditEntry
	good := func() model { return model{} }
	checkRules(t, good, maxRules("eventName", 255, "is longer than 255 characters",
		func(e *model, s string) { e.EventName = s }))
	checkRules(t, good, maxRules("recordLocator", models.MaxLocator, "is longer than 4096 characters",
		func(e *model, s string) { e.RecordLocator = s }))
	checkRules(t, good, maxRules("diff", 65536, "is longer than 65536 characters",
		func(e *model, s string) { e.Diff = models.Secret(s) }))
	checkRules(t, good, []rule[model]{
		{"both", func(e *model) {
			e.EventName, e.RecordLocator = strings.Repeat("x", 256), strings.Repeat("x", 4097)
		}, "eventName: is longer than 255 characters, recordLocator: is longer than 4096 characters"},
	})
}
