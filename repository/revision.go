package repository

import (
	"gorm.io/gorm"

	"sessionhub/models"
)

// Every change of a session gives it the next revision of its agent, so that whoever knows the
// sessions up to one can ask for what came after. There is one writer at a time, so that no
// revision is seen before a smaller one.

// nextRevision is what comes behind the revisions of a tenant's agent. See selectMessages for its casts.
const nextRevision = `(SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
	WHERE m.tenant_id = CAST(? AS BIGINT) AND m.agent_id = CAST(? AS TEXT))`

// ownRevision is the same for the agent of the session that is updated.
const ownRevision = `(SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
	WHERE m.tenant_id = CAST(? AS BIGINT) AND m.agent_id = sessions.agent_id)`

// newRevision is the next revision of the agent. A session that was another agent's before it was
// deleted leaves no trace there: what is known of this tenant's agents counts no more then.
func newRevision(tx *gorm.DB, who models.Actor, agentID, id string) (int64, error) {
	var revision int64
	var agent *string
	err := queryRow(tx, "SELECT "+nextRevision+", (SELECT agent_id FROM sessions WHERE tenant_id = ? AND id = ?)", who.TenantID, agentID, who.TenantID, id).Scan(&revision, &agent)
	if err != nil || agent == nil || *agent == agentID {
		return revision, err
	}
	_, err = execute(tx, "UPDATE tenants SET search_epoch = search_epoch + 1 WHERE id = ?", who.TenantID)
	return revision, err
}
