package repotest

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
	"sessionhub/repository"
)

var savePromises = []promise{
	{"a session that is not there is made, of what is given", saveMakes},
	{"a new session keeps the createdAt it is given, an old one its own", saveCreatedAt},
	{"a key that is absent leaves the stored value", saveLeaves},
	{"each field can be set, and cleared, by itself", saveEachField},
	{"another agent than the stored one is invalid and changes nothing", saveOtherAgent},
	{"a deleted session is not brought back", saveDeleted},
	{"a finalized session takes no other messages, and nothing else of that request", saveFinalized},
	{"a finalized session takes the messages that it has", saveFinalizedSame},
	{"finalizedAt cleared in the same request lets messages in", saveReopened},
	{"messages and finalizedAt can come together", saveFinalizing},
}

func saveMakes(t *testing.T, f *fixture) {
	f.save(t, "s-1")
	now := stamp(f.clock.stored())
	bare := view{
		ID: "s-1", Agent: agent, Name: "null", Email: "null", Terms: "null", Finalized: "null",
		Prompt: "null", Completion: "null", Messages: "null", Created: now, Updated: now,
	}
	wantView(t, f.get(t, "s-1"), bare)
	full, want := fullPatch("s-1")
	want.Created, want.Updated = now, now
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatal(err)
	}
	wantView(t, f.get(t, "s-1"), want)
	full.ID, want.ID = "s-2", "s-2"
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatal(err)
	}
	wantView(t, f.get(t, "s-2"), want)
}

// fullPatch sets every field, and says how that reads.
func fullPatch(id string) (*models.SessionPatch, view) {
	p := &models.SessionPatch{
		ID: id, AgentID: agent,
		UserName: set(models.Secret("Ärger")), UserEmail: set(models.Secret("a@b.example")), AcceptTerms: set("false"),
		FinalizedAt: set("2026-03-14 10:00:00"), PromptTokens: set(int64(0)), CompletionTokens: set(int64(models.MaxTokens)),
		Messages: set(" [\n{\"role\":\"user\"} ]\t"),
	}
	return p, view{
		ID: id, Agent: agent, Name: shown("Ärger"), Email: shown("a@b.example"), Terms: shown("false"),
		Finalized: shown("2026-03-14 10:00:00"), Prompt: shown("0"), Completion: shown("9007199254740991"),
		Messages: shown(" [\n{\"role\":\"user\"} ]\t"),
	}
}

func saveCreatedAt(t *testing.T, f *fixture) {
	long := time.Date(2019, time.December, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 3600))
	given := func(p *models.SessionPatch) { p.CreatedAt = &long }
	f.save(t, "s-1", given)
	if v := f.get(t, "s-1"); v.Created != "2019-12-31T22:59:59.999Z" || v.Updated != stamp(f.clock.stored()) {
		t.Errorf("new: %+v", v)
	}
	f.create(t, "s-2")
	before := f.get(t, "s-2")
	f.clock.Step(time.Minute)
	f.save(t, "s-2", given)
	if v := f.get(t, "s-2"); v.Created != before.Created || v.Updated != stamp(f.clock.stored()) {
		t.Errorf("old: %+v", v)
	}
}

func saveLeaves(t *testing.T, f *fixture) {
	full, _ := fullPatch("s-1")
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatal(err)
	}
	want, rows := f.get(t, "s-1"), f.stored(t, "s-1")
	f.clock.Step(time.Second)
	f.save(t, "s-1")
	want.Updated = stamp(f.clock.stored())
	wantView(t, f.get(t, "s-1"), want)
	if after := f.stored(t, "s-1"); !reflect.DeepEqual(rows, after) {
		t.Errorf("messages were written: %v, before %v", after, rows)
	}
}

// saveEachField goes through the fields of the patch by reflection, so that one that is
// added later is not forgotten.
func saveEachField(t *testing.T, f *fixture) {
	full, want := fullPatch("s-1")
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatal(err)
	}
	in := map[string]string{
		"UserName": "Name", "UserEmail": "Email", "AcceptTerms": "Terms", "FinalizedAt": "Finalized",
		"PromptTokens": "Prompt", "CompletionTokens": "Completion", "Messages": "Messages",
	}
	patch, seen := reflect.TypeFor[models.SessionPatch](), 0
	for i := range patch.NumField() {
		field := patch.Field(i).Name
		if !strings.HasPrefix(patch.Field(i).Type.Name(), "Change[") {
			continue
		}
		seen++
		p := &models.SessionPatch{ID: "s-1", AgentID: agent}
		if field == "Messages" {
			p.FinalizedAt = cleared[string]()
		}
		reflect.ValueOf(p).Elem().FieldByName(field).FieldByName("Set").SetBool(true)
		saveOneField(t, f, p, &want, in[field])
	}
	if seen != len(in) {
		t.Errorf("saw %d fields of the patch, want %d", seen, len(in))
	}
}

