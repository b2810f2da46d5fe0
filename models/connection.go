package models

import (
	"regexp"
	"time"
)

// MaxCredential bounds one secret that a person enters. A private key or a long-lived token fits.
const MaxCredential = 16 << 10 // bytes

// Connection is one user's credentials for a tool; the tenant's own where UserID is empty.
type Connection struct {
	Tool        string
	UserID      string
	Credentials map[string]Credential // by the name of the security scheme; sealed at rest
	Problem     Problem               // why it needs attention; empty while it works
	Revision    int64                 // counts every change
	CreatedAt   time.Time
	UpdatedAt   time.Time
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
)

var userID = regexp.MustCompile(`^[A-Za-z0-9_|-]{1,100}$`)

// IsUserID says whether s can name an end user of an agent: 1 to 100 of A-Z a-z 0-9 - _ |.
func IsUserID(s string) bool { return userID.MatchString(s) }
