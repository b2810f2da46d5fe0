package repository

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold maps texts that differ only in case to one text, by Unicode simple case folding: one
// character for one, so ß meets ẞ but not "ss", and İ meets only itself.
func fold(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	if smallest == r && unicode.SimpleFold(r) == r {
		return r
	}
	return unicode.ToLower(smallest)
}
