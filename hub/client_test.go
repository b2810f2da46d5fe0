package hub

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func serveClient(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func TestAnAnswerOfAnyStatusIsAResponse(t *testing.T) {
	server := serveClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Agent", r.UserAgent())
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, "short and stout")
	})
	res, err := getWith(t, NewClient(ClientOptions{UserAgent: "hub/1"}), server.URL, true)
	if err != nil || res.Status != http.StatusTeapot || string(res.Body) != "short and stout" || res.Header.Get("X-Agent") != "hub/1" {
		t.Errorf("got %+v, %v", res, err)
	}
}

// An answer is bounded as it is after decompression, or a few bytes could fill the memory.
func TestLargeAnswersAreCutOff(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, zeros{}, 64<<20); err != nil {
		t.Fatal(err)
	}
	z.Close()
	server := serveClient(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, bomb.String())
		case "/endless":
			for r.Context().Err() == nil {
				fmt.Fprint(w, strings.Repeat("x", 32<<10))
			}
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		default:
			fmt.Fprint(w, strings.Repeat("x", 1000))
		}
	})
	c := NewClient(ClientOptions{MaxResult: 1000})
	for path, want := range map[string]error{"/fits": nil, "/bomb": ErrTooLarge, "/endless": ErrTooLarge, "/headers": ErrUnreachable} {
		if _, err := getWith(t, c, server.URL+path, true); !errors.Is(err, want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	if _, err := c.Fetch(t.Context(), server.URL+"/fits", 999, true); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Fetch: got %v", err)
	}
	res, err := c.HTTP(true).Get(server.URL + "/bomb")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); !errors.Is(err, ErrTooLarge) || len(body) != 1000 {
		t.Errorf("HTTP: got %d bytes, %v", len(body), err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// The limit of time holds to the last byte; a caller that gives up is not told of slowness.
func TestSlowAnswersEnd(t *testing.T) {
	server := serveClient(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if r.URL.Path == "/drip" {
				fmt.Fprint(w, "x")
				w.(http.Flusher).Flush()
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
	c := NewClient(ClientOptions{Timeout: 150 * time.Millisecond})
	for _, path := range []string{"/drip", "/silence"} {
		if _, err := getWith(t, c, server.URL+path, true); !errors.Is(err, ErrTimeout) {
			t.Errorf("%s: got %v", path, err)
		}
		res, err := c.HTTP(true).Get(server.URL + path)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if !errors.Is(err, ErrTimeout) {
			t.Errorf("HTTP %s: got %v", path, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		req, _ := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
		if _, err := c.Do(req, true); !errors.Is(err, context.Canceled) || errors.Is(err, ErrTimeout) {
			t.Errorf("%s given up: got %v", path, err)
		}
	}
}

// An error is told to a model and written to a log.
func TestErrorsHoldNothingOfTheRequest(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	broken := serveClient(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	})
	half := serveClient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	})
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	c := NewClient(ClientOptions{Timeout: 2 * time.Second, Resolver: startDNS(t, func(string, int) string { return "" })})
	for address, reason := range map[string]string{
		closed.URL:            "it refuses connections",
		broken.URL:            "the connection broke off",
		half.URL:              "the connection broke off",
		secure.URL:            "its certificate is not valid",
		"http://nowhere.test": "its name is not known",
		strings.Replace(half.URL, "http://", "https://", 1): "it does not speak TLS",
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/s3cret?key=s3cret", nil)
		req.Header.Set("Authorization", "Bearer s3cret")
		_, err := c.Do(req, true)
		host := req.URL.Hostname()
		if want := "GET " + host + ": the server cannot be reached: " + reason; !errors.Is(err, ErrUnreachable) || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", address, err, want)
		}
	}
}

func TestFetchNeedsADocument(t *testing.T) {
	server := serveClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/there", http.StatusMovedPermanently)
			return
		}
		if r.URL.Path != "/there" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, "openapi")
	})
	c := NewClient(ClientOptions{})
	if body, err := c.Fetch(t.Context(), server.URL+"/moved", 100, true); err != nil || string(body) != "openapi" {
		t.Errorf("got %q, %v", body, err)
	}
	if _, err := c.Fetch(t.Context(), server.URL+"/x?s3cret", 100, true); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "404") || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v", err)
	}
	for _, address := range []string{"x", "ftp://a/", "http://a b/", "http://u:p@a/", "http:///x"} {
		if _, err := c.Fetch(t.Context(), address, 100, true); err == nil || err.Error() != errAddress.Error() {
			t.Errorf("%s: got %v", address, err)
		}
	}
}

// What is safe to send twice can be: a connection that the server closed meanwhile is no fault.
func TestClosedConnectionsAreOpenedAgain(t *testing.T) {
	var calls atomic.Int32
	server := serveClient(t, func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		fmt.Fprint(w, "again")
	})
	c := NewClient(ClientOptions{})
	for range 3 {
		if res, err := getWith(t, c, server.URL, true); err != nil || string(res.Body) != "again" {
			t.Fatalf("got %v, %v", res, err)
		}
		server.CloseClientConnections()
	}
	if calls.Load() != 3 {
		t.Errorf("%d calls", calls.Load())
	}
}

func TestConnectTimeoutIsATimeout(t *testing.T) {
	err := callFailed(httptest.NewRequest(http.MethodGet, "http://a.test/s3cret", nil), &net.OpError{Op: "dial", Err: context.DeadlineExceeded})
	if !errors.Is(err, ErrTimeout) || err.Error() != "GET a.test: the answer did not come in time" {
		t.Errorf("got %v", err)
	}
}
