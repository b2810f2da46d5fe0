package repository

import (
	"strings"
	"testing"
)

// refused are statements that could reach rows of another tenant, or that no engine could send to one
// node.
var refused = []string{
	// No condition, or one on something else.
	"SELECT * FROM sessions",
	"SELECT * FROM sessions WHERE id = ?",
	"SELECT * FROM `sessions` ORDER BY id",
	`SELECT * FROM "sessions" WHERE "id" = $1`,
	"SELECT * FROM [sessions]",
	"SELECT * FROM 'sessions'",
	"SELECT * FROM main.sessions",
	`SELECT * FROM "public"."sessions"`,
	"SELECT * FROM SESSIONS",
	"SELECT * FROM tenants WHERE tenant_id = ?",
	"SELECT * FROM sessions WHERE user_id = ?",
	"UPDATE sessions SET updated_at = ?",
	"UPDATE sessions SET updated_at = ? WHERE id = ?",
	"UPDATE tenants SET deleted_at = ?",
	"DELETE FROM sessions",
	"DELETE FROM sessions WHERE id = ?",
	"EXPLAIN QUERY PLAN SELECT * FROM sessions",
	"BEGIN; DELETE FROM sessions",
	// The column is named, and not equal to one value.
	"SELECT * FROM sessions WHERE tenant_id <> ?",
	"SELECT * FROM sessions WHERE tenant_id != ?",
	"SELECT * FROM sessions WHERE tenant_id >= ?",
	"SELECT * FROM sessions WHERE tenant_id = ? OR id = ?",
	"SELECT * FROM sessions WHERE tenant_id = ? AND id = ? OR 1 = 1",
	"SELECT * FROM sessions WHERE (tenant_id = ? OR id = ?) AND deleted_at IS NULL",
	"SELECT * FROM sessions WHERE NOT (tenant_id = ?)",
	"SELECT * FROM sessions WHERE NOT tenant_id = ?",
	"SELECT * FROM sessions WHERE (tenant_id = ?) IS NOT NULL",
	"SELECT * FROM sessions WHERE (tenant_id = ?) = ?",
	"SELECT * FROM sessions WHERE tenant_id = ? IS NULL",
	"SELECT * FROM sessions WHERE tenant_id = tenant_id",
	"SELECT * FROM sessions WHERE tenant_id = id",
	"SELECT * FROM sessions s WHERE s.tenant_id = s.tenant_id",
	"SELECT * FROM sessions WHERE tenant_id = ? + tenant_id",
	"SELECT * FROM sessions WHERE tenant_id + 0 = ?",
	"SELECT * FROM sessions WHERE tenant_id = COALESCE(?, tenant_id)",
	"SELECT * FROM sessions WHERE tenant_id IN (SELECT id FROM tenants)",
	"SELECT * FROM sessions WHERE tenant_id = (SELECT MAX(id) FROM tenants)",
	"SELECT * FROM sessions WHERE tenant_id BETWEEN ? AND ?",
	"SELECT * FROM sessions WHERE id BETWEEN ? AND tenant_id = ?",
	"SELECT * FROM sessions WHERE CASE WHEN id = ? AND tenant_id = ? THEN 1 END",
	"SELECT tenant_id = ? FROM sessions",
	"SELECT * FROM sessions GROUP BY id HAVING tenant_id = ?",
	"SELECT * FROM sessions ORDER BY tenant_id = ?",
	// It is only text.
	"SELECT * FROM sessions WHERE id = 'tenant_id = ?'",
	"SELECT * FROM sessions WHERE id = 'it''s' -- AND tenant_id = ?",
	"SELECT * FROM sessions WHERE id = ? /* AND tenant_id = ? */",
	"SELECT * FROM sessions /* WHERE tenant_id = ?",
	"SELECT * FROM sessions /* /* */ WHERE tenant_id = ? */",
	"SELECT * FROM sessions WHERE 'tenant_id' = ?",
	"SELECT * FROM sessions WHERE id = E'\\' AND tenant_id = 1 AND id = '",
	"SELECT * FROM sessions WHERE id = $$ AND tenant_id = 1 AND $$",
	"SELECT * FROM sessions WHERE id = 'a",
	"SELECT * FROM sessions WHERE (tenant_id = ?",
	// Another query block has the condition.
	"SELECT * FROM sessions WHERE id IN (SELECT session_id FROM messages WHERE tenant_id = ?)",
	"SELECT * FROM sessions WHERE tenant_id = ? AND id IN (SELECT session_id FROM messages)",
	"SELECT * FROM sessions WHERE tenant_id = ? AND id IN messages",
	"SELECT (SELECT COUNT(*) FROM messages) FROM sessions WHERE tenant_id = ?",
	"SELECT * FROM tenants WHERE EXISTS (SELECT 1 FROM sessions s WHERE s.tenant_id = tenants.id)",
	"SELECT * FROM tenants WHERE id = ? AND EXISTS (SELECT 1 FROM sessions s WHERE s.id = tenants.id)",
	"SELECT * FROM sessions WHERE EXISTS (SELECT 1 FROM tenants WHERE tenant_id = ?)",
	"SELECT * FROM (SELECT * FROM sessions) AS s WHERE tenant_id = ?",
	"SELECT id FROM sessions WHERE tenant_id = ? UNION ALL SELECT session_id FROM messages",
	"SELECT id FROM sessions UNION SELECT session_id FROM messages WHERE tenant_id = ?",
	"(SELECT id FROM sessions) EXCEPT SELECT session_id FROM messages WHERE tenant_id = ?",
	"WITH s AS (SELECT * FROM sessions) SELECT * FROM s WHERE tenant_id = ?",
	"WITH s AS (SELECT 1) SELECT * FROM sessions",
	"WITH gone AS (DELETE FROM sessions RETURNING id) SELECT * FROM gone",
	"WITH sessions AS (SELECT 1) DELETE FROM sessions",
	"UPDATE sessions SET revision = (SELECT MAX(revision) FROM sessions) WHERE tenant_id = ? AND id = ?",
	"UPDATE sessions SET message_count = ? FROM messages m WHERE sessions.tenant_id = ? AND m.session_id = sessions.id",
	"DELETE FROM messages USING sessions s WHERE s.tenant_id = ? AND s.id = messages.session_id",
	"CREATE TABLE copied AS SELECT * FROM sessions",
	// A join.
	"SELECT * FROM sessions s JOIN messages m ON m.session_id = s.id WHERE s.tenant_id = ?",
	"SELECT * FROM sessions s, messages m WHERE s.tenant_id = ?",
	"SELECT * FROM sessions, messages WHERE tenant_id = ?",
	"SELECT * FROM sessions s JOIN messages m ON m.tenant_id = s.tenant_id",
	"SELECT * FROM sessions s LEFT JOIN messages m ON m.tenant_id = ? AND s.tenant_id = m.tenant_id",
	"SELECT * FROM sessions s LEFT JOIN messages m ON s.tenant_id = ? AND m.session_id = s.id",
	"SELECT * FROM sessions s RIGHT JOIN messages m ON s.tenant_id = ? AND m.tenant_id = ?",
	"SELECT * FROM sessions s JOIN tenants t ON t.id = s.tenant_id WHERE t.database_id_hash = ?",
	"SELECT * FROM (sessions s JOIN messages m ON m.session_id = s.id) WHERE s.tenant_id = ?",
	"SELECT * FROM messages AS m (a, tenant_id, b) WHERE m.tenant_id = ?",
	// Writing.
	"INSERT INTO sessions (id, agent_id) VALUES (?, ?)",
	"INSERT INTO sessions VALUES (?, ?, ?)",
	"INSERT INTO sessions DEFAULT VALUES",
	"INSERT INTO tenants (name) VALUES (?)",
	"INSERT INTO messages (tenant_id, body) VALUES (?, ?), (tenant_id, ?)",
	"INSERT INTO messages (tenant_id, body) VALUES (?, (SELECT body FROM messages))",
	"INSERT INTO messages (tenant_id, body) VALUES ((SELECT MAX(id) FROM tenants WHERE id = ?), ?)",
	"INSERT INTO messages (tenant_id, body) SELECT tenant_id, body FROM messages",
	"INSERT INTO messages (tenant_id, body) SELECT seq, body FROM messages WHERE tenant_id = ?",
	"INSERT INTO messages (tenant_id, body) SELECT ?, body FROM messages",
	"INSERT INTO messages (tenant_id, body) SELECT * FROM messages WHERE tenant_id = ?",
	"INSERT OR REPLACE INTO links (tenant_id, token_hash) VALUES (?, ?)",
	"REPLACE INTO links (tenant_id, token_hash) VALUES (?, ?)",
	"INSERT INTO links (tenant_id, token_hash) VALUES (?, ?) ON CONFLICT (token_hash) DO UPDATE SET user_id = ?",
	"INSERT INTO links (tenant_id, token_hash) VALUES (?, ?) ON CONFLICT DO UPDATE SET user_id = ?",
	"INSERT INTO links (tenant_id, token_hash) VALUES (?, ?) ON CONFLICT (tenant_id, token_hash) DO UPDATE SET tenant_id = ?",
	"UPDATE sessions SET tenant_id = ? WHERE tenant_id = ?",
	"UPDATE sessions SET (id, tenant_id) = (?, ?) WHERE tenant_id = ?",
	// Nobody knows.
	"TRUNCATE sessions",
	"TABLE sessions",
	"COPY sessions TO STDOUT",
	"SELECT * FROM (TABLE sessions) AS s",
}

