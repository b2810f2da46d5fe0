package models

// Actor is who asks: every method of the repository takes one. The tenant gives the
// condition of the statement, the rest goes into the audit entry.
type Actor struct {
	TenantID       int64
	DatabaseIDHash string
	KeyLocatorHash string // empty for the command line
	IP             string
	UserAgent      string
}
