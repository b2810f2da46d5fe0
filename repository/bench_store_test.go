package repository_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// opened opens a file of the directory, to be closed by the caller.
func opened(b *testing.B, dir string, i int) (*repository.Store, error) {
	return repository.Open(b.Context(), repository.Options{Path: filepath.Join(dir, fmt.Sprint(i)), Now: repotest.NewClock().Now})
}

func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	s, err := opened(b, dir, 0)
	noError(b, err)
	prepared(b, 1,
		func(int) error { return s.Close() },
		func(int) error { s, err = opened(b, dir, 0); return err })
	noError(b, s.Close())
}

func BenchmarkStoreClose(b *testing.B) {
	dir := b.TempDir()
	var s *repository.Store
	prepared(b, 1,
		func(int) (err error) { s, err = opened(b, dir, 0); return err },
		func(int) error { return s.Close() })
}

// BenchmarkStoreMigrate makes the schema in a new file, and finds it made.
func BenchmarkStoreMigrate(b *testing.B) {
	migrate := func(s *repository.Store) error {
		_, _, err := s.Migrate(b.Context())
		return err
	}
	b.Run("empty", func(b *testing.B) {
		dir := b.TempDir()
		s, err := opened(b, dir, -1)
		noError(b, err)
		prepared(b, 1,
			func(i int) error {
				noError(b, s.Close())
				s, err = opened(b, dir, i)
				return err
			},
			func(int) error { return migrate(s) })
		noError(b, s.Close())
	})
	b.Run("made", func(b *testing.B) {
		s, _ := benchStore(b)
		loop(b, func() error { return migrate(s) })
	})
}

func BenchmarkStoreSchemaStep(b *testing.B) {
	s, _ := benchStore(b)
	loop(b, func() error { return only(s.SchemaStep(b.Context())) })
}

func BenchmarkStorePing(b *testing.B) {
	s, _ := benchStore(b)
	loop(b, func() error { return s.Ping(b.Context()) })
}

func BenchmarkStoreUnlock(b *testing.B) {
	s, _ := benchStore(b)
	loop(b, func() error { return s.Unlock(b.Context(), repotest.MasterKey()) })
}

func BenchmarkStoreHasMasterKey(b *testing.B) {
	s, _ := benchStore(b)
	loop(b, func() error { return sure(s.HasMasterKey(b.Context())) })
}

// BenchmarkStoreCheck opens everything there is: sessions with four messages each.
func BenchmarkStoreCheck(b *testing.B) {
	each(b, "sessions", []int{100, 1000}, func(b *testing.B, n int) {
		s, who := benchStore(b)
		people(b, s, who, n)
		loop(b, func() error {
			report, err := s.Check(b.Context(), func(repository.Report) {})
			if report.Problems > 0 {
				b.Fatal(report.Details)
			}
			return err
		})
	})
}

// BenchmarkStoreSweep finds so many links that are over.
func BenchmarkStoreSweep(b *testing.B) {
	s, _, path := newStore(b)
	who, around := newTenant(b, s, repository.NewTenant{}), raw(b, path)
	each(b, "links", []int{0, 1000}, func(b *testing.B, n int) {
		prepared(b, 1,
			func(int) error {
				return only(around.ExecContext(b.Context(), `INSERT INTO links
					WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
					SELECT ?, 'hash-' || i, 'alice', '', '', NULL, 0, i FROM n LIMIT ?`, who.TenantID, n))
			},
			func(int) error { return s.Sweep(b.Context()) })
	})
}

func BenchmarkStoreCollectors(b *testing.B) {
	s, _ := benchStore(b)
	b.ReportAllocs()
	for b.Loop() {
		s.Collectors()
	}
}