// allowed are statements of which each part names its tenant, or reaches none.
var allowed = []string{
	"", ";", "BEGIN", "SAVEPOINT aside", "ROLLBACK TO aside", "PRAGMA integrity_check",
	"CREATE INDEX `links_by_expiry` ON `links`(`expires_at`)",
	"CREATE TRIGGER t BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'no'); END",
	"ALTER TABLE sessions ADD COLUMN revision BIGINT NOT NULL DEFAULT 0",
	"SELECT count(*) FROM sqlite_master WHERE type='table' AND name=?",
	"SELECT * FROM `master_keys` ORDER BY id",
	"SELECT * FROM sessions WHERE tenant_id = ?",
	"SELECT * FROM sessions WHERE ? = tenant_id",
	"SELECT * FROM sessions WHERE tenant_id = 1;",
	"SELECT * FROM sessions WHERE tenant_id = @tenant",
	"SELECT * FROM sessions WHERE tenant_id = ?12 AND id IS NOT DISTINCT FROM ?",
	`SELECT * FROM "sessions" WHERE "sessions"."tenant_id" = $1 AND id = $2 LIMIT $3`,
	"SELECT * FROM public.sessions WHERE public.sessions.tenant_id = $1::bigint",
	"SELECT COUNT(*) FROM sessions WHERE tenant_id = CAST(? AS BIGINT) AND deleted_at IS NULL",
	"SELECT * FROM sessions WHERE id BETWEEN ? AND ? AND tenant_id = ?",
	"SELECT * FROM sessions WHERE (id = ? AND (tenant_id = ?)) AND (user_name = ? OR user_email = ?)",
	"UPDATE `tenants` SET `deleted_at`=?,`search_epoch`=search_epoch + 1 WHERE id = ?",
	"DELETE FROM `performs` WHERE (tenant_id = ? AND user_id = ?) AND answer IS NULL",
	"SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM sessions WHERE tenant_id = @t LIMIT @n) AS a) + (SELECT 1)",
	"SELECT f.name FROM functions f JOIN tools t ON t.tenant_id = f.tenant_id AND t.name = f.tool WHERE f.tenant_id = ?",
	"SELECT 1 FROM sessions s LEFT OUTER JOIN messages m ON m.tenant_id = s.tenant_id AND left(m.body, 1) = ? WHERE s.tenant_id = ?",
	"SELECT 1 FROM sessions, tenants WHERE tenant_id = tenants.id AND tenants.id = ?",
	`SELECT DISTINCT m.session_id FROM messages m WHERE m.tenant_id = ? AND NOT EXISTS
		(SELECT 1 FROM sessions s WHERE s.tenant_id = m.tenant_id AND s.id = m.session_id)`,
	"SELECT name FROM functions WHERE tenant_id = ? AND tool NOT IN (SELECT name FROM tools WHERE tenant_id = ?)",
	"SELECT id FROM sessions WHERE tenant_id = ? UNION ALL SELECT session_id FROM (SELECT session_id FROM messages WHERE tenant_id = ?) AS parts",
	"WITH s AS (SELECT * FROM sessions WHERE tenant_id = ?) SELECT * FROM s WHERE id = ?",
	"SELECT 1 FROM tenants t, LATERAL (SELECT 1 FROM sessions s WHERE s.tenant_id = t.id) AS x WHERE t.id = ?",
	`UPDATE sessions SET revision = (SELECT COALESCE(MAX(m.revision), 0) + 1 FROM sessions m
		WHERE m.tenant_id = sessions.tenant_id AND m.agent_id = sessions.agent_id) WHERE tenant_id = ? AND id = ?`,
	"INSERT INTO messages (tenant_id, session_id, seq, body) VALUES (?, ?, ?, ?), ($1, ?, ?, ?) RETURNING seq",
	"INSERT INTO `tenants` (`id`,`name`) VALUES (?,?)",
	`INSERT INTO sessions (id, revision, tenant_id) SELECT ?, (SELECT MAX(m.revision) FROM sessions m WHERE m.tenant_id = CAST(? AS BIGINT)), t.id
		FROM tenants t WHERE t.id = ? AND t.deleted_at IS NULL ON CONFLICT (tenant_id, id) DO NOTHING`,
	`INSERT INTO performs (tenant_id, user_id, answer) VALUES (?, ?, NULL) ON CONFLICT (tenant_id, user_id)
		DO UPDATE SET answer = NULL, user_id = excluded.user_id WHERE performs.started_at <= ?`,
}

