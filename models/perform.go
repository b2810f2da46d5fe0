package models

import "time"

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

// Repeat is what is known of an earlier request with the same Idempotency-Key.
type Repeat struct {
	Digest string
	Answer Secret // empty while the first is under way, or when its process died
	Since  time.Time
}
