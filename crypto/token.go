package crypto

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// tokenPrefix begins every API key: that of Open Agents Builder, so that what looks for
// leaked keys finds ours.
const tokenPrefix = "ad_key_"

const (
	tokenIDBytes, tokenIDLength         = 12, 20
	tokenSecretBytes, tokenSecretLength = 32, 52
)

const tokenAlphabet = "abcdefghijklmnopqrstuvwxyz234567"

var tokenEncoding = base32.NewEncoding(tokenAlphabet).WithPadding(base32.NoPadding)

// ErrToken means that a text cannot be an API key.
var ErrToken = errors.New("not an API key: these look like ad_key_<id>_<secret>")

// Token is an API key in clear. It prints without its secret.
type Token struct{ id, secret string }

// NewToken makes an API key.
func NewToken(random io.Reader) (Token, error) {
	b, err := Random(random, tokenIDBytes+tokenSecretBytes)
	if err != nil {
		return Token{}, err
	}
	return Token{
		id:     tokenEncoding.EncodeToString(b[:tokenIDBytes]),
		secret: tokenEncoding.EncodeToString(b[tokenIDBytes:]),
	}, nil
}

// ParseToken reads an API key; it returns [ErrToken] for anything that cannot be one.
func ParseToken(text string) (Token, error) {
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	id, secret, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(id) != tokenIDLength || len(secret) != tokenSecretLength ||
		strings.Trim(id, tokenAlphabet) != "" || strings.Trim(secret, tokenAlphabet) != "" {
		return Token{}, ErrToken
	}
	return Token{id: id, secret: secret}, nil
}

// Reveal returns the whole API key: for the one answer that shows it.
func (t Token) Reveal() string { return tokenPrefix + t.id + "_" + t.secret }

// String returns the API key without its secret.
func (t Token) String() string { return tokenPrefix + t.id + "_…" }

// GoString returns the API key without its secret, for %#v.
func (t Token) GoString() string { return t.String() }

// LocatorHash returns the name of the key: the SHA-256 of its id, in hex.
func (t Token) LocatorHash() string {
	sum := sha256.Sum256([]byte(t.id))
	return hex.EncodeToString(sum[:])
}

// SecretHash returns the SHA-256 of the secret, in hex: all that is stored of it.
func (t Token) SecretHash() string {
	sum := sha256.Sum256([]byte(t.secret))
	return hex.EncodeToString(sum[:])
}

// Matches says in constant time whether the token's secret has this hash.
func (t Token) Matches(secretHash string) bool {
	return subtle.ConstantTimeCompare([]byte(t.SecretHash()), []byte(secretHash)) == 1
}
