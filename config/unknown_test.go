package config

import (
	"slices"
	"testing"
)

func TestUnknownNameSuggestsTheNearest(t *testing.T) {
	tests := map[string]string{
		"ADR":             "did you mean SESSIONHUB_ADDR?",
		"ADDRESS":         "did you mean SESSIONHUB_ADDR?",
		"addr":            "did you mean SESSIONHUB_ADDR?",
		"MASTERKEY":       "did you mean SESSIONHUB_MASTER_KEY?",
		"MASTER_KEYFILE":  "did you mean SESSIONHUB_MASTER_KEY_FILE?",
		"LOGLEVEL":        "did you mean SESSIONHUB_LOG_LEVEL?",
		"CORS_ORIGIN":     "did you mean SESSIONHUB_CORS_ORIGINS?",
		"ADDR_FILE_FILE_": "",
		"THEME":           "",
		"X":               "",
		"":                "",
	}
	for own, suggestion := range tests {
		want := prefix + own + " is not a setting; " + suggestion
		if suggestion == "" {
			want = prefix + own + " is not a setting and is ignored"
		}
		_, warnings, err := Load([]string{prefix + own + "=s3cret"})
		if err != nil || !slices.Equal(warnings, []string{want}) {
			t.Errorf("got %q, error %v; want %q", warnings, err, want)
		}
	}
}

func TestKubernetesNamesAreWarningsWithoutSuggestion(t *testing.T) {
	names := []string{
		"SESSIONHUB_PORT", "SESSIONHUB_PORT_3000_TCP", "SESSIONHUB_PORT_3000_TCP_ADDR", "SESSIONHUB_PORT_3000_TCP_PORT",
		"SESSIONHUB_PORT_3000_TCP_PROTO", "SESSIONHUB_SERVICE_HOST", "SESSIONHUB_SERVICE_PORT", "SESSIONHUB_SERVICE_PORT_HTTP",
	}
	var environ, want []string
	for _, name := range names {
		environ = append(environ, name+"=tcp://10.0.0.1:3000")
		want = append(want, name+" is not a setting and is ignored")
	}
	_, warnings, err := Load(environ)
	if err != nil || !slices.Equal(warnings, want) {
		t.Errorf("got %q, error %v; want %q", warnings, err, want)
	}
}

func TestWarningsComeWithMistakes(t *testing.T) {
	_, warnings, err := Load([]string{"SESSIONHUB_ADR=x", "SESSIONHUB_ADDR=x"})
	if err == nil || len(warnings) != 1 {
		t.Errorf("got %q and %v, want one warning and one mistake", warnings, err)
	}
}
