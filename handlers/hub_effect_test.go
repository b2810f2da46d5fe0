package handlers

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/hub"
	"sessionhub/models"
)

// No hint makes a model repeat a call that may have taken effect.
func TestHintsAfterAWrite(t *testing.T) {
	s, p := deskStack(t)
	s.useHub(hub.ClientOptions{Timeout: 5 * time.Second, MaxResult: 1000})
	for name, answer := range map[string]http.HandlerFunc{
		"too large": replying(201, strings.Repeat(" ", 1001)), "500": replying(500, `{"message":"oops"}`), "502": replying(502, ``), "503": replying(503, `oops.`),
	} {
		p.on("/tickets", answer)
		got := s.perform("desk__write", `{"text":"x"}`).is(hub.StatusError, ". Whether the call took effect is not known.", "Do not simply repeat the call")
		for _, invitation := range []string{"try again later", "Call the function again"} {
			if strings.Contains(got.raw.body, invitation) {
				t.Errorf("%s: %s", name, got.raw.body)
			}
		}
		if strings.Contains(got.Error, "..") {
			t.Errorf("%s: %s", name, got.Error)
		}
	}
}

// What was never sent gives its key back, and its caller knows that it was not made.
func TestNothingWasSent(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	address := listener.Addr().String()
	s.must(listener.Close())
	s.addTool("desk", desk, p, func(in *hub.Import) { in.BaseURL = "http://" + address })
	k := repeatable("k")
	s.perform("desk__ring", "", k).is(hub.StatusError, "could not be reached. The call was not made.", "try again later")
	if told := s.audit("?eventName=perform"); len(told) != 0 {
		t.Errorf("told %+v", told)
	}
	listener, err = net.Listen("tcp", address)
	s.must(err)
	up := &httptest.Server{Listener: listener, Config: &http.Server{Handler: p}} //nolint:gosec // on this machine
	up.Start()
	t.Cleanup(up.Close)
	s.perform("desk__ring", "", k).is(hub.StatusSuccess)
	s.perform("desk__ring", "", k).is(hub.StatusSuccess)
	if n := len(p.calls("/free")); n != 1 {
		t.Errorf("%d calls were made", n)
	}

	s.addTool("guarded", desk, p, func(in *hub.Import) { in.AllowPrivate = false })
	s.perform("guarded__ring", "", k).is(hub.StatusError, "private or local")
	s.addTool("guarded", desk, p, nil) // its operator has read the answer
	s.perform("guarded__ring", "", k).is(hub.StatusSuccess)
}

// A key is used up by a request that got as far as the provider, even if no further.
func TestSomethingWasSent(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("desk", desk, p, nil)
	p.on("/free", replying(307, ``, "Location", "http://127.0.0.1:1/"))
	k := repeatable("k")
	first := s.perform("desk__ring", "", k).is(hub.StatusError)
	p.on("/free", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	second := s.perform("desk__ring", "", repeatable("l")).is(hub.StatusError, "took effect is not known")
	p.on("/free", nil)
	if s.perform("desk__ring", "", k).raw.body != first.raw.body || s.perform("desk__ring", "", repeatable("l")).raw.body != second.raw.body {
		t.Error("a call that was sent was made again")
	}
}

// However a provider spells a secret in its words, and wherever those are cut, no part of it is
// told.
func TestNoSpellingOfASecretIsTold(t *testing.T) {
	s, p := newStack(t, true), newProvider(t)
	s.addTool("accounts", accounts, p, nil)
	const password, bearer = "pa55/wörd+ 100%", "t0ken-t0ken"
	s.connected("accounts", user, map[string]models.Credential{"password": {Username: "me", Password: password}, "token": {Value: bearer}})
	for _, spelled := range []string{
		password, url.QueryEscape(password), url.PathEscape(password), strings.ToLower(url.QueryEscape(password)),
		base64.StdEncoding.EncodeToString([]byte("me:" + password)), base64.RawStdEncoding.EncodeToString([]byte("me:" + password)), bearer + bearer,
	} {
		for _, before := range []int{0, 980, 990, 995} {
			filler := strings.Repeat("x", before)
			p.on("/basic", replying(422, jsonObject("message", filler+" "+spelled+" is not good")))
			got := s.perform("accounts__basic", "").is(hub.StatusError, "status 422")
			for n := len(spelled); n > 3; n-- {
				if strings.Contains(got.Error, spelled[:n]) {
					t.Errorf("told %s", got.Error)
					break
				}
			}
		}
	}
}

// A call whose process died is taken over by one of those that ask again.
func TestRepeatedPerformAfterADeathAtOnce(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__find", `{"q":"x"}`, repeatable("died")).is(hub.StatusSuccess)
	s.damage("UPDATE performs SET answer = NULL")
	s.clock.advance(10 * time.Minute)
	before := len(p.calls("/tickets"))
	answer := counting()
	p.on("/tickets", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		answer(w, r)
	})
	s.handler()
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() { s.perform("desk__find", `{"q":"x"}`, repeatable("died")).is(hub.StatusSuccess, `{"call":1}`) })
	}
	wait.Wait()
	if n := len(p.calls("/tickets")) - before; n != 1 {
		t.Errorf("%d calls were made", n)
	}
}

// How long a call may be under way is what it began with: who has another setting does not take it
// for dead.
func TestRepeatedPerformUnderAnotherSetting(t *testing.T) {
	s, p := deskStack(t)
	s.perform("desk__find", `{"q":"x"}`, repeatable("k")).is(hub.StatusSuccess)
	s.damage("UPDATE performs SET answer = NULL, lease_until = lease_until + 1800000")
	s.clock.advance(10 * time.Minute)
	done := make(chan bool)
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
				s.clock.advance(5 * time.Second)
			}
		}
	})
	s.do("POST", "/api/hub/perform/desk__find", `{"q":"x"}`, forUser(user), repeatable("k")).want(409, "")
	close(done)
	wait.Wait()
	if n := len(p.calls("/tickets")); n != 1 {
		t.Errorf("%d calls were made", n)
	}
}
