package repository

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Append adds messages to the session, and tokens to its counts, and returns how many
// messages it has now. It costs the same however many these are. Errors: [ErrNotFound],
// [ErrDeleted], models.ErrInvalid.
func (r *Sessions) Append(ctx context.Context, who models.Actor, a *models.Append) (count int64, err error) {
	box, err := r.store.box(ctx, who)
	if err != nil {
		return 0, err
	}
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		row, err := lockSession(tx, who, a.SessionID)
		if err != nil {
			return err
		}
		if err := appendable(row, a); err != nil {
			return err
		}
		if err := r.addParts(tx, box, who, row, appendedParts(row, a.Messages)); err != nil {
			return err
		}
		count = row.MessageCount
		_, err = execute(tx, of(tx).appended, of(tx).inLane(row.ID, models.KindArray, row.MessageCount, row.PromptTokens, row.CompletionTokens,
			millis(r.store.now()), who.TenantID, row.ID, row.AgentID)...)
		return err
	})
	return count, err
}

// deleteMessages deletes those of a session from one on.
const deleteMessages = "DELETE FROM messages WHERE tenant_id = ? AND session_id = ? AND seq >= ?"

// What is around the revision of a session that something was appended to. The parameter behind those is its agent.
const (
	setAppended = "UPDATE sessions SET messages_kind = ?1, message_count = ?2, prompt_tokens = ?3, completion_tokens = ?4, updated_at = ?5, revision = "
	ofAppended  = " WHERE tenant_id = ?6 AND id = ?7"
)

// appendedParts puts a comma before every message that has one before it.
func appendedParts(row *sessionRow, messages []string) []string {
	parts := make([]string, len(messages))
	for i, message := range messages {
		if parts[i] = message; i > 0 || row.MessageCount > 0 {
			parts[i] = "," + message
		}
	}
	return parts
}

// appendable says why nothing can be appended to the session, and adds the tokens.
func appendable(row *sessionRow, a *models.Append) error {
	if row.FinalizedAt != nil {
		return errFinalized
	}
	if row.MessagesKind == models.KindText {
		return models.Invalid("messages", "what is stored is not a JSON array, so nothing can be appended to it; replace it with PUT /api/session")
	}
	var issues models.Issues
	addTokens(&issues, "promptTokens", &row.PromptTokens, a.PromptTokens)
	addTokens(&issues, "completionTokens", &row.CompletionTokens, a.CompletionTokens)
	return issues.Err()
}

func addTokens(issues *models.Issues, field string, to **int64, more *int64) {
	if more == nil {
		return
	}
	var sum int64
	if *to != nil {
		sum = **to
	}
	if sum += *more; sum > models.MaxTokens {
		issues.Add(field, "would exceed 9007199254740991 with what is stored")
	}
	*to = &sum
}

// replaceMessages makes next the messages of the session, and says whether they were others.
// Only what differs is written: of a text that continues the stored one, the new tail.
func (r *Sessions) replaceMessages(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, next *models.Conversation) (bool, error) {
	same, more := int64(0), true
	if row.MessagesKind == next.Kind {
		var err error
		if same, more, err = r.commonParts(tx, box, who, row, next.Parts); err != nil {
			return false, err
		}
	}
	frame, err := r.store.openFrame(box, who, row)
	sameFrame := next.Kind != models.KindArray || err == nil && frame == next.Frame
	if row.MessagesKind == next.Kind && sameFrame && !more && same == row.MessageCount && int(same) == len(next.Parts) {
		return false, nil
	}
	if more {
		_, err := execute(tx, deleteMessages, who.TenantID, row.ID, same)
		if err != nil {
			return false, err
		}
	}
	row.MessageCount = same
	return true, r.writeMessages(tx, box, who, row, next)
}

// commonParts counts the stored parts that begin the new ones, and says whether more are
// stored. One that does not open is not common: it is about to be replaced.
func (r *Sessions) commonParts(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, parts []string) (same int64, more bool, err error) {
	for part, err := range r.store.openedParts(box, who, row.ID, selectedRows(tx, who, row.ID)) {
		if err != nil && !errors.Is(err, ErrUnreadable) {
			return 0, false, err
		}
		if err != nil || int(same) >= len(parts) || part != parts[same] {
			return same, true, nil
		}
		same++
	}
	return same, false, nil
}

// writeMessages writes the parts from row.MessageCount on, and fills in the row's columns.
func (r *Sessions) writeMessages(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, c *models.Conversation) error {
	if err := r.addParts(tx, box, who, row, c.Parts[row.MessageCount:]); err != nil {
		return err
	}
	row.MessagesKind = c.Kind
	row.MessagesFrame = r.store.sealFrame(box, who, row.ID, c)
	return nil
}

// Parts are inserted many at a time, or singly: two statements, so that both stay prepared.
const (
	manyParts  = 100
	insertPart = "INSERT INTO messages (tenant_id, session_id, seq, body) VALUES (?, ?, ?, ?)"
)

var insertManyParts = insertPart + strings.Repeat(", (?, ?, ?, ?)", manyParts-1)

// addParts writes parts behind those that the row counts.
func (r *Sessions) addParts(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, parts []string) error {
	for len(parts) > 0 {
		n, statement := 1, insertPart
		if len(parts) >= manyParts {
			n, statement = manyParts, insertManyParts
		}
		values := make([]any, 0, 4*n)
		for _, part := range parts[:n] {
			m := r.store.sealMessage(box, who, row.ID, row.MessageCount, part)
			values = append(values, m.TenantID, m.SessionID, m.Seq, m.Body)
			row.MessageCount++
		}
		if _, err := execute(tx, statement, values...); err != nil {
			return err
		}
		parts = parts[n:]
	}
	return nil
}
