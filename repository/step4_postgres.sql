-- Every table of a tenant has the tenant first in its key. There are no foreign keys and no
-- sequences. Texts are compared byte by byte, as in SQLite. Times are in milliseconds since 1970.

CREATE TABLE schema_steps (
	number     BIGINT NOT NULL PRIMARY KEY,
	name       TEXT NOT NULL,
	applied_at BIGINT NOT NULL
);

CREATE TABLE moves (
	number      BIGINT NOT NULL PRIMARY KEY,
	source      TEXT NOT NULL,
	started_at  BIGINT NOT NULL,
	finished_at BIGINT
);

CREATE TABLE master_keys (
	id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
	known_value TEXT NOT NULL,
	created_at  BIGINT NOT NULL
);

CREATE TABLE tenants (
	id               BIGINT NOT NULL PRIMARY KEY,
	database_id_hash TEXT COLLATE "C" NOT NULL,
	name             TEXT NOT NULL,
	encrypted        BOOLEAN NOT NULL,
	created_at       BIGINT NOT NULL,
	deleted_at       BIGINT,
	search_epoch     BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tenants_by_hash ON tenants (database_id_hash) WHERE deleted_at IS NULL;

CREATE TABLE storage_keys (
	tenant_id  BIGINT NOT NULL,
	id         TEXT COLLATE "C" NOT NULL,
	wrapped    TEXT NOT NULL,
	stretched  TEXT,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);

CREATE TABLE api_keys (
	tenant_id    BIGINT NOT NULL,
	locator_hash TEXT COLLATE "C" NOT NULL,
	secret_hash  TEXT NOT NULL,
	display_name TEXT COLLATE "C" NOT NULL,
	role         TEXT NOT NULL,
	agent_id     TEXT,
	expires_at   BIGINT,
	updated_at   BIGINT NOT NULL,
	last_used_at BIGINT,
	PRIMARY KEY (tenant_id, locator_hash)
);
CREATE INDEX api_keys_by_locator ON api_keys (locator_hash);

CREATE TABLE api_key_origins (
	tenant_id    BIGINT NOT NULL,
	locator_hash TEXT COLLATE "C" NOT NULL,
	origin       TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (tenant_id, locator_hash, origin)
);
CREATE INDEX api_key_origins_by_origin ON api_key_origins (origin);

CREATE TABLE agents (
	tenant_id BIGINT NOT NULL,
	agent_id  TEXT COLLATE "C" NOT NULL,
	lane      BIGINT NOT NULL,
	revision  BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, agent_id, lane)
);

