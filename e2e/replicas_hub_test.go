package e2e

import (
	"strings"
	"sync"
	"testing"
)

// linksWorkEverywhere gets a link from one replica, opens it at the next, saves at the third, and
// performs at all of them.
func linksWorkEverywhere(t *testing.T, r *replicas) {
	r.at[0].addWeather(newWeather(t, keyGuard(goodKey)))
	agents := make([]*agent, replicaCount)
	for n := range agents {
		agents[n] = r.client(n).agent(t, "acme|alice")
		agents[n].mustAct("")
	}
	at := func(n int, link string) string {
		return r.servers[n].base + strings.TrimPrefix(link, agents[0].base)
	}
	page, link := newBrowser(t), agents[0].link()
	page.must(at(1, link))
	page.connectKey(at(2, link), goodKey)
	for _, a := range agents {
		a.weather("success")
	}
	if status, _ := newBrowser(t).get(at(0, link)); status == 200 {
		t.Error("another browser may open the link at another replica")
	}
}

// repeatsEverywhere places each order at all replicas at once, and then again.
func repeatsEverywhere(t *testing.T, r *replicas) {
	shop := newShop(t)
	r.at[0].addDocument(shop.file(t), "--replace")
	var mu sync.Mutex
	first := map[string]string{}
	for _, item := range []string{"bread", "milk", "salt"} {
		r.together(3*replicaCount, func(_ int, c *client) {
			o := &orderer{agent: c.agent(t, "shop|1")}
			got, err := o.place(o.agent, item)
			mu.Lock()
			defer mu.Unlock()
			if first[item] == "" {
				first[item] = string(got.Result)
			}
			if err != nil || got.Status != "success" || string(got.Result) != first[item] {
				t.Errorf("%s: %+v, %v; another was told %s", item, got, err, first[item])
			}
		})
		if n := shop.placed(item); n != 1 {
			t.Errorf("%s was ordered %d times", item, n)
		}
	}
}
