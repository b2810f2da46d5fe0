package crypto

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
)

// KeySize is the length in bytes of every key here.
const KeySize = 32

// What Argon2id costs: the second recommendation of RFC 9106, section 4, about 0.1 s once in
// the life of a tenant. The text goes before the salt, so that a later release can raise it.
const (
	argonTime    = 3
	argonMemory  = 64 * 1024 // KiB
	argonThreads = 4
	argonPrefix  = "argon2id$v=19$m=65536,t=3,p=4$"
	saltSize     = 16
)

// ErrMasterKey means that a text is not a master key.
var ErrMasterKey = errors.New("a master key is 32 bytes, written as base64 or as 64 hex digits")

// Random returns n bytes from random.
func Random(random io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("crypto: read randomness: %w", err)
	}
	return b, nil
}

// ParseMasterKey reads 64 hex digits, or base64 in either alphabet, padded or not. White
// space around it is passed over. It returns 32 bytes or [ErrMasterKey].
func ParseMasterKey(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	if key, err := hex.DecodeString(text); err == nil && len(key) == KeySize {
		return key, nil
	}
	key, err := decode(strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimSuffix(text, "=")))
	if err != nil || len(key) != KeySize {
		return nil, ErrMasterKey
	}
	return key, nil
}

// FormatMasterKey writes a master key as [ParseMasterKey] reads it: padded base64, 44 characters.
func FormatMasterKey(key []byte) string { return base64.StdEncoding.EncodeToString(key) }

// MasterBox returns the box that seals storage keys, and the master key's id.
func MasterBox(random io.Reader, master []byte) (box *Box, id string, err error) {
	if len(master) != KeySize {
		return nil, "", ErrMasterKey
	}
	name, err := hkdf.Key(sha256.New, master, nil, "sessionhub v1 master key id", 4)
	if err != nil {
		return nil, "", fmt.Errorf("crypto: %w", err)
	}
	wrap, err := hkdf.Key(sha256.New, master, nil, "sessionhub v1 wrap", KeySize)
	if err != nil {
		return nil, "", fmt.Errorf("crypto: %w", err)
	}
	id = "m" + hex.EncodeToString(name)
	box, err = NewBox(random, Key{ID: id, Bytes: wrap})
	return box, id, err
}

// FieldKey derives the key that seals a tenant's fields from its storage key.
func FieldKey(id string, storageKey []byte, databaseIDHash string) (Key, error) {
	field, err := hkdf.Key(sha256.New, storageKey, []byte(databaseIDHash), "sessionhub v1 field", KeySize)
	if err != nil {
		return Key{}, fmt.Errorf("crypto: %w", err)
	}
	return Key{ID: id, Bytes: field}, nil
}

// Stretch makes a storage key from a text that a person gave. The note says how, and with
// which salt: kept beside the wrapped key, it lets the holder of the text derive it again.
func Stretch(random io.Reader, text string) (storageKey []byte, note string, err error) {
	salt, err := Random(random, saltSize)
	if err != nil {
		return nil, "", err
	}
	note = argonPrefix + encoding.EncodeToString(salt)
	storageKey, err = StretchAgain(text, note)
	return storageKey, note, err
}

// StretchAgain makes the storage key that [Stretch] made when it returned the note.
func StretchAgain(text, note string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(note, argonPrefix)
	salt, err := decode(encoded)
	if !ok || err != nil || len(salt) != saltSize {
		return nil, errors.New("crypto: the note of a stretched key is not one of this release")
	}
	return argon2.IDKey([]byte(text), salt, argonTime, argonMemory, argonThreads, KeySize), nil
}

// FormatStorageKey writes a storage key as it is wrapped: base64url without padding.
func FormatStorageKey(key []byte) string { return encoding.EncodeToString(key) }

// ParseStorageKey reads what [FormatStorageKey] wrote.
func ParseStorageKey(text string) ([]byte, error) {
	key, err := decode(text)
	if err != nil || len(key) != KeySize {
		return nil, errors.New("crypto: not a storage key")
	}
	return key, nil
}
