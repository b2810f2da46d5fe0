package models

import "time"

// UsageFilter says which sessions are counted.
type UsageFilter struct {
	AgentID  string    // empty: of all agents
	From, To time.Time // From <= createdAt < To
}

// Usage is what the sessions of an agent that were created on one day have used. Deleted ones are
// not counted.
type Usage struct {
	AgentID          string
	Day              time.Time // midnight, UTC
	Sessions         int64
	PromptTokens     int64 // math.MaxInt64 where there are more
	CompletionTokens int64
}
