package repository

import (
	"context"
	"database/sql"
	"errors"

	"gorm.io/gorm"

	"sessionhub/crypto"
	"sessionhub/models"
)

// Sessions creates, changes, deletes and reads sessions and their messages.
type Sessions struct {
	store  *Store
	counts *cache[agentsOf, countedAgents]
}

// Create makes the session and says so, or leaves the one that is there as it is. Of any
// number of calls at once for one id, one creates. A deleted session is made anew.
func (r *Sessions) Create(ctx context.Context, who models.Actor, m *models.Session) (created bool, err error) {
	if there, err := r.exists(ctx, who, m.ID); err != nil || there {
		return false, err
	}
	box, err := r.store.box(ctx, who)
	if err != nil {
		return false, err
	}
	m.CreatedAt = fromMillis(millis(r.store.now()))
	m.UpdatedAt = m.CreatedAt
	var row sessionRow
	r.store.sealSession(box, who, m, &row)
	inserted, err := r.store.sending(ctx, r.store.dialect.create,
		r.store.dialect.inLane(row.ID, append(row.values()[:len(sessionColumns)-1], who.TenantID)...)...)
	if inserted == 1 || err != nil {
		return inserted == 1, err
	}
	err = r.store.writingFor(ctx, who, func(tx *gorm.DB) (err error) {
		created, err = replaceTombstone(tx, who, &row)
		return err
	})
	return created, err
}

// replaceTombstone makes a session whose id a deleted one has. It does nothing to a live one.
func replaceTombstone(tx *gorm.DB, who models.Actor, row *sessionRow) (made bool, err error) {
	if _, err = lockSession(tx, who, row.ID); err != nil && !errors.Is(err, ErrDeleted) && !errors.Is(err, sql.ErrNoRows) {
		return false, err
	}
	if row.Revision, err = newRevision(tx, who, row.AgentID, row.ID); err != nil {
		return false, err
	}
	inserted, err := execute(tx, insertSession+overTombstone, append([]any{row.TenantID}, row.values()...)...)
	return inserted == 1, err
}

// Agent returns the agent of a session, also of one that was deleted, or [ErrNotFound].
func (r *Sessions) Agent(ctx context.Context, who models.Actor, id string) (agentID string, err error) {
	err = brieflyRow(ctx, r.store.read, "SELECT agent_id FROM sessions WHERE tenant_id = ? AND id = ?", who.TenantID, id).Scan(&agentID)
	return agentID, translate(err)
}

func (r *Sessions) exists(ctx context.Context, who models.Actor, id string) (bool, error) {
	var there int
	err := brieflyRow(ctx, r.store.read, "SELECT 1 FROM sessions WHERE tenant_id = ? AND id = ? AND "+alive, who.TenantID, id).Scan(&there)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, translate(err)
}

// Delete removes the session and its messages and leaves a tombstone. The audit entry is
// written in the same transaction, and also when there is nothing to delete: [ErrNotFound].
func (r *Sessions) Delete(ctx context.Context, who models.Actor, id string) error {
	found := false
	event := models.AuditEntry{EventName: models.EventDeleteSession, RecordLocator: models.RecordLocator("id", id)}
	err := r.store.change(ctx, who, event, func(tx *gorm.DB) error {
		now := millis(r.store.now())
		gone, err := execute(tx, of(tx).buried, of(tx).inLane(id, models.KindNone, now, now, who.TenantID, id)...)
		if found = gone > 0; err != nil || !found {
			return err
		}
		_, err = execute(tx, deleteMessages, who.TenantID, id, 0)
		return err
	})
	if err == nil && !found {
		return ErrNotFound
	}
	return err
}

// What is around the revision of a tombstone.
const (
	setBuried = `UPDATE sessions SET user_name = NULL, user_email = NULL, accept_terms = NULL, finalized_at = NULL,
		messages_kind = ?1, messages_frame = NULL, message_count = 0, prompt_tokens = NULL, completion_tokens = NULL,
		updated_at = ?2, deleted_at = ?3, revision = `
	ofBuried = " WHERE sessions.tenant_id = ?4 AND sessions.id = ?5 AND " + alive
)

