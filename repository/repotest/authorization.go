package repotest

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var authorizationPromises = []promise{
	{"a sign-in comes back to who began it, once", authorizationTake},
	{"of all who come back at once one gets it", authorizationRace},
	{"a sign-in that takes more than 15 minutes is ErrNotFound, and gone", authorizationExpires},
	{"what is no state is ErrNotFound", authorizationUnknown},
	{"without its tool there is no sign-in", authorizationToolless},
	{"a sign-in of a tenant that was deleted is ErrNotFound", authorizationAfterlife},
}

func authorizationTake(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	state := f.signIn(t, "weather")
	f.wantUnaudited(t, 2)
	want := newAuthorization("weather")
	want.ExpiresAt = f.clock.stored().Add(models.AuthorizationLifetime)
	who, got, err := f.second(t).Authorizations.Take(t.Context(), state)
	if err != nil || who != (models.Actor{TenantID: f.tenant.ID, DatabaseIDHash: f.tenant.DatabaseIDHash}) || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %#v, want %#v, %v", who, got, want, err)
	}
	who, got, err = f.Authorizations.Take(t.Context(), state)
	wantError(t, err, repository.ErrNotFound)
	if who != (models.Actor{}) || got != (models.Authorization{}) {
		t.Errorf("%+v, %+v", who, got)
	}
}

func authorizationRace(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	stores := []*repository.Store{f.Store, f.second(t)}
	for range 5 {
		state := f.signIn(t, "weather")
		succeeded, errs := race(stores, func(s *repository.Store) error {
			_, _, err := s.Authorizations.Take(t.Context(), state)
			return err
		})
		if succeeded != 1 {
			t.Errorf("%d got it", succeeded)
		}
		for _, err := range errs {
			wantError(t, err, repository.ErrNotFound)
		}
	}
}

func authorizationExpires(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	inTime, late := f.signIn(t, "weather"), f.signIn(t, "weather")
	f.clock.Step(models.AuthorizationLifetime - time.Millisecond)
	_, _, err := f.Authorizations.Take(t.Context(), inTime)
	wantError(t, err, nil)
	f.clock.Step(time.Millisecond)
	_, _, err = f.Authorizations.Take(t.Context(), late)
	wantError(t, err, repository.ErrNotFound)
	if rows := f.rows(t, "SELECT * FROM authorizations"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func authorizationUnknown(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	state := f.signIn(t, "weather").Reveal()
	stored := strings.Trim(f.rows(t, "SELECT state_hash FROM authorizations")[0], "[]")
	for _, text := range []string{"", state[:25], state + "a", strings.ToUpper(state), strings.Repeat("a", 26), stored, stored[:26]} {
		_, _, err := f.Authorizations.Take(t.Context(), models.Secret(text))
		wantError(t, err, repository.ErrNotFound)
	}
	_, _, err := f.Authorizations.Take(t.Context(), models.Secret(state))
	wantError(t, err, nil)
}

func authorizationToolless(t *testing.T, f *fixture) {
	_, err := f.Authorizations.Begin(t.Context(), f.who, newAuthorization("weather"))
	wantError(t, err, repository.ErrNotFound)
	f.addTool(t, "weather")
	state := f.signIn(t, "weather")
	wantError(t, f.Tools.Delete(t.Context(), f.who, "weather"), nil)
	_, _, err = f.Authorizations.Take(t.Context(), state)
	wantError(t, err, repository.ErrNotFound)
}

func authorizationAfterlife(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	state := f.signIn(t, "weather")
	f.exec(t, "UPDATE tenants SET deleted_at = 1 WHERE id = $1", f.tenant.ID)
	_, _, err := f.Authorizations.Take(t.Context(), state)
	wantError(t, err, repository.ErrNotFound)
}

func authorizationUnreadable(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	for _, change := range []string{
		"verifier = link_token", "link_token = verifier", "verifier = 'Plain'", "link_token = ''",
		"verifier = (SELECT verifier FROM authorizations o WHERE o.state_hash <> authorizations.state_hash)",
		"link_token = (SELECT link_token FROM authorizations o WHERE o.state_hash <> authorizations.state_hash)",
	} {
		other, state := f.signIn(t, "weather"), f.signIn(t, "weather")
		sum := sha256.Sum256([]byte(state.Reveal()))
		f.exec(t, "UPDATE authorizations SET "+change+" WHERE state_hash = $1", hex.EncodeToString(sum[:]))
		who, a, err := f.Authorizations.Take(t.Context(), state)
		wantError(t, err, repository.ErrUnreadable)
		if who != (models.Actor{}) || a != (models.Authorization{}) {
			t.Errorf("%s: %+v, %+v", change, who, a)
		}
		_, _, err = f.Authorizations.Take(t.Context(), state)
		wantError(t, err, repository.ErrNotFound)
		_, _, err = f.Authorizations.Take(t.Context(), other)
		wantError(t, err, nil)
	}
}
