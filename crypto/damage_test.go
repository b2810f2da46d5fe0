package crypto_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"sessionhub/crypto"
)

// The three leave no, two and four unused bits in the last character of the sealed value.
var lengthsModulo3 = []string{"alice@x.io!", "alice@x.io", "alice@x.io!!"}

// damaged runs a test for a sealed value of each kind of length.
func damaged(t *testing.T, test func(t *testing.T, box *crypto.Box, sealed string)) {
	t.Helper()
	box := newBox(t, nil, testKey("k1", 1))
	for _, text := range lengthsModulo3 {
		t.Run(text, func(t *testing.T) {
			sealed := box.Seal(text, place)
			if _, err := box.Open(sealed, place); err != nil {
				t.Fatal(err)
			}
			test(t, box, sealed)
		})
	}
}

func TestCutValueDoesNotOpen(t *testing.T) {
	damaged(t, func(t *testing.T, box *crypto.Box, sealed string) {
		for i := range sealed {
			refuse(t, box, sealed[:i], place, crypto.ErrOpen)
			refuse(t, box, sealed[i+1:], place)
			refuse(t, box, sealed[:i]+sealed[i+1:], place)
		}
	})
}

func TestValueWithOneBitFlippedDoesNotOpen(t *testing.T) {
	damaged(t, func(t *testing.T, box *crypto.Box, sealed string) {
		for i := range sealed {
			for bit := range 8 {
				flipped := []byte(sealed)
				flipped[i] ^= 1 << bit
				refuse(t, box, string(flipped), place)
			}
		}
	})
}

func TestEveryBitOfNonceCiphertextAndTagCounts(t *testing.T) {
	damaged(t, func(t *testing.T, box *crypto.Box, sealed string) {
		raw, err := base64.RawURLEncoding.DecodeString(sealed[len("v1.k1."):])
		if err != nil {
			t.Fatal(err)
		}
		for i := range raw {
			for bit := range 8 {
				raw[i] ^= 1 << bit
				refuse(t, box, "v1.k1."+base64.RawURLEncoding.EncodeToString(raw), place, crypto.ErrOpen)
				raw[i] ^= 1 << bit
			}
		}
	})
}

// A second spelling would let a copied value pass for another one, and defeat the compare
// and set of a change of keys.
func TestValueHasOnlyOneSpelling(t *testing.T) {
	damaged(t, func(t *testing.T, box *crypto.Box, sealed string) {
		for _, extra := range []string{"\n", "\r", "\r\n", "\n\n\n\n", " ", "\t", "\x00", "=", "==", "===", ".", "A", "AAAA", "\u200b"} {
			for i := len(sealed); i >= 0; i-- {
				if !refuse(t, box, sealed[:i]+extra+sealed[i:], place) {
					break
				}
			}
		}
	})
}

func TestUnusedBitsAreZero(t *testing.T) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	damaged(t, func(t *testing.T, box *crypto.Box, sealed string) {
		end := len(sealed) - 1
		for _, c := range alphabet {
			if byte(c) != sealed[end] {
				refuse(t, box, sealed[:end]+string(c), place, crypto.ErrOpen)
			}
		}
	})
}

func TestStandardAlphabetDoesNotOpen(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1))
	standard := strings.NewReplacer("-", "+", "_", "/")
	for range 100 {
		sealed := box.Seal(email, place)
		if respelled := standard.Replace(sealed); respelled != sealed {
			refuse(t, box, respelled, place, crypto.ErrOpen)
			return
		}
	}
	t.Fatal("no sealed value with - or _")
}

func TestWhatIsNoSealedValueDoesNotOpen(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1))
	sealed := box.Seal(email, place)
	payload := strings.TrimPrefix(sealed, "v1.k1.")
	for name, text := range map[string]string{
		"empty":                  "",
		"one dot":                ".",
		"two dots":               "..",
		"three dots":             "...",
		"plain text":             email,
		"version only":           "v1",
		"no key id":              "v1." + payload,
		"empty key id":           "v1.." + payload,
		"no payload":             "v1.k1",
		"empty payload":          "v1.k1.",
		"no version":             "k1." + payload,
		"empty version":          ".k1." + payload,
		"later version":          "v2.k1." + payload,
		"longer version":         "v11.k1." + payload,
		"upper-case version":     "V1.k1." + payload,
		"leading space":          " " + sealed,
		"upper-case key id":      "v1.K1." + payload,
		"space in key id":        "v1.k1 ." + payload,
		"long key id":            "v1." + strings.Repeat("k", 33) + "." + payload,
		"two key ids":            "v1.k1.k1." + payload,
		"trailing dot":           sealed + ".",
		"sealed twice":           sealed + sealed,
		"nonce only":             "v1.k1.AAAAAAAAAAAAAAAA",
		"one byte short":         "v1.k1." + base64.RawURLEncoding.EncodeToString(make([]byte, 27)),
		"zeroes":                 "v1.k1." + base64.RawURLEncoding.EncodeToString(make([]byte, 28)),
		"impossible length":      "v1.k1." + strings.Repeat("A", 41),
		"not UTF-8":              "v1.k1.\xff\xfe",
		"not of one alphabet":    "v1.k1." + strings.Repeat("é", 30),
		"another tag than GCM's": "v1.k1." + payload[:len(payload)-4] + "AAAA",
	} {
		t.Run(name, func(t *testing.T) { refuse(t, box, text, place, crypto.ErrOpen) })
	}
	refuse(t, box, "v1.k3."+payload, place, crypto.ErrUnknownKey)
	refuse(t, box, "v1.k3.", place)
}
