package repository

import (
	"database/sql"

	"gorm.io/gorm"
)

// scanBatch is how many rows go from one goroutine to another at a time.
const scanBatch = 512

// What is read of a session, as one text, with an endOfText behind each part: a column costs as much
// as all else of a row. A name that is not there and an empty one are the same to a search.
const (
	scanColumns = `created_at || x'FF' || updated_at || CASE WHEN finalized_at IS NULL THEN x'FF30FF' ELSE x'FF31FF' END ||
		COALESCE(user_name, '') || x'FF' || COALESCE(user_email, '') || x'FF' || id || x'FF'`
	scanLive = "x'30FF30FF' || " + scanColumns

	// scanAgent goes by the agent's index and finds each row from there. The order is that of the
	// index, so that it is taken.
	scanAgent = "SELECT " + scanLive + " FROM sessions WHERE tenant_id = ? AND agent_id = ? AND deleted_at IS NULL ORDER BY created_at DESC, id"
	// scanTenant goes through the rows of the tenant as they lie, from behind an id, takes a batch of
	// the agent's, and makes one text of it, since handing a row over costs as much as reading three.
	// A row costs a fifth of one found by the index; the plus keeps that from being used.
	scanTenant = "SELECT MAX(id), group_concat(" + scanLive + `, '') FROM (SELECT id, created_at, updated_at, finalized_at, user_name, user_email
		FROM sessions WHERE tenant_id = ? AND +agent_id = ? AND id > ? AND id <= ? AND deleted_at IS NULL ORDER BY id LIMIT ?) AS some`

	scanChanges = "SELECT revision || CASE WHEN deleted_at IS NULL THEN x'FF30FF' ELSE x'FF31FF' END || " + scanColumns +
		" FROM sessions WHERE tenant_id = ? AND agent_id = ? AND revision > ? ORDER BY revision"
)

// fewOfTenant is how many rows of a tenant may be passed over for one of the agent's.
const fewOfTenant = 4

// live is what an agent has. Where epoch and revision are the same, all of it is.
type live struct {
	SearchEpoch, Revision int64
	sessions              int64
	others                int64 // of the tenant: how many, or that they are too many to be passed over
}

// state looks up what tells one state of the agent from another.
func (o *opening) state(tx *gorm.DB, agentID string) (now live, err error) {
	err = tx.Raw(`SELECT search_epoch, (SELECT COALESCE(MAX(revision), 0) FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent) AS revision
		FROM tenants WHERE id = @tenant`, map[string]any{"tenant": o.who.TenantID, "agent": agentID}).Scan(&now).Error
	return now, err
}

// count is state with what an agent has. It looks at indexes alone.
func (o *opening) count(tx *gorm.DB, agentID string) (live, error) {
	there, err := o.state(tx, agentID)
	if err != nil {
		return there, err
	}
	named := map[string]any{"tenant": o.who.TenantID, "agent": agentID}
	err = tx.Raw("SELECT COUNT(*) FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent AND deleted_at IS NULL", named).Scan(&there.sessions).Error
	if err != nil {
		return there, err
	}
	named["most"] = fewOfTenant * there.sessions
	err = tx.Raw(`SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id < @agent LIMIT @most) AS before_it) +
		(SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @tenant AND agent_id > @agent LIMIT @most) AS behind_it)`, named).Scan(&there.others).Error
	return there, err
}

// source reads rows, as text, and gives them to take in pieces of about scanBatch rows, until take
// wants no more. A piece belongs to take, which many goroutines may call.
type source func(take func(rows []byte) bool) error

// rows reads all that the agent has, in the way that takes less time.
func (o *opening) rows(tx *gorm.DB, agentID string, there live) source {
	if there.others >= fewOfTenant*there.sessions {
		return oneByOne(tx, scanAgent, o.who.TenantID, agentID)
	}
	return (&parts{opening: o, agentID: agentID, there: there}).source(tx)
}

// oneByOne reads the rows that the statement selects.
func oneByOne(tx *gorm.DB, statement string, args ...any) source {
	return func(take func([]byte) bool) error {
		rows, err := tx.Raw(statement, args...).Rows()
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }() // rows.Err below tells what went wrong
		var piece []byte
		for n := 1; rows.Next(); n++ {
			var row sql.RawBytes
			if err := rows.Scan(&row); err != nil {
				return err
			}
			if piece = append(piece, row...); n%scanBatch > 0 {
				continue
			}
			if !take(piece) {
				return nil
			}
			piece = make([]byte, 0, len(piece)*9/8)
		}
		take(piece)
		return rows.Err()
	}
}
