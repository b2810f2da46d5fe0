package repository

// Many transactions write at once. One that is about to change a session counts up the revision of its
// agent, in the row of the session's lane, which it so holds until it ends: the next one of the lane waits,
// and no revision is seen before a smaller one. That is done last, so that it is held for little more than
// the commit.

// postgresNext begins a statement that is about to give out the next revision of a lane. A lane begins
// at its number times laneSize.
const postgresNext = `INSERT INTO agents (tenant_id, agent_id, lane, revision)
	SELECT CAST(%[1]s AS BIGINT), %[2]s, CAST(%[3]s AS BIGINT), CAST(%[3]s AS BIGINT) * 281474976710656 + 1%[4]s
	ON CONFLICT (tenant_id, agent_id, lane) DO UPDATE SET revision = agents.revision + 1 RETURNING revision`

// changesInLanes reads what was changed in each lane since the revision that is known of it. What is inside
// the parentheses is run for one lane after another, since it has an order: so each finds its own by the
// index, statistics or not.
const changesInLanes = `SELECT changed.* FROM unnest(CAST(? AS BIGINT[])) WITH ORDINALITY AS known (since, behind) CROSS JOIN LATERAL
	(SELECT s.revision, CASE WHEN s.deleted_at IS NULL THEN 0 ELSE 1 END, s.created_at, s.updated_at,
		CASE WHEN s.finalized_at IS NULL THEN 0 ELSE 1 END, COALESCE(s.user_name, ''), COALESCE(s.user_email, ''), s.id
	FROM sessions s WHERE s.tenant_id = ? AND s.agent_id = ? AND s.revision > known.since AND s.revision < known.behind * 281474976710656
	ORDER BY s.revision) AS changed`

const (
	// escapedID is how Go writes an id in JSON: see recordLocator.
	escapedID = `replace(replace(to_json(s.id)::text, U&'\2028', '\u2028'), U&'\2029', '\u2029')`
)

var postgresDialect = dialect{
	name: "postgres",

	create: `WITH owner AS (SELECT id FROM tenants WHERE id = ?15 AND deleted_at IS NULL FOR KEY SHARE), next AS (` +
		nextOf("?15", "CAST(?2 AS TEXT)", "?16", " FROM owner") + ") INSERT INTO sessions (" + sessionList + ", tenant_id) SELECT " + newSessionValues() +
		", next.revision, CAST(?15 AS BIGINT) FROM next ON CONFLICT (tenant_id, id) DO NOTHING",
	appended: "WITH next AS (" + nextOf("?6", "CAST(?8 AS TEXT)", "?9", "") + ") " + setAppended + "(SELECT revision FROM next)" + ofAppended,
	buried: `WITH live AS (SELECT agent_id FROM sessions WHERE tenant_id = ?4 AND id = ?5 AND ` + alive + ` FOR UPDATE), next AS (` +
		nextOf("?4", "agent_id", "?6", " FROM live") + ") " + setBuried + "next.revision FROM next" + ofBuried,
	revised: "WITH next AS (" + nextOf("?1", "CAST(?2 AS TEXT)", "?4", "") + ") SELECT revision, (SELECT agent_id FROM sessions WHERE tenant_id = ?1 AND id = ?3) FROM next",

	keep:  " FOR KEY SHARE",
	share: " FOR SHARE",
	alone: " FOR NO KEY UPDATE",
	own:   " FOR UPDATE",

	exclusive: "SELECT pg_advisory_xact_lock(8315168201871190127)", // "sessionh"
	lanes:     lanes,
	known:     "SELECT revision FROM agents WHERE tenant_id = ? AND agent_id = ?",
	firstStep: 4,

	scanAgent:   agentByColumn,
	scanChanges: changesInLanes,

	batchMessages: batchMessages,

	guards: `SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'audit_entries'::regclass AND tgenabled <> 'D'
		AND tgname IN ('audit_entries_no_change', 'audit_entries_no_truncate')`,
	guardCount: 2,
	unaudited: `SELECT s.id FROM sessions s WHERE s.tenant_id = @t AND s.deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_entries e
		WHERE e.tenant_id = @t AND e.event_name = @e AND e.record_locator = '{"id":' || ` + escapedID + ` || '}')`,
}
