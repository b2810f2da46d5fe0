package repotest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var checkPromises = []promise{
	{"a database that was only written through the store has no problems", checkClean},
	{"every kind of damage is found, named, and told without plaintext", checkDamage},
	{"what is left of a deleted tenant is found, in whatever table", checkRemains},
	{"a storage key that does not open is one problem, and the other tenants are checked", checkStorageKey},
}

func wholeCheck(t *testing.T, s *repository.Store) repository.Report {
	t.Helper()
	var last repository.Report
	report, err := s.Check(t.Context(), func(r repository.Report) { last = r })
	if err != nil {
		t.Fatal(err)
	}
	if !report.Done || fmt.Sprint(last) != fmt.Sprint(report) {
		t.Errorf("the last progress is %+v, the report %+v", last, report)
	}
	return report
}

// populate makes some of everything.
func (f *fixture) populate(t *testing.T) {
	t.Helper()
	for i := range 5 {
		f.saveSealed(t, fmt.Sprint("s-", i))
	}
	f.append(t, "s-0", `{"role":"user"}`)
	f.save(t, "s-1", messages("no array"))
	f.create(t, "s-5", "s-6", "s-7")
	f.save(t, "s-7", messages(" [ ]"))
	f.delete(t, "s-4", "s-6")
	f.create(t, "s-4")
	f.addKey(t, models.Key{DisplayName: "page", Role: models.RoleExec, AllowedOrigins: []string{"https://a.example"}})
	if _, err := f.Audit.Append(t.Context(), f.who, models.AuditEntry{EventName: "x", Diff: "Plain-Diff"}); err != nil {
		t.Fatal(err)
	}
	f.equip(t)
}

func checkClean(t *testing.T, f *fixture) {
	if r := wholeCheck(t, f.Store); r.Problems != 0 || r.Tenants != 1 || r.AuditEntries != 1 || r.Sessions != 0 {
		t.Errorf("an empty tenant: %+v", r)
	}
	f.populate(t)
	_, plain, _ := f.addTenant(t, repository.NewTenant{NoEncryption: true})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: plain}
	other.populate(t)
	_, deleted, _ := f.addTenant(t, repository.NewTenant{})
	wantError(t, f.Tenants.Delete(t.Context(), deleted), nil)
	want := repository.Report{Tenants: 2, Sessions: 14, Messages: 16, AuditEntries: 26, Connections: 6, Done: true}
	if r := wholeCheck(t, f.Store); fmt.Sprint(r) != fmt.Sprint(want) {
		t.Errorf("\n got %+v\nwant %+v", r, want)
	}
}

