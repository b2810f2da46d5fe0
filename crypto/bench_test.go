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
