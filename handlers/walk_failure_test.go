package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

// call is a request that its route answers with 200 when nothing is in the way.
type call struct {
	name, method, target, body string
	denied                     models.Role // may not do this; empty when every role may
}

var calls = []call{
	{"create", "POST", "/api/exec/session/s", alice, ""},
	{"list", "GET", "/api/session", "", models.RoleExec},
	{"save", "PUT", "/api/session", `{"id":"s","agentId":"agent-1"}`, models.RoleExec},
	{"append", "POST", "/api/session/s/messages", hello, models.RoleExec},
	{"page", "GET", "/api/agent/agent-1/session", "", models.RoleExec},
	{"delete", "DELETE", "/api/session/s", "", models.RoleAgent},
	{"audit-list", "GET", "/api/audit", "", models.RoleAgent},
	{"audit-append", "PUT", "/api/audit", `{"eventName":"x"}`, models.RoleAgent},
	{"keys", "GET", "/api/keys", "", models.RoleAdmin},
	{"key-create", "POST", "/api/keys", `{"displayName":"x","role":"agent"}`, models.RoleAdmin},
	{"key-revoke", "DELETE", "/api/keys/$spare", "", models.RoleAdmin},
}

// spare puts the name of a key that may go in place of $spare.
func (s *stack) spare(target string) string {
	s.t.Helper()
	if !strings.Contains(target, "$spare") {
		return target
	}
	key := models.Key{Role: models.RoleAgent, DisplayName: "spare"}
	_, err := s.store.Keys.Create(s.t.Context(), s.owner, &key)
	s.must(err)
	return strings.ReplaceAll(target, "$spare", key.LocatorHash)
}

// The calls below are good in themselves, or their failures would show nothing.
func TestCallsSucceed(t *testing.T) {
	walks(t, func(w *walk) {
		for _, c := range calls {
			w.step(c.name, c.method, w.spare(c.target), c.body).want(http.StatusOK, "")
		}
	})
}

// Every documented failure of every route: who may not, and what is not read.
func TestGoldenFailures(t *testing.T) {
	walks(t, func(w *walk) {
		w.deps.MaxBody = 1000
		other, otherKey := w.newTenant(w.encrypted, "other")
		for _, c := range calls {
			step := func(what, body string, options ...func(*http.Request)) {
				w.t.Helper()
				w.step(c.name+"-"+what, c.method, c.target, body, options...)
			}
			step("401-no-key", c.body, with("Authorization", ""))
			step("401-no-database", c.body, with(headerDatabase, ""))
			step("401-unknown-key", c.body, as(strings.Replace(w.key, w.key[7:9], "zz", 1)))
			step("403-other-database", c.body, with(headerDatabase, other.DatabaseIDHash))
			step("403-key-of-other", c.body, as(otherKey))
			if c.denied != "" {
				step("403-role", c.body, as(w.newKey(models.Key{Role: c.denied})))
			}
			if c.body != "" {
				step("400-not-json", "{")
				step("413", `{"x":"`+strings.Repeat("x", 1000)+`"}`)
				step("415", c.body, with("Content-Type", "application/x-www-form-urlencoded"))
			}
		}
	})
}

// A storage key that does not unwrap is 499 wherever something would be sealed or opened, and
// does not stop what needs neither. The walk ends at a lost file: 500, without its reason.
func TestGoldenLostStorageKey(t *testing.T) {
	dir := t.Name()
	w := &walk{stack: newStack(t, true), dir: goldenRoot + "/" + dir, encrypted: true, seen: map[string]bool{}}
	target := map[string]string{}
	for _, c := range calls {
		target[c.name] = w.spare(c.target)
	}
	w.damage("UPDATE storage_keys SET wrapped = wrapped || 'A'")
	w.clock.advance(time.Minute) // past what is remembered of it
	for _, c := range calls {
		got := w.step(c.name+"-without-key", c.method, target[c.name], c.body)
		if !slices.Contains([]string{"keys", "key-revoke", "delete"}, c.name) { // these seal and open nothing
			got.want(statusUnreadable, "")
		}
	}
	w.must(w.store.Close())
	for _, c := range calls {
		w.step(c.name+"-without-file", c.method, target[c.name], c.body).want(http.StatusInternalServerError, "")
	}
	w.checkAllSeen()
}