// TestUntenantedStatementsAreRefused: the hook finds them, however they are written.
func TestUntenantedStatementsAreRefused(t *testing.T) {
	for _, sql := range refused {
		if untenanted(sql) == "" {
			t.Errorf("let through: %s", sql)
		}
	}
	for _, sql := range allowed {
		if reason := untenanted(sql); reason != "" {
			t.Errorf("%s: %s", reason, sql)
		}
	}
}

// TestUntenantedIsDecidedOfAnyText: a statement that was cut off anywhere is not the end of the tests.
func TestUntenantedIsDecidedOfAnyText(t *testing.T) {
	defer func() {
		if cause := recover(); cause != nil {
			t.Errorf("panics: %v", cause)
		}
	}()
	for _, sql := range append(refused, allowed...) {
		words := strings.Fields(sql)
		for i := range words {
			untenanted(strings.Join(words[:i], " "))
			untenanted(strings.Join(words[i:], " "))
			untenanted(strings.Join(append(words[:i:i], words[i+1:]...), " "))
		}
	}
}

// TestTenantShapesAreThoseOfEveryEngine, so that one list serves them all.
func TestTenantShapesAreThoseOfEveryEngine(t *testing.T) {
	sqlite := sqlShape("SELECT * FROM `tenants` WHERE database_id_hash = ?\n\tLIMIT 1")
	postgres := sqlShape(`SELECT * FROM "tenants" WHERE database_id_hash = $1 LIMIT $2`)
	if sqlite != postgres || sqlite == sqlShape("SELECT * FROM tenants WHERE database_id_hash <> ? LIMIT 1") {
		t.Errorf("%s\n%s", sqlite, postgres)
	}
}
