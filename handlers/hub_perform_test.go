package handlers

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sessionhub/hub"
)

// deskStack is a stack with the tool desk, to which the user is connected.
func deskStack(t *testing.T) (*stack, *provider) {
	t.Helper()
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, nil)
	s.connected("desk", user, keyed("k3y"))
	return s, p
}

// The provider gets the call as its document says, with the user's credentials and nothing of
// the agent's.
func TestPerformSends(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__find", `{"q":"a b&c=ü","limit":7}`, with("Cookie", "a=b"), with("X-Forwarded-For", "192.0.2.1")).is(hub.StatusSuccess)
	s.perform("desk__write", `{"text":"Ünï","tags":["x"]}`).is(hub.StatusSuccess)
	s.perform("desk__free", "").is(hub.StatusSuccess)
	asked := append(p.calls("/tickets"), p.calls("/free")...)
	if len(asked) != 3 || asked[0].query.Encode() != "limit=7&q=a+b%26c%3D%C3%BC" || asked[1].method != "POST" ||
		asked[1].body != `{"tags":["x"],"text":"Ünï"}` || asked[1].header.Get("Content-Type") != "application/json" {
		t.Fatalf("the provider was asked %+v", asked)
	}
	for i, r := range asked {
		if (r.header.Get("X-Api-Key") == "k3y") != (i < 2) || r.header.Get("User-Agent") != "sessionhub/test" {
			t.Errorf("%s has the headers %v", r.path, r.header)
		}
		for _, foreign := range []string{"Authorization", "Cookie", "X-Forwarded-For", headerUser, headerIdempotency, "Referer"} {
			if r.header.Get(foreign) != "" {
				t.Errorf("%s was sent %s", r.path, foreign)
			}
		}
	}
}

// What is wrong with arguments is told by name, so that a model can correct itself; the provider
// is not bothered with them, and no value is repeated.
func TestPerformBadArguments(t *testing.T) {
	s, p := deskStack(t)
	for arguments, words := range map[string][]string{
		`{}`:                                   {"q: is required"},
		``:                                     {"q: is required"},
		`{"q":"s3cret","Q":""}`:                {"Q: is unknown", "did you mean q?"},
		`{"q":7}`:                              {"q: must be", "string"},
		`{"q":"x","limit":0,"state":"s3cret"}`: {"limit: ", "state: must be one of open, closed"},
		`{"q":"x","limit":"s3cret"}`:           {"limit: must be"},
		`{"q":null}`:                           {"q: must be"},
	} {
		got := s.perform("desk__find", arguments).is(hub.StatusError, words...)
		if strings.Contains(got.raw.body, "s3cret") {
			t.Errorf("%s: the answer repeats a value: %s", arguments, got.Error)
		}
	}
	if calls := p.calls("/tickets"); len(calls) != 0 {
		t.Errorf("the provider was asked %d times", len(calls))
	}
	for _, body := range []string{"[]", "7", `"x"`, "null", "{", `{"q":"x"`, "q=x", "\xff", `{"q":"\xff"}`} {
		s.do("POST", "/api/hub/perform/desk__find", body, forUser(user)).want(http.StatusBadRequest, "")
	}
	for _, name := range []string{"desk", "desk__nothing", "find", "desk__find__", "DESK__find", "desk%2F_find", strings.Repeat("f", 300), "%00"} {
		s.do("POST", "/api/hub/perform/"+name, "{}", forUser(user)).want(http.StatusNotFound, "")
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, text)
	z.Close()
	return b.String()
}

// What the provider answers becomes a result, or an error with what it said and what to do next.
func TestPerformAnswersOfProviders(t *testing.T) {
	s, p := deskStack(t)
	s.useHub(hub.ClientOptions{Timeout: 5 * time.Second, MaxResult: 1000})
	text := func(media, body string) http.HandlerFunc { return replying(200, body, "Content-Type", media) }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		status string
		want   string // in the answer
	}{
		"numbers stay":   {replying(200, `{"n":1.10,"big":12345678901234567890}`), hub.StatusSuccess, `"result":{"n":1.10,"big":12345678901234567890}`},
		"created":        {replying(201, `[]`), hub.StatusSuccess, `"result":[]`},
		"no content":     {replying(204, ``), hub.StatusSuccess, `"result":null`},
		"empty":          {replying(200, ``), hub.StatusSuccess, `"result":null`},
		"null":           {replying(200, `null`), hub.StatusSuccess, `"result":null`},
		"not the JSON":   {replying(200, `{"a":`), hub.StatusSuccess, `"result":"{\"a\":"`},
		"text":           {text("text/plain; charset=iso-8859-1", "caf\xe9"), hub.StatusSuccess, `"result":"café"`},
		"html":           {text("text/html", "<b>"), hub.StatusSuccess, `"result":"\u003cb\u003e"`},
		"binary":         {text("image/png", "\x89PNG\x00"), hub.StatusSuccess, `"result":{"base64":"iVBORwA=","media_type":"image/png"}`},
		"exactly enough": {text("text/plain", strings.Repeat("x", 1000)), hub.StatusSuccess, strings.Repeat("x", 1000)},
		"too large":      {text("text/plain", strings.Repeat("x", 1001)), hub.StatusError, "The answer of the provider is too large"},
		"too large within": {
			replying(200, zipped(strings.Repeat(" ", 1001)), "Content-Encoding", "gzip"), hub.StatusError, "ask for less",
		},
		"said why":     {replying(422, `{"error":{"message":"q is silly"}}`), hub.StatusError, "answered with status 422: q is silly"},
		"said nothing": {replying(400, ``), hub.StatusError, "answered with status 400."},
		"forbidden":    {replying(403, `{}`), hub.StatusError, "The connected account may not do this"},
		"not found":    {replying(404, `{}`), hub.StatusError, "does not exist"},
		"too many":     {replying(429, `{}`, "Retry-After", "3600"), hub.StatusError, "Wait 3600 seconds"},
		"fault":        {replying(500, `<html><body>Oops</body></html>`, "Content-Type", "text/html"), hub.StatusError, "status 500: Oops"},
		"redirect":     {replying(302, ``, "Location", "ftp://x.example.com"), hub.StatusError, "sent the call to another address"},
		"moved":        {replying(302, ``, "Location", "/free"), hub.StatusSuccess, `"result":{"ok":true}`},
		"nowhere":      {replying(304, ``), hub.StatusError, "status 304"},
	} {
		t.Run(name, func(t *testing.T) {
			p.on("/me", c.answer)
			s.within(t).perform("desk__whoami", "").is(c.status, c.want)
		})
	}
}

