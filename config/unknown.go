package config

import (
	"maps"
	"slices"
	"strings"
)

// farthest is the most edits between a wrong name and the right one that is suggested for it:
// ADDRESS is three from ADDR; more finds names that nobody meant.
const farthest = 3

// unknown returns a warning for each given name that is no setting, sorted by name.
func unknown(given map[string]string) []string {
	var right []string
	for _, name := range Names() {
		right = append(right, name, name+fileSuffix)
	}
	var warnings []string
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(right, name) {
			continue
		}
		if near := nearest(name, right); near != "" {
			warnings = append(warnings, name+" is not a setting; did you mean "+near+"?")
		} else {
			warnings = append(warnings, name+" is not a setting and is ignored")
		}
	}
	return warnings
}

// nearest returns the right name that takes the fewest edits, "" if none is near: at most
// farthest edits, and at most half of a short name.
func nearest(name string, right []string) string {
	wrong := strings.ToUpper(strings.TrimPrefix(name, prefix))
	best, limit := "", min(farthest, (len(wrong)+1)/2)
	for _, candidate := range right {
		own := strings.TrimPrefix(candidate, prefix)
		if len(wrong)-len(own) > limit { // also spares the work for a name of any length
			continue
		}
		if d := distance(wrong, own); d <= limit {
			best, limit = candidate, d-1
		}
	}
	return best
}

// distance counts the bytes to insert, remove or replace to turn a into b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1) // row[j]: from the part of a that was seen to b[:j]
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
