package repository

// Many transactions write at once. One that is about to change a session of an agent counts the
// agent's revision up, in a row that it so holds until it ends: the next one waits, and no revision is
// seen before a smaller one. That is done last, so that it is held for little more than the commit.

// postgresNext begins a statement that is about to give out the next revision of an agent.
const postgresNext = `INSERT INTO agents (tenant_id, agent_id, revision) %s
	ON CONFLICT (tenant_id, agent_id) DO UPDATE SET revision = agents.revision + 1 RETURNING revision`

const (
	// escapedID is how Go writes an id in JSON: see recordLocator.
	escapedID = `replace(replace(to_json(s.id)::text, U&'\2028', '\u2028'), U&'\2029', '\u2029')`
)

var postgresDialect = dialect{
	name: "postgres",

	create: `WITH owner AS (SELECT id FROM tenants WHERE id = ?15 AND deleted_at IS NULL FOR KEY SHARE), next AS (` +
		nextOf("SELECT CAST(?15 AS BIGINT), CAST(?2 AS TEXT), 1 FROM owner") + ") INSERT INTO sessions (" + sessionList + ", tenant_id) SELECT " + newSessionValues() +
		", next.revision, CAST(?15 AS BIGINT) FROM next ON CONFLICT (tenant_id, id) DO NOTHING",
	appended: "WITH next AS (" + nextOf("VALUES (?6, ?8, 1)") + ") " + setAppended + "(SELECT revision FROM next)" + ofAppended,
	buried: `WITH live AS (SELECT agent_id FROM sessions WHERE tenant_id = ?4 AND id = ?5 AND ` + alive + ` FOR UPDATE), next AS (` +
		nextOf("SELECT CAST(?4 AS BIGINT), agent_id, 1 FROM live") + ") " + setBuried + "next.revision FROM next" + ofBuried,
	revised: "WITH next AS (" + nextOf("VALUES (?1, ?2, 1)") + ") SELECT revision, (SELECT agent_id FROM sessions WHERE tenant_id = ?1 AND id = ?3) FROM next",

	keep:  " FOR KEY SHARE",
	share: " FOR SHARE",
	alone: " FOR NO KEY UPDATE",
	own:   " FOR UPDATE",

	exclusive: "SELECT pg_advisory_xact_lock(8315168201871190127)", // "sessionh"
	agents:    true,
	firstStep: 4,

	scanAgent:   agentByColumn,
	scanChanges: changesByColumn,

	batchMessages: batchMessages,

	guards: `SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'audit_entries'::regclass AND tgenabled <> 'D'
		AND tgname IN ('audit_entries_no_change', 'audit_entries_no_truncate')`,
	guardCount: 2,
	unaudited: `SELECT s.id FROM sessions s WHERE s.tenant_id = @t AND s.deleted_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM audit_entries e
		WHERE e.tenant_id = @t AND e.event_name = @e AND e.record_locator = '{"id":' || ` + escapedID + ` || '}')`,
}
