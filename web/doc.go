// Package web makes the pages of the service, from templates and static files that are part of
// the program.
//
// A page is a template in templates, a view struct that a pure function builds, and a test that
// renders it. Pages work without script and ask no other host for anything, so that they fit
// the policy
//
//	default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
package web
