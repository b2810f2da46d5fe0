// Package handlers speaks HTTP and JSON: it reads requests, asks the repository and writes
// answers. Shapes on the wire stand here and nowhere else; the contract is openapi.yaml.
//
// A handler reads, asks, writes, and returns its errors: errors.go turns these into answers.
// routes.go is the table of everything that is served, with the scope that each route needs.
package handlers
