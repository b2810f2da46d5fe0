package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// example returns the settings in .env.example: the value by name.
func example(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../.env.example")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^#?(SESSIONHUB_\w+)=(.*)$`).FindAllStringSubmatch(string(text), -1) {
		if _, twice := values[m[1]]; twice {
			t.Errorf("%s stands there twice", m[1])
		}
		if !strings.HasPrefix(m[0], "#") {
			t.Errorf("%s is not commented out", m[1])
		}
		values[m[1]] = m[2]
	}
	return values
}

func TestExampleHasEverySettingWithItsDefault(t *testing.T) {
	values := example(t)
	for _, s := range settings() {
		value, ok := values[s.name]
		if !ok || value != s.preset {
			t.Errorf("%s: in the example %q (there: %v), the default is %q", s.name, value, ok, s.preset)
		}
	}
	for name := range values {
		if !slices.Contains(Names(), name) {
			t.Errorf("%s is in the example but is not a setting", name)
		}
	}
}

func TestExampleUncommentedChangesNothing(t *testing.T) {
	var environ []string
	for name, value := range example(t) {
		environ = append(environ, name+"="+value)
	}
	if got, want := load(t, environ...), load(t); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNamesAreSortedAndWhole(t *testing.T) {
	names := Names()
	if len(names) != reflect.TypeFor[Config]().NumField() || !slices.IsSorted(names) {
		t.Errorf("got %q", names)
	}
	for _, s := range settings() {
		if s.name == prefix || s.want == "" {
			t.Errorf("%s lacks a tag", s.field)
		}
	}
}
