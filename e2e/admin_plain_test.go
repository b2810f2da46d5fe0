package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// Whoever has switched scripts off does the same with the panel, a page at a time.
func TestAdminWithoutScripts(t *testing.T) {
	s := newInstallation(t).start()
	all := populate(t, s.client)
	talk(t, s.client)
	p := newPanel(t, newChrome(t), s.base)
	p.scripts(false)
	p.signIn(s.key)
	p.step("search", func() { searchesPlainly(p, all) })
	p.step("sort and page", func() { walksPlainly(p, all) })
	p.step("read", func() { readsPlainly(p) })
	p.step("delete", func() { deletesPlainly(p, s) })
	p.step("make and revoke a key", func() {
		made := s.with(s.hash, p.newKeyOf("Without scripts", "agent"))
		made.must(t, http.StatusOK, "GET", "/api/session?id=s-001", nil)
		p.revokes("Without scripts")
		if status, _, err := made.do("GET", "/api/session?id=s-001", nil); err != nil || status != http.StatusUnauthorized {
			p.t.Errorf("the revoked key: status %d, %v", status, err)
		}
	})
	p.step("sign out", func() {
		p.send(signOutButton)
		p.visit("/admin/keys")
		p.waitFor(keyInput)
	})
	p.expectNoComplaints(t)
	for _, unusable := range []string{`[data-copy]:not([hidden])`, `[data-all]:not([hidden])`} {
		if p.has(unusable) {
			t.Errorf("there is a control that needs a script: %s", unusable)
		}
	}
}

func searchesPlainly(p *panel, all []person) {
	p.visit("/admin/sessions?agent=" + panelAgent)
	p.fill(searchField, "USER-01")
	p.send(searchButton)
	p.expectRows("found", ids(of(panelAgent, all), "updatedAt", func(p person) bool { return strings.HasPrefix(p.email, "user-01") })...)
	p.send(columns["userName"])
	p.expectRows("found, by name", ids(of(panelAgent, all), "userName", func(p person) bool { return strings.HasPrefix(p.email, "user-01") })...)
	p.fill(searchField, "user-02")
	p.send(searchButton)
	p.expectRows("the order stays", ids(of(panelAgent, all), "userName", func(p person) bool { return strings.HasPrefix(p.email, "user-02") })...)
	p.unfold(filters)
	p.choose(stateField, "active")
	p.send(searchButton)
	p.expectRows("active ones", ids(of(panelAgent, all), "userName", func(p person) bool { return strings.HasPrefix(p.email, "user-02") && !p.finalized })...)
}

func walksPlainly(p *panel, all []person) {
	sorted := ids(of(panelAgent, all), "createdAt", anybody)
	p.visit("/admin/sessions?agent=" + panelAgent)
	p.send(columns["createdAt"])
	p.expectRows("newest first", sorted[:onPage]...)
	p.send(nextPage)
	p.expectRows("the next page", sorted[onPage:]...)
	p.send(previousPage)
	p.expectRows("the page before", sorted[:onPage]...)
}

func readsPlainly(p *panel) {
	p.visit("/admin/sessions?agent=agent-talks&q=long")
	p.send(row("long", rowLink))
	seen := p.count(messageItem)
	for p.has(moreButton) {
		p.send(moreButton)
		texts := p.texts(messageItem)
		if want := "This is message " + strconv.Itoa(seen+1) + "."; len(texts) == 0 || !strings.Contains(texts[0], want) {
			p.t.Fatalf("the part after %d messages has %q", seen, texts)
		}
		seen += len(texts)
	}
	if seen != longLength {
		p.t.Errorf("all parts have %d messages", seen)
	}
	p.visit("/admin/sessions/rich")
	p.unfoldMessages()
	p.expectRead("currentWeather", "21.5")
	p.send(jsonView)
	p.expectRead("toolInvocations")
}

func deletesPlainly(p *panel, s *server) {
	p.visit("/admin/sessions?agent=" + panelAgent + "&q=user-00")
	chosen := p.rows()[:2]
	for _, id := range chosen {
		p.click(row(id, "input"))
	}
	p.send(deleteSelected)
	for _, id := range chosen {
		if p.expectRead(id); len(s.sessions(p.t, "?id="+id)) != 1 {
			p.t.Errorf("%s is deleted before the question is answered", id)
		}
	}
	p.send(reallyDelete)
	for _, id := range chosen {
		if len(s.sessions(p.t, "?id="+id)) > 0 {
			p.t.Errorf("%s is still there", id)
		}
	}
	p.send(entryLink)
	p.unfold(`main details[id^="entry-"]`)
	p.expectRead("deleteSession", `{"id":"`+chosen[0]+`"}`)
}
