package repository

import (
	"strconv"

	"sessionhub/crypto"
	"sessionhub/models"
)

// seal seals one optional field, and counts it.
func (s *Store) seal(box *crypto.Box, text *models.Secret, at crypto.Place) *string {
	if text == nil {
		return nil
	}
	s.stats.sealed.Add(1)
	sealed := box.Seal(text.Reveal(), at)
	return &sealed
}

// open opens one optional field, and counts it.
func (s *Store) open(box *crypto.Box, sealed *string, at crypto.Place) (*models.Secret, error) {
	if sealed == nil {
		return nil, nil //nolint:nilnil // an absent field opens to an absent field
	}
	text, err := box.Open(*sealed, at)
	if err != nil {
		s.stats.unreadable.Add(1)
		return nil, err
	}
	s.stats.opened.Add(1)
	opened := models.Secret(text)
	return &opened, nil
}

// sessionPlace is where a sealed column of a session stands.
func sessionPlace(who models.Actor, column, sessionID string) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "sessions", Column: column, Row: sessionID}
}

// messagePlace is where one part of a session's messages stands.
func messagePlace(who models.Actor, sessionID string, seq int64) crypto.Place {
	row := strconv.FormatInt(seq, 10) + "/" + sessionID
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "messages", Column: "body", Row: row}
}

// sealSession fills the row's columns that a session has: all but those of its messages.
func (s *Store) sealSession(box *crypto.Box, who models.Actor, m *models.Session, row *sessionRow) {
	row.TenantID, row.ID, row.AgentID = who.TenantID, m.ID, m.AgentID
	row.UserName = s.seal(box, m.UserName, sessionPlace(who, "user_name", m.ID))
	row.UserEmail = s.seal(box, m.UserEmail, sessionPlace(who, "user_email", m.ID))
	row.AcceptTerms, row.FinalizedAt = m.AcceptTerms, m.FinalizedAt
	row.PromptTokens, row.CompletionTokens = m.PromptTokens, m.CompletionTokens
	row.CreatedAt, row.UpdatedAt = millis(m.CreatedAt), millis(m.UpdatedAt)
}

// openSession is the way back. A field that does not open is an [UnreadableError].
func (s *Store) openSession(box *crypto.Box, who models.Actor, row *sessionRow) (*models.Session, error) {
	m := &models.Session{
		ID: row.ID, AgentID: row.AgentID, AcceptTerms: row.AcceptTerms, FinalizedAt: row.FinalizedAt,
		PromptTokens: row.PromptTokens, CompletionTokens: row.CompletionTokens,
		CreatedAt: fromMillis(row.CreatedAt), UpdatedAt: fromMillis(row.UpdatedAt), MessageCount: row.MessageCount,
	}
	var err error
	if m.UserName, err = s.open(box, row.UserName, sessionPlace(who, "user_name", row.ID)); err != nil {
		return nil, unreadableSession(row.ID, err)
	}
	if m.UserEmail, err = s.open(box, row.UserEmail, sessionPlace(who, "user_email", row.ID)); err != nil {
		return nil, unreadableSession(row.ID, err)
	}
	return m, nil
}

// sealMessage seals one part of a session's messages.
func (s *Store) sealMessage(box *crypto.Box, who models.Actor, sessionID string, seq int64, part string) messageRow {
	s.stats.sealed.Add(1)
	return messageRow{
		TenantID: who.TenantID, SessionID: sessionID, Seq: seq,
		Body: box.Seal(part, messagePlace(who, sessionID, seq)),
	}
}

// openMessage is the way back.
func (s *Store) openMessage(box *crypto.Box, who models.Actor, sessionID string, seq int64, body string) (string, error) {
	part, err := s.open(box, &body, messagePlace(who, sessionID, seq))
	if err != nil {
		return "", unreadableSession(sessionID, err)
	}
	return part.Reveal(), nil
}

// sealFrame seals what stands around the parts of an array, where it is not the usual.
func (s *Store) sealFrame(box *crypto.Box, who models.Actor, sessionID string, c *models.Conversation) *string {
	if c.Kind != models.KindArray || c.Frame == models.EmptyFrame {
		return nil
	}
	frame := models.Secret(c.Frame)
	return s.seal(box, &frame, sessionPlace(who, "messages_frame", sessionID))
}

// openFrame is the way back.
func (s *Store) openFrame(box *crypto.Box, who models.Actor, row *sessionRow) (string, error) {
	if row.MessagesFrame == nil {
		return models.EmptyFrame, nil
	}
	frame, err := s.open(box, row.MessagesFrame, sessionPlace(who, "messages_frame", row.ID))
	if err != nil {
		return "", unreadableSession(row.ID, err)
	}
	return frame.Reveal(), nil
}

func unreadableSession(id string, err error) error {
	return &UnreadableError{Noun: "session", ID: id, Err: err}
}

// sealAudit makes the row of an audit entry.
func (s *Store) sealAudit(box *crypto.Box, who models.Actor, e *models.AuditEntry) auditRow {
	row := auditRow{
		TenantID: who.TenantID, ID: e.ID, IP: e.IP, UserAgent: e.UserAgent, KeyLocatorHash: e.KeyLocatorHash,
		EventName: e.EventName, RecordLocator: e.RecordLocator, CreatedAt: millis(e.CreatedAt),
	}
	if e.Diff != "" {
		row.Diff = s.seal(box, &e.Diff, auditPlace(who, e.ID))
	}
	return row
}

// openAudit is the way back.
func (s *Store) openAudit(box *crypto.Box, who models.Actor, row *auditRow) (models.AuditEntry, error) {
	e := models.AuditEntry{
		ID: row.ID, IP: row.IP, UserAgent: row.UserAgent, KeyLocatorHash: row.KeyLocatorHash,
		DatabaseIDHash: who.DatabaseIDHash, EventName: row.EventName, RecordLocator: row.RecordLocator,
		CreatedAt: fromMillis(row.CreatedAt),
	}
	diff, err := s.open(box, row.Diff, auditPlace(who, row.ID))
	if err != nil {
		return e, &UnreadableError{Noun: "audit entry", ID: strconv.FormatInt(row.ID, 10), Err: err}
	}
	if diff != nil {
		e.Diff = *diff
	}
	return e, nil
}

func auditPlace(who models.Actor, id int64) crypto.Place {
	return crypto.Place{Tenant: who.DatabaseIDHash, Table: "audit_entries", Column: "diff", Row: strconv.FormatInt(id, 10)}
}
