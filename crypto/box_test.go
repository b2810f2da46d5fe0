package crypto_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"sessionhub/crypto"
)

const email = "alice@example.com"

var (
	tenant = strings.Repeat("ab", 32)
	place  = crypto.Place{Tenant: tenant, Table: "sessions", Column: "user_email", Row: "s-1"}
)

// testKey is a key whose bytes are all the same one.
func testKey(id string, b byte) crypto.Key {
	return crypto.Key{ID: id, Bytes: bytes.Repeat([]byte{b}, crypto.KeySize)}
}

// refuse holds that the box does not open the value, and that neither what it returns nor
// the error, which is the bare sentinel, tells anything of the text.
func refuse(t *testing.T, box *crypto.Box, sealed string, at crypto.Place, want ...error) bool {
	t.Helper()
	if len(want) == 0 {
		want = []error{crypto.ErrOpen, crypto.ErrUnknownKey}
	}
	opened, err := box.Open(sealed, at)
	for _, w := range want {
		if errors.Is(err, w) && err.Error() == w.Error() && opened == "" {
			return true
		}
	}
	t.Errorf("Open(%q) = %q, %v; want nothing and %v", sealed, opened, err, want)
	return false
}

func TestSealedValueHasThePublishedForm(t *testing.T) {
	form := regexp.MustCompile(`^v1\.k1\.[A-Za-z0-9_-]+$`)
	box := newBox(t, nil, testKey("k1", 1))
	for _, text := range []string{"", "a", email, "日本語", "\x00\xff not UTF-8", strings.Repeat("x", 1<<20)} {
		sealed := box.Seal(text, place)
		if want := len("v1.k1.") + ((12+len(text)+16)*8+5)/6; !form.MatchString(sealed) || len(sealed) != want {
			t.Errorf("%.20q: %d characters, want %d: %.80s", text, len(sealed), want, sealed)
		}
		if got, err := box.Open(sealed, place); err != nil || got != text {
			t.Errorf("got %.20q, error %v; want %.20q", got, err, text)
		}
	}
}

// Equal values would tell who reads the table which users share a name.
func TestTwoSealsOfOneTextDiffer(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1))
	seen := map[string]bool{}
	for range 1000 {
		seen[box.Seal(email, place)] = true
	}
	if len(seen) != 1000 {
		t.Errorf("1000 seals gave %d values", len(seen))
	}
}

func TestSealedValueOpensNowhereElse(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1))
	sealed := box.Seal(email, place)
	for name, move := range map[string]func(*crypto.Place){
		"tenant":        func(p *crypto.Place) { p.Tenant = strings.Repeat("cd", 32) },
		"upper case":    func(p *crypto.Place) { p.Tenant = strings.ToUpper(tenant) },
		"table":         func(p *crypto.Place) { p.Table = "messages" },
		"column":        func(p *crypto.Place) { p.Column = "user_name" },
		"row":           func(p *crypto.Place) { p.Row = "s-2" },
		"longer row":    func(p *crypto.Place) { p.Row += "\x00" },
		"no tenant":     func(p *crypto.Place) { p.Tenant = "" },
		"nowhere":       func(p *crypto.Place) { *p = crypto.Place{} },
		"swapped parts": func(p *crypto.Place) { p.Table, p.Column = p.Column, p.Table },
		"shifted parts": func(p *crypto.Place) { p.Table, p.Column, p.Row = p.Column, p.Row, p.Table },
	} {
		t.Run(name, func(t *testing.T) {
			elsewhere := place
			move(&elsewhere)
			refuse(t, box, sealed, elsewhere, crypto.ErrOpen)
		})
	}
}

func TestPlacesThatReadAlikeAreTold(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1))
	places := []crypto.Place{
		{Table: "a", Column: "bc"},
		{Table: "ab", Column: "c"},
		{Table: "abc"},
		{Column: "abc"},
		{Table: "a,2:bc"},
		{Table: "a", Column: "bc,0:"},
		{Tenant: "1:a,2:bc"},
		{Tenant: "0:,1:a", Table: "2:bc"},
		{Tenant: "2:v1,", Table: "a", Column: "bc"},
		{Table: "1", Column: ":bc"},
		{Table: "1:", Column: "bc"},
		{Table: "é"},
		{Table: "e\u0301"},
	}
	for i, from := range places {
		sealed := box.Seal(email, from)
		for j, to := range places {
			if i != j {
				refuse(t, box, sealed, to, crypto.ErrOpen)
			}
		}
	}
}

func TestForeignKeyDoesNotOpen(t *testing.T) {
	sealed := newBox(t, nil, testKey("k1", 1)).Seal(email, place)
	refuse(t, newBox(t, nil, testKey("k1", 2)), sealed, place, crypto.ErrOpen)
}

