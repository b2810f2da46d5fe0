package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

type keyDTO struct {
	KeyLocatorHash, DisplayName, DatabaseIDHash, Role, ACL, UpdatedAt, APIKey string
	ExpiryDate, LastUsedAt, AgentID                                           *string
	AllowedOrigins                                                            []string
}

func (s *stack) made(body string) keyDTO {
	s.t.Helper()
	var saved struct{ Data keyDTO }
	s.do("POST", "/api/keys", body).want(200, "").json(&saved)
	return saved.Data
}

// A new key works at once with its role; its secret is shown this once, its hash never.
func TestKeyCreate(t *testing.T) {
	s := newStack(t, true)
	for _, role := range allRoles {
		key := s.made(jsonObject("displayName", "key of "+string(role), "role", role))
		var acl struct {
			Role     models.Role
			Features []models.Scope
		}
		s.must(json.Unmarshal([]byte(key.ACL), &acl))
		if key.Role != string(role) || acl.Role != role || len(acl.Features) != len(role.Scopes()) || key.ExpiryDate != nil || key.LastUsedAt != nil ||
			key.DatabaseIDHash != s.owner.DatabaseIDHash || key.UpdatedAt != "2025-03-21T10:00:00.000Z" {
			t.Errorf("made %+v", key)
		}
		s.do("POST", "/api/exec/session/x", alice, as(key.APIKey)).want(200, "")
		list := s.do("GET", "/api/keys", "").want(200, "").body
		secret := key.APIKey[strings.LastIndex(key.APIKey, "_")+1:]
		hash := sha256.Sum256([]byte(secret))
		if !strings.Contains(list, key.KeyLocatorHash) || strings.Contains(list, secret) || strings.Contains(list, hex.EncodeToString(hash[:])) || strings.Contains(list, "apiKey") {
			t.Errorf("lists %s", list)
		}
	}
}

