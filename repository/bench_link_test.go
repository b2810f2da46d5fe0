package repository_test

import (
	"testing"

	"sessionhub/models"
	"sessionhub/repository"
)

func BenchmarkLinksCreate(b *testing.B) {
	s, who := benchStore(b)
	loop(b, func() error { return only(s.Links.Create(b.Context(), who, newLink())) })
}

func newLink() *models.Link {
	return &models.Link{UserID: "alice", App: models.App{Name: "The app", URL: "https://app.example/back"}}
}

// BenchmarkLinksOpen opens a link in its first browser, and again in that.
func BenchmarkLinksOpen(b *testing.B) {
	s, who := benchStore(b)
	b.Run("first", func(b *testing.B) {
		const batch = 20
		var tokens [batch]models.Secret
		prepared(b, batch,
			func(i int) (err error) {
				tokens[i%batch], err = s.Links.Create(b.Context(), who, newLink())
				return err
			},
			func(i int) error { return openLink(b, s, tokens[i%batch]) })
	})
	b.Run("again", func(b *testing.B) {
		token, err := s.Links.Create(b.Context(), who, newLink())
		noError(b, err)
		loop(b, func() error { return openLink(b, s, token) })
	})
}

func openLink(b *testing.B, s *repository.Store, token models.Secret) error {
	_, _, _, err := s.Links.Open(b.Context(), token, "browser")
	return err
}

func BenchmarkLinksLook(b *testing.B) {
	s, who := benchStore(b)
	token, err := s.Links.Create(b.Context(), who, newLink())
	noError(b, err)
	loop(b, func() error { return only(s.Links.Look(b.Context(), token)) })
}

func BenchmarkAuthorizationsBegin(b *testing.B) {
	s, who := toolStore(b, 1)
	loop(b, func() error { return only(s.Authorizations.Begin(b.Context(), who, newAuthorization())) })
}

func newAuthorization() models.Authorization {
	return models.Authorization{
		Link: "link", Tool: "tool0", Scheme: "oauth", UserID: "alice", Verifier: "verifier",
		RedirectURL: "https://hub.example/api/hub/callback",
	}
}

func BenchmarkAuthorizationsTake(b *testing.B) {
	s, who := toolStore(b, 1)
	const batch = 20
	var states [batch]models.Secret
	prepared(b, batch,
		func(i int) (err error) {
			states[i%batch], err = s.Authorizations.Begin(b.Context(), who, newAuthorization())
			return err
		},
		func(i int) error {
			_, _, err := s.Authorizations.Take(b.Context(), states[i%batch])
			return err
		})
}
