package models

import "time"

// LoginIdle is how long a login that is not used lasts: a working day, so that nobody has to sign in
// twice in one, and who leaves a browser behind is signed out in the next.
const LoginIdle = 8 * time.Hour

// Login is a browser that was signed in to the admin panel with an API key.
type Login struct {
	Key        Key // as it is stored now
	TenantName string
	CreatedAt  time.Time
	UsedAt     time.Time // before this use; exact to a minute
}
