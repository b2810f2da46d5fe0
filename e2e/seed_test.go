package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"testing"

	"sessionhub/crypto"
)

// seedSessions writes sessions with a message each into the database of a stopped server, by
// the formats in the documentation of package crypto: a transaction for all of them takes
// seconds, where one for each, as the service has it, takes a minute.
func seedSessions(t *testing.T, i *installation, n int) {
	t.Helper()
	db := i.open(t)
	defer db.Close()
	box := fieldBox(t, i, db)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	sessions := prepare(t, tx, `INSERT INTO sessions (tenant_id, id, agent_id, user_name, user_email, accept_terms,
		messages_kind, message_count, created_at, updated_at) VALUES (1, $1, 'agent-123', $2, $3, 'true', 2, 1, $4, $5)`)
	defer sessions.Close()
	messages := prepare(t, tx, `INSERT INTO messages (tenant_id, session_id, seq, body) VALUES (1, $1, 0, $2)`)
	defer messages.Close()
	seal := func(table, column, row, format string, k int) string {
		return box.Seal(fmt.Sprintf(format, k), crypto.Place{Tenant: i.hash, Table: table, Column: column, Row: row})
	}
	for k := range n {
		id, at := fmt.Sprintf("s-%07d", k), 1_700_000_000_000+int64(k)
		name := seal("sessions", "user_name", id, "User %d", k)
		email := seal("sessions", "user_email", id, "user-%d@example.com", k)
		body := seal("messages", "body", "0/"+id, `{"role":"user","content":"Hello, this is conversation %d, what can you do for me?"}`, k)
		if _, err := sessions.ExecContext(t.Context(), id, name, email, at, at); err != nil {
			t.Fatal(err)
		}
		if _, err := messages.ExecContext(t.Context(), id, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func prepare(t *testing.T, tx *sql.Tx, statement string) *sql.Stmt {
	t.Helper()
	s, err := tx.PrepareContext(t.Context(), statement)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fieldBox derives what seals the fields of the first tenant from the master key.
func fieldBox(t *testing.T, i *installation, db *sql.DB) *crypto.Box {
	t.Helper()
	var id, wrapped string
	if err := db.QueryRowContext(t.Context(), "SELECT id, wrapped FROM storage_keys WHERE tenant_id = 1").Scan(&id, &wrapped); err != nil {
		t.Fatal(err)
	}
	master, err := crypto.ParseMasterKey(masterKey(t, i))
	if err != nil {
		t.Fatal(err)
	}
	wrap, _, err := crypto.MasterBox(nil, master)
	if err != nil {
		t.Fatal(err)
	}
	text, err := wrap.Open(wrapped, crypto.Place{Tenant: i.hash, Table: "storage_keys", Column: "wrapped", Row: id})
	if err != nil {
		t.Fatal(err)
	}
	storageKey, err := crypto.ParseStorageKey(text)
	if err != nil {
		t.Fatal(err)
	}
	key, err := crypto.FieldKey(id, storageKey, i.hash)
	if err != nil {
		t.Fatal(err)
	}
	box, err := crypto.NewBox(nil, key)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func masterKey(t *testing.T, i *installation) string {
	t.Helper()
	text, err := os.ReadFile(i.masterKeyPath())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
