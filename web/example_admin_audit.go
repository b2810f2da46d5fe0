package web

import (
	"fmt"
	"strings"
	"time"
)

// exampleHash is the keyLocatorHash of the reader's own key.
const exampleHash = "5f2c9ab15f2c9ab15f2c9ab15f2c9ab15f2c9ab15f2c9ab15f2c9ab15f2c9ab1"

var exampleEvents = []string{"createKey", "deleteSession", "revokeKey", "addTool", "replaceTool", "removeTool", "allowApps", "createTenant"}

// exampleEntries are audit entries of every kind.
func exampleEntries() []AdminAuditEntry {
	const browser = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	return []AdminAuditEntry{
		{Event: "deleteSession", Record: `{"id":"0198f3c2-77a1-7c40-9d4e-00000a4c7f11"}`, Session: "0198f3c2-77a1-7c40-9d4e-00000a4c7f11", Key: "Ada's laptop", KeyHash: exampleHash, IP: "203.0.113.7", UserAgent: browser},
		{Event: "createKey", Record: `{"keyLocatorHash":"` + exampleHash + `"}`, Diff: `{"role":"exec","agentId":"support-assistant","allowedOrigins":["https://www.example.com"]}`, Key: "Ada's laptop", KeyHash: exampleHash, IP: "2001:db8:85a3::8a2e:370:7334", UserAgent: "curl/8.11.0"},
		{Event: "addTool", Record: `{"tool":"weather"}`, IP: "", UserAgent: "sessionhub"},
		{Event: "updateUserProfile", Record: "user 77", Diff: "the name, and nothing else", Key: "", KeyHash: strings.Repeat("0123abcd", 8), IP: "198.51.100.23", UserAgent: "acme-backend/3.1"},
		{Event: "revokeKey", Record: `{"keyLocatorHash":"` + strings.Repeat("0123abcd", 8) + `"}`, Key: "Ada's laptop", KeyHash: exampleHash, IP: "203.0.113.7", UserAgent: browser},
	}
}

// exampleAudit is a month of the audit log.
func exampleAudit() AdminAuditView {
	v := AdminAuditView{AdminFrame: exampleFrame(), Month: "2026-11", Events: exampleEvents, Page: 1, More: true}
	passed := 3 * time.Minute
	for i := range 20 {
		entry := exampleEntries()[i%5]
		entry.ID, entry.At = int64(48_120-i), exampleAgo(passed)
		v.Entries = append(v.Entries, entry)
		passed += passed / 2
	}
	return v
}

// adminAuditExamples are the page of the audit entries in all its states.
func adminAuditExamples() []Example {
	usual := exampleAudit()
	filtered, empty, nothing, problem, last, long := usual, usual, usual, usual, usual, usual
	filtered.Event, filtered.Record, filtered.Entries, filtered.More = "createKey", exampleHash, usual.Entries[1:2], false
	empty.Month, empty.Entries, empty.More = "2026-07", nil, false
	nothing.Event, nothing.Record, nothing.Entries, nothing.More = "ownEvent", "0198", nil, false
	problem.Month, problem.Entries, problem.More, problem.Problem = "2026-19", nil, false, "The month \u201c2026-19\u201d is not one. Write it like 2026-11."
	last.Page, last.More, last.Month, last.Entries = 4, false, "2026-10", usual.Entries[:3]
	long.AdminFrame, long.Entries = exampleLongFrame(), []AdminAuditEntry{
		{ID: 1, At: exampleNow(), Event: exampleWord, Record: exampleWord + exampleWord, Diff: exampleHostile, Key: exampleWord, KeyHash: exampleHash, IP: exampleWord, UserAgent: exampleHostile},
		{ID: 2, At: exampleNow(), Event: exampleHostile, Record: fmt.Sprintf(`{"id":%q}`, exampleHostile), Session: exampleHostile, Key: exampleHostile, IP: exampleHostile},
	}
	return examples("admin_audit", RenderAdminAudit, []named[AdminAuditView]{
		{"usual", usual}, {"filtered", filtered}, {"last page", last}, {"empty", empty}, {"nothing matches", nothing}, {"problem", problem}, {"long", long},
	})
}
