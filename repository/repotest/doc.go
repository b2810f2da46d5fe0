// Package repotest says what a repository has to keep, whatever its database engine: Run
// checks every promise on a database of its own.
//
// Promises that only SQLite makes (its files, triggers and query plans) are tested beside
// the repository instead.
package repotest
