package repotest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

var searchRacePromises = []promise{
	{"while others write, every page is a part of one state that there was", searchRace},
	{"many first searches at once agree", searchFirstAtOnce},
}

// Each writer has its own sessions, numbered as they are made. It makes them in order, deletes
// them in order, and gives them new names in order, in waves: so that in every state there was its
// sessions are those from one number to another, and their waves fall by one at most once.
const (
	raceWriters = 3
	raceSteps   = 40
)

func raceID(writer, number int) string { return fmt.Sprintf("w%d-%04d", writer, number) }

func raceName(writer, wave int) string { return fmt.Sprintf("Wave-%03d of w%d", wave, writer) }

func raceWrite(ctx context.Context, s *repository.Store, who models.Actor, writer int) error {
	first, next, renamed, wave := 0, 0, 0, 1 // those before renamed are of this wave, the others of the one before
	save := func(number, wave int) error {
		return s.Sessions.Save(ctx, who, &models.SessionPatch{
			ID: raceID(writer, number), AgentID: agent, UserName: set(models.Secret(raceName(writer, wave))),
		})
	}
	for step := range raceSteps {
		if err := save(next, wave-1); err != nil {
			return err
		}
		next++
		for range 2 {
			if renamed = max(renamed, first); renamed == next {
				renamed, wave = first, wave+1
			}
			if err := save(renamed, wave); err != nil {
				return err
			}
			renamed++
		}
		if step%3 == 2 {
			if err := s.Sessions.Delete(ctx, who, raceID(writer, first)); err != nil {
				return err
			}
			first++
		}
	}
	return nil
}

// racePage is what a page shows of each writer.
type racePage struct{ numbers, waves [raceWriters][]int }

func newRacePage(p page) (racePage, error) {
	var r racePage
	for _, v := range p.views {
		var writer, number, wave, of int
		_, errID := fmt.Sscanf(v.ID, "w%d-%04d", &writer, &number)
		_, errName := fmt.Sscanf(v.Name, `"Wave-%03d of w%d"`, &wave, &of)
		if errID != nil || errName != nil || of != writer {
			return r, fmt.Errorf("%+v: %w", v, errors.Join(errID, errName))
		}
		r.numbers[writer] = append(r.numbers[writer], number)
		r.waves[writer] = append(r.waves[writer], wave)
	}
	return r, nil
}

// raceWhole reads everything: it is a state that there was, and not before the last one.
func raceWhole(ctx context.Context, s *repository.Store, who models.Actor, last *racePage) error {
	p, err := search(ctx, s, who, models.SessionSearch{AgentID: agent, OrderBy: models.OrderByCreatedAt, Query: "wave", Limit: 1000})
	if err != nil {
		return err
	}
	now, err := newRacePage(p)
	if err != nil || int(p.total) != len(p.views) {
		return fmt.Errorf("%d of %d: %w", len(p.views), p.total, err)
	}
	for w := range raceWriters {
		numbers, waves := now.numbers[w], now.waves[w]
		for i := 1; i < len(numbers); i++ {
			if numbers[i] != numbers[i-1]+1 || waves[i] > waves[i-1] || waves[i] < waves[0]-1 {
				return fmt.Errorf("of writer %d there are %v in the waves %v", w, numbers, waves)
			}
		}
		if was := last.numbers[w]; len(was) > 0 && (len(numbers) == 0 || numbers[0] < was[0] || numbers[len(numbers)-1] < was[len(was)-1]) {
			return fmt.Errorf("of writer %d there are %v after %v", w, numbers, was)
		}
	}
	*last = now
	return nil
}

// racePart reads a page by name of one writer: what it shows is in order, and each is a hit.
func racePart(ctx context.Context, s *repository.Store, who models.Actor, random *rand.Rand) error {
	query := fmt.Sprintf("OF W%d", random.IntN(raceWriters))
	q := models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserName, Query: query, Limit: 7, Offset: int64(random.IntN(12))}
	p, err := search(ctx, s, who, q)
	if err != nil {
		return err
	}
	left := max(0, p.total-q.Offset)
	inOrder := slices.IsSortedFunc(p.views, func(a, b view) int { return strings.Compare(a.Name+a.ID, b.Name+b.ID) })
	if !inOrder || int64(len(p.views)) != min(q.Limit, left) || (p.next != "") != (left > q.Limit) {
		return fmt.Errorf("%+v: %+v", q, p)
	}
	for _, v := range p.views {
		if !contains(v.Name, query) {
			return fmt.Errorf("%s finds %+v", query, v)
		}
	}
	return nil
}

func searchRace(t *testing.T, f *fixture) {
	stores := []*repository.Store{f.Store, f.second(t), f.with(t, 0), f.with(t, 2<<10)}
	var writers, readers sync.WaitGroup
	over := make(chan struct{})
	for w := range raceWriters {
		writers.Go(func() {
			if err := raceWrite(t.Context(), stores[w%2], f.who, w); err != nil {
				t.Errorf("writer %d: %v", w, err)
			}
		})
	}
	for i := range 2 * len(stores) {
		readers.Go(func() {
			if err := raceRead(t.Context(), stores[i%len(stores)], f.who, uint64(i), over); err != nil {
				t.Errorf("reader %d: %v", i, err)
			}
		})
	}
	writers.Wait()
	close(over)
	readers.Wait()
	p := f.search(t, models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserName, Limit: 1000})
	if want := raceWriters * (raceSteps - raceSteps/3); int(p.total) != want {
		t.Errorf("%d are left of %d", p.total, want)
	}
}

// raceRead searches until the writers are done, and once more.
func raceRead(ctx context.Context, s *repository.Store, who models.Actor, seed uint64, over <-chan struct{}) error {
	random, last := repeatable(seed), racePage{}
	for done := false; ; {
		if err := raceWhole(ctx, s, who, &last); err != nil {
			return err
		}
		if err := racePart(ctx, s, who, random); err != nil {
			return err
		}
		if done {
			return nil
		}
		select {
		case <-over:
			done = true
		default:
		}
	}
}

func searchFirstAtOnce(t *testing.T, f *fixture) {
	f.stay(t, agent, 40)
	want := f.search(t, models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserEmail, Query: "n1", Limit: 20})
	fresh := f.second(t)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			p, err := search(t.Context(), fresh, f.who, models.SessionSearch{AgentID: agent, OrderBy: models.OrderByUserEmail, Query: "n1", Limit: 20})
			if err != nil || !slices.Equal(p.views, want.views) || p.total != want.total {
				t.Errorf("%v of %d, %v", p.ids(), p.total, err)
			}
		})
	}
	all.Wait()
	if want.total < 5 {
		t.Errorf("found only %d", want.total)
	}
}
