package repotest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var loginPromises = []promise{
	{"who signed in is known in every process, by what the key is now", loginKnown},
	{"of a token only its id and a hash are stored", loginToken},
	{"what is no token of a login is ErrNotFound, and ends nothing", loginUnknown},
	{"a key that is not there signs nobody in", loginWithoutKey},
	{"a login that is not used for 8 hours is over", loginIdle},
	{"a use is written once a minute, and one of the key with it", loginNoted},
	{"a login ends when somebody signs out, once", loginEnd},
	{"logins end with their key, at once and in every process", loginRevoked},
	{"logins end when their key expires", loginKeyExpires},
	{"logins end with their tenant", loginTenantDeleted},
	{"two tenants' logins with the same id are apart", loginSameID},
	{"a sweep removes what is over, and nothing else", loginSwept},
	{"an error of the database is not taken for an unknown login", loginFails},
	{"a login that was ended while it is used stays ended", loginEndRace},
	{"who signs in while the key is revoked is not signed in", loginRevokeRace},
	{"many who use a login at once note it once", loginUseRace},
}

// signedIn signs the actor's key in.
func (f *fixture) signedIn(t testing.TB) models.Secret {
	t.Helper()
	token, err := f.Logins.Create(t.Context(), f.who)
	wantError(t, err, nil)
	return token
}

// withKey is the tenant's actor with a key of its own.
func (f *fixture) withKey(t testing.TB, key models.Key) *fixture {
	t.Helper()
	key, _ = f.addKey(t, key)
	other := *f
	other.who.KeyLocatorHash = key.LocatorHash
	return &other
}

func (f *fixture) wantLogin(t testing.TB, s *repository.Store, token models.Secret, want error) models.Login {
	t.Helper()
	l, err := s.Logins.Authenticate(t.Context(), token)
	wantError(t, err, want)
	if want != nil && l.Key.TenantID != 0 {
		t.Errorf("refused, and yet: %+v", l)
	}
	return l
}

func loginKnown(t *testing.T, f *fixture) {
	token := f.signedIn(t)
	made := f.clock.stored()
	f.clock.Step(time.Second)
	for _, s := range []*repository.Store{f.Store, f.second(t)} {
		l := f.wantLogin(t, s, token, nil)
		if l.Key.TenantID != f.tenant.ID || l.Key.DatabaseIDHash != f.tenant.DatabaseIDHash || l.Key.LocatorHash != locator(f.owner) ||
			l.Key.Role != models.RoleOwner || l.TenantName != f.tenant.Name || !l.CreatedAt.Equal(made) || !l.UsedAt.Equal(made) {
			t.Errorf("%+v", l)
		}
	}
	f.exec(t, "UPDATE api_keys SET role = 'admin', display_name = 'changed' WHERE tenant_id = $1", f.tenant.ID)
	if l := f.wantLogin(t, f.Store, token, nil); l.Key.Role != models.RoleAdmin || l.Key.DisplayName != "changed" {
		t.Errorf("%+v", l)
	}
	origins := []string{"https://a.example", "https://b.example", "https://c.example"}
	exec := f.withKey(t, models.Key{DisplayName: "exec", Role: models.RoleExec, AgentID: new(agent), AllowedOrigins: slices.Clone(origins)})
	l := f.wantLogin(t, f.Store, exec.signedIn(t), nil)
	if !slices.Equal(l.Key.AllowedOrigins, origins) || *l.Key.AgentID != agent {
		t.Errorf("%+v", l)
	}
}

func loginToken(t *testing.T, f *fixture) {
	var seen []string
	for range 20 {
		token := f.signedIn(t).Reveal()
		id, secret, _ := strings.Cut(token, ".")
		if !regexp.MustCompile(`^[a-z2-7]{26}\.[a-z2-7]{26}$`).MatchString(token) || slices.Contains(seen, id) || slices.Contains(seen, secret) {
			t.Errorf("token %s", token)
		}
		seen = append(seen, id, secret)
	}
	f.wantAudited(t, models.EventSignIn, `{"login":"`+seen[len(seen)-2]+`"}`)
	f.wantUnaudited(t, 21)
	for table, rows := range f.dumpAll(t) {
		for i := 1; i < len(seen); i += 2 {
			if strings.Contains(fmt.Sprint(rows), seen[i]) {
				t.Errorf("%s holds a secret in clear", table)
			}
		}
	}
}

