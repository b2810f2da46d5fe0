package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	orderers      = 8
	orderTime     = 20 * time.Millisecond // that the shop takes
	orderRounds   = 2
	ordersBetween = 5 * orderers // before the process is killed
	placeOrder    = "weather__placeOrder"
)

// shop is an API with one operation, which has an effect: each call is another order.
type shop struct {
	url string

	mu     sync.Mutex
	orders map[string]int // by what was ordered
	total  int
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{orders: map[string]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var order struct{ Item string }
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.total++
		s.orders[order.Item]++
		number := s.total
		s.mu.Unlock()
		time.Sleep(orderTime)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"number":%d,"item":%q}`, number, order.Item)
	}))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.url = server.URL
	return s
}

// placed says how often this was ordered.
func (s *shop) placed(item string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.orders[item]
}

// all is how many orders there were.
func (s *shop) all() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

func (s *shop) file(t *testing.T) string {
	t.Helper()
	return temporary(t, "shop.yaml", strings.Replace(shopDocument, "ADDRESS", s.url, 1))
}

const shopDocument = `openapi: 3.0.3
info: {title: Shop, version: 1.0.0}
servers: [{url: ADDRESS}]
paths:
  /orders:
    post:
      operationId: placeOrder
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [item], properties: {item: {type: string}}}
      responses: {'200': {description: The order.}}
`

// orderer places orders, each with a key of its own, until the service is gone.
type orderer struct {
	*agent
	answered map[string]said // by item, which is the Idempotency-Key too
	cut      string          // what was under way when the service died
}

func (o *orderer) order(round int) {
	for n := 0; ; n++ {
		item := fmt.Sprintf("%s-%d-%d", o.user, round, n)
		got, err := o.place(o.agent, item)
		if err != nil {
			o.cut = item
			return
		}
		o.answered[item] = got
	}
}

func (o *orderer) place(a *agent, item string) (said, error) {
	return a.try(placeOrder, object{"item": item}, "Idempotency-Key", item)
}

// Whenever the process dies, what was answered for an Idempotency-Key is answered again after the
// next start, and no order is placed a second time: neither one that was answered, nor one that
// was under way, of which nobody knows.
func TestKillNineWhilePerforming(t *testing.T) {
	i, w := newInstallation(t), newShop(t)
	s := i.start()
	i.addDocument(w.file(t))
	repeated := 0
	for round := range orderRounds {
		var all []*orderer
		var done sync.WaitGroup
		for n := range orderers {
			o := &orderer{agent: s.agent(fmt.Sprintf("shop|%d", n)), answered: map[string]said{}}
			all = append(all, o)
			done.Go(func() { o.order(round) })
		}
		if err := s.await(requestLimit, func() bool { return w.all() >= ordersBetween*(round+1) }); err != nil {
			t.Fatalf("only %d orders: %v", w.all(), err)
		}
		s.kill()
		done.Wait()
		s = i.start()
		for _, o := range all {
			repeated += o.repeat(t, s, w)
		}
	}
	if repeated < orderers*orderRounds {
		t.Errorf("only %d calls were answered before the process was killed", repeated)
	}
	expectCheckOK(t, i)
}

// repeat asks for everything again, and returns how much of it had been answered.
func (o *orderer) repeat(t *testing.T, s *server, w *shop) int {
	t.Helper()
	again := s.agent(o.user)
	for item, first := range o.answered {
		got, err := o.place(again, item)
		if err != nil || got.Status != "success" || string(got.Result) != string(first.Result) || got.Hint != first.Hint {
			t.Errorf("%s again: %+v, %v; the first answer was %+v", item, got, err, first)
		}
		if w.placed(item) != 1 {
			t.Errorf("%s was ordered %d times", item, w.placed(item))
		}
	}
	impatient := *again.client // what was under way is waited for, as long as its process may be alive
	impatient.http = &http.Client{Timeout: 5 * orderTime}
	got, err := o.place(impatient.agent(t, o.user), o.cut)
	if placed := w.placed(o.cut); placed > 1 {
		t.Errorf("%s, which was under way, was ordered %d times: %+v, %v", o.cut, placed, got, err)
	}
	status, _, err := again.ask(http.MethodPost, "/api/hub/perform/"+placeOrder, object{"item": "another"}, "Idempotency-Key", firstOf(o.answered))
	if err != nil || len(o.answered) > 0 && status != http.StatusUnprocessableEntity {
		t.Errorf("the same key with other arguments: status %d, %v", status, err)
	}
	return len(o.answered)
}

func firstOf(all map[string]said) string {
	for item := range all {
		return item
	}
	return "none"
}
