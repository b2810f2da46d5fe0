package repository

import (
	"gorm.io/gorm"

	"sessionhub/models"
)

// Every change of a session gives it the next revision of its agent, so that whoever knows the
// sessions up to one can ask for what came after. There is one writer at a time, so that no
// revision is seen before a smaller one.

// bumpRevision is the next revision of the agent of the session that is updated.
func bumpRevision(who models.Actor) any {
	return gorm.Expr(`(SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
		WHERE m.tenant_id = ? AND m.agent_id = sessions.agent_id)`, who.TenantID)
}

// newRevision is the next revision of the agent. A session that was another agent's before it was
// deleted leaves no trace there: what is known of this tenant's agents counts no more then.
func newRevision(tx *gorm.DB, who models.Actor, agentID, id string) (int64, error) {
	var found struct {
		Revision int64
		Agent    *string
	}
	err := tx.Raw(`SELECT (SELECT COALESCE(MAX(revision), 0) + 1 FROM sessions WHERE tenant_id = @tenant AND agent_id = @agent) AS revision,
		(SELECT agent_id FROM sessions WHERE tenant_id = @tenant AND id = @id) AS agent`,
		map[string]any{"tenant": who.TenantID, "agent": agentID, "id": id}).Scan(&found).Error
	if err != nil || found.Agent == nil || *found.Agent == agentID {
		return found.Revision, err
	}
	return found.Revision, tx.Exec("UPDATE tenants SET search_epoch = search_epoch + 1 WHERE id = ?", who.TenantID).Error
}
