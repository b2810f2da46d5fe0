// Package repository keeps sessions, messages, keys, logins, tenants, the audit log, and the tools and
// connections of the hub in a SQL database. Plaintext exists above it, ciphertext below.
//
// Every method takes a [models.Actor], whose tenant is in the condition of every statement.
// The ones that cannot, because they find the tenant or serve the whole installation, are:
//
//	Store.*, Move                                          the database as a whole
//	Tenants.Create, CreateFirst, Get, List                 the list of tenants, for the command line
//	Keys.Authenticate                                      from an API key to its tenant
//	Keys.OriginAllowed                                     CORS preflights carry no key
//	Keys.FlushUsage                                        times of last use, of all tenants at once
//	SchemaSQL                                              the schema, of no database
//	Links.Open, Look                                       from a configuration link to its tenant
//	Authorizations.Take                                    from the state of a sign-in to its tenant
//	Logins.Authenticate                                    from the token of a browser to its tenant
//
// Changes that have to be told go through Store.change, which writes the audit entry in the
// same transaction, or through Store.changeAs; the others go through Store.writingFor, or Store.sending
// where one statement is enough. Tenants.Create and Audit.Append write theirs themselves: the one has
// no tenant yet, the other is the entry. Reads that need more than one statement go through
// Store.reading, or Store.streaming for answers that are written while they are read: both show one
// state of the database throughout.
//
// A test looks at every statement and fails one that names no tenant, unless it is of these.
//
// # Two engines
//
// SQLite is the embedded one; PostgreSQL is for many processes on one database. The code is the same.
// Statements that cannot be are in dialect_sqlite.go and dialect_postgres.go, how a database is opened
// in sqlite.go and postgres.go, how it is written to in writer.go and pooled.go. Statements are written
// with ? or ?1 for a parameter; numbering.go turns them into what PostgreSQL wants. A change of a
// session is seen by whoever asks next, in any process, and so is the end of a login: only keys, and which
// tenants there are, are remembered, for a second and a half, and for ten seconds how many sessions the
// agents of a large tenant have.
//
// # PostgreSQL
//
// Many transactions write at once, at READ COMMITTED, each on a connection of its own; those that read
// see one state (REPEATABLE READ, READ ONLY). What follows from one writer at a time in SQLite is kept by
// locks on rows, always asked for in this order:
//
//  1. the tenant: FOR KEY SHARE for whoever writes for it, so that it is not deleted meanwhile;
//     FOR NO KEY UPDATE for what is audited, which so happens one after another;
//  2. the session, or the tool, that is about to be changed: FOR UPDATE;
//  3. a row in the table agents, which counts the revisions of one lane of an agent's sessions: it is held
//     until the commit, so that no revision of a lane is seen before a smaller one. See revision.go.
//
// A transaction that was undone because of another (a deadlock, a row that was made meanwhile) is run
// again, so that what a write does has to stand being done twice. Migrations, the first master key and
// new tenants wait for each other through an advisory lock. A write is not interrupted when its caller
// leaves. Where the connection breaks during a commit nobody knows what became of it: the caller gets
// [ErrUnavailable], and nothing is sent again.
//
// # SQLite
//
// There, three handles share one file: readers and streams, which cannot write, and one writer, whose
// transactions take the write lock when they begin. A stream is read as fast as its client
// takes it; the readers are for what ends at once. The journal is a write-ahead log with
// synchronous=FULL: what was acknowledged survives a power cut. Settings stand in the data
// source name, so that every connection of a pool has them.
//
// # Group commit
//
// A commit waits for the disk, and the disk takes as long for one row as for a hundred. So the writes
// that arrive while one is being committed are collected, and run in the order of their arrival as one
// transaction with a savepoint for each: one that fails, or panics, is undone and its neighbours are
// not. They are answered together, when the commit is on disk; if that fails, they all do. A write
// that arrives alone is begun at once, by whoever asks for it. Where the last commit held several
// writes the next one waits for as many, but not longer than half a millisecond: clients that were answered
// together come back together. A single statement has no savepoint, since the database undoes it alone.
//
// A transaction takes up to 256 writes, and no further ones 5 ms after it began: so a slow write
// delays those that were begun before it until its own end, and those behind it as it always did. A
// caller that gives up while its write waits is answered at once, and the write is never run; one
// that gives up while it runs is answered when it is undone; one that gives up after that is answered
// with what became of it. A write is never interrupted in the middle of a statement.
//
// # Statements
//
// What requests for sessions send is written by hand and sent through the connection that gorm holds
// (sql.go), because gorm takes longer over it than SQLite does. Everything else is gorm's.
package repository