CREATE TABLE sessions (
	tenant_id         BIGINT NOT NULL,
	id                TEXT COLLATE "C" NOT NULL,
	agent_id          TEXT COLLATE "C" NOT NULL,
	user_name         TEXT,
	user_email        TEXT,
	accept_terms      TEXT,
	messages_kind     BIGINT NOT NULL,
	messages_frame    TEXT,
	message_count     BIGINT NOT NULL,
	prompt_tokens     BIGINT,
	completion_tokens BIGINT,
	finalized_at      TEXT,
	created_at        BIGINT NOT NULL,
	updated_at        BIGINT NOT NULL,
	deleted_at        BIGINT,
	revision          BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX sessions_by_creation ON sessions (tenant_id, created_at DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_agent ON sessions (tenant_id, agent_id, created_at DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX sessions_by_revision ON sessions (tenant_id, agent_id, revision);

CREATE TABLE messages (
	tenant_id  BIGINT NOT NULL,
	session_id TEXT COLLATE "C" NOT NULL,
	seq        BIGINT NOT NULL,
	body       TEXT NOT NULL,
	PRIMARY KEY (tenant_id, session_id, seq)
);

CREATE TABLE audit_entries (
	tenant_id        BIGINT NOT NULL,
	id               BIGINT NOT NULL,
	ip               TEXT NOT NULL,
	user_agent       TEXT NOT NULL,
	key_locator_hash TEXT NOT NULL,
	event_name       TEXT NOT NULL,
	record_locator   TEXT COLLATE "C" NOT NULL,
	diff             TEXT,
	created_at       BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entries_by_time ON audit_entries (tenant_id, created_at, id);

CREATE TABLE tools (
	tenant_id       BIGINT NOT NULL,
	name            TEXT COLLATE "C" NOT NULL,
	title           TEXT NOT NULL,
	source          TEXT NOT NULL,
	base_url        TEXT NOT NULL,
	credentials     TEXT NOT NULL,
	allow_private   BOOLEAN NOT NULL,
	client_id       TEXT NOT NULL,
	client_secret   TEXT,
	revocation_url  TEXT NOT NULL,
	created_at      BIGINT NOT NULL,
	updated_at      BIGINT NOT NULL,
	schemes         TEXT NOT NULL,
	description     TEXT NOT NULL,
	only_operations TEXT NOT NULL,
	skipped         TEXT NOT NULL,
	document        BYTEA NOT NULL,
	PRIMARY KEY (tenant_id, name)
);

CREATE TABLE functions (
	tenant_id   BIGINT NOT NULL,
	name        TEXT COLLATE "C" NOT NULL,
	tool        TEXT COLLATE "C" NOT NULL,
	position    BIGINT NOT NULL,
	operation   TEXT NOT NULL,
	description TEXT NOT NULL,
	parameters  TEXT NOT NULL,
	call        TEXT NOT NULL,
	PRIMARY KEY (tenant_id, name)
);
CREATE INDEX functions_by_tool ON functions (tenant_id, tool, position);

CREATE TABLE connections (
	tenant_id     BIGINT NOT NULL,
	user_id       TEXT COLLATE "C" NOT NULL,
	tool          TEXT COLLATE "C" NOT NULL,
	problem       TEXT NOT NULL,
	revision      BIGINT NOT NULL,
	refresh_until BIGINT,
	created_at    BIGINT NOT NULL,
	updated_at    BIGINT NOT NULL,
	credentials   TEXT NOT NULL,
	PRIMARY KEY (tenant_id, user_id, tool)
);

CREATE TABLE links (
	tenant_id    BIGINT NOT NULL,
	token_hash   TEXT COLLATE "C" NOT NULL,
	user_id      TEXT NOT NULL,
	app_name     TEXT NOT NULL,
	app_url      TEXT NOT NULL,
	browser_hash TEXT,
	created_at   BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, token_hash)
);
CREATE INDEX links_by_token ON links (token_hash);
CREATE INDEX links_by_expiry ON links (expires_at);

CREATE TABLE authorizations (
	tenant_id    BIGINT NOT NULL,
	state_hash   TEXT COLLATE "C" NOT NULL,
	link_hash    TEXT NOT NULL,
	link_token   TEXT NOT NULL,
	tool         TEXT COLLATE "C" NOT NULL,
	scheme       TEXT NOT NULL,
	user_id      TEXT NOT NULL,
	verifier     TEXT NOT NULL,
	redirect_url TEXT NOT NULL,
	expires_at   BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, state_hash)
);
CREATE INDEX authorizations_by_state ON authorizations (state_hash);
CREATE INDEX authorizations_by_expiry ON authorizations (expires_at);

CREATE TABLE performs (
	tenant_id       BIGINT NOT NULL,
	user_id         TEXT COLLATE "C" NOT NULL,
	function        TEXT COLLATE "C" NOT NULL,
	idempotency_key TEXT COLLATE "C" NOT NULL,
	digest          TEXT NOT NULL,
	started_at      BIGINT NOT NULL,
	lease_until     BIGINT NOT NULL,
	answer          TEXT,
	PRIMARY KEY (tenant_id, user_id, function, idempotency_key)
);
CREATE INDEX performs_by_start ON performs (started_at);

CREATE TABLE app_origins (
	tenant_id BIGINT NOT NULL,
	origin    TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (tenant_id, origin)
);

-- The audit log is append-only, whatever statement is sent to it.
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS
	'BEGIN RAISE EXCEPTION ''audit entries cannot be changed or removed''; END';
CREATE TRIGGER audit_entries_no_change BEFORE UPDATE OR DELETE ON audit_entries
	FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();
CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
	FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();

-- On Citus, run these once, right after the schema is made. What is found without knowing the tenant is small, and on
-- every node; everything else lies with its tenant. A database of one node needs none of it.
--
-- SET citus.enable_unsafe_triggers = on; -- of the audit log: they look at nothing but their row
-- SELECT create_reference_table('master_keys');
-- SELECT create_reference_table('tenants');
-- SELECT create_reference_table('storage_keys');
-- SELECT create_reference_table('api_keys');
-- SELECT create_reference_table('api_key_origins');
-- SELECT create_distributed_table('sessions', 'tenant_id');
-- SELECT create_distributed_table('agents', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('messages', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('audit_entries', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('tools', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('functions', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('connections', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('links', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('authorizations', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('performs', 'tenant_id', colocate_with => 'sessions');
-- SELECT create_distributed_table('app_origins', 'tenant_id', colocate_with => 'sessions');
