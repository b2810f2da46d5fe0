// Package web makes the pages of the service, from templates and static files that are part of
// the program.
//
// A page is a template in templates, a view struct that handlers fill, a pure function that turns the
// view into what the template needs, and an example of each state that it can be in: the preview
// (make preview) shows them, and the tests go over all of them. Words in a view are anybody's: a page
// shows them as they are, however long they are and whichever way they are read.
//
// Pages ask no other host for anything. Those on which people connect accounts, and the document
// of the API, work without script under the policy
//
//	default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
//
// with form-action 'self' where they have forms. Those of the admin panel work without script too, and
// better with it; they fit the policy
//
//	default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'
//
// so that no script and no style stands on a page, and no text is evaluated. Their scripts are htmx
// and static/admin.js, each with its checksum. What htmx replaces is a template of its own, which the
// whole page includes: RenderAdminSessionsList and RenderAdminSessionPart write it alone.
package web
