package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// cacheBound is the default of SESSIONHUB_SEARCH_CACHE.
const cacheBound = 256 << 20

// figure is one row of the table: ours beside the plain table's.
type figure struct {
	What     string        `json:"what"`
	P50      time.Duration `json:"p50"` // nanoseconds
	P99      time.Duration `json:"p99"`
	PlainP50 time.Duration `json:"plainP50"`
	PlainP99 time.Duration `json:"plainP99"`
	Ratio    float64       `json:"ratio"` // the median of those of each turn
	Remark   string        `json:"remark,omitempty"`
}

func benchSearch(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("search", flag.ContinueOnError)
	sessions := flags.Int("sessions", 100_000, "how many sessions the agent has")
	rounds := flags.Int("rounds", 100, "how often each search is made")
	cache := flags.String("cache", "bench/results/tmp", "where databases are kept between runs")
	program := flags.String("program", "bin/sessionhub", "the service, for the searches in its admin panel")
	asJSON := flags.Bool("json", false, "print JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p, err := openPeople(ctx, *cache, *sessions)
	if err != nil {
		return err
	}
	figures, err := p.measure(ctx, *rounds)
	if err != nil {
		return err
	}
	panel, err := p.measurePanel(ctx, *program, *rounds)
	if err != nil {
		return err
	}
	figures = append(figures, panel...)
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(figures)
	}
	return printFigures(figures)
}

func printFigures(figures []figure) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tp50\tp99\tplain p50\tplain p99\tratio\t\t")
	for _, f := range figures {
		fmt.Fprintf(table, "%s\t%v\t%v\t%v\t%v\t%.2f\t%s\t\n", f.What, round(f.P50), round(f.P99), round(f.PlainP50), round(f.PlainP99), f.Ratio, f.Remark)
	}
	return table.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// pair is a search, in the words of both.
type pair struct {
	what   string
	search models.SessionSearch
	like   string // of the plain table; empty for no condition
	order  string
	offset int64
}

func (p *people) pairs() []pair {
	deep := int64(p.n / 2)
	one := fmt.Sprintf("user%07d", p.n/3)
	by := func(order, query string, offset int64) models.SessionSearch {
		return models.SessionSearch{AgentID: agentID, Query: query, OrderBy: order, Limit: 10, Offset: offset}
	}
	return []pair{
		{what: "selective, warm", search: by("updatedAt", one, 0), like: one, order: "updated_at DESC, id"},
		{what: "unselective, warm", search: by("updatedAt", "example", 0), like: "example", order: "updated_at DESC, id"},
		{what: "no match, warm", search: by("updatedAt", "nobody at all", 0), like: "nobody at all", order: "updated_at DESC, id"},
		{what: "orderBy=userName, first page", search: by("userName", "", 0), order: "user_name COLLATE NOCASE, id"},
		{what: "orderBy=userName, deep", search: by("userName", "", deep), order: "user_name COLLATE NOCASE, id", offset: deep},
	}
}

