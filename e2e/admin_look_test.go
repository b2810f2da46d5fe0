package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every page of the panel fits a telephone and a desk, is read in light and in dark, and has no barrier
// that axe-core finds serious. With E2E_OUT it leaves a picture of each.
func TestAdminLooks(t *testing.T) {
	needAxe(t)
	i := newInstallation(t)
	s := i.start()
	populate(t, s.client)
	talk(t, s.client)
	s.must(t, http.StatusOK, "PUT", "/api/session", object{"id": "text", "agentId": "agent-talks", "messages": "not an array of messages"})
	stretch(t, s.client)
	key := s.newKey(t, "exec", object{"displayName": "On the site", "allowedOrigins": []string{"https://shop.example.com"}, "agentId": panelAgent})
	empty := i.make("tenant", "create", "--name", "Empty")
	window := newChrome(t)
	looksSignedOut(newPanel(t, window.other(), s.base))
	looksEmpty(newPanel(t, window.other(), s.base), empty.APIKey)
	p := newPanel(t, window.other(), s.base)
	p.signIn(s.key)
	for name, path := range map[string]string{
		"sessions": "/admin/sessions?agent=" + panelAgent,
		"no-match": "/admin/sessions?agent=" + panelAgent + "&q=nobody", "session": "/admin/sessions/rich", "long": "/admin/sessions/long?from=200",
		"json": "/admin/sessions/rich?view=json", "text": "/admin/sessions/text", "usage": "/admin/usage?days=90", "usage-agent": "/admin/usage?days=7&agent=" + panelAgent,
		"wide": "/admin/sessions?agent=" + wide[:255], "wide-session": "/admin/sessions/" + wide[:255], "wide-json": "/admin/sessions/" + wide[:255] + "?view=json",
		"key": "/admin/keys/" + key.KeyLocatorHash, "revoke": "/admin/keys/" + key.KeyLocatorHash + "?revoke=1",
	} {
		p.step(name, func() {
			p.visit(path)
			p.unfoldMessages()
			p.look(name)
		})
	}
	looksAround(p)
	p.expectNoComplaints(t)
}

// wide is as long as a word can be in a name.
var wide = strings.Repeat("W", 1000)

// stretch makes what is as long as it can be, and so wide that it does not fit on a telephone.
func stretch(t *testing.T, c *client) {
	t.Helper()
	messages := []object{
		{"role": "user", "content": wide},
		{"role": wide, "content": "`" + wide + "` [" + wide + "](https://example.com/" + wide + ")"},
		{"role": "assistant", "content": "```\n" + wide + "\n```\n\n" + strings.Repeat("| column ", 40) + "|\n" + strings.Repeat("|---", 40) + "|\n" + strings.Repeat("| "+wide[:40]+" ", 40) + "|"},
		{"role": "assistant", "content": "> > > > - - - " + wide, "toolInvocations": []object{{"toolName": wide, "toolCallId": wide, "args": object{wide: wide}, "result": wide}}},
	}
	c.must(t, http.StatusOK, "PUT", "/api/session", object{
		"id": wide[:255], "agentId": wide[:255], "userName": wide, "userEmail": wide, "promptTokens": maxTokens, "completionTokens": maxTokens, "messages": plainJSON(t, messages),
	})
	c.must(t, http.StatusOK, "PUT", "/api/audit", object{"eventName": wide[:255], "recordLocator": wide, "diff": plainJSON(t, object{wide: wide})})
	c.newKey(t, "exec", object{"displayName": wide[:255], "agentId": wide[:255], "allowedOrigins": []string{"https://" + strings.Repeat(wide[:60]+".", 3) + "example"}})
}

// maxTokens is the largest number of tokens that a session may have.
const maxTokens = 1<<53 - 1

func looksSignedOut(p *panel) {
	p.visit("/admin")
	p.look("login")
	p.fill(keyInput, "ad_key_wrong")
	p.follow(signInButton)
	p.look("login-error")
}

func looksEmpty(p *panel, key string) {
	p.signIn(key)
	p.look("empty")
	p.visit("/admin/usage")
	p.look("usage-empty")
	p.visit("/admin/audit?month=2020-01")
	p.look("audit-empty")
}

// looksAround looks at what comes after something was done.
func looksAround(p *panel) {
	p.visit("/admin/sessions?agent=" + panelAgent + "&q=user-00")
	for _, id := range p.rows()[:3] {
		p.click(row(id, "input"))
	}
	p.look("selected")
	p.send(deleteSelected)
	p.look("confirm")
	p.send(reallyDelete)
	p.look("deleted")
	p.visit("/admin/audit?month=" + time.Now().UTC().Format("2006-01"))
	p.unfold(`main li:first-child > details[id^="entry-"]`)
	p.look("audit")
	p.visit("/admin/keys")
	p.look("keys")
	p.unfold(newKey)
	p.look("keys-form")
	p.fill(keyForm+`[name="name"]`, "A page")
	p.click(keyForm + `[name="role"][value="exec"]`)
	p.fill(keyForm+`[name="origins"]`, "no origin")
	p.follow(makeKey)
	p.look("keys-wrong")
	p.newKeyOf("For the kitchen", "exec", "origins", "https://kitchen.example.com")
	p.look("key-made")
	p.open(p.base + "/admin/sessions/gone")
	p.look("gone")
}

// look expects that the page can be used in each window and scheme, and takes a picture of each.
func (p *panel) look(name string) {
	p.t.Helper()
	for _, window := range []size{desktop, phone} {
		p.resize(window)
		for _, scheme := range []string{"light", "dark"} {
			p.dark(scheme == "dark")
			p.screenshot(fmt.Sprintf("admin-%s-%d-%s.png", name, window.width, scheme))
			rules := everyRule
			if scheme == "dark" {
				rules = colourRules // the others were looked at
			}
			for _, b := range p.barriers(rules) {
				p.t.Errorf("%s, %d pixels wide, %s: %v", name, window.width, scheme, b)
			}
		}
		if over := p.overflow(); over > 0 {
			p.t.Errorf("%s is %d pixels wider than its window of %d", name, over, window.width)
		}
	}
	p.dark(false)
	p.resize(desktop)
}
