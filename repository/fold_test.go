package repository

import (
	"testing"
	"unicode"
)

// orbits gives every character the smallest of those that differ from it only in case, as
// Unicode's CaseFolding.txt says with its entries C and S, and counts the different ones.
func orbits() (smallest []rune, n int) {
	smallest = make([]rune, unicode.MaxRune+1)
	for r := range smallest {
		smallest[r] = -1
	}
	for r := range rune(len(smallest)) {
		if smallest[r] >= 0 {
			continue
		}
		n++
		smallest[r] = r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			smallest[next] = r
		}
	}
	return smallest, n
}

func TestFoldMapsACharacterWithItsCasesAndNothingElse(t *testing.T) {
	smallest, n := orbits()
	taken := make([]bool, len(smallest))
	folds := 0
	for r := range rune(len(smallest)) {
		f := foldRune(r)
		if smallest[f] != smallest[r] {
			t.Errorf("%U folds to %U, which is another character", r, f)
		}
		if again := foldRune(f); again != f {
			t.Errorf("%U folds to %U, and that to %U", r, f, again)
		}
		if !taken[f] {
			taken[f] = true
			folds++
		}
	}
	// As many folds as characters, each within its own: so all cases of one have one fold.
	if folds != n || n < 1<<20 || len(smallest)-n < 1300 {
		t.Errorf("%d folds of %d characters, %d of them another case", folds, n, len(smallest)-n)
	}
}

func TestFoldOfKnownCharacters(t *testing.T) {
	for _, equal := range []string{"aA", "zZ", "äÄ", "ßẞ", "kK\u212a", "sSſ", "σΣς", "åÅ\u212b", "ωΩ\u2126", "ǆǅǄ", "жЖ", "ꭰᎠ", "µμΜ"} {
		want := rune(-1)
		for _, r := range equal {
			if f := foldRune(r); want >= 0 && f != want {
				t.Errorf("%q: %U folds to %U, not %U", equal, r, f, want)
			} else {
				want = f
			}
		}
	}
	for _, alone := range "İıi1@ß日e\u0301" {
		if alone == 'İ' || alone == 'ı' {
			if foldRune(alone) != alone || fold("i") == fold(string(alone)) {
				t.Errorf("%c does not meet itself alone", alone)
			}
		}
	}
	if fold("straße") == fold("strasse") || fold("ÀB1") != "àb1" || fold("") != "" {
		t.Error("a text folds by more than single characters, or less")
	}
}
