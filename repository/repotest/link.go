package repotest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var linkPromises = []promise{
	{"a link opens for the browser that opened it first, as often as it likes", linkOpen},
	{"the token is 26 letters, each time others, and stored as a hash", linkToken},
	{"a link that is not well formed is not made", linkInvalid},
	{"a link for the tenant names no user", linkOfTenant},
	{"another browser gets ErrLinkTaken, also when the time is over", linkTaken},
	{"of browsers that open a link at once one gets it", linkRace},
	{"a link works for 15 minutes", linkExpires},
	{"looking does not bind", linkLook},
	{"what is no token is ErrNotFound", linkUnknown},
	{"a link of a tenant that was deleted is ErrNotFound", linkAfterlife},
	{"the way back leads to an allowed application", linkApps},
	{"the list of allowed applications is replaced, in order and audited", appsAllowed},
}

func linkOpen(t *testing.T, f *fixture) {
	token := f.link(t, "alice")
	f.wantUnaudited(t, 1)
	want := models.Link{
		UserID: "alice", App: models.App{Name: "The <App>", URL: "https://app.example/back?a=1"},
		CreatedAt: f.clock.stored(), ExpiresAt: f.clock.stored().Add(models.LinkLifetime),
	}
	for i, s := range []*repository.Store{f.Store, f.second(t), f.Store} {
		who, l, bound, err := s.Links.Open(t.Context(), token, "browser")
		if err != nil || who != (models.Actor{TenantID: f.tenant.ID, DatabaseIDHash: f.tenant.DatabaseIDHash}) || l != want || bound != (i == 0) {
			t.Errorf("%+v, %+v, %v, %v", who, l, bound, err)
		}
	}
}

func linkToken(t *testing.T, f *fixture) {
	var seen []string
	for range 20 {
		token := f.link(t, "alice").Reveal()
		if !regexp.MustCompile(`^[a-z2-7]{26}$`).MatchString(token) || slices.Contains(seen, token) {
			t.Errorf("token %s", token)
		}
		seen = append(seen, token)
	}
	_, _, _, err := f.Links.Open(t.Context(), models.Secret(seen[0]), "browser-in-clear")
	wantError(t, err, nil)
	rows := strings.Join(f.rows(t, "SELECT * FROM links"), "\n")
	for _, secret := range append(seen, "browser-in-clear") {
		if strings.Contains(rows, secret) {
			t.Errorf("stored in clear: %s", secret)
		}
	}
}

func linkInvalid(t *testing.T, f *fixture) {
	for _, l := range []models.Link{
		{UserID: "a b"},
		{UserID: strings.Repeat("a", 101)},
		{App: models.App{URL: "javascript:alert(1)"}},
		{App: models.App{URL: "/back"}},
		{App: models.App{Name: strings.Repeat("a", 101)}},
		{App: models.App{URL: "https://user@app.example"}},
	} {
		token, err := f.Links.Create(t.Context(), f.who, &l)
		wantError(t, err, models.ErrInvalid)
		if token != "" {
			t.Error("there is a token")
		}
	}
	_, _, _, err := f.Links.Open(t.Context(), f.link(t, "alice"), "")
	wantError(t, err, models.ErrInvalid)
	if rows := f.rows(t, "SELECT browser_hash FROM links"); len(rows) != 1 || rows[0] != "[<nil>]" {
		t.Errorf("%v", rows)
	}
}

func linkOfTenant(t *testing.T, f *fixture) {
	token, err := f.Links.Create(t.Context(), f.who, &models.Link{})
	wantError(t, err, nil)
	_, l, _, err := f.Links.Open(t.Context(), token, "browser")
	if err != nil || l.UserID != "" || l.App != (models.App{}) {
		t.Errorf("%+v, %v", l, err)
	}
}

func linkTaken(t *testing.T, f *fixture) {
	token := f.link(t, "alice")
	_, _, _, err := f.Links.Open(t.Context(), token, "one")
	wantError(t, err, nil)
	for range 2 {
		who, l, bound, err := f.Links.Open(t.Context(), token, "two")
		wantError(t, err, models.ErrLinkTaken)
		if who != (models.Actor{}) || bound || l.App.Name != "The <App>" {
			t.Errorf("%+v, %+v, %v", who, l, bound)
		}
		f.clock.Step(models.LinkLifetime)
	}
	_, _, _, err = f.Links.Open(t.Context(), token, "one")
	wantError(t, err, models.ErrLinkExpired)
}

func linkRace(t *testing.T, f *fixture) {
	token := f.link(t, "alice")
	stores := []*repository.Store{f.Store, f.second(t)}
	var opened, bindings, taken atomic.Int64
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			_, _, bound, err := stores[i%2].Links.Open(t.Context(), token, models.Secret(fmt.Sprint("browser-", i)))
			if errors.Is(err, models.ErrLinkTaken) {
				taken.Add(1)
			} else if err == nil {
				opened.Add(1)
			}
			if bound {
				bindings.Add(1)
			}
		})
	}
	wg.Wait()
	if opened.Load() != 1 || bindings.Load() != 1 || taken.Load() != 29 {
		t.Errorf("%d opened it, %d bound it, %d were refused", opened.Load(), bindings.Load(), taken.Load())
	}
}

