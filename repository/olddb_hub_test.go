package repository_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// oldHubEvents are those of fillHub.
const oldHubEvents = "allowApps addTool addTool connect connect perform testLink "

// linkEvent is the event of the audit entry that holds the token of a link, as its diff: it is
// stored nowhere else.
const linkEvent = "testLink"

func oldTool() *models.Tool {
	return &models.Tool{
		Name: "weather", Title: "Wetter für alle", Description: "Says what it is like outside", Source: "weather.yaml",
		BaseURL: "https://weather.example/v1", Credentials: models.OwnerUser, AllowPrivate: true, Only: []string{"GET /{city}", "report"},
		Document: []byte(`{"openapi":"3.1.0","info":{"title":"Wetter für alle"}}`),
		ClientID: "client", ClientSecret: "client secret", RevocationURL: "https://weather.example/revoke",
		Schemes: []models.Scheme{
			{Name: "key", Kind: models.SchemeAPIKey, Description: "a key", In: "query", Parameter: "api_key"},
			{
				Name: "oauth", Kind: models.SchemeAuthorizationCode, AuthorizationURL: "https://weather.example/authorize",
				TokenURL: "https://weather.example/token", Scopes: []string{"read"},
			},
		},
		Functions: []models.Function{
			{
				Tool: "weather", Name: "weather__report", Operation: "report", Description: "Reports", Parameters: `{"type":"object"}`,
				Call: models.Call{
					Method: "POST", BaseURL: "https://other.example", Path: "/report", Accept: "application/json",
					Inputs:   []models.Input{{Argument: "at", In: "header", Name: "X-At", Style: "simple", Explode: true, Reserved: true, JSON: true, Fixed: "now"}},
					Body:     &models.Body{MediaType: "application/json", Required: true, Fields: []models.Field{{Argument: "text", Name: "text", Style: "form"}}},
					Security: []models.Requirement{{"key"}, {"oauth"}, {}},
				},
			},
			{
				Tool: "weather", Name: "weather__get", Operation: "GET /{city}", Parameters: `{"type":"object","properties":{"city":{"type":"string"}}}`,
				Call: models.Call{Method: "GET", Path: "/{city}", Inputs: []models.Input{{Argument: "city", In: "path", Name: "city", Style: "simple"}}},
			},
		},
		Skipped: []models.Skipped{{Operation: "DELETE /", Reason: "is deprecated"}},
	}
}

func oldConnections() []models.Connection {
	return []models.Connection{
		{Tool: "bare", Problem: models.ProblemRevoked, Credentials: map[string]models.Credential{
			"basic": {Username: "Zoë", Password: `"pass"`}, "client": {ClientID: "id", ClientSecret: "secret"},
		}},
		{Tool: "weather", UserID: "alice|1", Credentials: map[string]models.Credential{
			"key": {Value: "key"},
			"oauth": {Token: &models.OAuthToken{
				Access: "access", Refresh: "refresh", Type: "Bearer", Expiry: time.Date(2026, time.April, 1, 0, 0, 0, 1_000_000, time.UTC),
			}},
		}},
	}
}

var oldPerform = models.Perform{UserID: "alice|1", Function: "weather__get", IdempotencyKey: "key/1", Digest: "digest"}

func fillHub(t *testing.T, s *repository.Store, clock *repotest.Clock, who models.Actor) {
	t.Helper()
	ctx := t.Context()
	clock.Step(time.Second)
	bare := &models.Tool{Name: "bare", BaseURL: "http://bare.example", Credentials: models.OwnerTenant}
	err := errors.Join(
		s.Tenants.AllowApps(ctx, who, []string{"https://app.example"}),
		s.Tools.Add(ctx, who, bare, false), s.Tools.Add(ctx, who, oldTool(), false),
	)
	for _, c := range oldConnections() {
		err = errors.Join(err, repotest.Connect(ctx, s, who, &c))
	}
	_, _, errBegin := s.Performs.Begin(ctx, who, oldPerform, clock.Now().Add(time.Minute))
	err = errors.Join(err, errBegin, s.Performs.Finish(ctx, who, oldPerform, "answer"))
	token, errLink := s.Links.Create(ctx, who, &models.Link{UserID: "alice|1", App: models.App{Name: "App", URL: "https://app.example/back"}})
	_, _, _, errOpen := s.Links.Open(ctx, token, "browser")
	_, errSignIn := s.Authorizations.Begin(ctx, who, models.Authorization{Link: token, Tool: "weather", Scheme: "oauth", UserID: "alice|1", Verifier: "verifier"})
	_, errNote := s.Audit.Append(ctx, who, models.AuditEntry{EventName: linkEvent, Diff: token})
	if err := errors.Join(err, errLink, errOpen, errSignIn, errNote); err != nil {
		t.Fatal(err)
	}
}

// wantOldHub also opens the link, of which the audit log holds the token.
func wantOldHub(t *testing.T, s *repository.Store, who models.Actor, step int) {
	t.Helper()
	if step < 2 {
		if tools, err := s.Tools.List(t.Context(), who); err != nil || len(tools) != 0 {
			t.Errorf("%+v, %v", tools, err)
		}
		return
	}
	tool, err := s.Tools.Get(t.Context(), who, "weather")
	want := oldTool()
	if document, err := s.Tools.Document(t.Context(), who, "weather"); err != nil || string(document) != string(want.Document) {
		t.Errorf("the document is %s, %v", document, err)
	}
	want.Document = nil
	want.CreatedAt, want.UpdatedAt = tool.CreatedAt, tool.UpdatedAt
	if err != nil || !reflect.DeepEqual(tool, *want) || tool.CreatedAt.Year() != 2026 {
		t.Errorf("\n got %+v\nwant %+v, %v", tool, *want, err)
	}
	for _, want := range oldConnections() {
		got, err := s.Connections.Get(t.Context(), who, want.Tool, want.UserID)
		want.Revision, want.CreatedAt, want.UpdatedAt = got.Revision, got.CreatedAt, got.UpdatedAt
		if err != nil || !reflect.DeepEqual(got, want) || got.Revision < 1 {
			t.Errorf("\n got %#v\nwant %#v, %v", got, want, err)
		}
	}
	if r, first, err := s.Performs.Begin(t.Context(), who, oldPerform, time.UnixMilli(0)); err != nil || first || r.Answer != "answer" || r.Digest != "digest" {
		t.Errorf("%+v, %v, %v", r, first, err)
	}
	if origins, err := s.Tenants.AppOrigins(t.Context(), who); err != nil || len(origins) != 1 || origins[0] != "https://app.example" {
		t.Errorf("%v, %v", origins, err)
	}
	entries, err := s.Audit.List(t.Context(), who, models.AuditFilter{To: time.UnixMilli(1 << 50), EventName: linkEvent, Limit: 1})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%+v, %v", entries, err)
	}
	for browser, want := range map[models.Secret]error{"browser": models.ErrLinkExpired, "another": models.ErrLinkTaken} {
		_, l, _, err := s.Links.Open(t.Context(), entries[0].Diff, browser)
		if !errors.Is(err, want) || l.UserID != "alice|1" || l.App.URL != "https://app.example/back" {
			t.Errorf("%+v, %v", l, err)
		}
	}
}

// fillLogin signs the owner key in.
func fillLogin(t *testing.T, s *repository.Store, who models.Actor, owner models.Secret) {
	t.Helper()
	key, err := s.Keys.Authenticate(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	who.KeyLocatorHash = key.LocatorHash
	if _, err := s.Logins.Create(t.Context(), who); err != nil {
		t.Fatal(err)
	}
}
