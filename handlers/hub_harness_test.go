package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"sessionhub/hub"
)

// user is the end user of most tests.
const user = "my-agent|user_42"

// forUser says for whom an agent asks.
func forUser(name string) func(*http.Request) { return with(headerUser, name) }

// repeatable gives a call its Idempotency-Key.
func repeatable(key string) func(*http.Request) { return with(headerIdempotency, key) }

// performed is what POST /api/hub/perform answers.
type performed struct {
	Status        string `json:"status"`
	AssistantHint string `json:"assistant_hint"`
	ActionType    string `json:"action_type"`
	ActionURL     string `json:"action_url"`
	Result        any    `json:"result"`
	Error         string `json:"error"`

	raw answer
}

// perform performs a function for the user, and holds the answer to openapi.yaml.
func (s *stack) perform(function, arguments string, options ...func(*http.Request)) performed {
	s.t.Helper()
	options = append([]func(*http.Request){forUser(user), with(headerDatabase, "")}, options...)
	r := s.request("POST", "/api/hub/perform/"+function, arguments, options...)
	got := s.send(r)
	s.fits(r, got)
	p := performed{raw: got}
	got.want(http.StatusOK, "").json(&p)
	return p
}

// is fails the test unless the answer has the status, and its texts hold each of the words.
func (p performed) is(status string, words ...string) performed {
	p.raw.t.Helper()
	if p.Status != status {
		p.raw.t.Errorf("%s, want status %s", shorten(p.raw.body), status)
	}
	for _, word := range words {
		if !strings.Contains(p.raw.body, word) {
			p.raw.t.Errorf("%s does not say %q", shorten(p.raw.body), word)
		}
	}
	if (p.ActionURL != "") != (status == hub.StatusRequiresAction) || (p.Error != "") != (status == hub.StatusError) || p.AssistantHint == "" {
		p.raw.t.Errorf("%s has what does not belong to %s", shorten(p.raw.body), status)
	}
	return p
}

// browser is a person at a configuration page: it keeps cookies and follows nothing by itself.
type browser struct {
	s       *stack
	cookies []*http.Cookie
}

func (s *stack) browser() *browser { return &browser{s: s} }

// link makes a configuration link for the user, and returns the path of its page.
func (s *stack) link(name string, options ...func(*http.Request)) string {
	s.t.Helper()
	var made sessionLinkResponse
	s.do("POST", "/api/hub/session", "", append(options, forUser(name))...).want(http.StatusOK, "").json(&made)
	return strings.TrimPrefix(made.ConfigurationURL, s.deps.PublicURL)
}

// ask sends a request as a browser does.
func (b *browser) ask(method, target, form string, options ...func(*http.Request)) answer {
	b.s.t.Helper()
	r := b.s.request(method, target, form, with("Authorization", ""), with(headerDatabase, ""), with("User-Agent", "Mozilla/5.0 Firefox/140.0"))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, cookie := range b.cookies {
		r.AddCookie(cookie)
	}
	for _, option := range options {
		option(r)
	}
	got := b.s.send(r)
	b.s.fits(r, got)
	if set := (&http.Response{Header: got.header}).Cookies(); len(set) > 0 {
		b.cookies = set
	}
	return got
}

func (b *browser) open(target string, options ...func(*http.Request)) answer {
	b.s.t.Helper()
	return b.ask(http.MethodGet, target, "", options...)
}

// post sends a form; fields alternate names and values.
func (b *browser) post(target string, fields ...string) answer {
	b.s.t.Helper()
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.ask(http.MethodPost, target, form.Encode())
}

// follow opens where an answer leads to.
func (b *browser) follow(a answer) answer {
	b.s.t.Helper()
	a.want(http.StatusSeeOther, "")
	return b.open(a.header.Get("Location"))
}

var markup = regexp.MustCompile(`<[^>]*>`)

// says fails the test unless the page has each of the words, as a person reads them.
func (a answer) says(words ...string) answer {
	a.t.Helper()
	for _, word := range words {
		if !strings.Contains(a.text(), word) {
			a.t.Errorf("the page (%d) does not say %q: %s", a.status, word, a.text())
		}
	}
	return a
}

// hides fails the test if the page has one of the words anywhere, its headers included.
func (a answer) hides(words ...string) answer {
	a.t.Helper()
	for _, word := range words {
		if strings.Contains(a.golden(), word) {
			a.t.Errorf("the page (%d) has %q", a.status, word)
		}
	}
	return a
}

// text is the page without its markup.
func (a answer) text() string {
	return html.UnescapeString(strings.Join(strings.Fields(markup.ReplaceAllString(a.body, " ")), " "))
}
