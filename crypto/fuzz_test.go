package crypto_test

import (
	"strings"
	"testing"

	"sessionhub/crypto"
)

// FuzzOpen holds that whatever stands in a table makes Open neither panic nor return
// anything but what was sealed for just that place.
func FuzzOpen(f *testing.F) {
	box := newBox(f, &counted{}, testKey("k1", 1), testKey("k2", 2))
	other := newBox(f, &counted{}, testKey("k1", 2))
	type value struct {
		sealed string
		at     crypto.Place
	}
	known := map[value]string{}
	for _, text := range append(lengthsModulo3, "", email) {
		for _, at := range append(fieldPlaces(tenant, plainSession), crypto.Place{}) {
			sealed := box.Seal(text, at)
			known[value{sealed, at}] = text
			f.Add(sealed, at.Tenant, at.Table, at.Column, at.Row)
			f.Add(sealed+"\n", at.Tenant, at.Table, at.Column, at.Row)
			f.Add(other.Seal(text, at), at.Tenant, at.Table, at.Column, at.Row)
			f.Add(strings.Replace(sealed, ".k1.", ".k2.", 1), at.Tenant, at.Table, at.Column, at.Row)
		}
	}
	f.Add("", "", "", "", "")
	f.Add("v1.k1.", "", "", "", "")
	f.Fuzz(func(t *testing.T, sealed, tenant, table, column, row string) {
		at := crypto.Place{Tenant: tenant, Table: table, Column: column, Row: row}
		text, sealedHere := known[value{sealed, at}]
		if !sealedHere {
			refuse(t, box, sealed, at)
			return
		}
		if got, err := box.Open(sealed, at); err != nil || got != text {
			t.Errorf("got %q, error %v; want %q", got, err, text)
		}
	})
}

// FuzzSealOpen holds that every text comes back from its place, and from no other, for the
// package and for the second implementation.
func FuzzSealOpen(f *testing.F) {
	key := testKey("k1", 1)
	box := newBox(f, nil, key)
	for _, v := range vectorTexts {
		f.Add(v.plaintext(), tenant, "sessions", "user_name", oddSession)
	}
	f.Add("\xff", "", "1:a,", ":", ",")
	f.Fuzz(func(t *testing.T, text, tenant, table, column, row string) {
		at := crypto.Place{Tenant: tenant, Table: table, Column: column, Row: row}
		sealed := box.Seal(text, at)
		if got, err := box.Open(sealed, at); err != nil || got != text {
			t.Errorf("got %q, error %v; want %q", got, err, text)
		}
		if got, err := (second{}).open(key.ID, key.Bytes, sealed, [4]string{tenant, table, column, row}); err != nil || got != text {
			t.Errorf("the second implementation: got %q, error %v; want %q", got, err, text)
		}
		refuse(t, box, sealed, crypto.Place{Tenant: tenant, Table: table, Column: column, Row: row + "x"}, crypto.ErrOpen)
		refuse(t, box, sealed, crypto.Place{Tenant: tenant, Table: table + "x", Column: column, Row: row}, crypto.ErrOpen)
		if moved := (crypto.Place{Tenant: tenant, Table: table + column, Row: row}); moved != at {
			refuse(t, box, sealed, moved, crypto.ErrOpen)
		}
	})
}

// FuzzToken holds that an API key has one spelling: whatever has the published form is read
// and reveals itself unchanged, and nothing else is read.
func FuzzToken(f *testing.F) {
	token, id, secret := newToken(f)
	f.Add(token.Reveal())
	f.Add(token.Reveal() + "\n")
	f.Add("ad_key_" + secret + "_" + id)
	f.Add("ad_key__")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := crypto.ParseToken(text)
		accepted := err == nil && token.Reveal() == text
		if accepted != tokenForm.MatchString(text) || !accepted && token != (crypto.Token{}) {
			t.Errorf("%q was read as %v, error %v", text, token, err)
		}
		if accepted && (!token.Matches(token.SecretHash()) || strings.Contains(token.String(), text[len(text)-52:])) {
			t.Errorf("%q: of no use: %v", text, token)
		}
	})
}
