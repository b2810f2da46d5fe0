package repotest

import (
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var loginPromises = []promise{
	{"who signed in is known in every process, by what the key is now", loginKnown},
}

// signedIn signs the actor's key in.
func (f *fixture) signedIn(t testing.TB) models.Secret {
	t.Helper()
	token, err := f.Logins.Create(t.Context(), f.who)
	wantError(t, err, nil)
	return token
}

func loginKnown(t *testing.T, f *fixture) {
	token := f.signedIn(t)
	made := f.clock.stored()
	f.clock.Step(time.Second)
	for _, s := range []*repository.Store{f.Store, f.second(t)} {
		l, err := s.Logins.Authenticate(t.Context(), token)
		if err != nil || l.Key.TenantID != f.tenant.ID || l.Key.DatabaseIDHash != f.tenant.DatabaseIDHash || l.Key.LocatorHash != locator(f.owner) ||
			l.Key.Role != models.RoleOwner || l.TenantName != f.tenant.Name || !l.CreatedAt.Equal(made) || !l.UsedAt.Equal(made) {
			t.Errorf("%+v, %v", l, err)
		}
	}
	wantError(t, f.Logins.End(t.Context(), f.who, token), nil)
	_, err := f.Logins.Authenticate(t.Context(), token)
	wantError(t, err, repository.ErrNotFound)
}
