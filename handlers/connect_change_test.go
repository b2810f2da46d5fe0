package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionhub/hub"
	"sessionhub/models"
)

// From nothing to an account and back, on the page alone; every step is told to its reader, and
// no step shows what was entered.
func TestConnectEditTestRemove(t *testing.T) {
	s, p, page := pageStack(t)
	p.on("/me", withKey("s3cret-1", replying(200, `{}`)))
	b := s.browser()
	b.open(page).want(200, "").says("Your accounts", "API key", "In your settings.").hides("Remove", ">Test<")
	saved := b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "  s3cret-1\t")
	b.follow(saved).says("The account is connected.", "Remove").hides("s3cret-1")
	if key := s.connection("desk", user).Credentials["key"].Value; key != "s3cret-1" {
		t.Errorf("saved %q", key.Reveal())
	}
	b.follow(b.post(page, "do", "test", "tool", "desk")).says("The account works.")
	b.open(page+"?edit=desk").want(200, "").says("Leave it empty to keep what is there").hides("s3cret-1")
	b.follow(b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "")).says("The account is connected.")
	if key := s.connection("desk", user).Credentials["key"].Value; key != "s3cret-1" {
		t.Errorf("an empty field replaced what was there by %q", key.Reveal())
	}
	b.follow(b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "s3cret-2"))
	b.post(page, "do", "test", "tool", "desk").want(200, "").says("The provider refused the stored credentials of 'Desk'").hides("s3cret")
	b.open(page).says("The provider refused the stored credentials of 'Desk'")
	b.follow(b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "s3cret-1")).hides("refused the stored")
	b.open(page + "?remove=desk").says("Remove this account?")
	b.follow(b.post(page, "do", "remove", "tool", "desk")).says("The account was removed.")
	b.follow(b.post(page, "do", "remove", "tool", "desk")).says("The account was removed.") // twice is once
	b.open(page).hides("Remove")
	b.post(page, "do", "test", "tool", "desk").want(200, "").says("There is no account to test.")
	if n := len(p.calls("/me")); n != 2 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// A test that the provider cannot answer says so, and does not call the account refused.
func TestConnectTestOfAFault(t *testing.T) {
	s, p, page := pageStack(t)
	s.connected("desk", user, keyed("k"))
	b := s.browser()
	b.open(page)
	p.on("/me", replying(500, `{"message":"s3cret of the provider"}`))
	b.post(page, "do", "test", "tool", "desk").want(200, "").says("The provider answered with status 500.").hides("s3cret")
	p.Close()
	b.post(page, "do", "test", "tool", "desk").want(200, "").says("could not be reached")
	if c := s.connection("desk", user); c.Problem != "" {
		t.Errorf("the connection has the problem %s", c.Problem)
	}
}

// What is wrong with a field stands at that field, and neither the page nor its address repeats
// what was entered.
func TestConnectErrorsByField(t *testing.T) {
	s, _, page := pageStack(t)
	s.addTool("accounts", accounts, newProvider(t), nil)
	b := s.browser()
	b.open(page)
	for name, c := range map[string]struct {
		tool, way string
		fields    []string
		says      string
	}{
		"empty":       {"desk", "key", []string{"key.value", " "}, "It is required."},
		"two lines":   {"desk", "key", []string{"key.value", "s3cret\nX-Evil: 1"}, "It must be one line, without control characters."},
		"too long":    {"desk", "key", []string{"key.value", strings.Repeat("s3cret", 3000)}, "It is longer than 16 KiB."},
		"not UTF-8":   {"desk", "key", []string{"key.value", "s3cret\xff"}, "It must be text in UTF-8."},
		"colon":       {"accounts", "password", []string{"password.username", "s3cret:x", "password.password", "s3cret"}, "It must not hold a colon."},
		"no name":     {"accounts", "password", []string{"password.password", "s3cret"}, "It is required."},
		"half of two": {"accounts", "machine", []string{"machine.clientId", "s3cret"}, "It is required."},
	} {
		form := append([]string{"do", "save", "tool", c.tool, "way", c.way}, c.fields...)
		got := b.post(page, form...).want(422, "").says("Nothing was changed.", c.says).hides("s3cret", "X-Evil")
		if n := strings.Count(got.body, `aria-invalid="true"`); n != 1 {
			t.Errorf("%s: %d fields are refused", name, n)
		}
	}
	for _, form := range [][]string{
		{"do", "save", "tool", "desk", "way", "nothing", "key.value", "s3cret"},
		{"do", "save", "tool", "desk", "key.value", "s3cret"},
		{"do", "erase", "tool", "desk"},
		{"tool", "desk"},
	} {
		b.post(page, form...).want(400, "").hides("s3cret")
	}
	b.ask("POST", page, "do=%zz&tool=desk").want(400, "")
	b.ask("POST", page, "do=save&x="+strings.Repeat("x", testMaxBody)).want(413, "")
	if list, err := s.store.Connections.List(t.Context(), s.owner, user); err != nil || len(list) != 0 {
		t.Errorf("saved %v, %v", list, err)
	}
}