// A provider that does not answer in time, or not at all, is an error that says whether the call
// may have taken effect.
func TestPerformUnreachable(t *testing.T) {
	s, p := deskStack(t)
	s.useHub(hub.ClientOptions{Timeout: 500 * time.Millisecond})
	slow := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}
	p.on("/me", slow)
	p.on("/tickets", slow)
	s.perform("desk__whoami", "").is(hub.StatusError, "The provider of 'desk' did not answer in time.", "try again later")
	s.perform("desk__write", `{"text":"x"}`).is(hub.StatusError, "did not answer in time. Whether the call took effect is not known.", "Do not simply repeat")
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			c.Close()
		}
	}
	p.on("/tickets", hangUp)
	s.perform("desk__write", `{"text":"x"}`).is(hub.StatusError, "could not be reached", "took effect is not known")
	if calls := p.calls("/tickets"); len(calls) != 2 {
		t.Errorf("a call that changes something was made %d times instead of once", len(calls)-1)
	}
	p.Close()
	s.perform("desk__whoami", "").is(hub.StatusError, "could not be reached")
}

// A call that changes nothing survives a moment's fault of its provider; any other is made once.
func TestPerformTriesAgain(t *testing.T) {
	s, p := deskStack(t)
	good := replying(200, `{"ok":true}`)
	for name, fault := range map[string]http.HandlerFunc{
		"503": replying(503, ``), "502": replying(502, ``), "504": replying(504, ``), "429 soon": replying(429, ``, "Retry-After", "0"),
	} {
		before := len(p.calls("/tickets"))
		p.on("/tickets", inTurn(fault, good))
		s.perform("desk__find", `{"q":"x"}`).is(hub.StatusSuccess)
		if n := len(p.calls("/tickets")) - before; n != 2 {
			t.Errorf("%s: a GET was sent %d times", name, n)
		}
		p.on("/tickets", inTurn(fault, good))
		s.perform("desk__write", `{"text":"x"}`).is(hub.StatusError, "answered with status "+name[:3])
		if n := len(p.calls("/tickets")) - before; n != 3 {
			t.Errorf("%s: a POST was sent %d times", name, n-2)
		}
	}
	p.on("/me", inTurn(replying(503, ``), replying(503, ``), replying(503, ``), good))
	s.perform("desk__whoami", "").is(hub.StatusError, "status 503")
	p.on("/me", inTurn(replying(429, ``, "Retry-After", "60"), good)) // longer than anybody waits
	s.perform("desk__whoami", "").is(hub.StatusError, "Wait 60 seconds")
	p.on("/me", inTurn(replying(500, ``), good))
	s.perform("desk__whoami", "").is(hub.StatusError, "status 500")
	if n := len(p.calls("/me")); n != 5 {
		t.Errorf("the three calls were sent %d times", n)
	}
}

// A tool that came over HTTP reaches no private address: the agent is told, and nobody is asked.
func TestPerformPrivateAddress(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	public := func(in *hub.Import) { in.AllowPrivate = false }
	s.addTool("desk", desk, p, public)
	s.addTool("meta", desk, p, func(in *hub.Import) { in.BaseURL = "http://169.254.169.254" })
	s.addTool("local", desk, p, func(in *hub.Import) {
		in.AllowPrivate, in.BaseURL = false, strings.Replace(p.URL, "127.0.0.1", "localhost", 1)
	})
	for _, tool := range []string{"desk", "meta", "local"} {
		s.perform(tool+"__free", "").is(hub.StatusError, "The address of the tool is private or local", "operator")
		s.perform(tool+"__ring", "").is(hub.StatusError, "operator")
	}
	s.addTool("away", desk, p, nil) // may itself be private, and leads to the machine's metadata
	p.on("/free", replying(302, ``, "Location", "http://169.254.169.254/latest/meta-data/"))
	s.perform("away__free", "").is(hub.StatusError, "private or local")
	if n := len(p.calls("/free")); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}

// Credentials stay with the provider that they are for.
func TestPerformRedirectsWithoutCredentials(t *testing.T) {
	s, p := deskStack(t)
	other := newProvider(t)
	p.on("/me", replying(302, ``, "Location", other.URL+"/elsewhere"))
	s.perform("desk__whoami", "").is(hub.StatusSuccess)
	if calls := other.calls("/elsewhere"); len(calls) != 1 || calls[0].header.Get("X-Api-Key") != "" || calls[0].header.Get("Referer") != "" {
		t.Errorf("the other host was asked %+v", calls)
	}
	p.on("/tickets", replying(307, ``, "Location", other.URL+"/elsewhere"))
	s.perform("desk__write", `{"text":"x"}`).is(hub.StatusError, "another address")
	if n := len(other.calls("/elsewhere")); n != 1 {
		t.Errorf("a body went to another host")
	}
}
