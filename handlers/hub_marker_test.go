package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// markers are distinctive secrets by what they are, and everything that the service said while it
// had them.
type markers struct {
	secrets map[string]string
	said    []answer
}

func (m *markers) saw(a answer) answer {
	m.said = append(m.said, a)
	return a
}

// No secret of the hub is in a log line, the metrics, an answer but the one that it is for, the
// audit log, a page, or in the clear in the database and its journal: whether or not the tenant
// encrypts its sessions.
func TestNoSecretOfTheHubLeaks(t *testing.T) {
	for _, encrypted := range []bool{true, false} {
		t.Run(fmt.Sprintf("encrypted=%v", encrypted), func(t *testing.T) {
			s, p := newStack(t, encrypted), newProvider(t)
			m := &markers{secrets: map[string]string{
				"API key": "m4rk-api-key", "second API key": "m4rk-api-second", "client secret": "m4rk-client-secret", "password": "m4rk-password",
				"access token": "m4rk-access", "refresh token": "m4rk-refresh", "code": "m4rk-code", "machine secret": "m4rk-machine",
				"argument": "m4rk-argument", "answer": "m4rk-answer", "provider's words": "m4rk-provider", "path of a provider": "m4rk-path",
			}}
			s.liveWith(p, m)
			s.failWith(p, m)
			s.hasNoSecret(m)
		})
	}
}

// liveWith does everything that goes well.
func (s *stack) liveWith(p *provider, m *markers) {
	s.t.Helper()
	p.on("/token", replying(200, `{"access_token":"m4rk-access","refresh_token":"m4rk-refresh","token_type":"bearer","expires_in":1}`))
	p.on("/tickets", replying(200, `{"text":"m4rk-answer"}`))
	s.addTool("accounts", accounts, p, func(in *hub.Import) {
		in.ClientID, in.ClientSecret = "sessionhub", models.Secret(m.secrets["client secret"])
	})
	s.addTool("desk", desk, p, nil)
	m.saw(s.do("POST", "/api/hub/tools", jsonObject("document", accounts, "name", "other", "baseUrl", "https://x.example.com", "clientId", "x", "clientSecret", m.secrets["client secret"])))
	page := s.link(user)
	m.secrets["link"] = page[len(page)-26:]
	b := s.browser()
	b.open(page) // the page itself holds its address, for its forms
	m.secrets["browser"] = b.cookies[0].Value
	save := func(fields ...string) {
		s.t.Helper()
		b.follow(b.post(page, append([]string{"do", "save"}, fields...)...)).want(200, "").hides("m4rk")
	}
	save("tool", "desk", "way", "key", "key.value", m.secrets["API key"])
	save("tool", "desk", "way", "key", "key.value", m.secrets["second API key"])
	save("tool", "accounts", "way", "password", "password.username", "me", "password.password", m.secrets["password"])
	save("tool", "accounts", "way", "machine", "machine.clientId", "m1", "machine.clientSecret", m.secrets["machine secret"])
	away := b.open(page + signInPath)
	m.secrets["state"] = stateOf(away)
	b.follow(b.open(s.callback("accounts")+"?code=m4rk-code&state="+m.secrets["state"])).want(200, "").hides("m4rk")
	form, err := url.ParseQuery(p.calls("/token")[0].body)
	s.must(err)
	m.secrets["verifier"] = form.Get("code_verifier")
	for _, function := range []string{"accounts__whoami", "accounts__jobs", "accounts__basic", "desk__whoami"} {
		m.saw(s.perform(function, "", repeatable("r1")).is(hub.StatusSuccess).raw)
	}
	first := s.perform("desk__write", `{"text":"m4rk-argument"}`, repeatable("r2")).is(hub.StatusSuccess)
	if again := s.perform("desk__write", `{"text":"m4rk-argument"}`, repeatable("r2")); again.raw.body != first.raw.body {
		s.t.Errorf("repeated: %s", again.raw.body)
	}
	stateOf(b.open(page + signInPath)) // one that is still under way
}

