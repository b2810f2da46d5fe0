package crypto_test

import (
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"sessionhub/crypto"
)

// counted gives the bytes 0, 1, 2 and so on, for values that are the same on every run.
type counted struct{ next byte }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.next
		c.next++
	}
	return len(p), nil
}

// The second row holds what would confuse a count of characters, or a search for separators.
const (
	plainSession = "s-1"
	oddSession   = "3:s-é,/🙂"
)

var vectorTexts = []sealedVector{
	{Text: "", Times: 1},
	{Text: "Ada Lovelace <ada@example.com>", Times: 1},
	{Text: "Zoë, 日本語, 👩‍👩‍👧, e\u0301, \u0000\n", Times: 1},
	{Text: "0123456789", Times: 1000},
}

func fieldPlaces(tenant, session string) []crypto.Place {
	return []crypto.Place{
		{Tenant: tenant, Table: "sessions", Column: "user_name", Row: session},
		{Tenant: tenant, Table: "sessions", Column: "user_email", Row: session},
		{Tenant: tenant, Table: "sessions", Column: "messages_frame", Row: session},
		{Tenant: tenant, Table: "messages", Column: "body", Row: "12/" + session},
		{Tenant: tenant, Table: "audit_entries", Column: "diff", Row: "7"},
	}
}

// hubPlaces are those of the tool hub. Its rows are named by few signs, but for the last part of a
// performed call.
func hubPlaces(tenant, user, key string) []crypto.Place {
	state := strings.Repeat("0123456789abcdef", 4)
	return []crypto.Place{
		{Tenant: tenant, Table: "tools", Column: "client_secret", Row: "weather"},
		{Tenant: tenant, Table: "connections", Column: "credentials", Row: user + "/weather"},
		{Tenant: tenant, Table: "authorizations", Column: "link_token", Row: state},
		{Tenant: tenant, Table: "authorizations", Column: "verifier", Row: state},
		{Tenant: tenant, Table: "performs", Column: "digest", Row: user + "/weather__get/" + key},
		{Tenant: tenant, Table: "performs", Column: "answer", Row: user + "/weather__get/" + key},
	}
}

func wrappedPlace(tenant, keyID string) crypto.Place {
	return crypto.Place{Tenant: tenant, Table: "storage_keys", Column: "wrapped", Row: keyID}
}

func newVectors(tb testing.TB) *vectors {
	tb.Helper()
	random := &counted{}
	master := must(crypto.Random(random, crypto.KeySize))(tb)
	wrapping, id, err := crypto.MasterBox(random, master)
	if err != nil {
		tb.Fatal(err)
	}
	v := &vectors{
		About:       "Examples of every format in crypto/doc.go. Its keys are public: use them for nothing else.",
		MasterKey:   crypto.FormatMasterKey(master),
		MasterKeyID: id,
		Tenant:      hex.EncodeToString(must(crypto.Random(random, 32))(tb)),
	}
	v.seal(wrapping, []crypto.Place{
		{Table: "master_keys", Column: "known_value", Row: id},
		wrappedPlace(v.Tenant, "k1"),
	}, vectorTexts)

	k1 := storageKeyVector{ID: "k1", Key: crypto.FormatStorageKey(must(crypto.Random(random, crypto.KeySize))(tb))}
	field1 := v.addStorageKey(tb, wrapping, k1, random)
	v.seal(field1, fieldPlaces(v.Tenant, plainSession), vectorTexts)

	k2 := storageKeyVector{ID: "k2", Text: "correct horse battery stäple"}
	stretched, note, err := crypto.Stretch(random, k2.Text)
	if err != nil {
		tb.Fatal(err)
	}
	k2.Key, k2.Note = crypto.FormatStorageKey(stretched), note
	v.seal(v.addStorageKey(tb, wrapping, k2, random), fieldPlaces(v.Tenant, oddSession), vectorTexts[:3])

	for range 3 {
		token := must(crypto.NewToken(random))(tb)
		v.APIKeys = append(v.APIKeys, apiKeyVector{token.Reveal(), token.LocatorHash(), token.SecretHash()})
	}
	// Behind what the first release wrote, so that that stays as it is. The second are those of a
	// tenant without encryption.
	v.seal(field1, hubPlaces(v.Tenant, "alice|1", "key-1"), vectorTexts)
	v.seal(wrapping, hubPlaces(v.Tenant, "", "a/b é"), vectorTexts[:3])
	return v
}

func (v *vectors) addStorageKey(tb testing.TB, wrapping *crypto.Box, k storageKeyVector, random io.Reader) *crypto.Box {
	tb.Helper()
	field := must(crypto.FieldKey(k.ID, must(crypto.ParseStorageKey(k.Key))(tb), v.Tenant))(tb)
	k.FieldKey = hex.EncodeToString(field.Bytes)
	k.Wrapped = wrapping.Seal(k.Key, wrappedPlace(v.Tenant, k.ID))
	v.StorageKeys = append(v.StorageKeys, k)
	return newBox(tb, random, field)
}

func (v *vectors) seal(box *crypto.Box, places []crypto.Place, texts []sealedVector) {
	for _, at := range places {
		for _, s := range texts {
			s.Tenant, s.Table, s.Column, s.Row = at.Tenant, at.Table, at.Column, at.Row
			s.Sealed = box.Seal(s.plaintext(), at)
			v.Sealed = append(v.Sealed, s)
		}
	}
}

// must returns a function that gives the value or ends the test.
func must[T any](value T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return value
	}
}

func newBox(tb testing.TB, random io.Reader, keys ...crypto.Key) *crypto.Box {
	tb.Helper()
	return must(crypto.NewBox(random, keys...))(tb)
}