// Ways to connect live beside each other: changing one leaves the other.
func TestConnectSeveralWays(t *testing.T) {
	s, p, page := pageStack(t)
	s.addTool("accounts", accounts, p, nil)
	b := s.browser()
	b.open(page).says("Sign in with Accounts", "Client credentials", "User name and password", "Access token", "has not registered it at")
	save := func(way string, fields ...string) {
		t.Helper()
		b.follow(b.post(page, append([]string{"do", "save", "tool", "accounts", "way", way}, fields...)...)).want(200, "")
	}
	save("password", "password.username", "me", "password.password", "pa:ss")
	save("token", "token.value", "t0ken")
	save("password", "password.username", "you", "password.password", "")
	want := map[string]models.Credential{"password": {Username: "you", Password: "pa:ss"}, "token": {Value: "t0ken"}}
	if got := s.connection("accounts", user).Credentials; len(got) != 2 || got["password"] != want["password"] || got["token"] != want["token"] {
		t.Errorf("saved %#v", got)
	}
	s.addTool("accounts", desk, p, nil) // the tool is made anew without them
	b.follow(b.post(page, "do", "save", "tool", "accounts", "way", "key", "key.value", "k"))
	if got := s.connection("accounts", user).Credentials; len(got) != 1 {
		t.Errorf("credentials stay that nothing asks for: %d", len(got))
	}
}

// A form names every host that what is entered in it goes to: that of the tool, those of the
// operations that have servers of their own, and where a token is asked for.
func TestConnectNamesWhereItGoes(t *testing.T) {
	s, p, page := pageStack(t)
	files := strings.Replace(desk, "  /free:\n", `  /upload:
    servers: [{url: 'https://upload.example.com/v1'}]
    post: {operationId: upload, summary: Upload, responses: {'200': {description: It.}}}
    get: {operationId: list, summary: List, responses: {'200': {description: It.}}}
  /public:
    servers: [{url: 'https://public.example.com'}]
    get: {operationId: public, security: [], summary: Read, responses: {'200': {description: It.}}}
  /free:
`, 1)
	s.addTool("desk", files, p, func(in *hub.Import) { in.BaseURL = "" }) // which would stand for all servers
	s.addTool("accounts", strings.Replace(accounts, "{tokenUrl: BASE/token,", "{tokenUrl: 'https://id.example.com/token',", 1), p, nil)
	host := p.Listener.Addr().String()
	text := s.browser().open(page).want(200, "").says(
		"Goes only to desk.example.com and upload.example.com . It is stored encrypted", // by its key
		"Goes only to "+host+" and id.example.com . It is stored encrypted",             // accounts, as a machine
		"Goes only to "+host+" . It is stored encrypted",
	).text()
	if strings.Contains(text, "public.example.com") {
		t.Errorf("the page names a host that no credential goes to: %s", text)
	}
}

