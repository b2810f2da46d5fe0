// Package e2e tests the program from outside: built, started and asked as its users do it,
// with the published client, the lines of the public document and a real browser.
//
// All of it holds on both engines: the program uses a SQLite file, or with TEST_ON=postgres a schema
// in the PostgreSQL that TEST_POSTGRES names. What is about many processes and the loss of a server
// has a PostgreSQL of its own.
//
// Node.js, curl and Chromium are taken from the machine, the client and axe-core from "npm ci" in this
// directory. A test that misses one of them is skipped, or fails with E2E_REQUIRED=1. With
// E2E_OUT=<directory> the browser also leaves a picture of what it saw there.
package e2e
