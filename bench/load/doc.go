// Package load asks a server as often as it answers, at little cost of its own: the server that
// is measured shares the machine with it.
//
// Requests are rendered before the run; each connection writes one, reads the answer to its end
// and writes the next, as a client with keep-alive does. Nothing of net/http is in the way. The
// program wrk does the same, where it is present, at less cost.
package load