// saveOneField clears what the patch clears, and sets everything again.
func saveOneField(t *testing.T, f *fixture, p *models.SessionPatch, want *view, field string) {
	t.Helper()
	f.clock.Step(time.Second)
	if err := f.Sessions.Save(t.Context(), f.who, p); err != nil {
		t.Fatalf("clear %s: %v", field, err)
	}
	expected := *want
	expected.Created, expected.Updated = stamp(f.clock.stored()), stamp(f.clock.stored())
	reflect.ValueOf(&expected).Elem().FieldByName(field).SetString("null")
	if p.FinalizedAt.Set {
		expected.Finalized = "null"
	}
	got := f.get(t, p.ID)
	expected.Created = got.Created
	wantView(t, got, expected)
	full, _ := fullPatch(p.ID)
	if err := f.Sessions.Save(t.Context(), f.who, full); err != nil {
		t.Fatalf("set again: %v", err)
	}
	expected = *want
	expected.Created, expected.Updated = got.Created, got.Updated
	wantView(t, f.get(t, p.ID), expected)
}

func saveOtherAgent(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	before := f.get(t, "s-1")
	err := f.trySave(t.Context(), "s-1", name("Mallory"), messages("[]"), func(p *models.SessionPatch) { p.AgentID = "agent-2" })
	wantError(t, err, models.ErrInvalid)
	if !strings.Contains(err.Error(), "agentId") {
		t.Errorf("the error does not name agentId: %v", err)
	}
	wantView(t, f.get(t, "s-1"), before)
}

func saveDeleted(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.delete(t, "s-1")
	wantError(t, f.trySave(t.Context(), "s-1", messages(`[{"role":"user"}]`)), repository.ErrDeleted)
	f.wantGone(t, "s-1")
	if left := f.stored(t, "s-1"); len(left) != 0 {
		t.Errorf("messages were written: %v", left)
	}
}

func saveFinalized(t *testing.T, f *fixture) {
	f.create(t, "s-1")
	f.save(t, "s-1", messages(`[1,2]`), finalizedAt("2026-03-14T10:00:00Z"))
	before, rows := f.get(t, "s-1"), f.stored(t, "s-1")
	for _, text := range []string{`[1,2,3]`, `[1]`, `[]`, `[1, 2]`, ` [1,2]`, `no array`} {
		err := f.trySave(t.Context(), "s-1", messages(text), name("Mallory"))
		wantError(t, err, models.ErrInvalid)
		err = f.trySave(t.Context(), "s-1", messages(text), finalizedAt("2026-03-14T11:00:00Z"))
		wantError(t, err, models.ErrInvalid)
	}
	err := f.trySave(t.Context(), "s-1", func(p *models.SessionPatch) { p.Messages = cleared[string]() })
	wantError(t, err, models.ErrInvalid)
	wantView(t, f.get(t, "s-1"), before)
	if after := f.stored(t, "s-1"); !reflect.DeepEqual(rows, after) {
		t.Errorf("messages were written: %v, before %v", after, rows)
	}
}

func saveFinalizedSame(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(`[1,2]`), finalizedAt("2026-03-14T10:00:00Z"))
	f.save(t, "s-1", messages(`[1,2]`), name("Alice"), finalizedAt("2026-03-14T11:00:00Z"))
	if v := f.get(t, "s-1"); v.Name != shown("Alice") || v.Finalized != shown("2026-03-14T11:00:00Z") {
		t.Errorf("got %+v", v)
	}
}

func saveReopened(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(`[1]`), finalizedAt("2026-03-14T10:00:00Z"))
	f.save(t, "s-1", messages(`[1,2]`), func(p *models.SessionPatch) { p.FinalizedAt = cleared[string]() })
	if v := f.get(t, "s-1"); v.Messages != shown(`[1,2]`) || v.Finalized != "null" {
		t.Errorf("got %+v", v)
	}
}

func saveFinalizing(t *testing.T, f *fixture) {
	f.save(t, "s-1", messages(`[1]`))
	f.save(t, "s-1", messages(`[1,2]`), finalizedAt("2026-03-14T10:00:00Z"))
	if v := f.get(t, "s-1"); v.Messages != shown(`[1,2]`) || v.Finalized == "null" {
		t.Errorf("got %+v", v)
	}
}
