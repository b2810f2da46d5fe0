package repotest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"sessionhub/models"
)

// answer is what a search has to find, by the plainest means.
func answer(all []known, q models.SessionSearch) []string {
	var found []known
	for _, k := range all {
		hit := contains(k.id, q.Query) || k.name != nil && contains(*k.name, q.Query) || k.email != nil && contains(*k.email, q.Query)
		if k.agent == q.AgentID && hit && passes(k, q) {
			found = append(found, k)
		}
	}
	slices.SortFunc(found, func(a, b known) int {
		switch q.OrderBy {
		case models.OrderByUserName:
			return cmp.Or(compareText(a.name, b.name), cmp.Compare(a.id, b.id))
		case models.OrderByUserEmail:
			return cmp.Or(compareText(a.email, b.email), cmp.Compare(a.id, b.id))
		case models.OrderByCreatedAt:
			return cmp.Or(cmp.Compare(b.created, a.created), cmp.Compare(a.id, b.id))
		}
		return cmp.Or(cmp.Compare(b.updated, a.updated), cmp.Compare(a.id, b.id))
	})
	ids := make([]string, len(found))
	for i, k := range found {
		ids[i] = k.id
	}
	if q.Reverse {
		slices.Reverse(ids)
	}
	return ids
}

// passes holds a session to the filters.
func passes(k known, q models.SessionSearch) bool {
	created := time.UnixMilli(k.created)
	return (q.Finalized == nil || *q.Finalized == k.finalized) &&
		(q.CreatedFrom == nil || !created.Before(*q.CreatedFrom)) &&
		(q.CreatedTo == nil || created.Before(*q.CreatedTo))
}

// contains looks at every place. EqualFold is Unicode simple folding.
func contains(text, query string) bool {
	runes, n := []rune(text), len([]rune(query))
	for i := 0; i+n <= len(runes); i++ {
		if strings.EqualFold(string(runes[i:i+n]), query) {
			return true
		}
	}
	return false
}

// compareText puts no value last, and folds the letters that people has names of.
func compareText(a, b *string) int {
	none := func(s *string) int {
		if s == nil || *s == "" {
			return 1
		}
		return 0
	}
	if c := cmp.Compare(none(a), none(b)); c != 0 || none(a) == 1 {
		return c
	}
	return strings.Compare(strings.Map(folded, *a), strings.Map(folded, *b))
}

// folded folds ASCII and those of the other letters that stand in names of the tests.
func folded(r rune) rune {
	others := map[rune]rune{'ẞ': 'ß', 'ſ': 's', '\u212a': 'k', 'ς': 'σ', 'Σ': 'σ', 'Ł': 'ł', 'É': 'é', 'Ä': 'ä'}
	if to, ok := others[r]; ok {
		return to
	}
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
