package repository_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// newKeys makes n keys for pages at two origins each, and returns them in clear.
func newKeys(b *testing.B, s *repository.Store, who models.Actor, n int) []models.Secret {
	b.Helper()
	keys := make([]models.Secret, n)
	for i := range keys {
		var err error
		keys[i], err = s.Keys.Create(b.Context(), who, execKey(i))
		noError(b, err)
	}
	return keys
}

func execKey(i int) *models.Key {
	return &models.Key{
		DisplayName: "exec", Role: models.RoleExec,
		AllowedOrigins: []string{fmt.Sprintf("https://a%d.example", i), fmt.Sprintf("https://b%d.example", i)},
	}
}

func BenchmarkKeysAuthenticate(b *testing.B) {
	s, clock, _ := newStore(b)
	apiKey := newKeys(b, s, newTenant(b, s, repository.NewTenant{}), 1)[0]
	check := func() error { return only(s.Keys.Authenticate(b.Context(), apiKey)) }
	each(b, "callers", []int{1, 16}, func(b *testing.B, n int) { atOnce(b, n, check) })
	b.Run("read", func(b *testing.B) {
		loop(b, func() error {
			clock.Step(time.Hour)
			return check()
		})
	})
	b.Run("unknown", func(b *testing.B) {
		other, _, _ := newStore(b)
		foreign := newKeys(b, other, newTenant(b, other, repository.NewTenant{}), 1)[0]
		loop(b, func() error {
			if err := only(s.Keys.Authenticate(b.Context(), foreign)); err == nil {
				return errors.New("a key of another installation is known")
			}
			return nil
		})
	})
}

func BenchmarkKeysOriginAllowed(b *testing.B) {
	s, who := benchStore(b)
	newKeys(b, s, who, 100)
	loop(b, func() error { return sure(s.Keys.OriginAllowed(b.Context(), "https://b50.example")) })
}

func BenchmarkKeysCreate(b *testing.B) {
	s, who := benchStore(b)
	loop(b, func() error { return only(s.Keys.Create(b.Context(), who, execKey(1))) })
}

func BenchmarkKeysList(b *testing.B) {
	s, _ := benchStore(b)
	each(b, "keys", []int{10, 1000}, func(b *testing.B, n int) {
		who := newTenant(b, s, repository.NewTenant{})
		newKeys(b, s, who, n)
		loop(b, func() error { return only(s.Keys.List(b.Context(), who)) })
	})
}

func BenchmarkKeysRevoke(b *testing.B) {
	s, who := benchStore(b)
	const batch = 20
	var hashes [batch]string
	prepared(b, batch,
		func(i int) error {
			key := execKey(i)
			err := only(s.Keys.Create(b.Context(), who, key))
			hashes[i%batch] = key.LocatorHash
			return err
		},
		func(i int) error { return s.Keys.Revoke(b.Context(), who, hashes[i%batch], true) })
}

// BenchmarkKeysFlushUsage writes that so many keys were used.
func BenchmarkKeysFlushUsage(b *testing.B) {
	s, clock, _ := newStore(b)
	keys := newKeys(b, s, newTenant(b, s, repository.NewTenant{}), 100)
	each(b, "keys", []int{1, 100}, func(b *testing.B, n int) {
		prepared(b, 1,
			func(int) error {
				clock.Step(time.Hour)
				for _, apiKey := range keys[:n] {
					if err := only(s.Keys.Authenticate(b.Context(), apiKey)); err != nil {
						return err
					}
				}
				return nil
			},
			func(int) error { return s.Keys.FlushUsage(b.Context()) })
	})
}
