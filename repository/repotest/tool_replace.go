package repotest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

func toolReplace(t *testing.T, f *fixture) {
	first := f.addTool(t, "weather", "get", "list")
	f.addTool(t, "maps", "get")
	maps := f.rows(t, "SELECT * FROM functions WHERE tool = 'maps'")
	connected := *f.connect(t, "weather", "alice")
	f.clock.Step(time.Hour)
	next := newTool("weather", "list", "new")
	next.Title, next.Document, next.Credentials, next.Schemes = "Another", []byte("{}"), models.OwnerTenant, nil
	next.ClientID, next.ClientSecret, next.RevocationURL = "", "", ""
	wantError(t, f.Tools.Add(t.Context(), f.who, next, true), nil)
	if !next.CreatedAt.Equal(first.CreatedAt) || !next.UpdatedAt.Equal(f.clock.stored()) {
		t.Errorf("times %v, %v", next.CreatedAt, next.UpdatedAt)
	}
	next.ClientID, next.ClientSecret, next.RevocationURL = first.ClientID, first.ClientSecret, first.RevocationURL
	wantTool(t, f.Store, f.who, *next)
	_, _, err := f.Tools.Function(t.Context(), f.who, "weather__get")
	wantError(t, err, repository.ErrNotFound)
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, connected) {
		t.Errorf("the connection is %+v", got)
	}
	if got := f.rows(t, "SELECT * FROM functions WHERE tool = 'maps'"); !reflect.DeepEqual(got, maps) {
		t.Errorf("the other tool has the functions %v", got)
	}
}

func toolReplaceClient(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	for _, step := range []struct {
		what       string
		id, secret string
		wantID     string
		wantSecret models.Secret
	}{
		{"nothing", "", "", "client-of-weather", plainSecret + "-client"},
		{"the same id", "client-of-weather", "", "client-of-weather", plainSecret + "-client"},
		{"a new secret", "", "second", "client-of-weather", "second"},
		{"another client without a secret", "public", "", "public", ""},
		{"a secret for it", "public", "third", "public", "third"},
		{"another client with a secret", "other", "fourth", "other", "fourth"},
	} {
		tool := newTool("weather")
		tool.ClientID, tool.ClientSecret = step.id, models.Secret(step.secret)
		wantError(t, f.Tools.Add(t.Context(), f.who, tool, true), nil)
		got, err := f.Tools.Get(t.Context(), f.who, "weather")
		if err != nil || got.ClientID != step.wantID || got.ClientSecret != step.wantSecret || tool.ClientID != step.wantID {
			t.Errorf("%s: %s, %s, %v", step.what, got.ClientID, got.ClientSecret.Reveal(), err)
		}
	}
}

// toolReplaceElsewhere: whoever has an administrator's key may replace tools, and must not come by
// what their users have entered.
func toolReplaceElsewhere(t *testing.T, f *fixture) {
	for what, change := range map[string]func(*models.Tool){
		"base": func(tool *models.Tool) { tool.BaseURL = "https://evil.example/v1" }, "port": func(tool *models.Tool) { tool.BaseURL = "https://weather.example:8443/v1" },
		"scheme": func(tool *models.Tool) { tool.BaseURL = "http://weather.example/v1" }, "server": func(tool *models.Tool) { tool.Functions[1].Call.BaseURL = "https://evil.example" },
		"token": func(tool *models.Tool) { tool.Schemes[1].TokenURL = "https://evil.example/token" }, "page": func(tool *models.Tool) { tool.Schemes[1].AuthorizationURL = "https://evil.example/a" },
		"revocation": func(tool *models.Tool) { tool.RevocationURL = "https://evil.example/revoke" }, "scheme of another name": func(tool *models.Tool) {
			tool.Schemes = append(tool.Schemes, models.Scheme{Name: "z", Kind: models.SchemeClientCredentials, TokenURL: "https://evil.example"})
		},
	} {
		f.equip(t)
		tool := newTool("weather", "get", "list")
		tool.ClientID, tool.ClientSecret, tool.RevocationURL = "", "", ""
		change(tool)
		wantError(t, f.Tools.Add(t.Context(), f.who, tool, true), nil)
		wantTool(t, f.Store, f.who, *tool) // without the secret of the client and its name
		for _, table := range []string{"connections", "authorizations"} {
			if rows := f.rows(t, "SELECT * FROM "+table+" WHERE tool = 'weather'"); len(rows) != 0 {
				t.Errorf("%s: %s are %v", what, table, rows)
			}
		}
		f.connection(t, "maps", "") // another tool's
		e := everything(t, f.Store, f.who)[0]
		if e.EventName != models.EventReplaceTool || !strings.Contains(e.Diff.Reveal(), `"connections":"removed"`) || !strings.Contains(e.Diff.Reveal(), "://") {
			t.Errorf("%s: told %+v %s", what, e, e.Diff.Reveal())
		}
		for _, name := range []string{"weather", "maps"} {
			wantError(t, f.Tools.Delete(t.Context(), f.who, name), nil)
		}
	}
	f.addTool(t, "weather")
	tool := newTool("weather")
	tool.BaseURL, tool.ClientSecret = "https://evil.example", ""
	wantError(t, f.Tools.Add(t.Context(), f.who, tool, true), nil)
	if got, err := f.Tools.Get(t.Context(), f.who, "weather"); err != nil || got.ClientID != tool.ClientID || got.ClientSecret != "" {
		t.Errorf("the client is %s, %s, %v", got.ClientID, got.ClientSecret.Reveal(), err)
	}
}

func toolReplaceNearer(t *testing.T, f *fixture) {
	first := f.addTool(t, "weather", "get")
	connected := *f.connect(t, "weather", "alice")
	f.signIn(t, "weather")
	next := newTool("weather", "get")
	next.BaseURL, next.Functions[0].Call.BaseURL = "HTTPS://Weather.example:443/v2", "https://id.example"
	next.Schemes, next.ClientID, next.ClientSecret, next.RevocationURL = next.Schemes[:1], "", "", ""
	wantError(t, f.Tools.Add(t.Context(), f.who, next, true), nil)
	next.ClientSecret = first.ClientSecret
	wantTool(t, f.Store, f.who, *next)
	f.wantAudited(t, models.EventReplaceTool, `{"tool":"weather"}`)
	if got := f.connection(t, "weather", "alice"); !reflect.DeepEqual(got, connected) {
		t.Errorf("the connection is %+v", got)
	}
	if rows := f.rows(t, "SELECT * FROM authorizations"); len(rows) != 1 {
		t.Errorf("%v", rows)
	}
}

// toolReplaceTimes: a change of a connection is for the tool of one time.
func toolReplaceTimes(t *testing.T, f *fixture) {
	f.addTool(t, "weather")
	seen := map[time.Time]bool{}
	for range 3 {
		tool := newTool("weather")
		wantError(t, f.Tools.Add(t.Context(), f.who, tool, true), nil)
		seen[tool.UpdatedAt] = true
	}
	if len(seen) != 3 {
		t.Errorf("%v", seen)
	}
}
