package repository

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// fold maps texts that differ only in case to one text, by Unicode simple case folding: one
// character for one, so ß meets ẞ but not "ss", and İ meets only itself.
func fold(s string) string {
	upper := false
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return strings.Map(foldRune, s)
		}
		upper = upper || 'A' <= s[i] && s[i] <= 'Z'
	}
	if !upper {
		return s
	}
	return strings.ToLower(s) // the same for ASCII, and faster
}

// appendFolded appends the folded text.
func appendFolded(dst, text []byte) []byte {
	before := len(dst)
	dst = append(dst, text...)
	for i, b := range dst[before:] {
		switch {
		case b >= utf8.RuneSelf: // what came before it is folded
			return append(dst[:before+i], fold(string(text[i:]))...)
		case 'A' <= b && b <= 'Z':
			dst[before+i] = b + 'a' - 'A'
		}
	}
	return dst
}

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
