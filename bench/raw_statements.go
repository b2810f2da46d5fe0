package main

import (
	"strconv"
	"strings"
)

// rawStatements are those of raw, as its engine takes them.
type rawStatements struct{ insert, one, listed, countUp, message, bury, entry string }

const selectSession = "SELECT id, agent_id, user_name, user_email, accept_terms, created_at, updated_at FROM sessions WHERE deleted_at IS NULL AND tenant_id = 1 AND "

func newRawStatements(write func(statement string) string) rawStatements {
	return rawStatements{
		insert:  write(insertSealed),
		one:     write(selectSession + "id = ?"),
		listed:  write(selectSession + "agent_id = ? ORDER BY created_at DESC, id LIMIT ?"),
		countUp: write("UPDATE sessions SET message_count = message_count + ?, updated_at = ? WHERE tenant_id = 1 AND id = ? RETURNING message_count"),
		message: write("INSERT INTO messages (tenant_id, session_id, seq, body) VALUES (1, ?, ?, ?)"),
		bury:    write("UPDATE sessions SET deleted_at = ?, user_name = NULL, user_email = NULL WHERE tenant_id = 1 AND id = ? AND deleted_at IS NULL"),
		entry: write(`INSERT INTO audit_entries (tenant_id, id, ip, user_agent, key_locator_hash, event_name, record_locator, created_at)
			VALUES (1, ?, '127.0.0.1', '', '', 'deleteSession', ?, ?)`),
	}
}

// asWritten is for SQLite.
func asWritten(statement string) string { return statement }

// numbered is for PostgreSQL, where parameters are $1, $2 and so on.
func numbered(statement string) string {
	parts := strings.Split(statement, "?")
	text := parts[0]
	for i, part := range parts[1:] {
		text += "$" + strconv.Itoa(i+1) + part
	}
	return text
}
