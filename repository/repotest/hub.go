package repotest

import (
	"context"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

// plainSecret begins every secret of the tool hub in these tests: none may stand in a row.
const plainSecret = "Plain-Secret"

// newTool is a tool with everything that Add takes and a function for each operation.
func newTool(name string, operations ...string) *models.Tool {
	t := &models.Tool{
		Name: name, Title: "Title of " + name, Description: "Says <what> & how ü", Source: name + ".json",
		BaseURL: "https://" + name + ".example/v1", Credentials: models.OwnerUser, AllowPrivate: true, Only: operations,
		Document: []byte(strings.Repeat(`{"openapi":"3.1.0"}`, 1000)),
		ClientID: "client-of-" + name, ClientSecret: plainSecret + "-client", RevocationURL: "https://" + name + ".example/revoke",
		Schemes: []models.Scheme{
			{Name: "key", Kind: models.SchemeAPIKey, Description: "a key", In: "header", Parameter: "X-Key"},
			{
				Name: "oauth", Kind: models.SchemeAuthorizationCode, AuthorizationURL: "https://id.example/authorize",
				TokenURL: "https://id.example/token", Scopes: []string{"read", "write"},
			},
		},
		Skipped: []models.Skipped{{Operation: "GET /x", Reason: "is not JSON"}},
	}
	for _, operation := range operations {
		t.Functions = append(t.Functions, newFunction(name, operation))
	}
	return t
}

func newFunction(tool, operation string) models.Function {
	return models.Function{
		Tool: tool, Name: models.FunctionName(tool, operation), Operation: operation, Description: "Does " + operation,
		Parameters: `{"type":"object"}`,
		Call: models.Call{
			Method: "POST", BaseURL: "https://other.example", Path: "/a/{b}", Accept: "application/json",
			Inputs:   []models.Input{{Argument: "b", In: "path", Name: "b", Style: "simple", Explode: true, Reserved: true, JSON: true, Fixed: "f"}},
			Body:     &models.Body{MediaType: "application/json", Required: true, Argument: "", Fields: []models.Field{{Argument: "c", Name: "d", Style: "form", Explode: true, JSON: true}}},
			Security: []models.Requirement{{"key"}, {"key", "oauth"}, {}},
		},
	}
}

func (f *fixture) addTool(t testing.TB, name string, operations ...string) *models.Tool {
	t.Helper()
	tool := newTool(name, operations...)
	wantError(t, f.Tools.Add(t.Context(), f.who, tool, false), nil)
	return tool
}

// newConnection has a credential of every kind.
func newConnection(tool, userID string) *models.Connection {
	return &models.Connection{
		Tool: tool, UserID: userID, Problem: models.ProblemRejected,
		Credentials: map[string]models.Credential{
			"key":    {Value: plainSecret + "-key-" + models.Secret(userID)},
			"basic":  {Username: plainSecret + "-name", Password: plainSecret + `-"<pass>" ü`},
			"client": {ClientID: plainSecret + "-id", ClientSecret: plainSecret + "-secret"},
			"oauth": {ClientID: "", Token: &models.OAuthToken{
				Access: plainSecret + "-access", Refresh: plainSecret + "-refresh", Type: "Bearer",
				Expiry: time.Date(2026, time.March, 14, 10, 0, 0, 5_000_000, time.UTC),
			}},
			"endless": {Token: &models.OAuthToken{Access: plainSecret + "-endless"}},
		},
	}
}

func (f *fixture) connect(t testing.TB, tool, userID string) *models.Connection {
	t.Helper()
	c := newConnection(tool, userID)
	wantError(t, Connect(t.Context(), f.Store, f.who, c), nil)
	return c
}

// Connect puts the connection in the place of whatever is there, and sets its times and revision.
func Connect(ctx context.Context, s *repository.Store, who models.Actor, c *models.Connection) error {
	tool, err := s.Tools.Get(ctx, who, c.Tool)
	if err != nil {
		return err
	}
	made, err := s.Connections.Change(ctx, who, &tool, c.UserID, func(now *models.Connection) error {
		now.Credentials, now.Problem = c.Credentials, c.Problem
		return nil
	})
	if err == nil {
		*c = made
	}
	return err
}

// connection reads what is stored.
func (f *fixture) connection(t testing.TB, tool, userID string) models.Connection {
	t.Helper()
	c, err := f.Connections.Get(t.Context(), f.who, tool, userID)
	wantError(t, err, nil)
	return c
}

func (f *fixture) link(t testing.TB, userID string) models.Secret {
	t.Helper()
	token, err := f.Links.Create(t.Context(), f.who, &models.Link{UserID: userID, App: models.App{Name: "The <App>", URL: "https://app.example/back?a=1"}})
	wantError(t, err, nil)
	return token
}

func newAuthorization(tool string) models.Authorization {
	return models.Authorization{
		Link: plainSecret + "-link", Tool: tool, Scheme: "oauth", UserID: "alice", Verifier: plainSecret + "-verifier",
		RedirectURL: "https://hub.example/api/hub/callback",
	}
}

func (f *fixture) signIn(t testing.TB, tool string) models.Secret {
	t.Helper()
	state, err := f.Authorizations.Begin(t.Context(), f.who, newAuthorization(tool))
	wantError(t, err, nil)
	return state
}

func newPerform(tool, key string) models.Perform {
	return models.Perform{UserID: "alice", Function: models.FunctionName(tool, "get"), IdempotencyKey: key, Digest: plainSecret + "-digest"}
}

// perform runs a call from its beginning to its end.
func (f *fixture) perform(t testing.TB, p models.Perform, answer models.Secret) {
	t.Helper()
	if _, first, err := f.Performs.Begin(t.Context(), f.who, p, f.clock.Now().Add(time.Minute)); err != nil || !first {
		t.Fatalf("begin %+v: %v, %v", p, first, err)
	}
	wantError(t, f.Performs.Finish(t.Context(), f.who, p, answer), nil)
}

// equip makes some of everything that the tool hub keeps.
func (f *fixture) equip(t testing.TB) {
	t.Helper()
	f.addTool(t, "weather", "get", "list")
	f.addTool(t, "maps", "get")
	f.connect(t, "weather", "alice")
	f.connect(t, "weather", "bob")
	f.connect(t, "maps", "")
	f.link(t, "alice")
	f.signIn(t, "weather")
	f.perform(t, newPerform("weather", "key-1"), plainSecret+"-answer")
	f.perform(t, newPerform("maps", "key/2"), plainSecret+"-answer")
	wantError(t, f.Tenants.AllowApps(t.Context(), f.who, []string{"https://app.example"}), nil)
}

// wantAudited says that the newest entry is of the event and the record, and holds no secret.
func (f *fixture) wantAudited(t testing.TB, event, record string) {
	t.Helper()
	e := everything(t, f.Store, f.who)[0]
	if e.EventName != event || e.RecordLocator != record || e.Diff != "" || e.KeyLocatorHash != f.who.KeyLocatorHash || e.IP != f.who.IP {
		t.Errorf("audit entry %+v, want %s %s", e, event, record)
	}
}

// wantUnaudited says that since n entries none was added.
func (f *fixture) wantUnaudited(t testing.TB, n int) {
	t.Helper()
	if entries := everything(t, f.Store, f.who); len(entries) != n {
		t.Errorf("%d audit entries, want %d; the newest is %+v", len(entries), n, entries[0])
	}
}
