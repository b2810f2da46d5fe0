package repository

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counting is a cache whose loads are counted; the clock is stepped by the test.
type counting struct {
	*cache[string, int]
	at    atomic.Int64
	loads atomic.Int64
}

func newCounting() *counting {
	c := &counting{}
	c.cache = newCache[string, int](func() time.Time { return time.Unix(0, c.at.Load()) })
	return c
}

func (c *counting) step(by time.Duration) { c.at.Add(int64(by)) }

// read returns how many loads there were by then, which is also the value.
func (c *counting) read(t *testing.T, key string) int {
	t.Helper()
	v, err := c.get(key, func() (int, error) { return int(c.loads.Add(1)), nil })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCacheForgetsAfterItsAge(t *testing.T) {
	c := newCounting()
	if v := c.read(t, "a"); v != 1 {
		t.Fatalf("value %d", v)
	}
	c.step(cacheAge - 1)
	if v := c.read(t, "a"); v != 1 {
		t.Errorf("forgotten before its age: %d", v)
	}
	c.step(1)
	if v := c.read(t, "a"); v != 2 {
		t.Errorf("kept past its age: %d", v)
	}
	if cacheAge > 2*time.Second {
		t.Errorf("a change by another process goes unnoticed for %v", cacheAge)
	}
}

// The time counts from before the load: what is read is as old as that.
func TestCacheCountsTheTimeOfTheLoad(t *testing.T) {
	c := newCounting()
	_, err := c.get("a", func() (int, error) {
		c.step(cacheAge / 2)
		return 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	c.step(cacheAge / 2)
	if v := c.read(t, "a"); v != 1 {
		t.Error("kept past its age")
	}
}

func TestCacheForgetsWhatIsDropped(t *testing.T) {
	c := newCounting()
	c.read(t, "a")
	c.read(t, "b")
	c.drop()
	if a, b := c.read(t, "a"), c.read(t, "b"); a != 3 || b != 4 {
		t.Errorf("values %d, %d", a, b)
	}
}

// What a load read before a change must not be kept after it.
func TestCacheKeepsNothingThatWasLoadedDuringADrop(t *testing.T) {
	c := newCounting()
	v, err := c.get("a", func() (int, error) {
		c.drop()
		return 99, nil
	})
	if err != nil || v != 99 {
		t.Fatalf("value %d, %v", v, err)
	}
	if v := c.read(t, "a"); v != 1 {
		t.Errorf("value %d", v)
	}
}

func TestCacheRemembersNoErrors(t *testing.T) {
	c := newCounting()
	failure := errors.New("the database is away")
	for range 2 {
		if _, err := c.get("a", func() (int, error) { return 0, failure }); !errors.Is(err, failure) {
			t.Errorf("error %v", err)
		}
	}
	if v := c.read(t, "a"); v != 1 {
		t.Errorf("value %d", v)
	}
}

// While a flush fails a key may be used again: the newer time is the one to be written.
func TestUsageThatIsTriedAgainDoesNotReplaceANewerOne(t *testing.T) {
	early := time.UnixMilli(1_773_480_413_589)
	keys := newKeys(&Store{now: func() time.Time { return early }})
	busy, quiet := keyName{1, "busy"}, keyName{1, "quiet"}
	keys.used[busy] = early.Add(time.Minute)
	keys.restoreUsage(map[keyName]time.Time{busy: early, quiet: early})
	if !keys.used[busy].Equal(early.Add(time.Minute)) || !keys.used[quiet].Equal(early) {
		t.Errorf("to be written: %v", keys.used)
	}
}

// A caller who tries keys at random must not fill the memory.
func TestCacheIsBounded(t *testing.T) {
	c := newCounting()
	most := 0
	for i := range 2*cacheSize + 5 {
		c.read(t, fmt.Sprint(i))
		most = max(most, len(c.entries))
	}
	if most != cacheSize {
		t.Errorf("held %d entries, bound %d", most, cacheSize)
	}
}

// Whoever begins to read after a drop has returned reads what was true before the drop, or
// something newer.
func TestCacheIsExactUnderConcurrency(t *testing.T) {
	c := newCounting()
	var truth, told atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				least := told.Load()
				v, err := c.get("a", func() (int, error) { return int(truth.Load()), nil })
				if err != nil || int64(v) < least {
					t.Errorf("read %d after %d was told, %v", v, least, err)
					return
				}
			}
		})
	}
	for range 500 {
		now := truth.Add(1)
		c.drop()
		told.Store(now)
	}
	wg.Wait()
}