func (p *people) measure(ctx context.Context, rounds int) ([]figure, error) {
	var figures []figure
	cold, err := p.measureCold(ctx)
	if err != nil {
		return nil, err
	}
	figures = append(figures, cold)
	before := heap()
	store, err := p.store(ctx, cacheBound)
	if err != nil {
		return nil, err
	}
	for _, pair := range p.pairs() {
		f, err := p.measurePair(ctx, store, pair, rounds)
		if err != nil {
			return nil, err
		}
		figures = append(figures, f)
	}
	perSession := float64(heap()-before) / float64(p.n)
	texts, err := p.textBytes(ctx)
	if err != nil {
		return nil, err
	}
	figures = append(figures, figure{
		What: "memory", Remark: fmt.Sprintf("%.0f bytes a session, of which %.0f are name and e-mail: %.0f beyond", perSession, texts, perSession-texts),
	})
	insert, err := p.measureInsert(ctx, store)
	return append(figures, insert), errors.Join(err, store.Close())
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func (p *people) textBytes(ctx context.Context) (mean float64, err error) {
	err = p.plain.QueryRowContext(ctx, "SELECT AVG(octet_length(user_name) + octet_length(user_email)) FROM sessions").Scan(&mean)
	return mean, err
}

const coldRounds = 15

// measureCold times the first search after a start beside the plain table's.
func (p *people) measureCold(ctx context.Context) (figure, error) {
	selective := p.pairs()[0]
	var ours, plain []time.Duration
	for range coldRounds {
		store, err := p.store(ctx, cacheBound)
		if err != nil {
			return figure{}, err
		}
		took, err := timed(func() error { return search(ctx, store, p.who, selective.search) })
		if err = errors.Join(err, store.Close()); err != nil {
			return figure{}, err
		}
		ours = append(ours, took)
		if took, err = timed(func() error { return p.like(ctx, selective) }); err != nil {
			return figure{}, err
		}
		plain = append(plain, took)
	}
	return newFigure("selective, cold", ours, plain), nil
}

func (p *people) measurePair(ctx context.Context, store *repository.Store, q pair, rounds int) (figure, error) {
	if err := search(ctx, store, p.who, q.search); err != nil { // warms it
		return figure{}, err
	}
	var ours, plain []time.Duration
	for range rounds { // in turns
		took, err := timed(func() error { return search(ctx, store, p.who, q.search) })
		if err != nil {
			return figure{}, err
		}
		ours = append(ours, took)
		if took, err = timed(func() error { return p.like(ctx, q) }); err != nil {
			return figure{}, err
		}
		plain = append(plain, took)
	}
	return newFigure(q.what, ours, plain), nil
}

// search is a search of the store, to the last byte of its page.
func search(ctx context.Context, store *repository.Store, who models.Actor, q models.SessionSearch) error {
	return store.Sessions.Search(ctx, who, q, repository.SessionReader{
		Total:   func(int64) error { return nil },
		Session: func(*models.Session, models.Text) error { return nil },
		Next:    func(string) error { return nil },
	})
}

// like is the same search of the plain table, which does not count what matches.
func (p *people) like(ctx context.Context, q pair) error {
	condition, args := "", []any{agentID}
	if q.like != "" {
		condition = " AND (user_name LIKE ? OR user_email LIKE ? OR id LIKE ?)"
		pattern := "%" + q.like + "%"
		args = append(args, pattern, pattern, pattern)
	}
	rows, err := p.plain.QueryContext(ctx,
		"SELECT id, user_name, user_email, created_at, updated_at FROM sessions WHERE agent_id = ?"+ //nolint:gosec // the condition and the order are ours
			condition+" ORDER BY "+q.order+" LIMIT ? OFFSET ?", append(args, q.search.Limit, q.offset)...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, name, email string
		var created, updated int64
		if err := rows.Scan(&id, &name, &email, &created, &updated); err != nil {
			return err
		}
	}
	return rows.Err()
}

const insertRounds = 400

// measureInsert creates sessions in turns in a store with a warm snapshot and in one without any.
func (p *people) measureInsert(ctx context.Context, warm *repository.Store) (figure, error) {
	bare, err := p.store(ctx, 0)
	if err != nil {
		return figure{}, err
	}
	var ours, plain []time.Duration
	for k := range insertRounds {
		for _, side := range []struct {
			store *repository.Store
			times *[]time.Duration
		}{{warm, &ours}, {bare, &plain}} {
			name, email := models.Secret("Inserted"), models.Secret("inserted@example.com")
			m := &models.Session{ID: fmt.Sprintf("insert-%d-%d-%d", time.Now().UnixNano(), k, len(*side.times)), AgentID: agentID, UserName: &name, UserEmail: &email}
			took, err := timed(func() error { _, err := side.store.Sessions.Create(ctx, p.who, m); return err })
			if err != nil {
				return figure{}, err
			}
			*side.times = append(*side.times, took)
			if err := side.store.Sessions.Delete(ctx, p.who, m.ID); err != nil {
				return figure{}, err
			}
		}
	}
	f := newFigure("create, warm snapshot / none", ours, plain)
	return f, bare.Close()
}

func timed(fn func() error) (time.Duration, error) {
	began := time.Now()
	err := fn()
	return time.Since(began), err
}

func newFigure(what string, ours, plain []time.Duration) figure {
	f := figure{What: what, P50: percentile(ours, 50), P99: percentile(ours, 99), PlainP50: percentile(plain, 50), PlainP99: percentile(plain, 99)}
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = float64(ours[i]) / float64(plain[i])
	}
	slices.Sort(ratios)
	f.Ratio = ratios[len(ratios)/2]
	return f
}

func percentile(times []time.Duration, n int) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, len(sorted)*n/100)]
}
