package repository_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/pgtest"
	"sessionhub/repository/repotest"
)

// Every figure of a write holds a commit to disk (synchronous=FULL). The clock stands still, so
// that what is cached stays cached unless a benchmark says otherwise.

func benchStore(b *testing.B) (*repository.Store, models.Actor) {
	b.Helper()
	return storeWith(b, repository.Options{})
}

// searchStore keeps what was opened for a search, as the program does.
func searchStore(b *testing.B) (*repository.Store, models.Actor) {
	b.Helper()
	return storeWith(b, repository.Options{SearchCache: 64 << 20})
}

// storeWith is on a file, or with TEST_ON=postgres on the PostgreSQL of TEST_POSTGRES. Whether a commit
// there waits for the disk is for that to say: the one of make test-postgres does not.
func storeWith(b *testing.B, o repository.Options) (*repository.Store, models.Actor) {
	b.Helper()
	o.Now = repotest.NewClock().Now
	if os.Getenv("TEST_ON") == "postgres" {
		o.URL = pgtest.Schema(b, os.Getenv("TEST_POSTGRES"))
	} else {
		o.Path = filepath.Join(b.TempDir(), "sessionhub.db")
	}
	s := open(b, o)
	ready(b, s)
	return s, newTenant(b, s, repository.NewTenant{})
}

// loop measures one operation, over and over.
func loop(b *testing.B, op func() error) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		if err := op(); err != nil {
			b.Fatal(err)
		}
	}
}

// prepared measures use. What it uses up is made before, so many at a time, and not counted.
func prepared(b *testing.B, batch int, prepare, use func(i int) error) {
	b.Helper()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%batch == 0 {
			b.StopTimer()
			for next := i; next < i+batch; next++ {
				if err := prepare(next); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		if err := use(i); err != nil {
			b.Fatal(err)
		}
	}
}

// atOnce measures an operation that so many goroutines do at once; as many more as GOMAXPROCS
// does not divide.
func atOnce(b *testing.B, goroutines int, op func() error) {
	b.Helper()
	if goroutines == 1 {
		loop(b, op)
		return
	}
	b.ReportAllocs()
	procs := runtime.GOMAXPROCS(0)
	b.SetParallelism((goroutines + procs - 1) / procs)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := op(); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// each runs a benchmark for every size, under a name that benchstat takes apart.
func each(b *testing.B, what string, sizes []int, run func(b *testing.B, n int)) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("%s=%d", what, n), func(b *testing.B) { run(b, n) })
	}
}

// only drops what a method returns beside its error.
func only[T any](_ T, err error) error { return err }

// sure makes an error of a method that was refused.
func sure(done bool, err error) error {
	if err == nil && !done {
		return errors.New("it was refused")
	}
	return err
}

// noError ends a benchmark that could not be prepared.
func noError(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func conversation(n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(benchMessage+",", n), ",") + "]"
}

var benchMessage = `{"role":"user","content":"` + strings.Repeat("x", 200) + `"}`

// people puts n sessions with a few messages into the tenant.
func people(b *testing.B, s *repository.Store, who models.Actor, n int) {
	b.Helper()
	for i := range n {
		save(b, s, who, fmt.Sprintf("s-%06d", i), conversation(4))
	}
}
