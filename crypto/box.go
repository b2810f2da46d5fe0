package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const (
	version   = "v1"
	nonceSize = 12
	tagSize   = 16
)

var (
	// ErrOpen means that a value was not sealed by this key for this place, or is damaged.
	// Which of these cannot be told.
	ErrOpen = errors.New("the value does not open")
	// ErrUnknownKey means that a value names a key which the box does not hold.
	ErrUnknownKey = errors.New("the value names an unknown key")
)

// encoding writes bytes as text. To read them use decode.
var encoding = base64.RawURLEncoding.Strict()

// decode refuses everything but the one canonical spelling. The decoder passes over line
// breaks, even when it is strict.
func decode(text string) ([]byte, error) { return appendDecoded(nil, text) }

func appendDecoded(dst []byte, text string) ([]byte, error) {
	if strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0 {
		return dst, errors.New("crypto: a line break in base64")
	}
	all := slices.Grow(dst, encoding.DecodedLen(len(text)))
	n, err := encoding.Decode(all[len(dst):cap(all)], []byte(text))
	return all[:len(dst)+n], err
}

// Place says where a sealed value stands; it opens nowhere else.
type Place struct{ Tenant, Table, Column, Row string }

// data appends the additional data for the place: netstrings, so that no two places agree.
func (p *Place) data(dst []byte) []byte {
	for _, part := range [...]string{version, p.Tenant, p.Table, p.Column, p.Row} {
		dst = strconv.AppendInt(dst, int64(len(part)), 10)
		dst = append(dst, ':')
		dst = append(dst, part...)
		dst = append(dst, ',')
	}
	return dst
}

// Key is an AES-256 key and the id that the values sealed by it bear.
type Key struct {
	ID    string
	Bytes []byte // 32
}

// String returns the id; GoString too, so that no way of printing shows the key.
func (k Key) String() string { return "key " + k.ID }

// GoString returns the id.
func (k Key) GoString() string { return k.String() }

// Box seals with its first key and opens with any. It may be used by many goroutines. The zero
// Box can do neither.
type Box struct {
	plain  bool
	prefix string // of the values that it seals: "v1.k2."
	seal   cipher.AEAD
	open   map[string]cipher.AEAD // by key id
	random io.Reader
}

// NewBox makes a box of one key or more. random gives the nonces; nil means crypto/rand.
func NewBox(random io.Reader, keys ...Key) (*Box, error) {
	if random == nil {
		random = rand.Reader
	}
	b := &Box{random: random, open: make(map[string]cipher.AEAD, len(keys))}
	for _, key := range keys {
		aead, err := newAEAD(key)
		if err != nil {
			return nil, err
		}
		if b.open[key.ID] != nil {
			return nil, fmt.Errorf("crypto: two keys have the id %q", key.ID)
		}
		b.open[key.ID] = aead
		if b.seal == nil {
			b.seal, b.prefix = aead, version+"."+key.ID+"."
		}
	}
	if b.seal == nil {
		return nil, errors.New("crypto: a box needs a key")
	}
	return b, nil
}

func newAEAD(key Key) (cipher.AEAD, error) {
	if !isKeyID(key.ID) || len(key.Bytes) != KeySize {
		return nil, fmt.Errorf("crypto: key %q is not a usable AES-256 key", key.ID)
	}
	block, err := aes.NewCipher(key.Bytes)
	if err != nil {
		return nil, fmt.Errorf("crypto: %w", err)
	}
	return cipher.NewGCM(block)
}

func isKeyID(s string) bool {
	return s != "" && len(s) <= 32 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// Plain returns the box of a tenant that chose no encryption: Seal and Open return the text
// as it is. It is made only by saying so, never for want of a key.
func Plain() *Box { return &Box{plain: true} }

// Seal returns the text sealed for the place, 40 bytes and a third longer than it was.
func (b *Box) Seal(plaintext string, at Place) string {
	if b.plain {
		return plaintext
	}
	var onStack [256]byte
	sealed := make([]byte, nonceSize, nonceSize+len(plaintext)+tagSize)
	if _, err := io.ReadFull(b.random, sealed); err != nil {
		panic(err) // crypto/rand never fails; without randomness nothing may be sealed
	}
	sealed = b.seal.Seal(sealed, sealed, []byte(plaintext), at.data(onStack[:0]))
	out := make([]byte, 0, len(b.prefix)+encoding.EncodedLen(len(sealed)))
	return string(encoding.AppendEncode(append(out, b.prefix...), sealed))
}

// Open returns the text that was sealed for the place, or [ErrUnknownKey] or [ErrOpen].
func (b *Box) Open(sealed string, at Place) (string, error) {
	if b.plain {
		return sealed, nil
	}
	var onStack [256]byte
	opened, err := b.AppendOpen(onStack[:0], sealed, at)
	return string(opened), err
}

// AppendOpen is Open for those who open many values: it appends the text to dst, which it returns
// as it was with an error.
func (b *Box) AppendOpen(dst []byte, sealed string, at Place) ([]byte, error) {
	if b.plain {
		return append(dst, sealed...), nil
	}
	rest, ok := strings.CutPrefix(sealed, version+".")
	id, payload, dotted := strings.Cut(rest, ".")
	aead := b.open[id]
	if !ok || !dotted || aead == nil && !isKeyID(id) {
		return dst, ErrOpen
	}
	if aead == nil {
		return dst, ErrUnknownKey
	}
	all, err := appendDecoded(dst, payload)
	data := all[len(dst):]
	if err != nil || len(data) < nonceSize+tagSize {
		return dst, ErrOpen
	}
	var onStack [256]byte
	opened, err := aead.Open(data[nonceSize:nonceSize], data[:nonceSize], data[nonceSize:], at.data(onStack[:0]))
	if err != nil {
		return dst, ErrOpen
	}
	return all[:len(dst)+copy(data, opened)], nil
}
