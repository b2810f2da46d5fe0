CREATE TABLE logins (
	tenant_id        BIGINT NOT NULL,
	id               TEXT COLLATE "C" NOT NULL,
	secret_hash      TEXT NOT NULL,
	key_locator_hash TEXT COLLATE "C" NOT NULL,
	created_at       BIGINT NOT NULL,
	used_at          BIGINT NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX logins_by_id ON logins (id);
CREATE INDEX logins_by_use ON logins (used_at);

-- On Citus, run this too, right after that. Like an API key, a login is found without knowing the tenant.
--
-- SELECT create_reference_table('logins');
