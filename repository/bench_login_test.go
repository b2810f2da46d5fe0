package repository_test

import (
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// loginStore has an actor whose key can be signed in.
func loginStore(b *testing.B) (*repository.Store, models.Actor) {
	b.Helper()
	s, who := benchStore(b)
	return s, withKey(b, s, who)
}

func withKey(b *testing.B, s *repository.Store, who models.Actor) models.Actor {
	b.Helper()
	key := models.Key{DisplayName: "admin", Role: models.RoleAdmin}
	noError(b, only(s.Keys.Create(b.Context(), who, &key)))
	who.KeyLocatorHash = key.LocatorHash
	return who
}

func BenchmarkLoginsCreate(b *testing.B) {
	s, who := loginStore(b)
	loop(b, func() error { return only(s.Logins.Create(b.Context(), who)) })
}

// BenchmarkLoginsAuthenticate is of a login beside so many; "noted" is once a minute.
func BenchmarkLoginsAuthenticate(b *testing.B) {
	each(b, "logins", []int{1, 1000}, func(b *testing.B, n int) {
		s, who := loginStore(b)
		var token models.Secret
		for range n {
			var err error
			token, err = s.Logins.Create(b.Context(), who)
			noError(b, err)
		}
		loop(b, func() error { return only(s.Logins.Authenticate(b.Context(), token)) })
	})
	b.Run("noted", func(b *testing.B) {
		s, clock, _ := newStore(b)
		who := withKey(b, s, newTenant(b, s, repository.NewTenant{}))
		token, err := s.Logins.Create(b.Context(), who)
		noError(b, err)
		loop(b, func() error {
			clock.Step(time.Minute)
			return only(s.Logins.Authenticate(b.Context(), token))
		})
	})
}

func BenchmarkLoginsEnd(b *testing.B) {
	s, who := loginStore(b)
	const batch = 20
	var tokens [batch]models.Secret
	prepared(b, batch,
		func(i int) (err error) {
			tokens[i%batch], err = s.Logins.Create(b.Context(), who)
			return err
		},
		func(i int) error { return s.Logins.End(b.Context(), who, tokens[i%batch]) })
}
