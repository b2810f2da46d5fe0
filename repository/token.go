package repository

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Tokens name configuration links and the states of sign-ins: 16 random bytes in base32. Only
// their SHA-256 is stored; 128 random bits need no slow hash. A login has two, of which the first
// only names it.
const (
	tokenBytes    = 16
	tokenLength   = 26
	tokenAlphabet = "abcdefghijklmnopqrstuvwxyz234567"
)

var tokenEncoding = base32.NewEncoding(tokenAlphabet).WithPadding(base32.NoPadding)

func (s *Store) newToken() (models.Secret, error) {
	b, err := crypto.Random(s.random, tokenBytes)
	if err != nil {
		return "", err
	}
	return models.Secret(tokenEncoding.EncodeToString(b)), nil
}

// isToken keeps texts that can be no token from the database.
func isToken(s models.Secret) bool {
	return len(s) == tokenLength && strings.Trim(s.Reveal(), tokenAlphabet) == ""
}

// secretHash is what is stored of a secret that is only recognized: its SHA-256 in hex.
func secretHash(s models.Secret) string {
	sum := sha256.Sum256([]byte(s.Reveal()))
	return hex.EncodeToString(sum[:])
}
