package hub

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"sessionhub/models"
)

// shortestSecret is not found in other words by chance.
const shortestSecret = 6 // bytes

// withoutSecrets takes out what a provider repeats of the credentials in the words in which it
// refuses a call: those who write such words have a habit of that, and agents read them. A result
// stays as it is: it is what the user asked for, may be anything, and where it holds the user's own
// key, as the answer of "list my API keys" does, to change it would be to falsify it.
func (c *call) withoutSecrets(text string) string {
	var forms []string
	for _, k := range c.connection.Credentials {
		for _, secret := range secretsOf(&k) {
			if len(secret) >= shortestSecret {
				forms = append(forms, spellings(secret)...)
			}
		}
	}
	// The longest first: one secret may be the beginning of another.
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	const redacted = models.Secret("")
	for _, form := range slices.Compact(forms) {
		text = strings.ReplaceAll(text, form, redacted.String())
	}
	return text
}

// secretsOf are the texts of a credential that nobody else may read, as they go over the wire.
func secretsOf(k *models.Credential) []string {
	secrets := []string{k.Value.Reveal(), k.Password.Reveal(), k.ClientSecret.Reveal()}
	if k.Username != "" {
		pair := []byte(k.Username.Reveal() + ":" + k.Password.Reveal())
		secrets = append(secrets, base64.StdEncoding.EncodeToString(pair), base64.RawStdEncoding.EncodeToString(pair))
	}
	if k.Token != nil {
		secrets = append(secrets, k.Token.Access.Reveal(), k.Token.Refresh.Reveal())
	}
	return secrets
}

// spellings are a text and what stands for it in an address.
func spellings(text string) []string {
	forms := []string{text}
	for _, encoded := range []string{percentEncode(text), url.QueryEscape(text), url.PathEscape(text)} {
		forms = append(forms, encoded, percentEscape.ReplaceAllStringFunc(encoded, strings.ToLower))
	}
	return forms
}

var percentEscape = regexp.MustCompile(`%[0-9A-F]{2}`)
