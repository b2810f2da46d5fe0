package config

import (
	"strings"
	"testing"
)

func TestDatabaseIsCheckedAsTheSettingIs(t *testing.T) {
	for url, name := range map[string]string{
		"sqlite://data/x.db":                         "data/x.db",
		"postgres://user:secret@host/sessions?a=b":   "postgres://host/sessions",
		"postgresql://user:secret@a,b:5432/sessions": "postgresql://a,b:5432/sessions",
	} {
		if c, err := Database(url); err != nil || c.DatabaseName() != name {
			t.Errorf("%s: %q, %v", url, c.DatabaseName(), err)
		}
	}
	for _, url := range []string{"", "sqlite://", "mysql://user:secret@host/x", "sqlite://:memory:", "postgres://secret@host/\n"} {
		_, err := Database(url)
		if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "want sqlite://") {
			t.Errorf("%q: %v", url, err)
		}
	}
}
