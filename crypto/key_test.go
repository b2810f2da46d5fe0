package crypto_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"sessionhub/crypto"
)

// oddKey has bytes whose base64 differs between the two alphabets.
var oddKey = bytes.Repeat([]byte{0xfb, 0xff, 0x01, 0x7e}, 8)

func TestMasterKeyIsReadInEverySpelling(t *testing.T) {
	spellings := map[string]string{
		"hex":                     hex.EncodeToString(oddKey),
		"upper-case hex":          strings.ToUpper(hex.EncodeToString(oddKey)),
		"standard base64":         base64.StdEncoding.EncodeToString(oddKey),
		"standard without =":      base64.RawStdEncoding.EncodeToString(oddKey),
		"base64url":               base64.URLEncoding.EncodeToString(oddKey),
		"base64url without =":     base64.RawURLEncoding.EncodeToString(oddKey),
		"what FormatMasterKey is": crypto.FormatMasterKey(oddKey),
	}
	for name, text := range spellings {
		for _, around := range [][2]string{{"", ""}, {"", "\n"}, {"", "\r\n"}, {" \t", " "}, {"\n\n", "\n\n"}} {
			got, err := crypto.ParseMasterKey(around[0] + text + around[1])
			if err != nil || !bytes.Equal(got, oddKey) {
				t.Errorf("%s in %q: got %x, error %v", name, around, got, err)
			}
		}
	}
}

func TestWhatIsNoMasterKeyIsRefused(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString
	digits := hex.EncodeToString(oddKey)
	for name, text := range map[string]string{
		"empty":             "",
		"white space":       " \n",
		"padding":           "=",
		"31 bytes":          encoded(oddKey[:31]),
		"33 bytes":          encoded(append(oddKey[:32:32], 0)),
		"31 bytes of hex":   digits[2:],
		"33 bytes of hex":   digits + "00",
		"odd hex":           digits[1:],
		"hex with a g":      digits[1:] + "g",
		"hex with a prefix": "0x" + digits,
		"two keys":          encoded(oddKey) + encoded(oddKey),
		"space within":      digits[:32] + " " + digits[32:],
		"padding within":    "=" + encoded(oddKey),
		"foreign character": "!" + encoded(oddKey)[1:],
		"not ASCII":         strings.Repeat("é", 32),
		"the bytes":         string(oddKey),
		"a passphrase":      "correct horse battery staple, again",
		"a NUL at the end":  encoded(oddKey) + "\x00",
		"quoted":            `"` + encoded(oddKey) + `"`,
		"64 other letters":  strings.Repeat("z", 64),
	} {
		t.Run(name, func(t *testing.T) {
			key, err := crypto.ParseMasterKey(text)
			if !errors.Is(err, crypto.ErrMasterKey) || key != nil {
				t.Errorf("got %x, error %v", key, err)
			}
			if err != nil && err.Error() != crypto.ErrMasterKey.Error() {
				t.Errorf("the error tells more than that: %v", err)
			}
		})
	}
}

func TestFormattedMasterKeyIsReadBack(t *testing.T) {
	random := &counted{}
	for range 8 {
		key := must(crypto.Random(random, crypto.KeySize))(t)
		text := crypto.FormatMasterKey(key)
		if got, err := crypto.ParseMasterKey(text); len(text) != 44 || err != nil || !bytes.Equal(got, key) {
			t.Errorf("%q: got %x, error %v; want %x", text, got, err, key)
		}
	}
}

func TestMasterBoxNeeds32Bytes(t *testing.T) {
	for _, size := range []int{0, 16, 31, 33, 64} {
		box, id, err := crypto.MasterBox(nil, make([]byte, size))
		if !errors.Is(err, crypto.ErrMasterKey) || box != nil || id != "" {
			t.Errorf("%d bytes: got %v, %q, error %v", size, box, id, err)
		}
	}
}

func TestEveryMasterKeyHasItsOwnIDAndBox(t *testing.T) {
	first, firstID, err := crypto.MasterBox(nil, oddKey)
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(oddKey)
	other[31] ^= 1
	second, secondID, err := crypto.MasterBox(nil, other)
	if err != nil || secondID == firstID {
		t.Fatalf("both have the id %s, error %v", firstID, err)
	}
	sealed := first.Seal(email, place)
	if !strings.HasPrefix(sealed, "v1."+firstID+".") {
		t.Errorf("%s does not bear the id %s", sealed, firstID)
	}
	refuse(t, second, sealed, place, crypto.ErrUnknownKey)
	refuse(t, second, strings.Replace(sealed, firstID, secondID, 1), place, crypto.ErrOpen)
}

func TestFieldKeyIsOfOneStorageKeyAndOneTenant(t *testing.T) {
	want := must(crypto.FieldKey("k1", oddKey, tenant))(t)
	if again := must(crypto.FieldKey("k1", oddKey, tenant))(t); !bytes.Equal(again.Bytes, want.Bytes) || again.ID != "k1" {
		t.Errorf("derived again: %s %x, want %x", again.ID, again.Bytes, want.Bytes)
	}
	for name, key := range map[string]crypto.Key{
		"another tenant":      must(crypto.FieldKey("k1", oddKey, strings.Repeat("cd", 32)))(t),
		"another storage key": must(crypto.FieldKey("k1", oddKey[1:], tenant))(t),
		"the storage key":     {ID: "k1", Bytes: oddKey},
	} {
		if bytes.Equal(key.Bytes, want.Bytes) {
			t.Errorf("%s: the same field key", name)
		}
	}
}

func TestStorageKeyIsReadBack(t *testing.T) {
	text := crypto.FormatStorageKey(oddKey)
	if got, err := crypto.ParseStorageKey(text); err != nil || !bytes.Equal(got, oddKey) {
		t.Errorf("%q: got %x, error %v", text, got, err)
	}
	for _, damaged := range []string{
		"", text[1:], text + "A", text + "=", text + " ", text + "\n", "\r\n" + text,
		strings.ReplaceAll(text, "_", "/"), text[:42] + "9", hex.EncodeToString(oddKey),
	} {
		if key, err := crypto.ParseStorageKey(damaged); err == nil || key != nil {
			t.Errorf("%q was taken as %x", damaged, key)
		} else if damaged != "" && strings.Contains(err.Error(), damaged) {
			t.Errorf("the key is in the error: %v", err)
		}
	}
}

func TestRandomGivesWhatItReads(t *testing.T) {
	if got := must(crypto.Random(&counted{}, 3))(t); !bytes.Equal(got, []byte{0, 1, 2}) {
		t.Errorf("got %v", got)
	}
}

func TestNoKeyIsMadeWithoutRandomness(t *testing.T) {
	exhausted := errors.New("no randomness")
	for name, random := range map[string]func() error{
		"Random":   func() error { _, err := crypto.Random(iotest.ErrReader(exhausted), 1); return err },
		"NewToken": func() error { _, err := crypto.NewToken(iotest.ErrReader(exhausted)); return err },
		"Stretch":  func() error { _, _, err := crypto.Stretch(iotest.ErrReader(exhausted), "text"); return err },
	} {
		if err := random(); !errors.Is(err, exhausted) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := crypto.Random(strings.NewReader("short"), 6); err == nil {
		t.Error("Random took too few bytes")
	}
}
