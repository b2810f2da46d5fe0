package models_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"sessionhub/models"
)

func goodSession() models.Session { return models.Session{ID: "s-1", AgentID: "a-1"} }

func TestSessionKeepsItsLimits(t *testing.T) {
	type model = models.Session
	checkRules(t, goodSession, identifierRules("id", func(s *model) *string { return &s.ID }))
	checkRules(t, goodSession, identifierRules("agentId", func(s *model) *string { return &s.AgentID }))
	checkRules(t, goodSession, tokenRules("promptTokens", func(s *model) **int64 { return &s.PromptTokens }))
	checkRules(t, goodSession, tokenRules("completionTokens", func(s *model) **int64 { return &s.CompletionTokens }))
	checkRules(t, goodSession, timestampRules("finalizedAt", func(s *model, text string) { s.FinalizedAt = &text }))
	checkRules(t, goodSession, maxRules("userName", models.MaxName, "is longer than 1000 characters",
		func(s *model, text models.Secret) { s.UserName = &text }))
	checkRules(t, goodSession, maxRules("userEmail", models.MaxName, "is longer than 1000 characters",
		func(s *model, text models.Secret) { s.UserEmail = &text }))
	checkRules(t, goodSession, maxRules("acceptTerms", 255, "is longer than 255 characters",
		func(s *model, text string) { s.AcceptTerms = &text }))
}

func TestSenderIsToldEverythingAtOnce(t *testing.T) {
	long := strings.Repeat("x", 1001)
	s := models.Session{
		AgentID: "\n", UserName: new(models.Secret(long)), UserEmail: new(models.Secret(long)), AcceptTerms: &long,
		PromptTokens: new(int64(-1)), CompletionTokens: new(int64(1 << 53)), FinalizedAt: new("soon"),
	}
	want := []models.Issue{
		{Field: "id", Message: "is required"},
		{Field: "agentId", Message: identifierReason},
		{Field: "userName", Message: "is longer than 1000 characters"},
		{Field: "userEmail", Message: "is longer than 1000 characters"},
		{Field: "acceptTerms", Message: "is longer than 255 characters"},
		{Field: "promptTokens", Message: "must be 0 or more"},
		{Field: "completionTokens", Message: "must be 9007199254740991 or less"},
		{Field: "finalizedAt", Message: timeReason},
	}
	var issues models.Issues
	if err := issues.Merge(s.Validate()); err != nil || !reflect.DeepEqual([]models.Issue(issues), want) {
		t.Errorf("got %v, error %v; want %v", issues, err, want)
	}
	if text := issues.Err().Error(); strings.Contains(text, "xx") || strings.Contains(text, "soon") {
		t.Errorf("the input is in the error: %s", text)
	}
}

func TestValidateIDIsTheRuleOfASessionsID(t *testing.T) {
	for _, r := range identifierRules("id", func(s *string) *string { return s }) {
		var id string
		r.change(&id)
		want := r.want
		if id == "" {
			want = "id: " + identifierReason
		}
		checkIssues(t, r.name, models.ValidateID(id), want)
	}
}

// fullSession has a value in every field that a patch can change.
func fullSession() models.Session {
	return models.Session{
		ID: "s-1", AgentID: "a-1", UserName: new(models.Secret("Ada")), UserEmail: new(models.Secret("ada@example.com")),
		AcceptTerms: new("true"), PromptTokens: new(int64(1)), CompletionTokens: new(int64(2)),
		FinalizedAt: new("2025-03-21 10:00:00"), CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0),
	}
}

func TestEmptyPatchLeavesEverything(t *testing.T) {
	s := fullSession()
	p := models.SessionPatch{ID: "other", AgentID: "other", CreatedAt: new(time.Unix(9, 0)), Messages: models.Change[string]{Set: true, Value: new("[]")}}
	p.Apply(&s)
	if want := fullSession(); !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
	p.UserName.Value, p.PromptTokens.Value = new(models.Secret("not set")), new(int64(99))
	if p.Apply(&s); !reflect.DeepEqual(s, fullSession()) {
		t.Errorf("values without Set changed the session: %+v", s)
	}
}

func TestPatchWithNullsClears(t *testing.T) {
	s := fullSession()
	p := models.SessionPatch{
		UserName: models.Change[models.Secret]{Set: true}, UserEmail: models.Change[models.Secret]{Set: true},
		AcceptTerms: models.Change[string]{Set: true}, FinalizedAt: models.Change[string]{Set: true},
		PromptTokens: models.Change[int64]{Set: true}, CompletionTokens: models.Change[int64]{Set: true},
	}
	p.Apply(&s)
	want := models.Session{ID: "s-1", AgentID: "a-1", CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(2, 0)}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got %+v, want %+v", s, want)
	}
}

func set[T any](value T) models.Change[T] { return models.Change[T]{Set: true, Value: &value} }

func TestPatchWithValuesSetsEachInItsField(t *testing.T) {
	for name, patched := range map[string]struct {
		patch models.SessionPatch
		want  func(*models.Session)
	}{
		"userName":         {models.SessionPatch{UserName: set(models.Secret("Eve"))}, func(s *models.Session) { s.UserName = new(models.Secret("Eve")) }},
		"userEmail":        {models.SessionPatch{UserEmail: set(models.Secret(""))}, func(s *models.Session) { s.UserEmail = new(models.Secret("")) }},
		"acceptTerms":      {models.SessionPatch{AcceptTerms: set("false")}, func(s *models.Session) { s.AcceptTerms = new("false") }},
		"finalizedAt":      {models.SessionPatch{FinalizedAt: set("x")}, func(s *models.Session) { s.FinalizedAt = new("x") }},
		"promptTokens":     {models.SessionPatch{PromptTokens: set(int64(7))}, func(s *models.Session) { s.PromptTokens = new(int64(7)) }},
		"completionTokens": {models.SessionPatch{CompletionTokens: set(int64(0))}, func(s *models.Session) { s.CompletionTokens = new(int64(0)) }},
	} {
		full, empty := fullSession(), goodSession()
		wantFull, wantEmpty := fullSession(), goodSession()
		patched.patch.Apply(&full)
		patched.patch.Apply(&empty)
		patched.want(&wantFull)
		patched.want(&wantEmpty)
		if !reflect.DeepEqual(full, wantFull) || !reflect.DeepEqual(empty, wantEmpty) {
			t.Errorf("%s: got %+v and %+v", name, full, empty)
		}
	}
}

func TestPatchIsCheckedAsTheSessionItMakes(t *testing.T) {
	type model = models.SessionPatch
	good := func() model { return model{ID: "s-1", AgentID: "a-1"} }
	checkRules(t, good, identifierRules("id", func(p *model) *string { return &p.ID }))
	checkRules(t, good, identifierRules("agentId", func(p *model) *string { return &p.AgentID }))
	checkRules(t, good, timestampRules("finalizedAt", func(p *model, text string) { p.FinalizedAt = set(text) }))
	checkRules(t, good, maxRules("userName", models.MaxName, "is longer than 1000 characters",
		func(p *model, text models.Secret) { p.UserName = set(text) }))
	checkRules(t, good, []rule[model]{
		{"all null", func(p *model) {
			p.UserName.Set, p.UserEmail.Set, p.AcceptTerms.Set = true, true, true
			p.FinalizedAt.Set, p.PromptTokens.Set, p.Messages.Set = true, true, true
		}, ""},
		{"two issues", func(p *model) { p.ID, p.PromptTokens = "", set(int64(-1)) }, "id: is required, promptTokens: must be 0 or more"},
		{"messages of any kind", func(p *model) { p.Messages = set("no JSON") }, ""},
	})
}
