package repotest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var countPromises = []promise{
	{"agents come with their live sessions, most first, ties by id", countAgents},
	{"there are as many agents as were asked for, at most", countAgentsAtMost},
	{"sessions are added up by agent and day, as a plain sum does it", countUsage},
	{"a day begins and ends at midnight, before 1970 too", countDays},
	{"no sum of tokens overflows", countOverflow},
	{"deleted sessions and those of other tenants are not counted", countOthers},
}

// dated is a session that was made at a time.
type dated struct {
	id, agent          string
	created            time.Time
	prompt, completion *int64
}

func (f *fixture) saveDated(t testing.TB, d dated) {
	t.Helper()
	p := models.SessionPatch{ID: d.id, AgentID: d.agent, CreatedAt: &d.created}
	p.PromptTokens = models.Change[int64]{Set: d.prompt != nil, Value: d.prompt}
	p.CompletionTokens = models.Change[int64]{Set: d.completion != nil, Value: d.completion}
	wantError(t, f.Sessions.Save(t.Context(), f.who, &p), nil)
}

func (f *fixture) usage(t testing.TB, filter models.UsageFilter) []models.Usage {
	t.Helper()
	all, err := f.Sessions.Usage(t.Context(), f.who, filter)
	if err != nil {
		t.Fatalf("usage %+v: %v", filter, err)
	}
	return all
}

func (f *fixture) wantAgents(t testing.TB, most, total int64, want ...models.Agent) {
	t.Helper()
	got, n, err := f.Sessions.Agents(t.Context(), f.who, most)
	if err != nil || n != total || !slices.Equal(got, want) {
		t.Errorf("at most %d: %v of %d, want %v of %d, %v", most, got, n, want, total, err)
	}
}

func countAgents(t *testing.T, f *fixture) {
	f.wantAgents(t, 10, 0)
	for i, agent := range []string{"a", "b", "b", "c", "Z", "ä", "d", "b"} {
		f.saveDated(t, dated{id: fmt.Sprint("s-", i), agent: agent, created: f.clock.Now()})
	}
	f.delete(t, "s-6", "s-7") // all of d
	f.wantAgents(t, 10, 5, models.Agent{ID: "b", Sessions: 2}, models.Agent{ID: "Z", Sessions: 1}, models.Agent{ID: "a", Sessions: 1},
		models.Agent{ID: "c", Sessions: 1}, models.Agent{ID: "ä", Sessions: 1})
	f.wantAgents(t, 2, 5, models.Agent{ID: "b", Sessions: 2}, models.Agent{ID: "Z", Sessions: 1})
}

func countAgentsAtMost(t *testing.T, f *fixture) {
	random := repeatable(21)
	sessions := map[string]int64{}
	for i := range 150 {
		name := fmt.Sprint("agent-", random.IntN(40))
		sessions[name]++
		f.saveDated(t, dated{id: fmt.Sprint("s-", i), agent: name, created: f.clock.Now()})
	}
	var want []models.Agent
	for name, n := range sessions {
		want = append(want, models.Agent{ID: name, Sessions: n})
	}
	slices.SortFunc(want, func(a, b models.Agent) int {
		return cmp.Or(cmp.Compare(b.Sessions, a.Sessions), strings.Compare(a.ID, b.ID))
	})
	for _, most := range []int64{math.MinInt64, -1, 0, 1, 2, 17, int64(len(want)) - 1, int64(len(want)), int64(len(want)) + 1, math.MaxInt64} {
		f.wantAgents(t, most, int64(len(want)), want[:min(max(most, 0), int64(len(want)))]...)
	}
}

// sum is what Usage has to find, by the plainest means.
func sum(all []dated, filter models.UsageFilter) []models.Usage {
	var days []models.Usage
	for _, d := range all {
		created := d.created.Truncate(time.Millisecond) // as it is stored
		if filter.AgentID != "" && d.agent != filter.AgentID || created.Before(filter.From) || !created.Before(filter.To) {
			continue
		}
		year, month, date := created.UTC().Date()
		day := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
		at := slices.IndexFunc(days, func(u models.Usage) bool { return u.AgentID == d.agent && u.Day.Equal(day) })
		if at < 0 {
			at, days = len(days), append(days, models.Usage{AgentID: d.agent, Day: day})
		}
		days[at].Sessions++
		if d.prompt != nil {
			days[at].PromptTokens += *d.prompt
		}
		if d.completion != nil {
			days[at].CompletionTokens += *d.completion
		}
	}
	slices.SortFunc(days, func(a, b models.Usage) int {
		return cmp.Or(a.Day.Compare(b.Day), strings.Compare(a.AgentID, b.AgentID))
	})
	return days
}

