package models_test

import (
	"strings"
	"testing"

	"sessionhub/models"
)

const hashReason = "must be 64 lower-case hex digits"

var hash = strings.Repeat("0123456789abcdef", 4)

func TestTenantKeepsItsLimits(t *testing.T) {
	type model = models.Tenant
	good := func() model { return model{DatabaseIDHash: hash, Name: "Acme"} }
	hashes := map[string]string{
		hash:                               "",
		strings.Repeat("0", 64):            "",
		"":                                 hashReason,
		hash[1:]:                           hashReason,
		hash + "0":                         hashReason,
		strings.ToUpper(hash):              hashReason,
		hash + "\n":                        hashReason,
		"\n" + hash:                        hashReason,
		hash[1:] + "\n":                    hashReason,
		hash[1:] + "g":                     hashReason,
		hash[1:] + " ":                     hashReason,
		hash + "\n" + hash:                 hashReason,
		strings.Repeat("é", 32):            hashReason,
		"0x" + hash[2:]:                    hashReason,
		strings.Repeat("\uff10", 64):       hashReason,
		strings.Repeat("\x00", 64):         hashReason,
		strings.Repeat("0", 63) + "\u0660": hashReason,
	}
	checkRules(t, good, labelRules("name", func(m *model) *string { return &m.Name }))
	checkRules(t, good, texts("database-id-hash", func(m *model, s string) { m.DatabaseIDHash = s }, hashes))
	checkRules(t, good, []rule[model]{
		{"both", func(m *model) { *m = model{} }, "database-id-hash: " + hashReason + ", name: " + labelReason},
	})
	for s, want := range hashes {
		if models.IsDatabaseIDHash(s) != (want == "") {
			t.Errorf("IsDatabaseIDHash(%q) is %v", s, want != "")
		}
	}
}
