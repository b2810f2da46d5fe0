package load

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// A wrong place in the order would shift every p99 that is published.
func TestPercentilesAreNearestRanks(t *testing.T) {
	times := make([]time.Duration, 100)
	for i := range times {
		times[i] = time.Duration(100 - i) // unsorted: 100, 99 ... 1
	}
	got := Percentiles(times, 0, 1, 50, 99, 99.9, 100)
	for i, want := range []time.Duration{1, 1, 50, 99, 100, 100} {
		if got[i] != want {
			t.Errorf("percentile %d is %d, want %d", i, got[i], want)
		}
	}
	if got := Percentiles([]time.Duration{7}, 1, 50, 99); got[0] != 7 || got[1] != 7 || got[2] != 7 {
		t.Errorf("of one value: %v", got)
	}
	if got := Percentiles(nil, 50); got[0] != 0 {
		t.Errorf("of none: %v", got)
	}
}

func TestMedian(t *testing.T) {
	for want, of := range map[float64][]float64{0: nil, 3: {3}, 2: {1, 2, 9}, 2.5: {9, 2, 1, 3}} {
		if got := Median(of); got != want {
			t.Errorf("median of %v is %v, want %v", of, got, want)
		}
	}
}

func TestReadAnswer(t *testing.T) {
	tests := map[string]struct {
		wire string
		want Answer
		body string
		err  error // nil: any, where want is empty
	}{
		"length":         {"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", Answer{Status: 200, Length: 3}, "abc", nil},
		"chunks":         {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", Answer{Status: 200, Length: 13}, "abc0123456789", nil},
		"no body":        {"HTTP/1.1 204 No Content\r\n\r\n", Answer{Status: 204}, "", nil},
		"an error":       {"HTTP/1.1 499 \r\nContent-Length: 1\r\nConnection: close\r\n\r\nx", Answer{Status: 499, Length: 1, Close: true}, "x", nil},
		"cut body":       {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc", Answer{}, "", nil},
		"cut chunk":      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", Answer{}, "", nil},
		"no last chunk":  {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Answer{}, "", nil},
		"long chunk":     {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", Answer{}, "", errNotHTTP},
		"unknown length": {"HTTP/1.1 200 OK\r\n\r\nabc", Answer{}, "", errNoLength},
		"not HTTP":       {"SSH-2.0-OpenSSH\r\n\r\n", Answer{}, "", errNotHTTP},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := bufio.NewReader(strings.NewReader(test.wire + "next"))
			var body []byte
			answer, err := ReadAnswer(r, &body)
			if test.want.Status == 0 {
				if err == nil || test.err != nil && !errors.Is(err, test.err) {
					t.Fatalf("answer %+v, error %v, want %v", answer, err, test.err)
				}
				return
			}
			if err != nil || answer != test.want || string(body) != test.body {
				t.Errorf("answer %+v with %q, error %v", answer, body, err)
			}
			if rest, _ := r.Peek(4); string(rest) != "next" {
				t.Errorf("the next answer begins with %q", rest)
			}
		})
	}
}

func TestSequence(t *testing.T) {
	s := NewSequence(Order{
		Steps:    []Step{{IDs: Series{Name: 1, Count: 2}}, {IDs: Series{Name: 2}}},
		Turns:    []int{0, 0, 1, 0},
		Duration: time.Second,
	})
	for i, want := range []struct {
		step int
		id   ID
	}{{0, NewID(1, 0)}, {0, NewID(1, 1)}, {1, NewID(2, 0)}, {0, NewID(1, 0)}, {0, NewID(1, 1)}, {0, NewID(1, 0)}, {1, NewID(2, 1)}} {
		if step, id, err := s.Next(); err != nil || step != want.step || id != want.id {
			t.Errorf("turn %d: step %d, id %s, error %v", i, step, id, err)
		}
	}
	once := NewSequence(Order{Steps: []Step{{IDs: Series{Count: 1}}}})
	if _, _, err := once.Next(); err != nil {
		t.Error(err)
	}
	if _, _, err := once.Next(); !errors.Is(err, ErrDone) {
		t.Errorf("after the last id: %v", err)
	}
}

// recorder answers like a server, and remembers what it was asked.
type recorder struct {
	mu     sync.Mutex
	asked  map[string]int
	status int
}

func (s *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")]++
	s.mu.Unlock()
	w.WriteHeader(s.status)
}

func serveRecorder(t *testing.T, status int) (*recorder, string) {
	t.Helper()
	s := &recorder{asked: map[string]int{}, status: status}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.Listener.Addr().String()
}

// Both generators have to ask the same, or their figures cannot stand for each other.
func TestGeneratorsAskForWhatWasOrdered(t *testing.T) {
	for _, g := range generators(t) {
		t.Run(g.Name(), func(t *testing.T) {
			s, addr := serveRecorder(t, http.StatusOK)
			request := Request{Method: "POST", Path: "/x/" + Mark(), Header: []string{"Authorization: a\"b\\c"}, Body: `{"id":"` + Mark() + `"}`}
			result, err := g.Run(t.Context(), Order{
				Addr: addr, Connections: 4, Duration: time.Second,
				Steps: []Step{{Request: request, IDs: Series{Name: 0xabc, Count: 3}}},
			})
			if err != nil || result.Errors != 0 || result.Requests == 0 || result.P50 <= 0 || result.P99 < result.P50 {
				t.Fatalf("%+v, error %v", result, err)
			}
			if result.Took < 900*time.Millisecond || result.Took > 5*time.Second {
				t.Errorf("it took %v", result.Took)
			}
			for n := range uint64(3) {
				id := NewID(0xabc, n)
				if s.asked["POST /x/"+string(id[:])+` a"b\c`] == 0 {
					t.Errorf("nobody asked for %s, only %v", id, s.asked)
				}
			}
			if len(s.asked) != 3 {
				t.Errorf("asked %v", s.asked)
			}
		})
	}
}

// An error that counts as an answer would make a broken server the fastest.
func TestGeneratorsCountErrors(t *testing.T) {
	for _, g := range generators(t) {
		t.Run(g.Name(), func(t *testing.T) {
			_, addr := serveRecorder(t, http.StatusBadRequest)
			result, err := g.Run(t.Context(), Order{Addr: addr, Connections: 1, Duration: time.Second, Steps: []Step{{Request: Request{Method: "GET", Path: "/"}}}})
			if err != nil || result.Requests != 0 || result.Errors == 0 || result.First == nil {
				t.Errorf("%+v, error %v", result, err)
			}
		})
	}
}

func TestOwnAsksOnceForEachIDWithoutDuration(t *testing.T) {
	s, addr := serveRecorder(t, http.StatusNoContent)
	result, err := Own{Now: time.Now}.Run(t.Context(), Order{
		Addr: addr, Connections: 8, Steps: []Step{{Request: Request{Method: "GET", Path: "/" + Mark()}, IDs: Series{Count: 100}}},
	})
	if err != nil || result.Requests != 100 || result.Errors != 0 || len(s.asked) != 100 {
		t.Errorf("%+v, error %v, %d asked for", result, err, len(s.asked))
	}
}

func TestGeneratorsStop(t *testing.T) {
	for _, g := range generators(t) {
		t.Run(g.Name(), func(t *testing.T) {
			_, addr := serveRecorder(t, http.StatusOK)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			_, err := g.Run(ctx, Order{Addr: addr, Connections: 1, Duration: time.Minute, Steps: []Step{{Request: Request{Method: "GET", Path: "/"}}}})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestParseWrk(t *testing.T) {
	out := "Running 1s test\n\nresult {\"duration\":2000000,\"requests\":100,\"p50\":1500,\"p99\":9000,\"status\":2,\"connect\":0,\"read\":1,\"write\":0,\"timedOut\":0}\n"
	r, err := parseWrk([]byte(out))
	if err != nil || r.Took != 2*time.Second || r.Requests != 98 || r.Errors != 3 || r.P50 != 1500*time.Microsecond || r.P99 != 9*time.Millisecond || r.PerSecond() != 49 {
		t.Errorf("%+v, error %v", r, err)
	}
	if _, err := parseWrk([]byte("unable to connect\n")); err == nil {
		t.Error("no result, and no error")
	}
}

func generators(t *testing.T) []Generator {
	t.Helper()
	all := []Generator{Own{Now: time.Now}}
	if path, err := exec.LookPath("wrk"); err == nil {
		all = append(all, Wrk{Path: path, Dir: t.TempDir()})
	}
	return all
}

// Replicas are asked side by side, and an id is asked for once, whoever is asked.
func TestGeneratorsSpreadConnections(t *testing.T) {
	for _, g := range generators(t) {
		t.Run(g.Name(), func(t *testing.T) {
			first, addr := serveRecorder(t, http.StatusOK)
			second, other := serveRecorder(t, http.StatusOK)
			result, err := g.Run(t.Context(), Order{
				Addr: addr, Others: []string{other}, Connections: 4, Duration: time.Second,
				Steps: []Step{{Request: Request{Method: "GET", Path: "/" + Mark()}, IDs: Series{Name: 1}}},
			})
			if err != nil || result.Errors != 0 || len(first.asked) == 0 || len(second.asked) == 0 {
				t.Fatalf("%+v, error %v, %d and %d asked for", result, err, len(first.asked), len(second.asked))
			}
			for asked := range first.asked {
				if second.asked[asked] != 0 {
					t.Fatalf("both were asked for %s", asked)
				}
			}
		})
	}
}
