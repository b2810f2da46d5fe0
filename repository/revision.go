package repository

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"sessionhub/models"
)

// Every change of a session gives it the next revision of its agent, so that whoever knows the
// sessions up to one can ask for what came after. No revision is seen before a smaller one: how
// that is kept depends on the engine, see dialect.
//
// On PostgreSQL the sessions of an agent are divided into lanes, by their ids, and each lane counts for
// itself: what is changed in one need not wait for the commits of the others. The lane is in the upper
// bits of a revision, so that those of a lane lie together in the index.

// lanes is how many sessions of an agent can be changed at once on PostgreSQL.
const lanes = 16

// laneSize is what the revisions of a lane have room for: more than there will ever be.
const laneSize = 1 << 48

// laneOf is the lane of a session. It is given to statements only; what was changed before keeps its
// revision, in whichever lane that is.
func laneOf(id string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // it never fails
	return int64(h.Sum32() % lanes)
}

// revisions are how far the changes of an agent are known: the largest revision of each lane. SQLite
// has one.
type revisions []int64

// noRevisions is where all lanes begin.
func noRevisions(lanes int) revisions {
	none := make(revisions, lanes)
	for lane := range none {
		none[lane] = int64(lane) * laneSize
	}
	return none
}

// add notes a revision that is known now.
func (r revisions) add(revision int64) {
	lane := 0
	if len(r) > 1 {
		lane = int(revision / laneSize)
	}
	r[lane] = max(r[lane], revision)
}

// array writes the revisions as PostgreSQL reads an array.
func (r revisions) array() string {
	texts := make([]string, len(r))
	for lane, revision := range r {
		texts[lane] = strconv.FormatInt(revision, 10)
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// known are the revisions that an agent has by now.
func known(tx *gorm.DB, who models.Actor, agentID string) (revisions, error) {
	all := noRevisions(of(tx).lanes)
	var largest []int64
	err := tx.Raw(of(tx).known, who.TenantID, agentID).Scan(&largest).Error
	for _, revision := range largest {
		all.add(revision)
	}
	return all, err
}

// next is the next revision of an agent, for SQLite.
func next(tenantID, agentID string) string { return fmt.Sprintf(sqliteNext, tenantID, agentID) }

// nextOf counts the revision of a lane up, for PostgreSQL, if from has a row.
func nextOf(tenantID, agentID, lane, from string) string {
	return fmt.Sprintf(postgresNext, tenantID, agentID, lane, from)
}

// inLane adds the lane of a session to the arguments of a statement that gives it a revision.
func (d *dialect) inLane(id string, args ...any) []any {
	if d.lanes == 1 {
		return args
	}
	return append(slices.Clip(args), laneOf(id))
}

// newRevision is the next revision of the agent. A session that was another agent's before it was
// deleted leaves no trace there: what is known of this tenant's agents counts no more then.
func newRevision(tx *gorm.DB, who models.Actor, agentID, id string) (int64, error) {
	var revision int64
	var agent *string
	err := queryRow(tx, of(tx).revised, of(tx).inLane(id, who.TenantID, agentID, id)...).Scan(&revision, &agent)
	if err != nil || agent == nil || *agent == agentID {
		return revision, err
	}
	_, err = execute(tx, "UPDATE tenants SET search_epoch = search_epoch + 1 WHERE id = ?", who.TenantID)
	return revision, err
}
