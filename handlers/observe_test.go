package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// A well-formed request id is kept, so that a trace goes through; anything else is replaced,
// and never written to the log.
func TestRequestIDs(t *testing.T) {
	s := newStack(t, true)
	s.deps.NewID = func() string { return "ours" }
	for id, kept := range map[string]bool{
		"a": true, "0190f0c2-7d5e-7c1a-9a57-0e6c2f1d3b44": true, "A.b_c:d-1": true, strings.Repeat("i", 128): true,
		"": false, strings.Repeat("i", 129): false, "a b": false, "a\tb": false, `a"b`: false, "é": false, "a,b": false, "a=b": false, "<x>": false,
	} {
		for _, target := range []string{"/api/session", "/healthz", "/nothing"} {
			got := s.do("GET", target, "", with("X-Request-Id", id)).header.Get("X-Request-Id")
			if want := map[bool]string{true: id, false: "ours"}[kept]; got != want {
				t.Errorf("%s with %q: answered %q", target, id, got)
			}
		}
		if !kept && id != "" && strings.Contains(s.log.String(), id) {
			t.Errorf("the log has %q", id)
		}
	}
}

// Whoever watches the service finds these, and nothing in them that came with a request.
func TestMetrics(t *testing.T) {
	s := newStack(t, true)
	const marker = "MARKER"
	s.do("POST", "/api/exec/session/"+marker, strings.ReplaceAll(alice, "Alice", marker)).want(200, "")
	s.do("GET", "/api/session?id="+marker, "", with("User-Agent", marker), with("X-Request-Id", marker)).want(200, "")
	s.do("GET", "/api/agent/"+marker+"/session?query="+marker, "").want(200, "")
	s.do("GET", "/"+marker, "").want(404, "")
	s.do("DELETE", "/api/session/"+marker+"/"+marker, "").want(404, "")
	s.do("GET", "/api/session", "", as(marker)).want(401, "")
	r := s.request("GET", "/metrics", "", with("Authorization", ""))
	got := s.send(r).want(200, "")
	s.fits(r, got)
	for _, line := range []string{
		`sessionhub_http_requests_total{method="POST",route="/api/exec/session/:id",status="200"} 1`,
		`sessionhub_http_requests_total{method="GET",route="/api/session",status="401"} 1`,
		`sessionhub_http_requests_total{method="any",route="none",status="404"} 2`,
		`sessionhub_http_request_seconds_count{method="GET",route="/api/session"} 2`,
		`sessionhub_http_requests_in_flight 1`,
		`sessionhub_sealed_fields_total 2`,
		`sessionhub_opened_fields_total 2`,
		`sessionhub_unreadable_fields_total 0`,
		`sessionhub_database_transactions_total{kind="write"} `,
		`sessionhub_database_seconds_total{kind="read"} `,
		`sessionhub_database_seconds_total{kind="stream"} `,
		`go_sql_open_connections{db_name="write"} 1`,
		`go_goroutines `,
		`process_resident_memory_bytes `,
	} {
		if !strings.Contains(got.body, "\n"+line) {
			t.Errorf("the page has no %s", line)
		}
	}
	for _, private := range []string{marker, s.owner.DatabaseIDHash, s.locator(), "agent-1", "203.0.113.7"} {
		if strings.Contains(got.body, private) {
			t.Errorf("the page has %s", private)
		}
	}
}

// The number of series is bounded: a stranger cannot make more of them, and so fill memory.
func TestMetricsAreBounded(t *testing.T) {
	s := newStack(t, true)
	count := func() int {
		return strings.Count(s.do("GET", "/metrics", "").body, "sessionhub_http_requests_total{")
	}
	for _, target := range []string{"/api/session", "/healthz", "/nothing", "/static/nothing"} {
		s.do("BREW", target, "", with("Authorization", ""))
		before := count()
		for i := range 20 {
			s.do(fmt.Sprintf("BREW%d", i), target, "", with("Authorization", "")).want(s.do("BREW", target, "").status, "")
		}
		if after := count(); after > before+1 {
			t.Errorf("%s: 20 methods made %d series", target, after-before)
		}
	}
}

