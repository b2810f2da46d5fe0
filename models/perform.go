package models

import (
	"regexp"
	"time"
)

// IdempotencyLifetime is how long an answer is kept for its Idempotency-Key.
const IdempotencyLifetime = 24 * time.Hour

// MaxIdempotencyKey bounds the header Idempotency-Key.
const MaxIdempotencyKey = 255 // bytes

// Perform is one call of a function on behalf of a user.
type Perform struct {
	UserID         string
	Function       string
	IdempotencyKey string // empty for none
	Digest         string // of the arguments, to tell another request with the same key; sealed at rest
}

// Validate returns an [InvalidError], or nil.
func (p *Perform) Validate() error {
	var issues Issues
	if !IsUserID(p.UserID) {
		issues.Add(userIDField, userIDReason)
	}
	if !functionName.MatchString(p.Function) {
		issues.Add("function", functionReason)
	}
	if len(p.IdempotencyKey) > MaxIdempotencyKey || !isPrintable(p.IdempotencyKey) {
		issues.Add("idempotency-key", "must be up to 255 bytes of UTF-8 without control characters")
	}
	return issues.Err()
}

const functionReason = "must be 1 to 64 of A-Z a-z 0-9 _ -"

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Repeat is what is known of an earlier request with the same Idempotency-Key.
type Repeat struct {
	Digest string
	Answer Secret // empty while the first is under way, or when its process died
	Since  time.Time
	Until  time.Time // past and without an answer: the first died, and whether it did anything is not known
}
