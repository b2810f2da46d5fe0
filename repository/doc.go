// Package repository keeps sessions, messages, keys, tenants, the audit log, and the tools and
// connections of the hub in a SQL database. Plaintext exists above it, ciphertext below.
//
// Every method takes a [models.Actor], whose tenant is in the condition of every statement.
// The ones that cannot, because they find the tenant or serve the whole installation, are:
//
//	Store.*                                                the database as a whole
//	Tenants.Create, CreateFirst, Get, List                 the list of tenants, for the command line
//	Keys.Authenticate                                      from an API key to its tenant
//	Keys.OriginAllowed                                     CORS preflights carry no key
//	Keys.FlushUsage                                        times of last use, of all tenants at once
//	Links.Open, Look                                       from a configuration link to its tenant
//	Authorizations.Take                                    from the state of a sign-in to its tenant
//
// Changes that have to be told go through Store.change, which writes the audit entry in the
// same transaction, or through Store.changeAs; the others go through Store.writingFor. Tenants.Create and Audit.Append write
// theirs themselves: the one has no tenant yet, the other is the entry. Reads that need more than one
// statement go through Store.reading, or Store.streaming for answers that are written while they
// are read: both show one state of the database throughout.
//
// # SQLite
//
// Three handles share one file: readers and streams, which cannot write, and one writer, whose
// transactions take the write lock when they begin. A stream is read as fast as its client
// takes it; the readers are for what ends at once. The journal is a write-ahead log with
// synchronous=FULL: what was acknowledged survives a power cut. Settings stand in the data
// source name, so that every connection of a pool has them.
package repository
