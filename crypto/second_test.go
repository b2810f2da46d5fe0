package crypto_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
)

// second is a second implementation, written from doc.go alone and with nothing of the
// package: where the two disagree, one of them breaks the specification.
type second struct{}

var errSecond = errors.New("the second implementation does not open it")

func (second) open(keyID string, key []byte, sealed string, place [4]string) (string, error) {
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != "v1" || parts[1] != keyID || strings.ContainsAny(sealed, "\r\n") {
		return "", errSecond
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) < 12+16 {
		return "", errSecond
	}
	text, err := second{}.gcm(key).Open(nil, raw[:12], raw[12:], second{}.additional(place))
	if err != nil {
		return "", errSecond
	}
	return string(text), nil
}

func (second) seal(keyID string, key, nonce []byte, text string, place [4]string) string {
	raw := second{}.gcm(key).Seal(nil, nonce, []byte(text), second{}.additional(place))
	return "v1." + keyID + "." + base64.RawURLEncoding.EncodeToString(append(nonce[:12:12], raw...))
}

func (second) additional(place [4]string) []byte {
	var b strings.Builder
	for _, part := range append([]string{"v1"}, place[:]...) {
		fmt.Fprintf(&b, "%d:%s,", len(part), part)
	}
	return []byte(b.String())
}

func (second) gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func (second) hkdf(key []byte, salt, info string, n int) []byte {
	derived, err := hkdf.Key(sha256.New, key, []byte(salt), info, n)
	if err != nil {
		panic(err)
	}
	return derived
}

func (second) master(key []byte) (id string, wrap []byte) {
	return fmt.Sprintf("m%x", second{}.hkdf(key, "", "sessionhub v1 master key id", 4)),
		second{}.hkdf(key, "", "sessionhub v1 wrap", 32)
}

func (second) field(storageKey []byte, databaseIDHash string) []byte {
	return second{}.hkdf(storageKey, databaseIDHash, "sessionhub v1 field", 32)
}

func (second) stretch(text, note string) ([]byte, error) {
	var memory, time uint32
	var threads uint8
	var salt string
	if _, err := fmt.Sscanf(note, "argon2id$v=19$m=%d,t=%d,p=%d$%s", &memory, &time, &threads, &salt); err != nil {
		return nil, err
	}
	raw, err := base64.RawURLEncoding.DecodeString(salt)
	return argon2.IDKey([]byte(text), raw, time, memory, threads, 32), err
}

func (second) storedHashes(apiKey string) (locator, secret string) {
	parts := strings.Split(apiKey, "_")
	id, key := sha256.Sum256([]byte(parts[2])), sha256.Sum256([]byte(parts[3]))
	return hex.EncodeToString(id[:]), hex.EncodeToString(key[:])
}

func TestSpecificationsExampleOfAdditionalDataIsWhatIsUsed(t *testing.T) {
	tenant := strings.Repeat("0f", 32)
	got := string(second{}.additional([4]string{tenant, "sessions", "user_name", "s-1"}))
	if want := "2:v1,64:" + tenant + ",8:sessions,9:user_name,3:s-1,"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
