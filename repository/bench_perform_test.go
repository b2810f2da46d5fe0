package repository_test

import (
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func newPerform(key string) models.Perform {
	return models.Perform{UserID: "alice", Function: "tool0__get0", IdempotencyKey: key, Digest: "digest-of-the-arguments"}
}

// numbered is the call with the key of this number.
func numbered(i int) models.Perform { return newPerform(fmt.Sprint("key-", i)) }

const benchAnswer models.Secret = `{"status":"success","result":{"temperature":21}}`

// BenchmarkPerformsBegin claims a key, asks for the answer of one that was used, and has none.
func BenchmarkPerformsBegin(b *testing.B) {
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	lease := clock.Now().Add(time.Minute)
	i, begin := 0, func(p models.Perform) error {
		_, _, err := s.Performs.Begin(b.Context(), who, p, lease)
		return err
	}
	b.Run("first", func(b *testing.B) {
		loop(b, func() error {
			i++
			return begin(numbered(i))
		})
	})
	b.Run("repeat", func(b *testing.B) {
		p := newPerform("answered")
		noError(b, begin(p))
		noError(b, s.Performs.Finish(b.Context(), who, p, benchAnswer))
		loop(b, func() error { return begin(p) })
	})
	b.Run("keyless", func(b *testing.B) {
		loop(b, func() error { return begin(newPerform("")) })
	})
}

// BenchmarkPerformsTakeover takes over a call whose lease is over, for as short a time; see
// BenchmarkConnectionsLease.
func BenchmarkPerformsTakeover(b *testing.B) {
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	p := newPerform("key")
	_, _, err := s.Performs.Begin(b.Context(), who, p, clock.Now())
	noError(b, err)
	loop(b, func() error {
		clock.Step(time.Millisecond)
		return sure(s.Performs.Takeover(b.Context(), who, p, clock.Now()))
	})
}

func BenchmarkPerformsFinish(b *testing.B) {
	b.Run("key", func(b *testing.B) {
		ended(b, func(s *repository.Store, who models.Actor, p models.Perform) error {
			return s.Performs.Finish(b.Context(), who, p, benchAnswer)
		})
	})
	b.Run("keyless", func(b *testing.B) {
		s, who := benchStore(b)
		loop(b, func() error { return s.Performs.Finish(b.Context(), who, newPerform(""), benchAnswer) })
	})
}

func BenchmarkPerformsAbandon(b *testing.B) {
	ended(b, func(s *repository.Store, who models.Actor, p models.Perform) error {
		return s.Performs.Abandon(b.Context(), who, p)
	})
}

func BenchmarkPerformsRefuse(b *testing.B) {
	ended(b, func(s *repository.Store, who models.Actor, p models.Perform) error {
		return s.Performs.Refuse(b.Context(), who, p)
	})
}

// ended measures how calls end that have begun.
func ended(b *testing.B, end func(*repository.Store, models.Actor, models.Perform) error) {
	b.Helper()
	s, clock, _ := newStore(b)
	who := newTenant(b, s, repository.NewTenant{})
	lease := clock.Now().Add(time.Minute)
	prepared(b, 20,
		func(i int) error {
			_, _, err := s.Performs.Begin(b.Context(), who, numbered(i), lease)
			return err
		},
		func(i int) error { return end(s, who, numbered(i)) })
}
