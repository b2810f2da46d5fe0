package web

import (
	"strings"
	"time"
)

// exampleKeys are API keys of every role.
func exampleKeys() []AdminKey {
	day := 24 * time.Hour
	hash := func(eight string) string { return strings.Repeat(eight, 8) }
	return []AdminKey{
		{Hash: exampleHash, Name: "Ada's laptop", Role: "owner", LastUsed: new(exampleAgo(20 * time.Second)), Updated: exampleAgo(80 * day), Current: true},
		{Hash: hash("0a1b2c3d"), Name: "Support backend", Role: "agent", Expires: new(exampleAgo(-90 * day)), LastUsed: new(exampleAgo(2 * time.Minute)), Updated: exampleAgo(3 * day)},
		{
			Hash: hash("77aa00ff"), Name: "Widget on www.example.com", Role: "exec", Agent: "support-assistant", Origins: []string{"https://www.example.com", "https://help.example.com"},
			LastUsed: new(exampleAgo(26 * time.Hour)), Updated: exampleAgo(12 * day),
		},
		{Hash: hash("cafe0123"), Name: "Auditor", Role: "admin", Expires: new(exampleAgo(40 * day)), LastUsed: new(exampleAgo(41 * day)), Updated: exampleAgo(130 * day), Expired: true},
		{Hash: hash("deadbeef"), Name: "", Role: "exec", Updated: exampleAgo(5 * time.Hour)},
	}
}

// adminKeysExamples are the page of the API keys in all its states.
func adminKeysExamples() []Example {
	usual := AdminKeysView{AdminFrame: exampleFrame(), Keys: exampleKeys(), Form: AdminKeyForm{Agents: exampleAgents}}
	open, wrongForm, revoked, long := usual, usual, usual, usual
	open.Form.Open = true
	wrongForm.Form = AdminKeyForm{
		Role: "agent", Expires: "2026-11-01", Origins: "www.example.com", Agent: "support-assistant", Agents: exampleAgents,
		Errors: map[string]string{
			"name": "Give the key a name, so that you know it later.", "expires": "This day has passed already.",
			"origins": "Write each origin with its scheme, such as https://www.example.com.", "": "Only exec keys have limits.",
		},
	}
	revoked.Message = "The key \u201cOld backend\u201d is revoked."
	long.AdminFrame = exampleLongFrame()
	long.Keys = []AdminKey{{Hash: exampleHostile, Name: exampleHostile, Role: "exec", Agent: exampleWord, Origins: []string{"https://" + exampleWord + ".example", exampleHostile}, Updated: exampleNow(), Expired: true, Current: true}}
	long.Form = AdminKeyForm{
		Name: exampleHostile, Role: exampleHostile, Expires: exampleHostile, Origins: exampleHostile, Agent: exampleHostile, Agents: []AdminAgent{{exampleHostile, 1}},
		Errors: map[string]string{"name": exampleHostile, "role": exampleWord, "agent": exampleWord},
	}
	return examples("admin_keys", RenderAdminKeys, []named[AdminKeysView]{
		{"usual", usual}, {"form", open}, {"form refused", wrongForm}, {"revoked", revoked}, {"empty", AdminKeysView{AdminFrame: exampleFrame()}}, {"long", long},
	})
}

// adminKeyExamples are the page of an API key in all its states.
func adminKeyExamples() []Example {
	keys := exampleKeys()
	usual := AdminKeyView{AdminFrame: exampleFrame(), Key: keys[1], ServiceURL: "https://sessions.example.com", DatabaseIDHash: strings.Repeat("9d8e7f60", 8)}
	made, asking, own, expired, long := usual, usual, usual, usual, usual
	made.Key, made.Secret, made.Message = keys[2], "ad_key_0198f3c277a17c40_Zk3vT1qYxW8rB5nM2pL7sD0fG4hJ6kQ9", "The key is made."
	asking.Asking = true
	own.Key, own.Asking = keys[0], true
	expired.Key = keys[3]
	long.AdminFrame, long.Secret, long.ServiceURL, long.Asking = exampleLongFrame(), exampleWord+exampleHostile, "https://"+exampleWord+".example", true
	long.Key = AdminKey{Hash: exampleHostile, Name: exampleHostile, Role: "exec", Agent: exampleHostile, Origins: []string{exampleHostile, exampleWord}}
	return examples("admin_key", RenderAdminKey, []named[AdminKeyView]{
		{"usual", usual}, {"made", made}, {"asking", asking}, {"own", own}, {"expired", expired}, {"long", long},
	})
}