func TestUnknownKeyIsNamedAsSuch(t *testing.T) {
	sealed := newBox(t, nil, testKey("k2", 1)).Seal(email, place)
	refuse(t, newBox(t, nil, testKey("k1", 1)), sealed, place, crypto.ErrUnknownKey)
}

func TestRotatedBoxSealsWithItsFirstKeyAndOpensWithAny(t *testing.T) {
	k1, k2 := testKey("k1", 1), testKey("k2", 2)
	before, after, only := newBox(t, nil, k1), newBox(t, nil, k2, k1), newBox(t, nil, k2)
	old, fresh := before.Seal(email, place), after.Seal(email, place)
	if !strings.HasPrefix(fresh, "v1.k2.") {
		t.Errorf("not sealed by the first key: %s", fresh)
	}
	for _, sealed := range []string{old, fresh} {
		if got, err := after.Open(sealed, place); err != nil || got != email {
			t.Errorf("%s: got %q, error %v", sealed, got, err)
		}
	}
	refuse(t, before, fresh, place, crypto.ErrUnknownKey)
	refuse(t, only, old, place, crypto.ErrUnknownKey)
}

// A name in a value counts for nothing: the key that it names has to open it.
func TestRenamedKeyDoesNotOpen(t *testing.T) {
	box := newBox(t, nil, testKey("k1", 1), testKey("k2", 2))
	sealed := strings.Replace(box.Seal(email, place), ".k1.", ".k2.", 1)
	refuse(t, box, sealed, place, crypto.ErrOpen)
}

func TestBoxWithoutKeysIsRefused(t *testing.T) {
	if box, err := crypto.NewBox(nil); err == nil || box != nil {
		t.Errorf("got %v, error %v", box, err)
	}
}

func TestUnusableKeysAreRefused(t *testing.T) {
	long := strings.Repeat("k", 33)
	for _, id := range []string{"", "K1", "k.1", "k-1", "k_1", " k1", "k1\n", "é", long} {
		if _, err := crypto.NewBox(nil, testKey(id, 1)); err == nil {
			t.Errorf("the id %q was taken", id)
		}
	}
	for _, size := range []int{0, 1, 16, 24, 31, 33, 64} {
		key := crypto.Key{ID: "k1", Bytes: bytes.Repeat([]byte{7}, size)}
		_, err := crypto.NewBox(nil, testKey("k2", 1), key)
		if err == nil {
			t.Errorf("a key of %d bytes was taken", size)
		} else if strings.Contains(err.Error(), "7 7") || strings.Contains(err.Error(), "0707") {
			t.Errorf("the key is in the error: %v", err)
		}
	}
	newBox(t, nil, testKey(long[1:], 1), testKey("0", 2))
}

func TestBoxOpensWhatItSealsEvenWithOneIDGivenTwice(t *testing.T) {
	box, err := crypto.NewBox(nil, testKey("k1", 1), testKey("k1", 2))
	if err != nil {
		return // refusing keeps the promise as well
	}
	if got, err := box.Open(box.Seal(email, place), place); err != nil || got != email {
		t.Errorf("got %q, error %v", got, err)
	}
}

func TestPlainBoxLeavesTextsAsTheyAre(t *testing.T) {
	sealed := newBox(t, nil, testKey("k1", 1)).Seal(email, place)
	for _, text := range []string{"", email, sealed, "v1.k1.", "\xff\n"} {
		if got := crypto.Plain().Seal(text, place); got != text {
			t.Errorf("Seal(%q) = %q", text, got)
		}
		if got, err := crypto.Plain().Open(text, place); err != nil || got != text {
			t.Errorf("Open(%q) = %q, %v", text, got, err)
		}
	}
}

func TestNothingIsSealedWithoutRandomness(t *testing.T) {
	box := newBox(t, iotest.ErrReader(errors.New("no randomness")), testKey("k1", 1))
	defer func() {
		if recover() == nil {
			t.Error("sealed all the same")
		}
	}()
	box.Seal(email, place)
}

func TestBoxServesManyGoroutines(t *testing.T) {
	box := newBox(t, nil, testKey("k2", 2), testKey("k1", 1))
	old := newBox(t, nil, testKey("k1", 1)).Seal(email, place)
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			at := crypto.Place{Tenant: tenant, Table: "messages", Column: "body", Row: fmt.Sprint(worker)}
			for i := range 200 {
				text := fmt.Sprintf("%s %d %d", email, worker, i)
				if got, err := box.Open(box.Seal(text, at), at); err != nil || got != text {
					t.Errorf("got %q, error %v; want %q", got, err, text)
				}
				if got, err := box.Open(old, place); err != nil || got != email {
					t.Errorf("old value: got %q, error %v", got, err)
				}
			}
		})
	}
	group.Wait()
}
