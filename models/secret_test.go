package models_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"strings"
	"testing"
	texttemplate "text/template"

	"sessionhub/models"
)

const (
	hidden = "hunter2"
	secret = models.Secret(hidden)
)

// holder shows a secret in every way that its type can do something about. That is not so
// for a field that is not exported, a verb that is none for texts (such as %d), and the key of
// a map in JSON: keep secrets out of these.
type holder struct {
	Value    models.Secret
	Pointer  *models.Secret
	List     []models.Secret
	Map      map[string]models.Secret
	Any      any
	Embedded struct{ models.Secret }
	Session  models.Session
	Change   models.Change[models.Secret]
}

func newHolder() holder {
	return holder{
		secret, new(secret),
		[]models.Secret{secret},
		map[string]models.Secret{"a": secret},
		secret,
		struct{ models.Secret }{secret},
		models.Session{UserName: new(secret), UserEmail: new(secret)},
		set(secret),
	}
}

func secretValues() []any {
	h := newHolder()
	return []any{
		secret, new(secret),
		[]models.Secret{secret},
		[]any{secret},
		[1]models.Secret{secret},
		map[string]any{"a": secret},
		h, &h,
		[]holder{h},
		models.AuditEntry{Diff: secret},
		models.SessionPatch{UserName: set(secret)},
	}
}

func hides(t *testing.T, name, text string) {
	t.Helper()
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden), fmt.Sprintf("%d", []byte(hidden))} {
		if strings.Contains(text, form) {
			t.Errorf("%s shows the secret: %s", name, text)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	for _, value := range secretValues() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%10s", "%.3s", "%#q"} {
			hides(t, fmt.Sprintf("%s of a %T", verb, value), fmt.Sprintf(verb, value))
		}
		hides(t, "Sprint", fmt.Sprint(value)+fmt.Sprintln(value))
		hides(t, "an error", errors.Join(fmt.Errorf("wrapped: %v", value)).Error())
	}
	for verb, want := range map[string]string{"%v": "[secret]", "%s": "[secret]", "%q": `"[secret]"`, "%#v": "[secret]"} {
		if got := fmt.Sprintf(verb, secret); got != want {
			t.Errorf("%s gives %s, want %s", verb, got, want)
		}
	}
}

func TestSecretIsNeverLogged(t *testing.T) {
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		for _, value := range secretValues() {
			slog.New(handler).Info("x", "value", value, slog.Any("any", value), slog.Group("g", "in", value))
			slog.New(handler).With("with", value).WithGroup("h").Error("x", "list", []any{value})
		}
	}
	hides(t, "slog", log.String())
	if !strings.Contains(log.String(), "any=[secret]") || !strings.Contains(log.String(), `"any":"[secret]"`) {
		t.Errorf("nothing of it is in the log: %s", &log)
	}
}

func TestSecretIsNeverEncoded(t *testing.T) {
	for _, value := range secretValues() {
		text, err := json.Marshal(value)
		if err != nil {
			t.Errorf("json of a %T: %v", value, err)
		}
		hides(t, fmt.Sprintf("json of a %T", value), string(text))
	}
	if text, err := json.Marshal(newHolder().Value); err != nil || string(text) != `"[secret]"` {
		t.Errorf("json gives %s, error %v", text, err)
	}
	if text, err := xml.Marshal(secret); err != nil || string(text) != "<Secret>[secret]</Secret>" {
		t.Errorf("xml gives %s, error %v", text, err)
	}
}

func TestSecretIsNeverRendered(t *testing.T) {
	const page = `{{.}} {{.Value}} {{.Pointer}} {{print .Value}} {{printf "%s" .Value}} {{.List}} {{.Map}}`
	var out strings.Builder
	if err := texttemplate.Must(texttemplate.New("").Parse(page)).Execute(&out, newHolder()); err != nil {
		t.Fatal(err)
	}
	if err := template.Must(template.New("").Parse(page)).Execute(&out, newHolder()); err != nil {
		t.Fatal(err)
	}
	hides(t, "a template", out.String())
}

func TestNilSecretPrintsAsNil(t *testing.T) {
	var none *models.Secret
	if got := fmt.Sprintf("%v", none); got != "<nil>" {
		t.Errorf("got %s", got)
	}
	if text, err := json.Marshal(none); err != nil || string(text) != "null" {
		t.Errorf("got %s, error %v", text, err)
	}
}

func TestRevealIsTheText(t *testing.T) {
	if got := secret.Reveal(); got != hidden {
		t.Errorf("got %q", got)
	}
}
