package models

import (
	"iter"
	"time"
)

// Session is one conversation of an end user with an agent, without its messages: these can
// be many, and are read as a [Text].
type Session struct {
	ID        string  `field:"id" validate:"required,identifier"`
	AgentID   string  `field:"agentId" validate:"required,identifier"`
	UserName  *Secret `field:"userName" validate:"omitnil,max=1000"`
	UserEmail *Secret `field:"userEmail" validate:"omitnil,max=1000"`

	AcceptTerms      *string `field:"acceptTerms" validate:"omitnil,max=255"`
	PromptTokens     *int64  `field:"promptTokens" validate:"omitnil,min=0,max=9007199254740991"`
	CompletionTokens *int64  `field:"completionTokens" validate:"omitnil,min=0,max=9007199254740991"`

	CreatedAt   time.Time
	UpdatedAt   time.Time
	FinalizedAt *string `field:"finalizedAt" validate:"omitnil,timestamp"` // as it was given

	MessageCount int64 // how many messages are stored; set when it is read, and ignored when it is written
}

// Validate returns an [InvalidError], or nil.
func (s *Session) Validate() error { return validate(s) }

// Text is a stored messages text, read in parts that make up the whole when put one after
// the other. A nil Text is a session without messages (null on the wire). It can be read
// once, and only while the call that handed it over runs.
type Text iter.Seq2[string, error]

// SessionPart is a session with some of its messages.
type SessionPart struct {
	Session  Session
	Kind     int      // KindNone, KindText or KindArray
	Messages []string // of an array: the JSON text of each element; of a text: all of it
}

// Change is what a patch does to one field: nothing when Set is false, clear it when Value
// is nil.
type Change[T any] struct {
	Set   bool
	Value *T
}

func (c Change[T]) apply(field **T) {
	if c.Set {
		*field = c.Value
	}
}

// SessionPatch is what PUT /api/session asks for: the session with this id, created where
// there is none, with these changes.
type SessionPatch struct {
	ID, AgentID                    string
	UserName, UserEmail            Change[Secret]
	AcceptTerms, FinalizedAt       Change[string]
	PromptTokens, CompletionTokens Change[int64]
	Messages                       Change[string]
	CreatedAt                      *time.Time // used for a new session only; nil means now
}

// Apply makes the changes, all but those to the messages.
func (p *SessionPatch) Apply(s *Session) {
	p.UserName.apply(&s.UserName)
	p.UserEmail.apply(&s.UserEmail)
	p.AcceptTerms.apply(&s.AcceptTerms)
	p.FinalizedAt.apply(&s.FinalizedAt)
	p.PromptTokens.apply(&s.PromptTokens)
	p.CompletionTokens.apply(&s.CompletionTokens)
}

// Validate checks the patch as the session that it would make.
func (p *SessionPatch) Validate() error {
	s := Session{ID: p.ID, AgentID: p.AgentID}
	p.Apply(&s)
	return s.Validate()
}

// SessionFilter says which sessions a list holds. Empty strings filter nothing.
type SessionFilter struct {
	ID, AgentID string
	Limit       int64 // below 0: all
	Offset      int64
}

// Orders of a search. Names and e-mail addresses ascend, times descend; ties go by id.
const (
	OrderByUserName  = "userName"
	OrderByUserEmail = "userEmail"
	OrderByCreatedAt = "createdAt"
	OrderByUpdatedAt = "updatedAt"
)

// Limits of a search's page.
const (
	DefaultPageLimit = 10
	MaxPageLimit     = 1000 // sessions: what one page of an admin panel or one export step needs
)

// SessionSearch asks for one page of an agent's sessions.
type SessionSearch struct {
	AgentID string `field:"agentId" validate:"required,identifier"`
	Query   string `field:"query" validate:"max=1000"`
	OrderBy string `field:"orderBy" validate:"oneof=userName userEmail createdAt updatedAt"`
	Limit   int64  `field:"limit" validate:"min=1,max=1000"`
	Offset  int64  `field:"offset" validate:"min=0"`
	// Cursor is what the page before gave, for whoever walks through all pages: none is repeated or
	// skipped, whatever is created and deleted meanwhile. It stands instead of the offset.
	Cursor string `field:"cursor" validate:"max=20000"`
	// Reverse shows the same order from its end. Such pages have no cursors.
	Reverse bool

	Finalized   *bool      // nil: both
	CreatedFrom *time.Time // from <= createdAt
	CreatedTo   *time.Time // createdAt < to
}

// Validate returns an [InvalidError], or nil.
func (s *SessionSearch) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(s)); err != nil {
		return err
	}
	if s.Cursor != "" && s.Offset != 0 {
		issues.Add("cursor", "stands instead of offset: give one of them")
	}
	if s.Cursor != "" && s.Reverse {
		issues.Add("cursor", "goes forward only: give offset instead")
	}
	return issues.Err()
}

// ValidateID returns an [InvalidError] for what cannot be the id of a session, or nil.
func ValidateID(id string) error {
	if !isIdentifier(id) {
		return Invalid("id", identifierReason)
	}
	return nil
}
