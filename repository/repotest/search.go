package repotest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"sessionhub/models"
)

var searchPromises = []promise{
	{"agrees with a plain search through everything", searchOracle},
	{"pages of one search neither repeat nor skip", searchPages},
	{"letters match whatever their case, and nothing else does", searchFold},
	{"a page far behind the end is empty", searchFarOff},
	{"nothing that was searched or found is left in the database", searchLeavesNothing},
}

// repeatable makes the same data in every run.
func repeatable(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // nothing here is secret
}

// known is what the oracle knows of a session.
type known struct {
	id, agent        string
	name, email      *string
	created, updated int64
	finalized        bool
}

// people makes n random sessions. Their names use few letters, so that queries hit.
func (f *fixture) people(t testing.TB, random *rand.Rand, n int) []known {
	t.Helper()
	var all []known
	for i := range n {
		f.clock.Step(time.Duration(random.IntN(2)) * time.Millisecond)
		k := known{id: fmt.Sprintf("%s%d", word(random, "sS-", 1), i), agent: fmt.Sprint("agent-", random.IntN(3))}
		p := &models.SessionPatch{ID: k.id, AgentID: k.agent}
		created := f.clock.stored().Add(time.Duration(random.IntN(9)-4) * time.Millisecond)
		p.CreatedAt = &created
		if random.IntN(5) > 0 {
			k.name = new(word(random, "aAbBßẞſkKσς ", random.IntN(5)))
			p.UserName = set(models.Secret(*k.name))
		}
		if random.IntN(4) > 0 {
			k.email = new(word(random, "aAbB@.İi", random.IntN(6)))
			p.UserEmail = set(models.Secret(*k.email))
		}
		if err := f.Sessions.Save(t.Context(), f.who, p); err != nil {
			t.Fatal(err)
		}
		k.created, k.updated = created.UnixMilli(), f.clock.stored().UnixMilli()
		if random.IntN(10) == 0 {
			f.delete(t, k.id)
			continue
		}
		all = append(all, k)
	}
	return all
}

func searchOrders() []string {
	return []string{models.OrderByUserName, models.OrderByUserEmail, models.OrderByCreatedAt, models.OrderByUpdatedAt}
}

func word(random *rand.Rand, letters string, n int) string {
	from, out := []rune(letters), make([]rune, n)
	for i := range out {
		out[i] = from[random.IntN(len(from))]
	}
	return string(out)
}

func searchOracle(t *testing.T, f *fixture) {
	random := repeatable(2)
	all := f.people(t, random, 250)
	hits := 0
	orders := append(searchOrders(), "")
	for range 400 {
		q := models.SessionSearch{
			AgentID: fmt.Sprint("agent-", random.IntN(4)), OrderBy: orders[random.IntN(len(orders))],
			Query: word(random, "aAbBßẞſsSkKKσΣς @.İi1-", random.IntN(4)),
			Limit: 1 + int64(random.IntN(40)), Offset: int64(random.IntN(30) * random.IntN(3)), Reverse: random.IntN(2) == 0,
		}
		p, want := f.search(t, q), answer(all, q)
		page := want[min(int(q.Offset), len(want)):]
		page = page[:min(int(q.Limit), len(page))]
		if !slices.Equal(p.ids(), page) || int(p.total) != len(want) {
			t.Fatalf("%+v\n got %v of %d\nwant %v of %d", q, p.ids(), p.total, page, len(want))
		}
		if q.Query != "" {
			hits += len(page)
		}
	}
	if hits < 100 {
		t.Errorf("the queries hit only %d times", hits)
	}
}

func searchPages(t *testing.T, f *fixture) {
	f.people(t, repeatable(3), 120)
	for _, order := range searchOrders() {
		whole := f.search(t, models.SessionSearch{AgentID: "agent-1", OrderBy: order, Limit: 1000}).views
		for _, size := range []int64{1, 7, 10} {
			var paged []view
			var mirrored []view
			for offset := int64(0); offset < int64(len(whole))+size; offset += size {
				q := models.SessionSearch{AgentID: "agent-1", OrderBy: order, Limit: size, Offset: offset}
				paged = append(paged, f.search(t, q).views...)
				q.Reverse = true
				p := f.search(t, q)
				if mirrored = append(mirrored, p.views...); p.next != "" {
					t.Errorf("%s from the end: there is a cursor", order)
				}
			}
			if slices.Reverse(mirrored); !slices.Equal(paged, whole) || !slices.Equal(mirrored, whole) || len(whole) < 20 {
				t.Errorf("%s in pages of %d: %d and %d of %d, or another order", order, size, len(paged), len(mirrored), len(whole))
			}
		}
	}
}

func searchFold(t *testing.T, f *fixture) {
	for _, test := range []struct {
		name, query string
		want        bool
	}{
		{"Ärger", "äRGER", true},
		{"ΟΔΟΣ", "οδος", true},
		{"straße", "STRAẞE", true},
		{"straße", "strasse", false},
		{"İzmir", "izmir", false},
		{"İzmir", "İZMIR", true},
		{"Kelvin", "\u212aelvin", true},
		{"e\u0301", "é", false},
		{"100%", "0%", true},
		{"100", "1%0", false},
		{"a_b", "a_", true},
		{"axb", "a_", false},
		{`\`, `\`, true},
		{"", "x", false},
	} {
		f.save(t, "0", name(test.name))
		if p := f.search(t, models.SessionSearch{AgentID: agent, Query: test.query, Limit: 10}); (p.total == 1) != test.want {
			t.Errorf("%q in %q: found %v", test.query, test.name, p.total == 1)
		}
	}
}

func searchFarOff(t *testing.T, f *fixture) {
	f.create(t, "s-1", "s-2")
	for _, offset := range []int64{2, 1000, 1<<31 - 1, 1 << 62, math.MaxInt64} {
		func() {
			defer func() {
				if broken := recover(); broken != nil {
					t.Errorf("%d: panic: %v", offset, broken)
				}
			}()
			for _, reverse := range []bool{false, true} {
				q := models.SessionSearch{AgentID: agent, Limit: 1000, Offset: offset, Reverse: reverse}
				if p := f.search(t, q); p.total != 2 || len(p.views) != 0 {
					t.Errorf("%d: %+v", offset, p)
				}
			}
		}()
	}
}

func searchLeavesNothing(t *testing.T, f *fixture) {
	if !f.tenant.Encrypted {
		return // names are stored in clear
	}
	f.save(t, "s-1", name("Marker-Xyzzy"), email("xyzzy@example.com"))
	f.search(t, models.SessionSearch{AgentID: agent, Query: "xyzzy", OrderBy: models.OrderByUserName, Limit: 10})
	for table := range TenantTables {
		for _, row := range f.rows(t, "SELECT * FROM "+table) {
			if contains(row, "xyzzy") {
				t.Errorf("%s holds it: %s", table, row)
			}
		}
	}
}