// Names, e-mail addresses, messages, searches, ids and keys do not reach the log, whether a
// request succeeds, is refused, or fails within.
func TestLogHoldsNoPersonalData(t *testing.T) {
	s := newStack(t, false) // in plaintext, so that nothing hides behind encryption
	const marker = "m4rk3r"
	key := s.newKey(models.Key{Role: models.RoleOwner, DisplayName: marker})
	requests := func() {
		person := jsonObject("agentId", marker, "userName", marker, "userEmail", marker+"@example.com", "acceptTerms", marker)
		s.do("POST", "/api/exec/session/"+marker, person, as(key))
		s.do("PUT", "/api/session", jsonObject("id", marker, "agentId", marker, "messages", `[{"role":"`+marker+`"}]`, "finalizedAt", marker), as(key))
		s.do("PUT", "/api/session", jsonObject("id", marker, "agentId", marker, "messages", `[{"role":"`+marker+`"}]`), as(key))
		s.do("PUT", "/api/session", `{"`+marker, as(key))
		s.do("POST", "/api/session/"+marker+"/messages", `{"messages":[{"role":"`+marker+`"}]}`, as(key))
		s.do("GET", "/api/session?id="+marker+"&"+marker+"="+marker+"&limit="+marker, "", as(key))
		s.do("GET", "/api/agent/"+marker+"/session?query="+marker+"&orderBy="+marker, "", as(key))
		s.do("GET", "/api/agent/"+marker+"/session?query="+marker, "", as(key))
		s.do("PUT", "/api/audit", jsonObject("diff", marker, "eventName", marker, "recordLocator", marker), as(key))
		s.do("DELETE", "/api/session/"+marker, "", as(key))
		s.do("GET", "/"+marker+"?"+marker, "", with("Authorization", "Bearer "+marker), with("User-Agent", marker), with("Cookie", marker))
		s.do(strings.ToUpper(marker), "/api/session", "", with(headerAltKey, marker), with(headerDatabase, marker), with("Origin", marker))
	}
	requests()
	s.damageOn("DROP TABLE messages", "DROP TABLE sessions", "DROP TABLE audit_entries")
	requests()
	log := s.log.String()
	for _, private := range []string{marker, key[len("ad_key_"):], s.key[len("ad_key_"):], key[30:], strings.ToUpper(marker)} {
		if strings.Contains(log, private) {
			at := strings.Index(log, private)
			t.Errorf("the log has %q: %s", private, log[max(0, at-200):min(len(log), at+200)])
		}
	}
	for _, wanted := range []string{"route=/api/exec/session/:id status=200", "status=404", s.noTable()} {
		if !strings.Contains(log, wanted) {
			t.Errorf("the log does not have %q", wanted)
		}
	}
}

// What fails within is 500: its reason is in the log, with the id of the request, and not in
// the answer.
func TestInternalErrors(t *testing.T) {
	const reason = "the secret reason"
	for name, fail := range map[string]func() error{
		"error":          func() error { return errors.New(reason) },
		"wrapped":        func() error { return fmt.Errorf("outer: %w", errors.New(reason)) },
		"panic":          func() error { panic(reason) },
		"panic of error": func() error { panic(errors.New(reason)) },
		"runtime error":  func() error { var none []error; return none[len(none)] },
		"echo's own 502": func() error { return echo.NewHTTPError(http.StatusBadGateway, reason) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newStack(t, true)
			s.deps.Sessions, s.deps.Audit = failingSessions{fail: fail}, failingAudit{fail: fail}
			s.deps.Keys = failingKeys{keyStore: s.store.Keys, fail: fail}
			s.ask("/api/exec/session/x", evilPage).want(500, "")
			for _, c := range calls {
				r := s.request(c.method, c.target, c.body, with("X-Request-Id", "id-of-"+c.name))
				got := s.send(r).want(500, `{"message":"`+internalMessage+`","status":500}`)
				s.fits(r, got)
				if log := s.log.String(); !strings.Contains(log, `msg="request failed" id=id-of-`+c.name) {
					t.Errorf("%s: the log is %s", c.name, shorten(log))
				}
			}
			if log := s.log.String(); name != "runtime error" && !strings.Contains(log, reason) {
				t.Errorf("the log does not have the reason: %s", shorten(log))
			}
		})
	}
}

// The panic that ends a connection on purpose is let through.
func TestAbortIsNotAnswered(t *testing.T) {
	s := newStack(t, true)
	s.deps.Sessions = failingSessions{fail: func() error { panic(http.ErrAbortHandler) }}
	defer func() {
		if cause, _ := recover().(error); !errors.Is(cause, http.ErrAbortHandler) {
			t.Errorf("recovered %v", cause)
		}
	}()
	s.do("GET", "/api/session", "")
	t.Error("the request was answered")
}

// A client that hangs up is no failure of ours.
func TestClientThatHangsUp(t *testing.T) {
	s := newStack(t, true)
	ctx, cancel := contextOf(t)
	cancel()
	recorder := httptest.NewRecorder()
	s.handler().ServeHTTP(recorder, s.request("GET", "/api/session", "").WithContext(ctx))
	if log := s.log.String(); strings.Contains(log, "request failed") {
		t.Errorf("the log is %s", log)
	}
}

// A service that cannot reach its database says so where a load balancer looks, and not why.
func TestNotReady(t *testing.T) {
	s := newStack(t, true)
	s.do("GET", "/readyz", "").want(200, `{"status":"ok"}`)
	s.damageOn("INSERT INTO schema_steps (number, name, applied_at) VALUES (99, 'from the future', 0)")
	got := s.do("GET", "/readyz", "", with("Authorization", ""))
	got.want(503, `{"status":"unavailable","message":"The service cannot take requests now; its log says why."}`)
	s.do("GET", "/healthz", "").want(200, `{"status":"ok"}`)
	if log := s.log.String(); !strings.Contains(log, "not ready") || !strings.Contains(log, "from the future") {
		t.Errorf("the log is %s", log)
	}
}

// The time of a request is measured by the clock, and stands in the log.
func TestTimeInLog(t *testing.T) {
	s := newStack(t, true)
	s.deps.Sessions = failingSessions{fail: func() error { s.clock.advance(1500 * time.Millisecond); return errors.New("slow") }}
	s.do("GET", "/api/session", "").want(500, "")
	if log := s.log.String(); !strings.Contains(log, "took=1.5s") {
		t.Errorf("the log is %s", log)
	}
}
