package repository

import (
	"fmt"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Every change of a session gives it the next revision of its agent, so that whoever knows the
// sessions up to one can ask for what came after. No revision is seen before a smaller one: how
// that is kept depends on the engine, see dialect.

// next is the next revision of an agent, for SQLite.
func next(tenantID, agentID string) string { return fmt.Sprintf(sqliteNext, tenantID, agentID) }

// nextOf counts the revision of an agent up, for PostgreSQL.
func nextOf(row string) string { return fmt.Sprintf(postgresNext, row) }

// newRevision is the next revision of the agent. A session that was another agent's before it was
// deleted leaves no trace there: what is known of this tenant's agents counts no more then.
func newRevision(tx *gorm.DB, who models.Actor, agentID, id string) (int64, error) {
	var revision int64
	var agent *string
	err := queryRow(tx, of(tx).revised, who.TenantID, agentID, id).Scan(&revision, &agent)
	if err != nil || agent == nil || *agent == agentID {
		return revision, err
	}
	_, err = execute(tx, "UPDATE tenants SET search_epoch = search_epoch + 1 WHERE id = ?", who.TenantID)
	return revision, err
}
