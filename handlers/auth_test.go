package handlers

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// Whatever is wrong with the key is 401 and tells nothing of it.
func TestKeyIsChecked(t *testing.T) {
	s := newStack(t, true)
	id, secret, _ := strings.Cut(strings.TrimPrefix(s.key, "ad_key_"), "_")
	swapped := strings.Repeat("a", len(secret))
	for authorization, status := range map[string]int{
		"Bearer " + s.key:                     200,
		"bearer " + s.key:                     200,
		"BEARER   " + s.key + " ":             200,
		"":                                    401,
		"Bearer":                              401,
		"Bearer ":                             401,
		s.key:                                 401,
		"Basic " + s.key:                      401,
		"Bearer" + s.key:                      401,
		"Bearer ad_key_":                      401,
		"Bearer ad_key_" + id:                 401,
		"Bearer ad_key_" + id + "_":           401,
		"Bearer ad_key_" + id + "_" + swapped: 401,
		"Bearer ad_key_" + id + "_" + secret[:51]:      401,
		"Bearer ad_key_" + id + "_" + secret + "a":     401,
		"Bearer " + strings.ToUpper(s.key):             401,
		"Bearer ad_key_" + swapped[:20] + "_" + secret: 401,
		"Bearer " + s.key + " " + s.key:                401,
		"Bearer \x00":                                  401,
	} {
		got := s.do("GET", "/api/session", "", with("Authorization", authorization))
		if got.status != status {
			t.Errorf("%q: %d %s", authorization, got.status, got.body)
		}
		if strings.Contains(got.body, secret) || strings.Contains(got.body, id) {
			t.Errorf("%q: the answer repeats the key: %s", authorization, got.body)
		}
		if status == 401 && got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: no WWW-Authenticate", authorization)
		}
	}
}

// The tenant is named by each request; a key that is good elsewhere is 403, not 401.
func TestTenantIsChecked(t *testing.T) {
	s := newStack(t, true)
	other, otherKey := s.newTenant(true, "other")
	hash := s.owner.DatabaseIDHash
	for database, status := range map[string]int{
		hash:                  200,
		strings.ToUpper(hash): 200,
		"":                    401,
		other.DatabaseIDHash:  403,
		hash[:63]:             403,
		"x":                   403,
	} {
		got := s.do("GET", "/api/session", "", with(headerDatabase, database))
		if got.status != status {
			t.Errorf("%s %q: %d %s", headerDatabase, database, got.status, got.body)
		}
		got = s.do("GET", "/api/session", "", with(headerDatabase, ""), with(headerAltDatabase, database))
		if got.status != status {
			t.Errorf("%s %q: %d %s", headerAltDatabase, database, got.status, got.body)
		}
	}
	s.do("GET", "/api/session", "", as(otherKey)).want(403, "")
	s.do("GET", "/api/session", "", as(otherKey), with(headerDatabase, other.DatabaseIDHash)).want(200, "")
}

// The published client's headers work, each by itself; the documented ones decide.
func TestHeadersOfThePublishedClient(t *testing.T) {
	s := newStack(t, true)
	other, otherKey := s.newTenant(true, "other")
	const wrong = "ad_key_wrong"
	for _, c := range []struct {
		authorization, alias, database, databaseAlias string
		status                                        int
	}{
		{"", s.key, "", s.owner.DatabaseIDHash, 200},
		{"Bearer " + s.key, "", "", s.owner.DatabaseIDHash, 200},
		{"", s.key, s.owner.DatabaseIDHash, "", 200},
		{"Bearer " + s.key, wrong, s.owner.DatabaseIDHash, other.DatabaseIDHash, 200},
		{"Bearer " + wrong, s.key, s.owner.DatabaseIDHash, "", 401},
		{"Basic x", s.key, s.owner.DatabaseIDHash, "", 401},
		{"Bearer " + otherKey, s.key, s.owner.DatabaseIDHash, "", 403},
		{"", s.key, other.DatabaseIDHash, s.owner.DatabaseIDHash, 403},
		{"", wrong, "", s.owner.DatabaseIDHash, 401},
		{"", "Bearer " + s.key, "", s.owner.DatabaseIDHash, 401},
	} {
		got := s.do("GET", "/api/session", "", with("Authorization", c.authorization), with(headerAltKey, c.alias),
			with(headerDatabase, c.database), with(headerAltDatabase, c.databaseAlias))
		if got.status != c.status {
			t.Errorf("%+v: %d %s", c, got.status, got.body)
		}
	}
}

// A key works until its last millisecond, and not in the one after.
func TestExpiredKey(t *testing.T) {
	s := newStack(t, true)
	until := s.clock.Now().Add(time.Hour)
	key := s.newKey(models.Key{Role: models.RoleAdmin, ExpiresAt: &until})
	s.clock.advance(time.Hour - time.Millisecond)
	s.do("GET", "/api/session", "", as(key)).want(200, "")
	s.clock.advance(time.Millisecond)
	s.do("GET", "/api/session", "", as(key)).want(401, "")
	s.do("GET", "/api/session", "").want(200, "")
}