var badKeys = []struct{ fields, wrong string }{
	{`"role":"agent"`, "displayName"},
	{`"displayName":"","role":"agent"`, "displayName"},
	{`"displayName":null,"role":"agent"`, "displayName"},
	{`"displayName":7,"role":"agent"`, "displayName"},
	{`"displayName":"a\nb","role":"agent"`, "displayName"},
	{`"displayName":"` + strings.Repeat("x", 256) + `","role":"agent"`, "displayName"},
	{`"displayName":"x"`, "role"},
	{`"displayName":"x","role":"Owner"`, "role"},
	{`"displayName":"x","role":"owner admin"`, "role"},
	{`"displayName":"x","role":["agent"]`, "role"},
	{`"displayName":"x","role":"agent","expiryDate":"2025-03-21T10:00:00.000Z"`, "expiryDate"},
	{`"displayName":"x","role":"agent","expiryDate":"2001-01-01T00:00:00Z"`, "expiryDate"},
	{`"displayName":"x","role":"agent","expiryDate":"never"`, "expiryDate"},
	{`"displayName":"x","role":"agent","expiryDate":""`, "expiryDate"},
	{`"displayName":"x","role":"agent","expiryDate":1900000000`, "expiryDate"},
	{`"displayName":"x","role":"agent","expiryDate":"9999-12-31T23:59:59-12:00"`, "expiryDate"},
	{`"displayName":"x","role":"agent","agentId":"a"`, "agentId"},
	{`"displayName":"x","role":"exec","agentId":""`, "agentId"},
	{`"displayName":"x","role":"exec","agentId":"a\u0000"`, "agentId"},
	{`"displayName":"x","role":"exec","agentId":7`, "agentId"},
	{`"displayName":"x","role":"agent","allowedOrigins":["https://a.example"]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":"https://a.example"`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":[7]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":["*"]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":["a.example"]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":["https://a.example/x"]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":["ftp://a.example"]`, "allowedOrigins"},
	{`"displayName":"x","role":"exec","allowedOrigins":["null"]`, "allowedOrigins"},
}

// What is wrong with a key is told by name, each field once, and no key is made.
func TestKeyCreateInvalid(t *testing.T) {
	s := newStack(t, true)
	for _, c := range badKeys {
		got := s.do("POST", "/api/keys", "{"+c.fields+"}")
		if got.status != 400 || strings.Count(got.body, `"path":["`+c.wrong+`"]`) != 1 || strings.Count(got.body, `"path"`) != 1 {
			t.Errorf("%s: %d %s", shorten(c.fields), got.status, shorten(got.body))
		}
	}
	if list := s.do("GET", "/api/keys", "").body; strings.Count(list, "keyLocatorHash") != 1 {
		t.Errorf("lists %s", list)
	}
}

// An origin that is listed twice, or in two spellings, is listed once.
func TestKeyOriginsTwice(t *testing.T) {
	s := newStack(t, true)
	key := s.made(`{"displayName":"x","role":"exec","allowedOrigins":["https://a.example","https://A.example:443/","https://b.example"]}`)
	if fmt.Sprint(key.AllowedOrigins) != "[https://a.example https://b.example]" {
		t.Errorf("made %v", key.AllowedOrigins)
	}
}

// The limits of a key made over HTTP hold.
func TestKeyLimitsHold(t *testing.T) {
	s := newStack(t, true)
	key := s.made(`{"displayName":"x","role":"exec","expiryDate":"2025-03-21T12:00:00+01:00","allowedOrigins":["https://a.example"],"agentId":"agent-1"}`)
	if *key.ExpiryDate != "2025-03-21T11:00:00.000Z" || *key.AgentID != "agent-1" {
		t.Errorf("made %+v", key)
	}
	from := with("Origin", "https://a.example")
	s.do("POST", "/api/exec/session/x", alice, as(key.APIKey), from).want(200, "")
	s.do("POST", "/api/exec/session/x", bob, as(key.APIKey), from).want(403, "")
	s.do("POST", "/api/exec/session/x", alice, as(key.APIKey)).want(403, "")
	s.clock.advance(time.Hour)
	s.do("POST", "/api/exec/session/x", alice, as(key.APIKey), from).want(401, "")
}

// A tenant keeps an owner key that works; which one, it decides.
func TestLastOwnerKey(t *testing.T) {
	s := newStack(t, true)
	const last = `{"message":"The last owner key of a tenant cannot be revoked; make another one first","status":400}`
	first := s.locator()
	s.do("DELETE", "/api/keys/"+first, "").want(400, last)
	expires := s.made(`{"displayName":"short","role":"owner","expiryDate":"2025-03-21T11:00:00Z"}`)
	s.clock.advance(time.Hour)
	s.do("DELETE", "/api/keys/"+first, "").want(400, last)
	s.clock.advance(time.Hour)
	s.do("DELETE", "/api/keys/"+first, "").want(400, last)
	second := s.made(`{"displayName":"second","role":"owner"}`)
	s.do("DELETE", "/api/keys/"+first, "").want(200, "")
	s.do("GET", "/api/keys", "").want(401, "")
	s.do("DELETE", "/api/keys/"+second.KeyLocatorHash, "", as(second.APIKey)).want(400, last)
	s.do("DELETE", "/api/keys/"+expires.KeyLocatorHash, "", as(second.APIKey)).want(200, "")
	s.do("DELETE", "/api/keys/nothing", "", as(second.APIKey)).want(400, `{"message":"Data not found!","status":400}`)
}

// lastUsedAt is exact to a minute, and written beside the requests.
func TestKeyLastUsed(t *testing.T) {
	s := newStack(t, true)
	lastUsed := func() string {
		var keys []keyDTO
		s.do("GET", "/api/keys", "").json(&keys)
		s.must(s.store.Keys.FlushUsage(t.Context()))
		s.do("GET", "/api/keys", "").json(&keys)
		return *keys[0].LastUsedAt
	}
	first := lastUsed()
	s.clock.advance(59 * time.Second)
	again := lastUsed()
	s.clock.advance(time.Second)
	if later := lastUsed(); first != "2025-03-21T10:00:00.000Z" || again != first || later != "2025-03-21T10:01:00.000Z" {
		t.Errorf("used at %s, %s, %s", first, again, later)
	}
}
