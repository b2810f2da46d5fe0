// Package hub turns OpenAPI documents into functions that models call, and performs them on
// behalf of users.
//
// Its core is plain functions from values to values: Compile makes a tool of a document,
// Schemas.Check holds arguments to a function's schema, NewRequest makes the request, NewResult
// reads the answer. client.go is the only way to the network; it refuses private addresses when
// it connects, so that no name and no redirect leads around that. [Hub] puts these together with
// the credentials of a user, and decides in one place what a model is told.
package hub
