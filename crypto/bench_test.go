package crypto_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionhub/crypto"
)

var sizes = []int{16, 64, 4 << 10}

func BenchmarkSeal(b *testing.B) {
	box := newBox(b, nil, testKey("k1", 1))
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			text := strings.Repeat("x", size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				box.Seal(text, place)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	box := newBox(b, nil, testKey("k1", 1))
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			sealed := box.Seal(strings.Repeat("x", size), place)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := box.Open(sealed, place); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkOpener opens as searches do: one after another of the same column.
func BenchmarkOpener(b *testing.B) {
	box := newBox(b, nil, testKey("k1", 1))
	for _, size := range sizes {
		b.Run(fmt.Sprintf("%dB", size), func(b *testing.B) {
			sealed, row := []byte(box.Seal(strings.Repeat("x", size), place)), []byte(place.Row)
			opener, opened := box.Opener(place), []byte(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if opened, err = opener.Append(opened[:0], sealed, row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkNewBox is what it costs to be without a box that was made before.
func BenchmarkNewBox(b *testing.B) {
	key := testKey("k1", 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := crypto.NewBox(nil, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTokenMatches(b *testing.B) {
	token, _, _ := newToken(b)
	hash := token.SecretHash()
	b.ReportAllocs()
	for b.Loop() {
		if !token.Matches(hash) {
			b.Fatal("does not match")
		}
	}
}

func BenchmarkParseToken(b *testing.B) {
	token, _, _ := newToken(b)
	text := token.Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := crypto.ParseToken(text); err != nil {
			b.Fatal(err)
		}
	}
}
