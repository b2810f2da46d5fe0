package models

// Agent is an agent that has sessions.
type Agent struct {
	ID       string
	Sessions int64 // without those that were deleted
}
