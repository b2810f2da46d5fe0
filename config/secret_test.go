package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"sessionhub/models"
)

const goodKey = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"

func TestMasterKeyIsNeverPrintedOrLogged(t *testing.T) {
	var out bytes.Buffer
	c := load(t, "SESSIONHUB_MASTER_KEY="+goodKey)
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "config", c, "pointer", &c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "config", c, "pointer", &c)
	fmt.Fprintf(&out, "%v %+v %#v %s %v %+v", c, c, c, c, &c, []Config{c})
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(out.String()), "c0ffee") {
		t.Errorf("the key is in the output:\n%s", &out)
	}
}

func TestStringSaysWhetherTheMasterKeyIsSet(t *testing.T) {
	if s := load(t, "SESSIONHUB_MASTER_KEY="+goodKey).String(); !strings.Contains(s, "master_key=set") {
		t.Errorf("set: %s", s)
	}
	if s := load(t).String(); !strings.Contains(s, "master_key=not set") {
		t.Errorf("not set: %s", s)
	}
}

func TestStringGivesEverySetting(t *testing.T) {
	s := load(t).String()
	for _, name := range Names() {
		if key := strings.ToLower(strings.TrimPrefix(name, prefix)) + "="; !strings.Contains(s, key) {
			t.Errorf("%s is not in %s", key, s)
		}
	}
}

func TestNoMessageHoldsASecret(t *testing.T) {
	const secret = "hunter2"
	mistaken := [][]string{
		{"MASTER_KEY=" + secret},
		{"MASTER_KEY=" + secret, "MASTER_KEY_FILE=x"},
		{"MASTER_KEY_FILE=" + secret},              // the key itself where its path belongs
		{"MASTER_KEY_FILE=" + fileWith(t, secret)}, // wrong in the file
		{"LOG_FORMAT_FILE=" + fileWith(t, secret)}, // the wrong file
		{"DATABASE_URL=" + secret},
		{"DATABASE_URL=postgres://u:" + secret + "@h/d\n"},
		{"DATABASE_URL=sqlite://a.db?key=" + secret},
		{"PUBLIC_URL=https://u:" + secret + "@h"},
		{"CORS_ORIGINS=https://u:" + secret + "@h"},
		{"MASTER_KEYS=" + secret, "ADDR=x"},
	}
	for _, entries := range mistaken {
		for i := range entries {
			entries[i] = prefix + entries[i]
		}
		c, warnings, err := Load(entries)
		if err == nil {
			t.Errorf("%q: no mistake", entries)
		}
		if all := fmt.Sprint(c, warnings, err); strings.Contains(all, secret) {
			t.Errorf("%q: the secret is in %s", entries, all)
		}
	}
}

func TestDatabaseURLOfAnotherKindIsNotPrinted(t *testing.T) {
	c := Config{DatabaseURL: "postgres://u:hunter2@h/d"}
	if s := fmt.Sprintf("%v %#v", c, c); strings.Contains(s, "hunter2") {
		t.Error(s)
	}
}

func TestEverySecretIsHidden(t *testing.T) {
	for _, s := range settings() {
		f, _ := reflect.TypeFor[Config]().FieldByName(s.field)
		if f.Type == reflect.TypeFor[models.Secret]() && !s.hidden {
			t.Errorf("%s is a Secret without the tag hidden", s.field)
		}
	}
}
