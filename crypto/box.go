package crypto

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
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

// decode refuses everything but the one canonical spelling.
func decode(text string) ([]byte, error) { return appendDecoded(nil, []byte(text)) }

func appendDecoded(dst, text []byte) ([]byte, error) {
	all, err := encoding.AppendDecode(dst, text)
	// The decoder passes over line breaks, even when it is strict. No text of 4n+1 characters is whole.
	if err == nil && (len(text)%4 == 1 || len(all)-len(dst) != encoding.DecodedLen(len(text))) {
		err = errors.New("crypto: a line break in base64")
	}
	return all, err
}

// Place says where a sealed value stands; it opens nowhere else.
type Place struct{ Tenant, Table, Column, Row string }

// data appends the additional data for the place: netstrings, so that no two places agree.
func (p *Place) data(dst []byte) []byte { return netstring(p.column(dst), p.Row) }

// column appends what is the same for all rows.
func (p *Place) column(dst []byte) []byte {
	return netstring(netstring(netstring(netstring(dst, version), p.Tenant), p.Table), p.Column)
}

func netstring[T string | []byte](dst []byte, part T) []byte {
	dst = strconv.AppendInt(dst, int64(len(part)), 10)
	dst = append(dst, ':')
	dst = append(dst, part...)
	return append(dst, ',')
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
	w := takeWorkspace()
	defer w.release()
	w.place, w.in = at.data(w.place[:0]), append(w.in[:0], plaintext...)
	w.out = append(w.out[:0], make([]byte, nonceSize)...)
	if _, err := io.ReadFull(b.random, w.out); err != nil {
		panic(err) // crypto/rand never fails; without randomness nothing may be sealed
	}
	w.out = b.seal.Seal(w.out, w.out, w.in, w.place)
	w.in = encoding.AppendEncode(append(w.in[:0], b.prefix...), w.out)
	return string(w.in)
}

// Open returns the text that was sealed for the place, or [ErrUnknownKey] or [ErrOpen].
func (b *Box) Open(sealed string, at Place) (string, error) {
	if b.plain {
		return sealed, nil
	}
	w := takeWorkspace()
	defer w.release()
	w.place, w.in = at.data(w.place[:0]), append(w.in[:0], sealed...)
	var err error
	w.out, err = b.appendOpened(w.out[:0], w.in, w.place)
	return string(w.out), err
}

// What stands before and behind the id of the key.
var (
	versioned = []byte(version + ".")
	dot       = []byte{'.'}
)

// appendOpened appends the opened text to dst, which it returns as it was with an error.
func (b *Box) appendOpened(dst, sealed, place []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, versioned)
	id, payload, dotted := bytes.Cut(rest, dot)
	aead := b.open[string(id)]
	if !ok || !dotted || aead == nil && !isKeyID(string(id)) {
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
	opened, err := aead.Open(data[nonceSize:nonceSize], data[:nonceSize], data[nonceSize:], place)
	if err != nil {
		return dst, ErrOpen
	}
	return all[:len(dst)+copy(data, opened)], nil
}

// Opener opens many values of one column. It uses its memory again and again, so that it is for one
// goroutine.
type Opener struct {
	box    *Box
	place  []byte // of the column, and behind it of the row that was opened last
	column int    // how much of it is the column's
}

// Opener returns an opener for the column of the place, whose row does not matter.
func (b *Box) Opener(column Place) *Opener {
	place := column.column(nil)
	return &Opener{box: b, place: place, column: len(place)}
}

// Append appends the text that was sealed for the row to dst. Its errors are those of [Box.Open];
// with one dst is returned as it was.
func (o *Opener) Append(dst, sealed, row []byte) ([]byte, error) {
	if o.box.plain {
		return append(dst, sealed...), nil
	}
	o.place = netstring(o.place[:o.column], row)
	return o.box.appendOpened(dst, sealed, o.place)
}
