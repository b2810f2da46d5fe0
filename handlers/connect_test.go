package handlers

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
)

// pageStack is a stack with the tool desk, and a link of its user.
func pageStack(t *testing.T) (*stack, *provider, string) {
	t.Helper()
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, nil)
	return s, p, s.link(user)
}

// The browser that opens a link first is the one that it works in; another is told so, and what
// to do, whether or not it has been at other pages of the service.
func TestLinkBelongsToOneBrowser(t *testing.T) {
	s, _, page := pageStack(t)
	first, second, third := s.browser(), s.browser(), s.browser()
	got := first.open(page).want(200, "")
	cookie := got.header.Get("Set-Cookie")
	for _, attribute := range []string{"sessionhub_browser=", "Path=/api/hub/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(cookie, attribute) {
			t.Errorf("the cookie %s has no %s", cookie, attribute)
		}
	}
	if strings.Contains(cookie, "Expires") || strings.Contains(cookie, "Max-Age") || strings.Contains(cookie, "Domain") {
		t.Errorf("the cookie outlives the browser, or goes to other hosts: %s", cookie)
	}
	third.open(s.link("somebody"))
	for _, other := range []*browser{second, third} {
		other.open(page).want(403, "").says("opened in another browser", "Ask your agent for a new link").hides("Desk")
		other.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "x").want(403, "")
		other.open(page+"/sign-in?tool=desk&scheme=key").want(403, "")
	}
	if again := first.open(page).want(200, ""); again.header.Get("Set-Cookie") != "" {
		t.Errorf("a browser that is known is named anew: %v", again.header)
	}
	first.open(s.link(user)).want(200, "") // one browser may open any number of links
	first.open(page).want(200, "")
	forged := s.browser()
	forged.cookies = []*http.Cookie{{Name: browserCookie, Value: "short"}}
	forged.open(page).want(403, "")
	for _, entry := range s.audit("") {
		if entry.EventName == models.EventConnect {
			t.Errorf("somebody connected: %+v", entry)
		}
	}
}

// A link is over after fifteen minutes, to the millisecond; one that never was is told apart.
func TestLinkExpires(t *testing.T) {
	s, _, page := pageStack(t)
	b := s.browser()
	b.open(page).want(200, "").says("15 minutes")
	s.clock.advance(15*time.Minute - time.Millisecond)
	b.open(page).want(200, "").says("1 minute.")
	s.clock.advance(time.Millisecond)
	for _, who := range []*browser{b, s.browser()} {
		got := who.open(page)
		if got.status != 410 && got.status != 403 {
			t.Errorf("answered %d", got.status)
		}
	}
	b.open(page).want(410, "").says("This link has expired", "Ask your agent for a new link").hides("Desk")
	b.post(page, "do", "remove", "tool", "desk").want(410, "")
	b.open(page+"/sign-in?tool=desk&scheme=key").want(410, "")
	s.browser().open(s.late()).want(410, "")
	for _, token := range []string{"x", strings.Repeat("a", 26), strings.ToUpper(page[len(page)-26:]), "%00", page[len(page)-26:] + "a", "%2e%2e", "a%2Fb"} {
		b.open("/api/hub/session/"+token).want(404, "").says("This link does not work", "Ask your agent for a new link")
		b.open("/api/hub/session/"+token+"/sign-in").want(404, "")
		b.post("/api/hub/session/"+token, "do", "save").want(404, "")
	}
	if log := s.log.String(); strings.Contains(log, "request failed") || strings.Contains(log, "level=ERROR") {
		t.Errorf("what people do with links counts as a failure of the service: %s", log)
	}
}

// late is a link that was never opened in its time.
func (s *stack) late() string {
	page := s.link(user)
	s.clock.advance(models.LinkLifetime)
	return page
}

// Programs that look at a link before its reader does, do not use it up.
func TestPreviewsDoNotBind(t *testing.T) {
	s, _, page := pageStack(t)
	for _, agent := range []string{
		"Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "WhatsApp/2.23", "facebookexternalhit/1.1", "TelegramBot (like TwitterBot)",
		"Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", "Mozilla/5.0 SkypeUriPreview", "Googlebot/2.1", "Twitterbot/1.0",
		"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "WhatsApp/2.23.20.0 A",
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
		"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	} {
		got := s.browser().open(page, with("User-Agent", agent)).want(200, "").says("Open it in your browser").hides("Desk", "Set-Cookie")
		if got.header.Get("Content-Security-Policy") != formPolicy {
			t.Errorf("%s: the headers are %v", agent, got.header)
		}
	}
	s.browser().open(page, with("Sec-Purpose", "prefetch;prerender")).want(200, "").hides("Desk", "Set-Cookie")
	s.browser().ask("HEAD", page, "").hides("Desk", "Set-Cookie")
	s.browser().open("/api/hub/session/"+strings.Repeat("a", 26), with("User-Agent", "Slackbot")).want(404, "")
	s.browser().open(page).want(200, "").says("Desk")
	s.browser().open(s.late(), with("User-Agent", "Slackbot")).want(410, "")
}

// People's browsers are none of these, whatever the telephone is called.
func TestBrowsersAreNoPreviews(t *testing.T) {
	s, _, _ := pageStack(t)
	for _, agent := range []string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 11; CUBOT X50 Build/RP1A.200720.011) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; U; Android 9; CUBOT_POWER) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/115.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36",
	} {
		s.browser().open(s.link(user), with("User-Agent", agent)).want(200, "").says("Desk")
	}
}