func loginUnknown(t *testing.T, f *fixture) {
	good, other := f.signedIn(t).Reveal(), f.signedIn(t).Reveal()
	id, secret, _ := strings.Cut(good, ".")
	_, foreign, _ := strings.Cut(other, ".")
	hash := strings.Trim(f.rows(t, "SELECT secret_hash FROM logins WHERE id = $1", id)[0], "[]")
	before := f.dumpAll(t)
	for _, text := range []string{
		"", ".", id, id + ".", "." + secret, secret + "." + id, id + secret, id + ":" + secret, id + "." + foreign,
		good + "\n", good + " ", " " + good, "\t" + good, good + ".", good + "." + secret, good + "a", good[:len(good)-1],
		strings.ToUpper(good), strings.ToUpper(id) + "." + secret, id + "." + strings.ToUpper(secret), id + ".\x00" + secret[1:],
		id + "." + hash, id + "." + hash[:26], "%." + secret, id + ".%", strings.Repeat("a", 26) + "." + secret, id + "." + strings.Repeat("a", 26),
		"\"" + good + "\"", f.owner.Reveal(), strings.Repeat(good, 1000), id + "." + strings.Repeat("é", 13), id + "\n." + secret, id + ".\n" + secret,
	} {
		f.wantLogin(t, f.Store, models.Secret(text), repository.ErrNotFound)
		wantError(t, f.Logins.End(t.Context(), f.who, models.Secret(text)), nil)
	}
	if after := f.dumpAll(t); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("changed\n%v\nto\n%v", before, after)
	}
	f.wantLogin(t, f.Store, models.Secret(good), nil)
}

func loginWithoutKey(t *testing.T, f *fixture) {
	key, _ := f.addKey(t, models.Key{DisplayName: "phone", Role: models.RoleAdmin})
	wantError(t, f.Keys.Revoke(t.Context(), f.who, key.LocatorHash, true), nil)
	expires := f.clock.stored()
	expired, _ := f.addKey(t, models.Key{DisplayName: "short", Role: models.RoleAdmin, ExpiresAt: &expires})
	for _, name := range []string{"", "x", key.LocatorHash, expired.LocatorHash} {
		who := f.who
		who.KeyLocatorHash = name
		token, err := f.Logins.Create(t.Context(), who)
		wantError(t, err, repository.ErrKey)
		if token != "" {
			t.Error("there is a token")
		}
	}
	f.wantUnaudited(t, 4)
	if rows := f.rows(t, "SELECT * FROM logins"); len(rows) != 0 {
		t.Errorf("%v", rows)
	}
}

func loginIdle(t *testing.T, f *fixture) {
	f.clock.Step(f.clock.stored().Sub(f.clock.Now())) // to a full millisecond
	used, idle := f.signedIn(t), f.signedIn(t)
	second := f.second(t)
	f.clock.Step(models.LoginIdle - time.Nanosecond)
	f.wantLogin(t, second, used, nil)
	f.clock.Step(time.Nanosecond)
	for _, s := range []*repository.Store{f.Store, second} {
		f.wantLogin(t, s, idle, repository.ErrNotFound)
		f.wantLogin(t, s, used, nil)
	}
	for range 4 { // a login that is used goes on for days
		f.clock.Step(models.LoginIdle - time.Minute)
		f.wantLogin(t, f.Store, used, nil)
	}
	f.clock.Step(models.LoginIdle)
	f.wantLogin(t, f.Store, used, repository.ErrNotFound)
	f.wantLogin(t, second, used, repository.ErrNotFound) // to ask does not bring it back
	f.clock.Step(-time.Hour)                             // a clock that was put right
	f.wantLogin(t, f.Store, used, nil)
}

func loginNoted(t *testing.T, f *fixture) {
	token := f.signedIn(t)
	first := f.clock.stored()
	usedAt := func() string { return f.rows(t, "SELECT used_at FROM logins")[0] }
	for _, step := range []time.Duration{0, 30 * time.Second, 30*time.Second - time.Millisecond} {
		f.clock.Step(step)
		l := f.wantLogin(t, f.Store, token, nil)
		if got := usedAt(); got != fmt.Sprintf("[%d]", first.UnixMilli()) || !l.UsedAt.Equal(first) {
			t.Errorf("%v after signing in %s was written, %v", f.clock.stored().Sub(first), got, l.UsedAt)
		}
	}
	f.clock.Step(time.Millisecond)
	l := f.wantLogin(t, f.second(t), token, nil)
	if got := usedAt(); got != fmt.Sprintf("[%d]", f.clock.stored().UnixMilli()) || !l.UsedAt.Equal(f.clock.stored()) {
		t.Errorf("a minute after signing in %s was written, %v", got, l.UsedAt)
	}
	f.wantLogin(t, f.Store, token, nil)
	wantError(t, f.Keys.FlushUsage(t.Context()), nil)
	if at := f.lastUsed(t); !at.Equal(f.clock.stored()) {
		t.Errorf("the key was used at %v", at)
	}
}

func loginFails(t *testing.T, f *fixture) {
	token := f.signedIn(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Logins.Authenticate(ctx, token)
	wantError(t, err, context.Canceled)
	_, err = f.Logins.Create(ctx, f.who)
	wantError(t, err, context.Canceled)
	wantError(t, f.Logins.End(ctx, f.who, token), context.Canceled)
	f.wantLogin(t, f.Store, token, nil)
}
