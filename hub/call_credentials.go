package hub

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"sessionhub/models"
)

var (
	// ErrNoCredentials means that a function needs credentials that are not there.
	ErrNoCredentials = errors.New("the credentials that the function needs are not there")
	// ErrCredential means that a credential is empty or has characters that cannot be sent.
	ErrCredential = errors.New("a credential is empty or cannot be sent as it is")
)

// Satisfied returns the first of a function's alternatives for which the credentials, by the
// name of their security scheme, suffice. Where a call without credentials is one of them, it
// comes last: whoever connected an account wants it used.
func Satisfied(f *models.Function, credentials map[string]models.Credential) (models.Requirement, bool) {
	have := models.Connection{Credentials: credentials}
	open := len(f.Call.Security) == 0
	for _, r := range f.Call.Security {
		if len(r) == 0 {
			open = true
		} else if have.Has(r) {
			return r, true
		}
	}
	return nil, open
}

func (p *requestParts) addCredentials(t *models.Tool, f *models.Function, credentials map[string]models.Credential) error {
	requirement, ok := Satisfied(f, credentials)
	if !ok {
		return fmt.Errorf("%s: %w", f.Name, ErrNoCredentials)
	}
	for _, name := range requirement {
		scheme, credential := t.Scheme(name), credentials[name]
		if scheme == nil {
			return fmt.Errorf("%s: no scheme %s: %w", f.Name, name, ErrNoCredentials)
		}
		if err := p.addCredential(scheme, &credential); err != nil {
			return fmt.Errorf("%s: %s: %w", f.Name, name, err)
		}
	}
	return nil
}

func (p *requestParts) addCredential(s *models.Scheme, c *models.Credential) error {
	switch s.Kind {
	case models.SchemeAPIKey:
		return p.addAPIKey(s, c.Value.Reveal())
	case models.SchemeBasic:
		name, password := c.Username.Reveal(), c.Password.Reveal()
		if strings.Contains(name, ":") || !isHeaderValue(name+":"+password) { // RFC 7617, section 2
			return ErrCredential
		}
		return p.authorize("Basic", base64.StdEncoding.EncodeToString([]byte(name+":"+password)))
	case models.SchemeBearer:
		return p.authorize("Bearer", c.Value.Reveal())
	case models.SchemeAuthorizationCode, models.SchemeClientCredentials:
		if c.Token == nil {
			return ErrNoCredentials
		}
		return p.authorize(tokenType(c.Token.Type), c.Token.Access.Reveal())
	}
	return fmt.Errorf("unknown kind of scheme %q", s.Kind)
}

// tokenType is how a token is announced. Providers spell "bearer" in every way and invent names
// that they do not understand themselves, so what is not known is sent as a bearer token.
func tokenType(name string) string {
	for _, known := range []string{"Basic", "MAC", "token"} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return "Bearer"
}

func (p *requestParts) authorize(scheme, value string) error {
	if value == "" || !isHeaderValue(value) {
		return ErrCredential
	}
	p.header.Set("Authorization", scheme+" "+value)
	return nil
}

// addAPIKey takes the place of an argument of the same name. What a header cannot hold is refused
// everywhere: a line break is a slip of pasting, never part of a key.
func (p *requestParts) addAPIKey(s *models.Scheme, value string) error {
	if value == "" || !isHeaderValue(value) {
		return ErrCredential
	}
	switch s.In {
	case "header":
		if !isHeaderName(s.Parameter) {
			return errors.New("the header of the scheme has a name that cannot be sent")
		}
		p.header[http.CanonicalHeaderKey(s.Parameter)] = []string{value}
	case "query":
		p.query = replacePair(p.query, requestPair{percentEncode(s.Parameter), percentEncode(value)})
	case "cookie":
		if strings.ContainsAny(value, ";, \"\\") || !isHeaderName(s.Parameter) { // RFC 6265, section 4.1.1
			return ErrCredential
		}
		p.cookies = replacePair(p.cookies, requestPair{s.Parameter, value})
	default:
		return fmt.Errorf("unknown place of an API key %q", s.In)
	}
	return nil
}

func replacePair(pairs []requestPair, pair requestPair) []requestPair {
	pairs = slices.DeleteFunc(pairs, func(other requestPair) bool { return other.name == pair.name })
	return append(pairs, pair)
}