// Save makes the changes of the patch to the session, or a new session. It returns
// [ErrDeleted] for one that was deleted, and a models.ErrInvalid for what does not fit the
// session that is stored.
func (r *Sessions) Save(ctx context.Context, who models.Actor, p *models.SessionPatch) error {
	var next *models.Conversation
	if p.Messages.Set {
		next = conversation(p.Messages.Value) // before the lock is taken: it can be long
		if err := next.Validate(); err != nil {
			return err
		}
	}
	box, err := r.store.box(ctx, who)
	if err != nil {
		return err
	}
	return r.store.writingFor(ctx, who, func(tx *gorm.DB) error {
		row, err := lockSession(tx, who, p.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return r.insert(tx, box, who, p, next)
		}
		if err != nil {
			return err
		}
		return r.update(tx, box, who, row, p, next)
	})
}

func conversation(text *string) *models.Conversation {
	if text == nil {
		return &models.Conversation{Kind: models.KindNone}
	}
	c := models.SplitMessages(*text)
	return &c
}

func (r *Sessions) insert(tx *gorm.DB, box *crypto.Box, who models.Actor, p *models.SessionPatch, next *models.Conversation) error {
	now := fromMillis(millis(r.store.now()))
	m := models.Session{ID: p.ID, AgentID: p.AgentID, CreatedAt: now, UpdatedAt: now}
	if p.CreatedAt != nil {
		m.CreatedAt = *p.CreatedAt
	}
	p.Apply(&m)
	var row sessionRow
	r.store.sealSession(box, who, &m, &row)
	if next != nil {
		if err := r.writeMessages(tx, box, who, &row, next); err != nil {
			return err
		}
	}
	var err error
	if row.Revision, err = newRevision(tx, who, row.AgentID, row.ID); err != nil {
		return err
	}
	_, err = execute(tx, insertSession, append([]any{row.TenantID}, row.values()...)...)
	return err
}

func (r *Sessions) update(tx *gorm.DB, box *crypto.Box, who models.Actor, row *sessionRow, p *models.SessionPatch, next *models.Conversation) error {
	if row.AgentID != p.AgentID {
		return models.Invalid("agentId", "is not the agent of this session, and a session stays with its agent")
	}
	finalized := row.FinalizedAt != nil && (!p.FinalizedAt.Set || p.FinalizedAt.Value != nil)
	m, err := r.store.openSession(box, who, row)
	if err != nil && !replaces(p, row) {
		return err
	}
	if err != nil { // both sealed fields are given anew: what they held is not needed
		row.UserName, row.UserEmail = nil, nil
		if m, err = r.store.openSession(box, who, row); err != nil {
			return err
		}
	}
	p.Apply(m)
	m.UpdatedAt = fromMillis(millis(r.store.now()))
	r.store.sealSession(box, who, m, row)
	if next != nil {
		changed, err := r.replaceMessages(tx, box, who, row, next)
		if err != nil {
			return err
		}
		if changed && finalized {
			return errFinalized
		}
	}
	if row.Revision, err = newRevision(tx, who, row.AgentID, row.ID); err != nil {
		return err
	}
	_, err = execute(tx, updateSession, append(row.values()[1:], who.TenantID, row.ID)...)
	return err
}

// errFinalized undoes the transaction, whatever was written by then.
var errFinalized = models.Invalid("messages", "the session is finalized and takes no further messages; "+
	"clear finalizedAt in the same request to open it again")

// replaces says whether the patch gives every sealed column of the row anew.
func replaces(p *models.SessionPatch, row *sessionRow) bool {
	return (p.UserName.Set || row.UserName == nil) && (p.UserEmail.Set || row.UserEmail == nil)
}
