package crypto_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"sessionhub/crypto"
)

var tokenForm = regexp.MustCompile(`^ad_key_[a-z2-7]{20}_[a-z2-7]{52}$`)

func newToken(tb testing.TB) (token crypto.Token, id, secret string) {
	tb.Helper()
	token = must(crypto.NewToken(&counted{next: 99}))(tb)
	parts := strings.Split(token.Reveal(), "_")
	return token, parts[2], parts[3]
}

func TestTokenHasThePublishedForm(t *testing.T) {
	random := &counted{}
	seen := map[string]bool{}
	for range 100 {
		token := must(crypto.NewToken(random))(t)
		seen[token.Reveal()] = true
		if !tokenForm.MatchString(token.Reveal()) {
			t.Errorf("%s is not of the form %s", token.Reveal(), tokenForm)
		}
		if parsed, err := crypto.ParseToken(token.Reveal()); err != nil || parsed != token {
			t.Errorf("%v was read as %v, error %v", token, parsed, err)
		}
	}
	if len(seen) < 64 { // then the counted bytes begin anew
		t.Errorf("only %d of 100 differ", len(seen))
	}
}

func TestTokenPrintsWithoutItsSecret(t *testing.T) {
	token, id, secret := newToken(t)
	if got, want := token.String(), "ad_key_"+id+"_…"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	within := struct {
		Token   crypto.Token
		Pointer *crypto.Token
		List    []crypto.Token
	}{token, &token, []crypto.Token{token}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{token, &token, within, &within, map[string]any{"k": token}} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%s of a %T prints the secret: %s", verb, value, text)
			}
		}
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "k", token, "within", within)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "k", token, "within", within)
	if err := json.NewEncoder(&log).Encode(within); err != nil || strings.Contains(log.String(), secret) {
		t.Errorf("error %v, logged or encoded: %s", err, &log)
	}
}

func TestOnlyTheRightSecretMatches(t *testing.T) {
	token, id, secret := newToken(t)
	if !token.Matches(token.SecretHash()) {
		t.Error("its own hash does not match")
	}
	wrong := must(crypto.ParseToken("ad_key_" + id + "_a" + secret[1:]))(t)
	if wrong.LocatorHash() != token.LocatorHash() || wrong.Matches(token.SecretHash()) {
		t.Errorf("another secret with the same id matches: %v", wrong.Reveal())
	}
	hash := token.SecretHash()
	for _, other := range []string{"", hash[:63], hash + "0", hash + "\n", strings.ToUpper(hash), secret, token.LocatorHash()} {
		if token.Matches(other) {
			t.Errorf("matches %q", other)
		}
	}
}

func TestNothingThatIsStoredRevealsTheToken(t *testing.T) {
	token, id, secret := newToken(t)
	stored := token.LocatorHash() + token.SecretHash()
	if !regexp.MustCompile(`^[0-9a-f]{128}$`).MatchString(stored) {
		t.Errorf("not two hashes in hex: %s", stored)
	}
	if strings.Contains(stored, id) || strings.Contains(stored, secret) || token.LocatorHash() == token.SecretHash() {
		t.Errorf("%s holds more than hashes of %s", stored, token.Reveal())
	}
}

func nearMisses(good, id, secret string) map[string]string {
	return map[string]string{
		"empty":               "",
		"prefix only":         "ad_key_",
		"separators only":     "ad_key__",
		"no prefix":           id + "_" + secret,
		"another prefix":      "sk_key_" + id + "_" + secret,
		"upper-case prefix":   "AD_KEY_" + id + "_" + secret,
		"no secret":           "ad_key_" + id,
		"empty secret":        "ad_key_" + id + "_",
		"empty id":            "ad_key__" + secret,
		"short id":            "ad_key_" + id[1:] + "_" + secret,
		"long id":             "ad_key_a" + id + "_" + secret,
		"short secret":        good[:len(good)-1],
		"long secret":         good + "a",
		"swapped":             "ad_key_" + secret + "_" + id,
		"two separators":      "ad_key_" + id + "__" + secret,
		"a third part":        good + "_a",
		"moved separator":     "ad_key_" + id[:19] + "_" + id[19:] + secret,
		"separator in secret": "ad_key_" + id + "_" + secret[:20] + "_" + secret[21:],
		"upper case":          "ad_key_" + strings.ToUpper(id) + "_" + strings.ToUpper(secret),
		"upper-case letter":   strings.Replace(good, id, "A"+id[1:], 1),
		"0 for o":             "ad_key_0" + id[1:] + "_" + secret,
		"1 for l":             "ad_key_" + id + "_" + "1" + secret[1:],
		"8 within":            "ad_key_" + id + "_" + secret[:25] + "8" + secret[26:],
		"9 at the end":        good[:len(good)-1] + "9",
		"trailing newline":    good + "\n",
		"newline at the end":  good[:len(good)-1] + "\n",
		"trailing space":      good + " ",
		"leading space":       " " + good,
		"padding":             good + "====",
		"NUL":                 good[:len(good)-1] + "\x00",
		"not ASCII":           "ad_key_" + id + "_" + strings.Repeat("é", 26),
		"dash":                strings.ReplaceAll(good, "_", "-"),
		"with Bearer":         "Bearer " + good,
		"printed":             "ad_key_" + id + "_…",
	}
}

func TestNearMissesAreNoTokens(t *testing.T) {
	token, id, secret := newToken(t)
	for name, text := range nearMisses(token.Reveal(), id, secret) {
		t.Run(name, func(t *testing.T) {
			got, err := crypto.ParseToken(text)
			if !errors.Is(err, crypto.ErrToken) || got != (crypto.Token{}) {
				t.Errorf("%q was taken as %v, error %v", text, got, err)
			}
			if err != nil && err.Error() != crypto.ErrToken.Error() {
				t.Errorf("the error tells more than that: %v", err)
			}
		})
	}
}
