package repository

// There is one writer at a time, so that the next revision is one more than the largest, and none is
// seen before a smaller one. See selectMessages for the casts.

// sqliteNext is the next revision of an agent.
const sqliteNext = `(SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
	WHERE m.tenant_id = CAST(%s AS BIGINT) AND m.agent_id = CAST(%s AS TEXT))`

// What is read of a session, as one text, with an endOfText behind each part: a column costs as much
// as all else of a row. A name that is not there and an empty one are the same to a search.
const (
	scanColumns = `created_at || x'FF' || updated_at || CASE WHEN finalized_at IS NULL THEN x'FF30FF' ELSE x'FF31FF' END ||
		COALESCE(user_name, '') || x'FF' || COALESCE(user_email, '') || x'FF' || id || x'FF'`
	scanLive = "x'30FF30FF' || " + scanColumns

	// scanTenant goes through the rows of the tenant as they lie, from behind an id, takes a batch of
	// the agent's, and makes one text of it, since handing a row over costs as much as reading three.
	// A row costs a fifth of one found by the index; the plus keeps that from being used.
	scanTenant = "SELECT MAX(id), group_concat(" + scanLive + `, '') FROM (SELECT id, created_at, updated_at, finalized_at, user_name, user_email
		FROM sessions WHERE tenant_id = ? AND +agent_id = ? AND id > ? AND id <= ? AND deleted_at IS NULL ORDER BY id LIMIT ?) AS some`
)

var sqliteDialect = dialect{
	name: "sqlite",

	create: "INSERT INTO sessions (" + sessionList + ", tenant_id) SELECT " + newSessionValues() + ", " + next("?15", "?2") +
		", t.id FROM tenants t WHERE t.id = ?15 AND t.deleted_at IS NULL ON CONFLICT (tenant_id, id) DO NOTHING",
	appended: setAppended + next("?6", "?8") + ofAppended,
	buried: setBuried + `(SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
		WHERE m.tenant_id = CAST(?4 AS BIGINT) AND m.agent_id = sessions.agent_id)` + ofBuried,
	revised: "SELECT " + next("?1", "?2") + ", (SELECT agent_id FROM sessions WHERE tenant_id = ?1 AND id = ?3)",

	// The order is that of the agent's index, so that it is taken.
	scanAgent: "SELECT " + scanLive + " FROM sessions WHERE tenant_id = ? AND agent_id = ? AND deleted_at IS NULL ORDER BY created_at DESC, id",
	scanChanges: "SELECT revision || CASE WHEN deleted_at IS NULL THEN x'FF30FF' ELSE x'FF31FF' END || " + scanColumns +
		" FROM sessions WHERE tenant_id = ? AND agent_id = ? AND revision > ? ORDER BY revision",
	parts: true,

	lanes:     1,
	known:     "SELECT COALESCE(MAX(revision), 0) FROM sessions WHERE tenant_id = ? AND agent_id = ?",
	firstStep: 1,

	guards:     "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entries'",
	guardCount: 3,
	unaudited: `SELECT id FROM sessions WHERE tenant_id = @t AND deleted_at IS NOT NULL AND id NOT IN
		(SELECT COALESCE(CASE WHEN json_valid(record_locator) THEN json_extract(record_locator, '$.id') END, '')
			FROM audit_entries WHERE tenant_id = @t AND event_name = @e)`,
}
