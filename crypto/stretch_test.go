package crypto_test

import (
	"bytes"
	"strings"
	"testing"

	"sessionhub/crypto"
)

const passphrase = "correct horse battery staple"

func TestStretchedKeyIsMadeAgainFromItsNote(t *testing.T) {
	key, note, err := crypto.Stretch(&counted{}, passphrase)
	if err != nil || len(key) != crypto.KeySize {
		t.Fatalf("got %d bytes, error %v", len(key), err)
	}
	if want := "argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw"; note != want {
		t.Errorf("note %q, want %q", note, want)
	}
	if again, err := crypto.StretchAgain(passphrase, note); err != nil || !bytes.Equal(again, key) {
		t.Errorf("got %x, error %v; want %x", again, err, key)
	}
	if other, err := crypto.StretchAgain(passphrase+"\n", note); err != nil || bytes.Equal(other, key) {
		t.Errorf("another text: got %x, error %v", other, err)
	}
}

// Two tenants whose operators chose the same text must not share a key.
func TestStretchSaltsEachKey(t *testing.T) {
	random := &counted{}
	first, note1, err1 := crypto.Stretch(random, passphrase)
	second, note2, err2 := crypto.Stretch(random, passphrase)
	if err1 != nil || err2 != nil || note1 == note2 || bytes.Equal(first, second) {
		t.Errorf("got %s and %s, errors %v and %v", note1, note2, err1, err2)
	}
}

func TestDamagedNoteIsRefused(t *testing.T) {
	const salt = "AAECAwQFBgcICQoLDA0ODw"
	const good = "argon2id$v=19$m=65536,t=3,p=4$" + salt
	for name, note := range map[string]string{
		"empty":              "",
		"no salt":            strings.TrimSuffix(good, salt),
		"salt only":          salt,
		"another algorithm":  strings.Replace(good, "2id", "2i", 1),
		"another version":    strings.Replace(good, "19", "16", 1),
		"no version":         strings.Replace(good, "v=19$", "", 1),
		"less memory":        strings.Replace(good, "65536", "8", 1),
		"memory for ever":    strings.Replace(good, "65536", "4294967295", 1),
		"less time":          strings.Replace(good, "t=3", "t=1", 1),
		"no thread":          strings.Replace(good, "p=4", "p=0", 1),
		"leading dollar":     "$" + good,
		"leading space":      " " + good,
		"upper case":         strings.ToUpper(good),
		"short salt":         good[:len(good)-2],
		"long salt":          good + "AA",
		"padded salt":        good + "==",
		"unused bits":        good[:len(good)-1] + "x",
		"trailing space":     good + " ",
		"trailing newline":   good + "\n",
		"newline in salt":    strings.Replace(good, "AAEC", "AA\r\nEC", 1),
		"standard alphabet":  strings.Replace(good, "AAEC", "AA+/", 1),
		"a hash behind":      good + "$" + salt,
		"the text of a user": passphrase,
	} {
		t.Run(name, func(t *testing.T) {
			key, err := crypto.StretchAgain(passphrase, note)
			if err == nil || key != nil {
				t.Fatalf("%q was taken", note)
			}
			if strings.Contains(err.Error(), passphrase) {
				t.Errorf("the text is in the error: %v", err)
			}
		})
	}
}