// failWith does everything that goes wrong.
func (s *stack) failWith(p *provider, m *markers) {
	s.t.Helper()
	b, page := s.browser(), s.link("bob")
	b.open(page)
	for _, form := range [][]string{
		{"key.value", "m4rk-api-key\x00"}, {"key.value", strings.Repeat("m4rk-api-key", 2000)}, {"way", "m4rk-api-key"}, {"do", "m4rk-api-key"}, {"tool", "m4rk-api-key"},
	} {
		got := b.post(page, append([]string{"do", "save", "tool", "desk", "way", "key"}, form...)...)
		m.saw(got)
	}
	m.saw(s.browser().open(s.callback("accounts") + "?code=m4rk-code&state=" + m.secrets["state"]))
	m.saw(b.open(s.callback("accounts") + "?code=m4rk-code&state=" + m.secrets["state"]))
	m.saw(s.do("POST", "/api/hub/perform/desk__write", `{"text":"m4rk-other"}`, forUser(user), repeatable("r2")).want(422, ""))
	m.saw(s.perform("desk__find", `{"limit":"m4rk-argument","m4rk":1,"q":["m4rk-argument"]}`).raw)
	m.saw(s.do("POST", "/api/hub/perform/desk__find", `{"q":"m4rk-argument"`, forUser(user)))
	m.saw(s.do("POST", "/api/hub/tools", jsonObject("document", "m4rk-client-secret", "clientSecret", "m4rk-client-secret")))
	m.saw(s.do("POST", "/api/hub/tools", jsonObject("url", p.URL+"/m4rk-path?x=m4rk-path")))
	for _, fail := range []http.HandlerFunc{
		oauthFailure(503, "m4rk-provider"), replying(200, `{"access_token":"","x":"m4rk-provider"}`), replying(302, ``, "Location", "http://127.0.0.1:1/m4rk-path"), oauthFailure(400, "invalid_grant"),
	} {
		p.on("/token", fail)
		m.saw(s.perform("accounts__whoami", "").raw)
	}
	p.on("/tickets", replying(422, `{"message":"no such key: m4rk-api-second"}`)) // an agent reads this
	m.saw(s.perform("desk__find", `{"q":"x"}`).is(hub.StatusError, "no such key: [secret]").raw)
	p.on("/revoke", replying(500, `m4rk-provider`))
	p.on("/me", replying(401, `{"message":"the key m4rk-api-second is not good"}`))
	owner := s.browser()
	other := s.link(user)
	owner.open(other)
	m.saw(owner.post(other, "do", "test", "tool", "desk"))
	m.saw(s.perform("desk__whoami", "").is(hub.StatusRequiresAction).raw)
	m.saw(owner.post(other, "do", "remove", "tool", "accounts"))
	s.damage("UPDATE connections SET credentials = 'm4rk-not-sealed' WHERE tool = 'desk'")
	m.saw(s.perform("desk__whoami", "").is(hub.StatusRequiresAction).raw)
	m.saw(owner.open(other))
	s.damage("DELETE FROM connections WHERE tool = 'desk'")
	p.Close()
	m.saw(s.perform("desk__free", "").raw)
}

// hasNoSecret looks everywhere.
func (s *stack) hasNoSecret(m *markers) {
	s.t.Helper()
	m.saw(s.do("GET", "/api/hub/tools", ""))
	m.saw(s.do("GET", "/api/hub/fd", ""))
	m.saw(s.do("GET", "/api/audit?limit=1000", ""))
	m.saw(s.do("GET", "/api/keys", ""))
	m.saw(s.do("GET", "/metrics", ""))
	places := map[string]string{"the log": s.log.String()}
	for i, a := range m.said {
		places[fmt.Sprintf("answer %d (%s)", i, shorten(a.body))] = a.golden()
	}
	places["the database"] = s.content(s.t)
	if len(places["the database"]) < 10_000 || len(places["the log"]) < 1000 || len(m.said) < 20 || len(m.secrets) < 15 {
		s.t.Fatal("saw too little")
	}
	for place, text := range places {
		for what, secret := range m.secrets {
			if at := strings.Index(text, secret); at >= 0 {
				s.t.Errorf("%s has the %s: %q", place, what, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
}