// checkDamages are each done to a database with the sessions of populate; the problem that is
// told has to hold the texts.
var checkDamages = map[string]struct{ statement, named string }{
	"name flipped":        {"UPDATE sessions SET user_name = substr(user_name, 1, 30) || 'AAAA' || substr(user_name, 35) WHERE id = 's-2'", `session "s-2"`},
	"name in clear":       {"UPDATE sessions SET user_name = 'Plain-Name' WHERE id = 's-2'", `session "s-2"`},
	"mail of another":     {"UPDATE sessions SET user_email = (SELECT user_email FROM sessions WHERE id = 's-3') WHERE id = 's-2'", `session "s-2"`},
	"frame cut":           {"UPDATE sessions SET messages_frame = 'v1.k1.' WHERE id = 's-7'", `session "s-7"`},
	"message flipped":     {"UPDATE messages SET body = substr(body, 1, 30) || 'AAAA' || substr(body, 35) WHERE session_id = 's-3' AND seq = 1", `session "s-3"`},
	"message missing":     {"DELETE FROM messages WHERE session_id = 's-3' AND seq = 0", `session "s-3"`},
	"last missing":        {"DELETE FROM messages WHERE session_id = 's-0' AND seq = 2", `session "s-0"`},
	"text missing":        {"DELETE FROM messages WHERE session_id = 's-1'", `session "s-1"`},
	"message too many":    {"INSERT INTO messages SELECT tenant_id, session_id, 7, body FROM messages WHERE session_id = 's-1'", `session "s-1"`},
	"message of nobody":   {"INSERT INTO messages SELECT tenant_id, 's-9', seq, body FROM messages WHERE session_id = 's-1'", `session "s-9"`},
	"message of a ghost":  {"INSERT INTO messages SELECT tenant_id, 's-6', seq, body FROM messages WHERE session_id = 's-1'", `session "s-6"`},
	"message of none":     {"INSERT INTO messages SELECT tenant_id, 's-5', seq, body FROM messages WHERE session_id = 's-1'", `session "s-5"`},
	"kind none":           {"UPDATE sessions SET messages_kind = 0 WHERE id = 's-3'", `session "s-3"`},
	"count too low":       {"UPDATE sessions SET message_count = 1 WHERE id = 's-3'", `session "s-3"`},
	"count too high":      {"UPDATE sessions SET message_count = 3 WHERE id = 's-3'", `session "s-3"`},
	"session missing":     {"DELETE FROM sessions WHERE id = 's-3'", `session "s-3"`},
	"unaudited tombstone": {"UPDATE sessions SET deleted_at = 1 WHERE id = 's-5'", `session "s-5"`},
	"audit gap": {`INSERT INTO audit_entries SELECT tenant_id, 17, ip, user_agent, key_locator_hash, event_name, record_locator, NULL, created_at
		FROM audit_entries WHERE id = 1`, "14 to 16"},
	"audit diff": {`INSERT INTO audit_entries SELECT tenant_id, 14, ip, user_agent, key_locator_hash, event_name, record_locator, diff, created_at
		FROM audit_entries WHERE id = 5`, `audit entry "14"`},
	"credentials flipped":      {"UPDATE connections SET credentials = substr(credentials, 1, 30) || 'AAAA' || substr(credentials, 35) WHERE user_id = 'bob'", `connection "bob/weather"`},
	"credentials of another":   {"UPDATE connections SET credentials = (SELECT credentials FROM connections WHERE user_id = 'alice') WHERE user_id = ''", `connection "/maps"`},
	"credentials in clear":     {"UPDATE connections SET credentials = '{}' WHERE user_id = ''", `connection "/maps"`},
	"client secret":            {"UPDATE tools SET client_secret = 'Plain-Secret' WHERE name = 'maps'", `tool "maps"`},
	"document":                 {"UPDATE tools SET document = substr(document, 1, 30) WHERE name = 'maps'", `tool "maps"`},
	"schemes":                  {"UPDATE tools SET schemes = '[' WHERE name = 'maps'", `tool "maps"`},
	"call":                     {"UPDATE functions SET call = '{}}' WHERE name = 'weather__get'", `function "weather__get"`},
	"digest of the answer":     {"UPDATE performs SET digest = answer WHERE idempotency_key = 'key/2'", `performed call "alice/maps__get/key/2"`},
	"answer cut":               {"UPDATE performs SET answer = 'v1.k1.' WHERE idempotency_key = 'key/2'", `performed call "alice/maps__get/key/2"`},
	"verifier":                 {"UPDATE authorizations SET verifier = link_token", "sign-in"},
	"tool missing, a function": {"DELETE FROM tools WHERE name = 'maps'", `function "maps__get" is of a tool that is not there`},
	"tool missing":             {"DELETE FROM tools WHERE name = 'maps'", `connection "/maps" is of a tool that is not there`},
}

func checkDamage(t *testing.T, f *fixture) {
	for what, damage := range checkDamages {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			own := newFixture(t, f.engine, true)
			own.populate(t)
			own.exec(t, damage.statement)
			r := wholeCheck(t, own.Store)
			told := strings.Join(r.Details, "\n")
			if r.Problems == 0 || r.Problems != len(r.Details) || !strings.Contains(told, own.tenant.DatabaseIDHash) || !strings.Contains(told, damage.named) {
				t.Errorf("found %+v, want %s", r, damage.named)
			}
			if strings.Contains(told, "Plain-") || strings.Contains(told, "v1.k1") {
				t.Errorf("the report holds what is stored: %s", told)
			}
		})
	}
}

func checkRemains(t *testing.T, f *fixture) {
	tables := []string{
		"sessions", "messages", "api_keys", "api_key_origins", "storage_keys",
		"tools", "functions", "connections", "links", "authorizations", "performs", "app_origins",
	}
	for _, table := range tables {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			own := newFixture(t, f.engine, true)
			own.populate(t)
			own.exec(t, "UPDATE tenants SET deleted_at = 1 WHERE id = $1", own.tenant.ID)
			for _, other := range tables {
				if other != table {
					own.exec(t, "DELETE FROM "+other+" WHERE tenant_id = $1", own.tenant.ID)
				}
			}
			if r := wholeCheck(t, own.Store); r.Problems != 1 || !strings.Contains(r.Details[0], own.tenant.DatabaseIDHash) {
				t.Errorf("found %+v", r)
			}
		})
	}
}

func checkStorageKey(t *testing.T, f *fixture) {
	f.populate(t)
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	other.saveSealed(t, "s-1")
	f.exec(t, "UPDATE storage_keys SET wrapped = 'v1.m00000000.damaged' WHERE tenant_id = $1", f.tenant.ID)
	r := wholeCheck(t, f.second(t))
	if r.Problems != 1 || r.Sessions != 1 || !slices.ContainsFunc(r.Details, func(d string) bool {
		return strings.Contains(d, f.tenant.DatabaseIDHash) && strings.Contains(d, "storage key")
	}) {
		t.Errorf("found %+v", r)
	}
}
