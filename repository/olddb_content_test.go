package repository_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sessionhub/crypto"
	"sessionhub/models"
	"sessionhub/repository"
	"sessionhub/repository/repotest"
)

// oldMessages are messages texts of every kind; each is the one of a session.
func oldMessages() []string {
	return []string{
		"", "not JSON, \x00 and Ünïcode 日本語", `{"no":"array"}`, "[]", " [ \n] ", `[{"role":"user","content":"Grüße"}]`,
		"\t[ {\"role\":\"user\"} ,\r\n{\"role\":\"assistant\",\"content\":[1,[2]]}\n]", "[" + strings.Repeat(`"x",`, 40) + "1]",
	}
}

func fillSessions(t *testing.T, s *repository.Store, clock *repotest.Clock, who models.Actor) {
	t.Helper()
	for i, text := range oldMessages() {
		clock.Step(time.Second)
		p := &models.SessionPatch{
			ID: fmt.Sprintf("saved/%d ü", i), AgentID: fmt.Sprint("agent-", i%2),
			UserName: change(models.Secret(fmt.Sprint("Zoë ", i))), Messages: change(text),
		}
		if i%2 == 1 {
			p.UserEmail, p.AcceptTerms = change(models.Secret(fmt.Sprint(i, "@example.com"))), change("false")
			p.PromptTokens, p.CompletionTokens = change(int64(i)), change(int64(models.MaxTokens))
			p.FinalizedAt = change("2026-03-14 09:00:00")
		}
		if err := s.Sessions.Save(t.Context(), who, p); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"created", "appended", "deleted", "deleted and created"} {
		clock.Step(time.Second)
		fillCreated(t, s, who, id)
	}
	_, err := s.Sessions.Append(t.Context(), who, &models.Append{
		SessionID: "appended", Messages: []string{`{"role":"user"}`, `{"role":"assistant"}`}, PromptTokens: new(int64(7)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"deleted", "deleted and created"} {
		if err := s.Sessions.Delete(t.Context(), who, id); err != nil {
			t.Fatal(err)
		}
	}
	clock.Step(time.Second)
	fillCreated(t, s, who, "deleted and created")
}

func fillCreated(t *testing.T, s *repository.Store, who models.Actor, id string) {
	t.Helper()
	m := &models.Session{
		ID: id, AgentID: "agent-1", UserName: new(models.Secret("Alice")), UserEmail: new(models.Secret("alice@example.com")),
		AcceptTerms: new("true"),
	}
	if created, err := s.Sessions.Create(t.Context(), who, m); err != nil || !created {
		t.Fatal(created, err)
	}
}

// wantOldContent says that everything is there, and opens, which fillTenant wrote when it knew as
// many steps.
func wantOldContent(t *testing.T, s *repository.Store, step int) {
	t.Helper()
	tenants, err := s.Tenants.List(t.Context())
	if err != nil || len(tenants) != len(oldTenants())-1 {
		t.Fatalf("%+v, %v", tenants, err)
	}
	for i, tenant := range tenants {
		n := oldTenants()[i]
		if tenant.Name != n.Name || tenant.DatabaseIDHash != n.DatabaseIDHash || tenant.Encrypted == n.NoEncryption || tenant.CreatedAt.Year() != 2026 {
			t.Errorf("tenant %+v, want %+v", tenant, n)
		}
		who := models.Actor{TenantID: tenant.ID, DatabaseIDHash: tenant.DatabaseIDHash}
		wantOldKeys(t, s, who)
		wantOldSessions(t, s, who)
		wantOldAudit(t, s, who, step)
		wantOldHub(t, s, who, step)
	}
}

func wantOldKeys(t *testing.T, s *repository.Store, who models.Actor) {
	t.Helper()
	keys, err := s.Keys.List(t.Context(), who)
	if err != nil || len(keys) != 4 {
		t.Fatalf("%+v, %v", keys, err)
	}
	admin, exec := keys[0], keys[2]
	if admin.ExpiresAt == nil || admin.ExpiresAt.Year() != 2099 || exec.AgentID == nil || *exec.AgentID != "agent-1" ||
		strings.Join(exec.AllowedOrigins, " ") != "http://localhost:5173 https://app.example" {
		t.Errorf("keys %+v", keys)
	}
	for i, want := range []string{"admin", "agent", "exec", "owner"} {
		if keys[i].DisplayName != want || string(keys[i].Role) != want || keys[i].LastUsedAt == nil {
			t.Errorf("key %+v, want %s", keys[i], want)
		}
	}
}

// wantOldAudit also uses the API keys, which the audit log holds.
func wantOldAudit(t *testing.T, s *repository.Store, who models.Actor, step int) {
	t.Helper()
	entries, err := s.Audit.List(t.Context(), who, models.AuditFilter{To: time.UnixMilli(1 << 50), Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	events, used := "", map[models.Role]bool{}
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		events += e.EventName + " "
		if e.ID != int64(len(entries)-i) {
			t.Errorf("entry %d is number %d", len(entries)-i, e.ID)
		}
		if e.EventName == apiKeyEvent {
			key, err := s.Keys.Authenticate(t.Context(), e.Diff)
			if err != nil || key.TenantID != who.TenantID || e.RecordLocator != `{"id":"<Ä&>"}` || e.IP != "192.0.2.7" || e.UserAgent != "fill" {
				t.Errorf("entry %+v, key %+v, %v", e, key, err)
			}
			used[key.Role] = true
		}
	}
	want := "createTenant createKey createKey createKey testKey testKey testKey testKey deleteSession deleteSession "
	if step >= 2 {
		want += oldHubEvents
	}
	if step >= 5 {
		want += "signIn "
	}
	if events != want || len(used) != 4 {
		t.Errorf("events %s, keys %v", events, used)
	}
}

func wantOldSessions(t *testing.T, s *repository.Store, who models.Actor) {
	t.Helper()
	texts := map[string]string{"created": "null", "deleted and created": "null", "appended": `[{"role":"user"},{"role":"assistant"}]`}
	for i, text := range oldMessages() {
		texts[fmt.Sprintf("saved/%d ü", i)] = text
	}
	seen := 0
	err := s.Sessions.List(t.Context(), who, everySession(), repository.SessionReader{
		Total: func(int64) error { return nil },
		Session: func(m *models.Session, text models.Text) error {
			seen++
			whole := "null"
			if text != nil {
				whole = ""
				for part, err := range text {
					if err != nil {
						return err
					}
					whole += part
				}
			}
			if want, there := texts[m.ID]; !there || whole != want {
				t.Errorf("%s has the messages %q, want %q", m.ID, whole, want)
			}
			wantOldFields(t, m)
			return nil
		},
	})
	if err != nil || seen != len(texts) {
		t.Errorf("%d sessions of %d, %v", seen, len(texts), err)
	}
	err = s.Sessions.Save(t.Context(), who, &models.SessionPatch{ID: "deleted", AgentID: "agent-1"})
	if err == nil {
		t.Error("the tombstone is gone")
	}
}

func wantOldFields(t *testing.T, m *models.Session) {
	t.Helper()
	var i int
	_, err := fmt.Sscanf(m.ID, "saved/%d ü", &i)
	switch {
	case m.CreatedAt.Year() != 2026 || m.UpdatedAt.Before(m.CreatedAt):
		t.Errorf("%s: times %v, %v", m.ID, m.CreatedAt, m.UpdatedAt)
	case err != nil:
		if m.AgentID != "agent-1" || m.UserName.Reveal() != "Alice" || m.UserEmail.Reveal() != "alice@example.com" || *m.AcceptTerms != "true" ||
			(m.ID == "appended") != (m.PromptTokens != nil) || m.CompletionTokens != nil || m.FinalizedAt != nil {
			t.Errorf("%s: %+v", m.ID, m)
		}
	case m.UserName.Reveal() != fmt.Sprint("Zoë ", i) || m.AgentID != fmt.Sprint("agent-", i%2):
		t.Errorf("%s: %+v", m.ID, m)
	case i%2 == 0:
		if m.UserEmail != nil || m.AcceptTerms != nil || m.PromptTokens != nil || m.CompletionTokens != nil || m.FinalizedAt != nil {
			t.Errorf("%s: %+v", m.ID, m)
		}
	case m.UserEmail.Reveal() != fmt.Sprint(i, "@example.com") || *m.AcceptTerms != "false" || *m.PromptTokens != int64(i) ||
		*m.CompletionTokens != models.MaxTokens || *m.FinalizedAt != "2026-03-14 09:00:00":
		t.Errorf("%s: %+v", m.ID, m)
	}
}

// The text that a person gave is enough to read a tenant, with the specification and the row
// of its storage key.
func TestOldDatabasesOpenWithTheTextOfTheStorageKey(t *testing.T) {
	released := releasedDatabases(t)
	_, path := copyOf(t, released[len(released)-1])
	var id, note, sealed string
	err := raw(t, path).QueryRowContext(t.Context(), `SELECT k.id, k.stretched, s.user_name FROM storage_keys k
		JOIN sessions s ON s.tenant_id = k.tenant_id AND s.id = 'created' WHERE k.stretched IS NOT NULL`).Scan(&id, &note, &sealed)
	if err != nil {
		t.Fatal(err)
	}
	storage, err := crypto.StretchAgain(oldStorageKey, note)
	if err != nil {
		t.Fatal(err)
	}
	hash := oldTenants()[1].DatabaseIDHash
	key, err := crypto.FieldKey(id, storage, hash)
	if err != nil {
		t.Fatal(err)
	}
	box, err := crypto.NewBox(nil, key)
	if err != nil {
		t.Fatal(err)
	}
	name, err := box.Open(sealed, crypto.Place{Tenant: hash, Table: "sessions", Column: "user_name", Row: "created"})
	if err != nil || name != "Alice" {
		t.Errorf("%q, %v", name, err)
	}
}
