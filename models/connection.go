package models

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// ErrConflict means that a record was changed, or removed, since it was read.
var ErrConflict = errors.New("the record was changed meanwhile")

// MaxCredential bounds one secret that a person enters. A private key or a long-lived token fits.
const MaxCredential = 16 << 10 // bytes

// Connection is one user's credentials for a tool; the tenant's own where UserID is empty.
type Connection struct {
	Tool        string `field:"tool" validate:"toolname"`
	UserID      string
	Credentials map[string]Credential // by the name of the security scheme; sealed at rest
	Problem     Problem               `field:"problem" validate:"omitempty,oneof=rejected revoked expired"` // why it needs attention; empty while it works
	Revision    int64                 // counts every change, from a number that no earlier connection in its place had
	CreatedAt   time.Time
	UpdatedAt   time.Time

	RefreshUntil time.Time // until when one process may take to refresh the tokens; zero while none does
}

// Validate returns an [InvalidError], or nil.
func (c *Connection) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(c)); err != nil {
		return err
	}
	if c.UserID != "" && !IsUserID(c.UserID) {
		issues.Add(userIDField, userIDReason)
	}
	for scheme, credential := range c.Credentials {
		if !credential.fits() {
			issues.Add("credentials", "of "+strconv.Quote(scheme)+" are longer than "+strconv.Itoa(MaxCredential)+" bytes, or not UTF-8")
		}
	}
	return issues.Err()
}

// Has says whether the connection has a credential for every scheme of the requirement.
func (c *Connection) Has(r Requirement) bool {
	for _, scheme := range r {
		if _, ok := c.Credentials[scheme]; !ok {
			return false
		}
	}
	return true
}

// Credential is what one security scheme needs. Which fields are set depends on its kind.
type Credential struct {
	Value        Secret // apiKey, bearer
	Username     Secret // basic
	Password     Secret // basic
	ClientID     Secret // clientCredentials
	ClientSecret Secret // clientCredentials
	Token        *OAuthToken
}

// fits says whether everything that a person entered is within [MaxCredential], and a text.
func (c *Credential) fits() bool {
	entered := []Secret{c.Value, c.Username, c.Password, c.ClientID, c.ClientSecret}
	return !slices.ContainsFunc(entered, func(s Secret) bool { return len(s) > MaxCredential || !utf8.ValidString(s.Reveal()) })
}

// OAuthToken is what a provider issued.
type OAuthToken struct {
	Access  Secret
	Refresh Secret    // empty where the provider gives none
	Type    string    // "Bearer" where it does not say
	Expiry  time.Time // zero: it does not say
}

// Problem is why a connection needs its user's attention. It is stored as it stands here.
type Problem string

// The problems.
const (
	ProblemRejected Problem = "rejected" // the provider refused the credentials
	ProblemRevoked  Problem = "revoked"  // the provider says that the grant is over
	ProblemExpired  Problem = "expired"  // the token is over and cannot be refreshed
	// ProblemUnreadable means that the stored credentials do not open, and have to be entered
	// anew. It is found when they are read, and never stored.
	ProblemUnreadable Problem = "unreadable"
)

const (
	userIDField  = "x-superface-user-id"
	userIDReason = "must be 1 to 100 of A-Z a-z 0-9 - _ |"
)

var userID = regexp.MustCompile(`^[A-Za-z0-9_|-]{1,100}$`)

// IsUserID says whether s can name an end user of an agent: 1 to 100 of A-Z a-z 0-9 - _ |.
func IsUserID(s string) bool { return userID.MatchString(s) }