// countUsage asks for much and for little of what there is: that is found in two ways.
func countUsage(t *testing.T, f *fixture) {
	random := repeatable(22)
	day := time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC)
	var all []dated
	for i := range 200 {
		d := dated{
			id: fmt.Sprint("s-", i), agent: fmt.Sprint("agent-", random.IntN(4)),
			created: day.Add(time.Duration(random.Int64N(int64(30 * 24 * time.Hour)))).Truncate(time.Millisecond),
		}
		if random.IntN(4) > 0 {
			d.prompt = new(random.Int64N(models.MaxTokens >> 10))
		}
		if random.IntN(4) > 0 {
			d.completion = new(random.Int64N(1000))
		}
		f.saveDated(t, d)
		all = append(all, d)
	}
	found := 0
	zones := []*time.Location{time.UTC, time.FixedZone("east", 5*3600+1800)}
	for range 200 {
		filter := models.UsageFilter{From: day.Add(time.Duration(random.Int64N(int64(30 * 24 * time.Hour)))).In(zones[random.IntN(2)])}
		filter.To = filter.From.Add(time.Duration(random.Int64N(int64(40*24*time.Hour)) / (1 + random.Int64N(20))))
		if random.IntN(3) == 0 {
			filter.AgentID = fmt.Sprint("agent-", random.IntN(5))
		}
		got, want := f.usage(t, filter), sum(all, filter)
		if !slices.Equal(got, want) {
			t.Fatalf("%+v\n got %v\nwant %v", filter, got, want)
		}
		found += len(got)
	}
	whole := models.UsageFilter{From: time.Time{}, To: time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)}
	if got := f.usage(t, whole); !slices.Equal(got, sum(all, whole)) || found < 500 {
		t.Errorf("found %d times; from the beginning to the end: %v", found, got)
	}
}

func countDays(t *testing.T, f *fixture) {
	var all []dated
	for _, day := range []time.Time{
		time.Date(2026, time.March, 29, 0, 0, 0, 0, time.UTC), time.Unix(0, 0).UTC(), time.Date(1969, time.December, 30, 0, 0, 0, 0, time.UTC),
		time.Date(2024, time.February, 29, 0, 0, 0, 0, time.UTC), time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC),
	} {
		for _, offset := range []time.Duration{-time.Millisecond, 0, time.Millisecond, 12 * time.Hour, 24*time.Hour - time.Millisecond, 24 * time.Hour} {
			d := dated{id: fmt.Sprint("s-", len(all)), agent: "a", created: day.Add(offset), prompt: new(int64(len(all)))}
			f.saveDated(t, d)
			all = append(all, d)
		}
	}
	for _, d := range all {
		for _, from := range []time.Time{d.created, d.created.Add(1), d.created.Add(-1)} {
			for _, to := range []time.Time{from, from.Add(1), from.Add(time.Millisecond), from.Add(24 * time.Hour), from.Add(-time.Hour), from.AddDate(3000, 0, 0)} {
				filter := models.UsageFilter{From: from, To: to}
				if got, want := f.usage(t, filter), sum(all, filter); !slices.Equal(got, want) {
					t.Errorf("%+v\n got %v\nwant %v", filter, got, want)
				}
			}
		}
	}
}

func countOverflow(t *testing.T, f *fixture) {
	day := time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC)
	for i := range 1025 { // 1024 times the most, and a little more than 1024 times, is too much for 63 bits
		d := dated{id: fmt.Sprint("s-", i), agent: "a", created: day, prompt: new(int64(models.MaxTokens))}
		if i < 1023 {
			d.completion = new(int64(models.MaxTokens))
		}
		f.saveDated(t, d)
	}
	want := models.Usage{AgentID: "a", Day: day, Sessions: 1025, PromptTokens: math.MaxInt64, CompletionTokens: 1023 * models.MaxTokens}
	if got := f.usage(t, models.UsageFilter{From: day, To: day.AddDate(0, 0, 1)}); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func countOthers(t *testing.T, f *fixture) {
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	other := &fixture{Store: f.Store, db: f.db, clock: f.clock, who: who}
	now := f.clock.stored()
	for i, of := range []*fixture{f, other, f, other, other} {
		of.saveDated(t, dated{id: fmt.Sprint("s-", i), agent: "a", created: now, prompt: new(int64(1))})
	}
	f.delete(t, "s-0")
	f.wantAgents(t, 10, 1, models.Agent{ID: "a", Sessions: 1})
	other.wantAgents(t, 10, 1, models.Agent{ID: "a", Sessions: 3})
	for of, want := range map[*fixture]int64{f: 1, other: 3} {
		got := of.usage(t, models.UsageFilter{From: now, To: now.Add(time.Second)})
		if len(got) != 1 || got[0].Sessions != want || got[0].PromptTokens != want {
			t.Errorf("%+v", got)
		}
	}
}
