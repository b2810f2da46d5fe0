package repository

import (
	"sync"
	"unicode"
	"unicode/utf8"
)

// fold maps texts that differ only in case to one text, by Unicode simple case folding: one
// character for one, so ß meets ẞ but not "ss", and İ meets only itself.
func fold(s string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || 'A' <= s[i] && s[i] <= 'Z' {
			return string(appendFolded(nil, []byte(s)))
		}
	}
	return s
}

// appendFolded appends the folded text.
func appendFolded(dst, text []byte) []byte {
	before := len(dst)
	dst = append(dst, text...)
	for i, b := range dst[before:] {
		switch {
		case b >= utf8.RuneSelf: // what came before it is folded
			return appendFoldedRunes(dst[:before+i], text[i:])
		case 'A' <= b && b <= 'Z':
			dst[before+i] = b + 'a' - 'A'
		}
	}
	return dst
}

func appendFoldedRunes(dst, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		if r < firstRunes {
			r = foldedRunes()[r]
		} else {
			r = foldRune(r)
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// firstRunes are those of one or two bytes, of the alphabets from Latin to Arabic.
const firstRunes = 0x800

var foldedRunes = sync.OnceValue(func() *[firstRunes]rune {
	var folded [firstRunes]rune
	for r := range rune(firstRunes) {
		folded[r] = foldRune(r)
	}
	return &folded
})

func foldRune(r rune) rune {
	smallest := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		smallest = min(smallest, next)
	}
	if smallest == r && unicode.SimpleFold(r) == r {
		return r
	}
	return unicode.ToLower(smallest)
}
