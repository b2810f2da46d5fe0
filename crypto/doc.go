// Package crypto seals fields, derives and wraps keys, and makes and checks API keys.
//
// This page is the specification: a second implementation can be written from it, and a
// database read with it. testdata/crypto/vectors.json holds examples of every format.
//
// # Sealed values
//
// A sealed value is text of three parts, joined by dots:
//
//	v1.<key id>.<base64url(nonce || ciphertext || tag)>
//
// The cipher is AES-256-GCM with a random 96-bit nonce and a 128-bit tag; the base64url
// alphabet is that of RFC 4648 section 5, without padding, and unused trailing bits are zero.
// Any other spelling is refused, so that a value has exactly one. The key id is 1 to 32 of
// a-z and 0-9.
//
// The additional data bind a value to its place, so that it can be read nowhere else: they
// are the version, tenant, table, column and row, each as a netstring (its length in bytes as
// a decimal number, a colon, the bytes, a comma). For the user's name of session "s-1":
//
//	2:v1,64:<database-id-hash>,8:sessions,9:user_name,3:s-1,
//
// The places in use, with <tenant> being the tenant's database-id-hash:
//
//	table          column           row
//	sessions       user_name        session id
//	sessions       user_email       session id
//	sessions       messages_frame   session id
//	messages       body             <seq> "/" <session id>, seq in decimal from 0
//	audit_entries  diff             entry id, in decimal
//	tools          client_secret    tool
//	connections    credentials      <user id> "/" <tool>
//	authorizations link_token       SHA-256 of the state, in hex
//	authorizations verifier         SHA-256 of the state, in hex
//	performs       digest           <user id> "/" <function> "/" <Idempotency-Key>
//	performs       answer           <user id> "/" <function> "/" <Idempotency-Key>
//	storage_keys   wrapped          key id
//	master_keys    known_value      master key id (tenant is empty)
//
// Tools, functions and user ids have no "/" in them, so no two rows have one name. The user id of
// a connection is empty for the tenant's own.
//
// The credentials of a connection are a JSON object, by the name of the security scheme, of objects
// with the strings value, username, password, clientId and clientSecret, and a token object with
// the strings access, refresh and type and its expiry in milliseconds since 1970 UTC; what is empty
// is left out.
//
// A tenant without encryption has no field key. Its columns of sessions, messages and audit_entries
// hold the text as it is. Those of tools, connections, authorizations and performs hold secrets
// with which others can be harmed too: for such a tenant the master key seals them.
//
// # Keys
//
// A master key is 32 random bytes, kept outside the database. From it HKDF-SHA256 (RFC 5869,
// no salt) derives 32 bytes for the info "sessionhub v1 wrap", the AES key that seals storage
// keys (and the secrets of tenants without encryption), and 4 bytes for "sessionhub v1 master key id", which in hex behind an "m" are its id.
// The known value that it seals, to be opened at every start, is the word "sessionhub".
//
// A storage key is a tenant's 32 bytes. The service makes them at random, or stretches a text
// that a person gave: Argon2id (RFC 9106, version 0x13) with the parameters and the salt that
// stand beside the wrapped key as argon2id$v=19$m=65536,t=3,p=4$<salt in base64url>. That is
// done once, when the tenant is made. Its sealed form holds the 32 bytes in base64url.
//
// The field key of a tenant, which seals everything else, is HKDF-SHA256 of the storage key
// with the database-id-hash (64 hex digits) as salt and the info "sessionhub v1 field". It
// bears the id of its storage key: k1, k2, and so on.
//
// Nonces are random, so one field key should seal no more than 2^32 values (NIST SP 800-38D,
// section 8.3).
//
// # API keys
//
// An API key is ad_key_<id>_<secret>: 20 and 52 of a-z and 2-7 (the base32 of 12 and 32
// random bytes in lower case). Stored are, in hex, the SHA-256 of the 20 letters of the id, which
// names the key (keyLocatorHash), and that of the 52 of the secret, which is compared in
// constant time. A secret of 256 random bits needs no slow hash.
//
// # Links, states and logins
//
// The token of a configuration link, and the state of a sign-in at an OAuth 2.0 provider, are 26 of
// a-z and 2-7: the base32 of 16 random bytes in lower case. Stored is the SHA-256 of the 26 letters,
// in hex. 128 random bits need no slow hash.
//
// The token of a login is <id>.<secret>, two of these. Stored are the id as it is and the SHA-256 of the 26
// letters of the secret, in hex, which is compared in constant time.
//
// # Promise
//
// What one release sealed every later release opens. Opening never returns the sealed text,
// and bytes from a table never panic.
package crypto