// A key that is revoked fails the next request; one that another process revokes, after 2 s.
func TestRevokedKey(t *testing.T) {
	s := newStack(t, true)
	here, elsewhere := models.Key{Role: models.RoleAdmin, DisplayName: "a"}, models.Key{Role: models.RoleAdmin, DisplayName: "b"}
	keys := map[string]string{}
	for _, key := range []*models.Key{&here, &elsewhere} {
		made, err := s.store.Keys.Create(t.Context(), s.owner, key)
		s.must(err)
		keys[key.DisplayName] = made.Reveal()
		s.do("GET", "/api/session", "", as(keys[key.DisplayName])).want(200, "")
	}
	s.do("DELETE", "/api/keys/"+here.LocatorHash, "").want(200, "")
	s.do("GET", "/api/session", "", as(keys["a"])).want(401, "")

	s.do("GET", "/api/session", "", as(keys["b"])).want(200, "")
	s.damage("DELETE FROM api_keys WHERE locator_hash = $1", elsewhere.LocatorHash)
	s.clock.advance(2 * time.Second)
	s.do("GET", "/api/session", "", as(keys["b"])).want(401, "")
}

// What another tenant has is answered like what is not there, whatever is asked.
func TestRecordsOfOthersAreNotThere(t *testing.T) {
	s := newStack(t, true)
	other, otherKey := s.newTenant(true, "other")
	theirs := []func(*http.Request){as(otherKey), with(headerDatabase, other.DatabaseIDHash)}
	s.do("POST", "/api/exec/session/x", alice).want(200, "")
	s.do("PUT", "/api/audit", `{"eventName":"ours"}`).want(200, "")

	s.do("GET", "/api/session?id=x", "", theirs...).want(200, "[]")
	s.do("GET", "/api/session", "", theirs...).want(200, "[]")
	page := s.do("GET", "/api/agent/agent-1/session", "", theirs...)
	if !strings.Contains(page.body, `"rows":[],"total":0`) {
		t.Errorf("the page is %s", page.body)
	}
	s.do("DELETE", "/api/session/x", "", theirs...).want(400, `{"message":"Data not found!","status":400}`)
	s.do("POST", "/api/session/x/messages", hello, theirs...).want(400, `{"message":"Data not found!","status":400}`)
	s.do("GET", "/api/audit?eventName=ours", "", theirs...).want(200, "[]")
	s.do("DELETE", "/api/keys/"+s.locator(), "", theirs...).want(400, `{"message":"Data not found!","status":400}`)
	s.do("POST", "/api/exec/session/x", bob, theirs...).want(200, `{"message":"Session created","data":{"id":"x"},"status":200}`)

	if got := s.session("x"); *got.UserName != "Alice" {
		t.Errorf("our session became %+v", got)
	}
}

// The audit log shows the address of the client, and believes only proxies that are trusted.
func TestAddressInAudit(t *testing.T) {
	for _, c := range []struct{ trusted, forwarded, want string }{
		{"", "", "203.0.113.7"},
		{"", "198.51.100.9", "203.0.113.7"},
		{"203.0.113.0/24", "198.51.100.9", "198.51.100.9"},
		{"203.0.113.0/24", "192.0.2.1, 198.51.100.9", "198.51.100.9"},
		{"203.0.113.0/24", "192.0.2.1, 198.51.100.9, 203.0.113.8", "198.51.100.9"},
		{"10.0.0.0/8", "198.51.100.9", "203.0.113.7"},
		{"203.0.113.0/24", "<script>", "203.0.113.7"},
	} {
		s := newStack(t, false)
		if c.trusted != "" {
			s.deps.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(c.trusted)}
		}
		var saved struct{ Data struct{ IP, UA string } }
		s.do("PUT", "/api/audit", `{"eventName":"x"}`, with("X-Forwarded-For", c.forwarded), with("X-Real-IP", "6.6.6.6"),
			with("User-Agent", strings.Repeat("ü", 300))).json(&saved)
		if saved.Data.IP != c.want {
			t.Errorf("%+v: the address is %q", c, saved.Data.IP)
		}
		if saved.Data.UA != strings.Repeat("ü", maxUserAgentInAudit/2) {
			t.Errorf("the user agent has %d bytes", len(saved.Data.UA))
		}
	}
}

// Two processes on one file: what one creates the other lets in.
func TestKeyMadeElsewhere(t *testing.T) {
	s := newStack(t, true)
	second, err := repository.Open(t.Context(), s.options(s.clock.Now))
	s.must(err)
	defer func() { s.must(second.Close()) }()
	s.must(second.Unlock(t.Context(), masterKey))
	made, err := second.Keys.Create(t.Context(), s.owner, &models.Key{Role: models.RoleAgent, DisplayName: "x"})
	s.must(err)
	s.do("GET", "/api/session", "", as(made.Reveal())).want(200, "")
}