// Nobody but the page itself sends its forms: no other site, and no browser without the cookie.
func TestFormsComeFromThePage(t *testing.T) {
	s, _, page := pageStack(t)
	b := s.browser()
	b.open(page)
	const form = "do=save&tool=desk&way=key&key.value=evil"
	for name, options := range map[string][]func(*http.Request){
		"cross-site":      {with("Sec-Fetch-Site", "cross-site")},
		"same-site":       {with("Sec-Fetch-Site", "same-site")},
		"another origin":  {with("Sec-Fetch-Site", ""), with("Origin", "https://evil.example")},
		"null":            {with("Sec-Fetch-Site", ""), with("Origin", "null")},
		"allowed by CORS": {with("Sec-Fetch-Site", ""), with("Origin", "https://admin.example.com")},
	} {
		got := b.ask("POST", page, form, options...).want(403, "").says("came from another site")
		if got.header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: no policy", name)
		}
	}
	s.browser().ask("POST", page, form).want(403, "")
	s.perform("desk__whoami", "").is(hub.StatusRequiresAction)
	b.ask("POST", page, form, with("Sec-Fetch-Site", ""), with("Origin", "http://sessions.test")).want(303, "")
	s.perform("desk__whoami", "").is(hub.StatusSuccess)
}

// A link that nobody has opened is not opened by a form.
func TestFormDoesNotBind(t *testing.T) {
	s, _, page := pageStack(t)
	s.browser().post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "x").want(403, "")
	s.browser().open(page).want(200, "").says("Desk")
}

// The page is nobody's to frame, to keep, to index or to be told of, and loads nothing of others.
func TestPageHeaders(t *testing.T) {
	s, _, page := pageStack(t)
	b := s.browser()
	b.open(page)
	for target, status := range map[string]int{
		page: 200, page + "?edit=desk": 200, page + "/sign-in?tool=desk&scheme=key": 404, "/api/hub/session/x": 404, "/api/hub/oauth/callback/x?state=x": 400,
	} {
		got := b.open(target).want(status, "")
		for name, want := range map[string]string{
			"Content-Security-Policy": formPolicy, "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "X-Robots-Tag": "noindex", "X-Content-Type-Options": "nosniff",
			"Content-Type": "text/html; charset=UTF-8", "Access-Control-Allow-Origin": "",
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q", target, name, got.header.Get(name))
			}
		}
		got.hides("<script", " style=", "javascript:", "http://127.0.0.1:")
	}
}

// A page shows the tools of its own user: no account of another user, no tool of another tenant,
// none of the operator's own.
func TestPageShowsItsUsersTools(t *testing.T) {
	s, p, page := pageStack(t)
	s.addTool("shared", strings.Replace(desk, "title: Desk", "title: Shared", 1), p, func(in *hub.Import) { in.Credentials = models.OwnerTenant })
	other, otherKey := s.newTenant(true, "other")
	s.addToolOf(other, "theirs", strings.Replace(desk, "title: Desk", "title: Theirs", 1), p, nil)
	s.connected("desk", "bob", keyed("k"))
	b := s.browser()
	b.open(page).want(200, "").says("Desk", "Tickets of a help desk.").hides("Shared", "Theirs", "Remove")
	for _, tool := range []string{"shared", "theirs", "nothing", ""} {
		for _, do := range []string{"save", "test", "remove"} {
			b.post(page, "do", do, "tool", tool, "way", "key", "key.value", "x").want(404, "")
		}
	}
	b.open(page+"?edit=shared&remove=shared&tool=shared").want(200, "").hides("Shared")
	theirs := s.link(user, as(otherKey), with(headerDatabase, ""))
	b.open(theirs).want(200, "").says("Theirs").hides("Desk")
	b.post(theirs, "do", "remove", "tool", "desk").want(404, "")
	token, err := s.store.Links.Create(t.Context(), s.owner, &models.Link{})
	s.must(err)
	b.open("/api/hub/session/"+token.Reveal()).want(200, "").says("Shared", "for everyone who uses it").hides("Desk", "Theirs")
	s.perform("desk__whoami", "", forUser("bob")).is(hub.StatusSuccess)
}

// The way back leads to the application that the agent named, and only to a web address that
// the tenant allows.
func TestPageLeadsBackToTheApp(t *testing.T) {
	s, _, page := pageStack(t)
	s.browser().open(page).hides("Back to")
	named := s.link(user, with(headerAppName, `Shop <b>"1"</b>`), with(headerAppURL, `https://shop.example.com/chat?a="><script>`))
	s.browser().open(named).want(200, "").says(`Shop <b>"1"</b>`).hides("<b>", "><script>", `?a="`)
	s.must(s.store.Tenants.AllowApps(t.Context(), s.owner, []string{"https://shop.example.com"}))
	evil := with(headerAppURL, "https://evil.example.com")
	s.do("POST", "/api/hub/session", "", forUser(user), evil).want(400, "")
	s.do("POST", "/api/hub/perform/desk__whoami", "", forUser(user), evil).want(400, "")
	s.browser().open(s.link(user, with(headerAppURL, "https://shop.example.com/"))).want(200, "").says("Back to").hides("evil")
}