// Two tabs of one browser, and two links of one user, are about the same accounts.
func TestConnectFromTwoLinks(t *testing.T) {
	s, _, page := pageStack(t)
	b, c := s.browser(), s.browser()
	other := s.link(user)
	b.open(page)
	c.open(other).hides("Remove")
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "x").want(303, "")
	c.open(other).says("Remove")
	c.post(other, "do", "remove", "tool", "desk").want(303, "")
	b.open(page).hides("Remove")
}

// The page speaks through words in its address; none of them can be made up.
func TestPageSaysNothingOfItsAddress(t *testing.T) {
	s, _, page := pageStack(t)
	b := s.browser()
	for _, query := range []string{"?done=evil", "?failed=evil", "?tool=evil", "?edit=evil&remove=evil", "?done=%3Cb%3Eevil"} {
		b.open(page+query).want(200, "").hides("evil")
	}
	b.open(page+"?done=%zz").want(400, "")
	b.open(page+"/sign-in?tool=%zz").want(400, "")
}

// Who did what with which account is told, and nothing of the account itself.
func TestConnectionsAreTold(t *testing.T) {
	s, _, page := pageStack(t)
	b := s.browser()
	b.open(page)
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "s3cret-1").want(303, "")
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "s3cret-2").want(303, "")
	b.post(page, "do", "test", "tool", "desk").want(303, "")
	s.perform("desk__find", `{"q":"s3cret-3"}`, with("User-Agent", "agent/1")).is(hub.StatusSuccess)
	s.perform("desk__find", `{"q":7}`).is(hub.StatusError)
	b.post(page, "do", "remove", "tool", "desk").want(303, "")
	s.do("POST", "/api/hub/tools", jsonObject("document", desk, "name", "other")).want(200, "")
	s.do("DELETE", "/api/hub/tools/other", "").want(200, "")
	var told []string
	for _, entry := range s.audit("") {
		told = append(told, fmt.Sprintf("%s %s %s %v", entry.EventName, entry.RecordLocator, entry.UA, entry.KeyLocatorHash != ""))
		if entry.Diff != "" || strings.Contains(fmt.Sprint(entry), "s3cret") || entry.EventName != "createTenant" && entry.EventName != "addTool" && entry.IP != "203.0.113.7" {
			t.Errorf("told %+v", entry)
		}
	}
	slices.Reverse(told)
	const firefox, account = "Mozilla/5.0 Firefox/140.0 false", `{"tool":"desk","user":"my-agent|user_42"}`
	want := []string{
		`addTool {"tool":"desk"}  false`, "connect " + account + " " + firefox, "changeConnection " + account + " " + firefox,
		`perform {"function":"desk__whoami","user":"my-agent|user_42"} ` + firefox, `perform {"function":"desk__find","user":"my-agent|user_42"} agent/1 true`,
		"removeConnection " + account + " " + firefox, `addTool {"tool":"other"} test/1.0 true`, `removeTool {"tool":"other"} test/1.0 true`,
	}
	if !slices.Equal(told[1:], want) {
		t.Errorf("told\n%s", strings.Join(told, "\n"))
	}
}

// The failures of the pages that need something broken: a lost key, a lost file.
func TestPagesWithoutStorage(t *testing.T) {
	s, p, page := pageStack(t)
	s.addTool("accounts", accounts, p, func(in *hub.Import) { in.ClientID = "sessionhub" })
	b := s.browser()
	b.open(page).want(200, "")
	state := stateOf(b.open(page + "/sign-in?tool=accounts&scheme=account"))
	s.damage("UPDATE storage_keys SET wrapped = wrapped || 'A'")
	s.clock.advance(60e9) // past what is remembered of it
	ask := func(status int) {
		t.Helper()
		b.open(page).want(status, "").says("That did not work")
		b.post(page, "do", "remove", "tool", "desk").want(status, "")
		b.open(page+"/sign-in?tool=accounts&scheme=account").want(status, "")
		b.open(s.callback("accounts")+"?code=x&state="+state).want(status, "")
	}
	ask(statusUnreadable)
	s.must(s.store.Close())
	ask(http.StatusInternalServerError)
}
