package models

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxToolName leaves room in a function's name for "__" and the name of an operation.
const MaxToolName = 32 // characters

// CredentialOwner says whose credentials a tool is used with.
type CredentialOwner string

// The owners: every end user connects an account of their own, or the tenant has one for all.
const (
	OwnerUser   CredentialOwner = "user"
	OwnerTenant CredentialOwner = "tenant"
)

// Tool is an imported API.
type Tool struct {
	Name         string `field:"name" validate:"toolname"`
	Title        string `field:"title" validate:"max=255"` // for people
	Description  string
	Source       string          // the file or address it was read from, for people; never followed again
	BaseURL      string          // absolute, http or https, without a trailing slash, user or query
	Credentials  CredentialOwner `field:"credentials" validate:"oneof=user tenant"`
	AllowPrivate bool            // whether it may reach loopback and private addresses
	Only         []string        // the operations that were asked for; empty for all
	Document     []byte          // as it was given, so that the functions can be made anew

	// ClientID and ClientSecret are the tenant's registration at an OAuth 2.0 provider.
	ClientID      string
	ClientSecret  Secret // sealed at rest; empty for a public client
	RevocationURL string // RFC 7009; empty where the provider has none

	Schemes   []Scheme // by name
	Functions []Function
	Skipped   []Skipped

	CreatedAt, UpdatedAt time.Time
}

var toolName = regexp.MustCompile(`^[a-z](-?[a-z0-9]|_[a-z0-9])*$`)

// IsToolName says whether s is 1 to 32 of a-z, 0-9, "-" and "_", begins with a letter, does not
// end with a sign and has no two signs in a row: a function's name is cut at "__".
func IsToolName(s string) bool { return len(s) <= MaxToolName && toolName.MatchString(s) }

// Validate returns an [InvalidError], or nil.
func (t *Tool) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(t)); err != nil {
		return err
	}
	if !isBaseURL(t.BaseURL) {
		issues.Add("baseUrl", webAddressReason+", query or trailing slash")
	}
	if t.RevocationURL != "" && !isWebAddress(t.RevocationURL) {
		issues.Add("revocationUrl", webAddressReason)
	}
	if len(t.ClientSecret) > MaxCredential {
		issues.Add("clientSecret", "is longer than "+strconv.Itoa(MaxCredential)+" bytes")
	}
	t.checkFunctions(&issues)
	return issues.Err()
}

// checkFunctions keeps what other places rely on: that a function's name tells its tool, and is
// one that every model takes.
func (t *Tool) checkFunctions(issues *Issues) {
	seen := make(map[string]bool, len(t.Functions))
	for _, f := range t.Functions {
		named := "of " + strconv.Quote(f.Operation) + ": the name "
		switch {
		case !functionName.MatchString(f.Name):
			issues.Add("functions", named+functionReason)
		case f.Tool != t.Name || ToolOf(f.Name) != t.Name || f.Name == t.Name:
			issues.Add("functions", named+"does not begin with the tool's")
		case seen[f.Name]:
			issues.Add("functions", named+"is taken")
		}
		seen[f.Name] = true
	}
}

func isBaseURL(s string) bool {
	return isWebAddress(s) && !strings.HasSuffix(s, "/") && !strings.ContainsAny(s, "?#")
}

// Scheme returns the security scheme with this name, or nil.
func (t *Tool) Scheme(name string) *Scheme {
	for i := range t.Schemes {
		if t.Schemes[i].Name == name {
			return &t.Schemes[i]
		}
	}
	return nil
}

// Ways lists the ways to connect to the tool: each distinct set of schemes that some function
// asks for, the most used first. Empty when no function needs credentials.
func (t *Tool) Ways() []Requirement {
	var ways []Requirement
	var uses []int
	for _, f := range t.Functions {
		for _, r := range f.Call.Security {
			if len(r) == 0 {
				continue
			}
			at := slices.IndexFunc(ways, func(known Requirement) bool { return slices.Equal(known, r) })
			if at < 0 {
				ways, uses, at = append(ways, r), append(uses, 0), len(ways)
			}
			uses[at]++
		}
	}
	order := make([]int, len(ways))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return uses[b] - uses[a] })
	sorted := make([]Requirement, len(ways))
	for i, from := range order {
		sorted[i] = ways[from]
	}
	return sorted
}

// Skipped is an operation of a document that is not offered, and why. It is stored as JSON under
// the names of its Go fields: renaming one is a change of the schema.
type Skipped struct{ Operation, Reason string }

// Requirement is a set of security schemes, by name and sorted, all of which a call needs;
// empty for a call that needs none.
type Requirement []string

// SchemeKind says how a security scheme puts a credential on a request.
type SchemeKind string

// The kinds.
const (
	SchemeAPIKey            SchemeKind = "apiKey"
	SchemeBasic             SchemeKind = "basic"
	SchemeBearer            SchemeKind = "bearer"
	SchemeAuthorizationCode SchemeKind = "authorizationCode" // OAuth 2.0, with PKCE
	SchemeClientCredentials SchemeKind = "clientCredentials" // OAuth 2.0
)

// Scheme is a security scheme of a tool's document. It is stored as JSON under the names of its Go
// fields: renaming one is a change of the schema.
type Scheme struct {
	Name        string // as the document calls it
	Kind        SchemeKind
	Description string
	In          string // apiKey: header, query or cookie
	Parameter   string // apiKey: the name of the header, parameter or cookie

	AuthorizationURL, TokenURL string   // OAuth 2.0; absolute
	Scopes                     []string // OAuth 2.0: those that the offered functions need, or else all
}

// IsOAuth says whether the scheme's credential is a token that a provider issues.
func (s *Scheme) IsOAuth() bool {
	return s.Kind == SchemeAuthorizationCode || s.Kind == SchemeClientCredentials
}
