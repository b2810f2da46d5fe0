package models

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// One request may not hold the write lock for longer than so many messages take.
func TestOneRequestWritesSoManyMessages(t *testing.T) {
	for n, ok := range map[int]bool{1: true, MaxMessages: true, MaxMessages + 1: false} {
		c := SplitMessages("[" + strings.Repeat("0,", n-1) + "0]")
		a := Append{SessionID: "s", Messages: slices.Repeat([]string{`{"role":""}`}, n)}
		for what, err := range map[string]error{"save": c.Validate(), "append": a.Validate()} {
			if ok != (err == nil) || !ok && !errors.Is(err, ErrInvalid) {
				t.Errorf("%s of %d: %v", what, n, err)
			}
		}
	}
}
