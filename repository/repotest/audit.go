package repotest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var auditPromises = []promise{
	{"who, where and when are the store's, whatever the entry says", auditAppend},
	{"the diff is sealed, and comes back", auditDiff},
	{"too long an entry is invalid", auditInvalid},
	{"numbers count up from 1 in each tenant, without gaps, from many writers", auditNumbers},
	{"newest first, ties by number, in pages", auditOrder},
	{"a month holds its first millisecond and not the next month's", auditMonths},
	{"event and record filter, both together too", auditFilters},
}

func (f *fixture) note(t testing.TB, event, locator string) models.AuditEntry {
	t.Helper()
	e, err := f.Audit.Append(t.Context(), f.who, models.AuditEntry{EventName: event, RecordLocator: locator})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func auditAppend(t *testing.T, f *fixture) {
	got, err := f.Audit.Append(t.Context(), f.who, models.AuditEntry{
		ID: 99, IP: "203.0.113.1", UserAgent: "forged", KeyLocatorHash: "forged", DatabaseIDHash: "forged",
		EventName: "login", RecordLocator: `{"id":1}`, Diff: `{"a":[1,2]}`, CreatedAt: time.UnixMilli(0),
	})
	wantError(t, err, nil)
	want := models.AuditEntry{
		ID: 2, IP: f.who.IP, UserAgent: f.who.UserAgent, KeyLocatorHash: f.who.KeyLocatorHash, DatabaseIDHash: f.who.DatabaseIDHash,
		EventName: "login", RecordLocator: `{"id":1}`, Diff: `{"a":[1,2]}`, CreatedAt: f.clock.stored(),
	}
	if stored := everything(t, f.Store, f.who)[0]; got != want || stored != want {
		t.Errorf("\n got %+v\nread %+v\nwant %+v", got, stored, want)
	}
}

func auditDiff(t *testing.T, f *fixture) {
	for _, diff := range []models.Secret{`{"old":"Marker-1"}`, "", "Marker, but no JSON"} {
		if _, err := f.Audit.Append(t.Context(), f.who, models.AuditEntry{EventName: "x", Diff: diff}); err != nil {
			t.Fatal(err)
		}
		if got := everything(t, f.second(t), f.who)[0].Diff; got != diff {
			t.Errorf("%q came back as %q", diff.Reveal(), got.Reveal())
		}
	}
	for _, row := range f.rows(t, "SELECT diff FROM audit_entries") {
		if strings.Contains(row, "Marker") {
			t.Errorf("stored in clear: %s", row)
		}
	}
}

func auditInvalid(t *testing.T, f *fixture) {
	for _, e := range []models.AuditEntry{
		{EventName: strings.Repeat("x", 256)}, {RecordLocator: strings.Repeat("x", models.MaxLocator+1)},
	} {
		_, err := f.Audit.Append(t.Context(), f.who, e)
		wantError(t, err, models.ErrInvalid)
	}
	if n := len(everything(t, f.Store, f.who)); n != 1 {
		t.Errorf("%d entries", n)
	}
}

func auditNumbers(t *testing.T, f *fixture) {
	_, other, _ := f.addTenant(t, repository.NewTenant{})
	stores := []*repository.Store{f.Store, f.second(t)}
	var wg sync.WaitGroup
	for i := range 4 {
		who := []models.Actor{f.who, other}[i/2]
		wg.Go(func() {
			for range 20 {
				if _, err := stores[i%2].Audit.Append(t.Context(), who, models.AuditEntry{EventName: "x"}); err != nil {
					t.Errorf("append: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for _, who := range []models.Actor{f.who, other} {
		entries := everything(t, f.Store, who)
		for i, e := range entries {
			if e.ID != int64(len(entries)-i) {
				t.Errorf("entry %d is number %d", i, e.ID)
			}
		}
		if len(entries) != 41 {
			t.Errorf("%d entries", len(entries))
		}
	}
}

func numbers(entries []models.AuditEntry) []int64 {
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return ids
}

// auditOrder lets the clock go back once: the order is that of the times.
func auditOrder(t *testing.T, f *fixture) {
	for _, step := range []time.Duration{time.Second, 0, 0, time.Second, -2 * time.Second, time.Minute} {
		f.clock.Step(step)
		f.note(t, "x", "")
	}
	want := []int64{7, 5, 4, 3, 2, 6, 1}
	for limit := range int64(9) {
		for offset := range int64(9) {
			filter := anyTime()
			filter.Limit, filter.Offset = limit, offset
			entries, err := f.Audit.List(t.Context(), f.who, filter)
			from := min(offset, 7)
			if page := want[from:min(from+limit, 7)]; err != nil || !slices.Equal(numbers(entries), page) {
				t.Errorf("limit %d, offset %d: %v, want %v, %v", limit, offset, numbers(entries), page, err)
			}
		}
	}
}

func auditMonths(t *testing.T, f *fixture) {
	april := time.Date(2026, time.April, 1, 0, 0, 0, 0, time.UTC)
	for _, at := range []time.Time{april.Add(-time.Millisecond), april, april.AddDate(0, 1, 0).Add(-time.Millisecond), april.AddDate(0, 1, 0)} {
		f.clock.Step(at.Sub(f.clock.Now()))
		f.note(t, "x", "")
	}
	for month, want := range map[int][]int64{-2: nil, -1: {2, 1}, 0: {4, 3}, 1: {5}, 2: nil} {
		filter := anyTime()
		filter.From, filter.To = april.AddDate(0, month, 0), april.AddDate(0, month+1, 0)
		entries, err := f.Audit.List(t.Context(), f.who, filter)
		if err != nil || !slices.Equal(numbers(entries), want) {
			t.Errorf("%s: %v, want %v, %v", filter.From.Format("2006-01"), numbers(entries), want, err)
		}
	}
}

func auditFilters(t *testing.T, f *fixture) {
	for i := range 6 {
		f.note(t, fmt.Sprint("event-", i%2), fmt.Sprintf(`{"id":"%d"}`, i%3))
	}
	for _, test := range []struct {
		event, locator string
		want           []int64
	}{
		{"", "", []int64{7, 6, 5, 4, 3, 2, 1}},
		{"event-0", "", []int64{6, 4, 2}},
		{"", `{"id":"1"}`, []int64{6, 3}},
		{"event-1", `{"id":"1"}`, []int64{3}},
		{"EVENT-0", "", nil},
		{"event-%", "", nil},
		{"", `{"id":"9"}`, nil},
	} {
		filter := anyTime()
		filter.EventName, filter.RecordLocator = test.event, test.locator
		entries, err := f.Audit.List(t.Context(), f.who, filter)
		if err != nil || !slices.Equal(numbers(entries), test.want) {
			t.Errorf("%+v: %v, %v", test, numbers(entries), err)
		}
	}
}