func linkExpires(t *testing.T, f *fixture) {
	opened, fresh := f.link(t, "alice"), f.link(t, "bob")
	f.clock.Step(models.LinkLifetime - time.Millisecond)
	_, _, _, err := f.Links.Open(t.Context(), opened, "one")
	wantError(t, err, nil)
	f.clock.Step(time.Millisecond)
	for _, token := range []models.Secret{opened, fresh} {
		who, l, bound, err := f.Links.Open(t.Context(), token, "one")
		wantError(t, err, models.ErrLinkExpired)
		if who != (models.Actor{}) || bound || l.App.URL == "" {
			t.Errorf("%+v, %+v, %v", who, l, bound)
		}
		l, err = f.Links.Look(t.Context(), token)
		wantError(t, err, models.ErrLinkExpired)
		if l.App.URL == "" {
			t.Error("there is no way back")
		}
	}
	if rows := f.rows(t, "SELECT COUNT(*) FROM links WHERE browser_hash IS NULL"); rows[0] != "[1]" {
		t.Error("an expired link was bound")
	}
}

func linkLook(t *testing.T, f *fixture) {
	token := f.link(t, "alice")
	for range 3 {
		l, err := f.Links.Look(t.Context(), token)
		if err != nil || l.UserID != "alice" {
			t.Errorf("%+v, %v", l, err)
		}
	}
	_, _, bound, err := f.Links.Open(t.Context(), token, "one")
	if err != nil || !bound {
		t.Errorf("%v, %v", bound, err)
	}
}

func linkUnknown(t *testing.T, f *fixture) {
	token := f.link(t, "alice").Reveal()
	stored := strings.Trim(f.rows(t, "SELECT token_hash FROM links")[0], "[]")
	for _, text := range []string{
		"", "x", token[:25], token + "a", strings.ToUpper(token), " " + token[:25], token[1:] + "a", strings.Repeat("a", 26), stored, stored[:26],
		token[:25] + "\x00", token[:25] + "%",
	} {
		_, _, _, err := f.Links.Open(t.Context(), models.Secret(text), "one")
		wantError(t, err, repository.ErrNotFound)
		_, err = f.Links.Look(t.Context(), models.Secret(text))
		wantError(t, err, repository.ErrNotFound)
	}
}

func linkAfterlife(t *testing.T, f *fixture) {
	token := f.link(t, "alice")
	f.exec(t, "UPDATE tenants SET deleted_at = 1 WHERE id = $1", f.tenant.ID) // its rows are still there
	_, _, _, err := f.Links.Open(t.Context(), token, "one")
	wantError(t, err, repository.ErrNotFound)
	_, err = f.Links.Look(t.Context(), token)
	wantError(t, err, repository.ErrNotFound)
}

func linkApps(t *testing.T, f *fixture) {
	make := func(address string) error {
		_, err := f.Links.Create(t.Context(), f.who, &models.Link{App: models.App{URL: address}})
		return err
	}
	wantError(t, make("https://anywhere.example"), nil)
	wantError(t, f.Tenants.AllowApps(t.Context(), f.who, []string{"https://app.example", "http://localhost:3000"}), nil)
	for _, address := range []string{"", "https://app.example", "https://APP.example:443/a?b#c", "http://localhost:3000/x"} {
		wantError(t, make(address), nil)
	}
	for _, address := range []string{
		"http://app.example", "https://app.example.evil.example", "https://sub.app.example", "https://app.example:8443",
		"http://localhost", "https://evil.example/https://app.example", "https://bücher.example", "https://app.example.",
	} {
		err := make(address)
		wantError(t, err, models.ErrInvalid)
		if !strings.HasPrefix(err.Error(), "x-superface-app-url: is not among the addresses this tenant allows") {
			t.Errorf("%s: %v", address, err)
		}
	}
	_, who, _ := f.addTenant(t, repository.NewTenant{})
	_, err := f.Links.Create(t.Context(), who, &models.Link{App: models.App{URL: "https://anywhere.example"}})
	wantError(t, err, nil)
	wantError(t, f.Tenants.AllowApps(t.Context(), f.who, nil), nil)
	wantError(t, make("https://anywhere.example"), nil)
}

func appsAllowed(t *testing.T, f *fixture) {
	allow := func(want []string, origins ...string) {
		t.Helper()
		wantError(t, f.Tenants.AllowApps(t.Context(), f.who, origins), nil)
		if got, err := f.Tenants.AppOrigins(t.Context(), f.who); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, want %q, %v", got, want, err)
		}
	}
	allow(nil)
	allow([]string{"http://localhost:3000", "https://app.example"}, "HTTPS://App.example:443/", "http://localhost:3000", "https://app.example")
	e := everything(t, f.Store, f.who)[0]
	if e.EventName != models.EventAllowApps || e.RecordLocator != `{"databaseIdHash":"`+f.tenant.DatabaseIDHash+`"}` ||
		e.Diff.Reveal() != `{"origins":["http://localhost:3000","https://app.example"]}` {
		t.Errorf("audit entry %+v, %s", e, e.Diff.Reveal())
	}
	before := f.dumpAll(t)
	for _, wrong := range [][]string{{"https://app.example/path"}, {"*"}, {"https://a.example", ""}} {
		wantError(t, f.Tenants.AllowApps(t.Context(), f.who, wrong), models.ErrInvalid)
	}
	many := make([]string, models.MaxOrigins+1)
	for i := range many {
		many[i] = fmt.Sprintf("https://a%d.example", i)
	}
	wantError(t, f.Tenants.AllowApps(t.Context(), f.who, many), models.ErrInvalid)
	if after := f.dumpAll(t); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Error("what was refused has changed something")
	}
	allow([]string{"https://b.example"}, "https://b.example")
	allow(nil)
}
