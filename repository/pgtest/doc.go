// Package pgtest starts PostgreSQL clusters for tests, each in a directory of its own, and
// throws them away again. It takes the programs that the machine has; see [Available].
//
// A cluster listens at a socket in its directory, so that any number of them run beside each
// other and beside the machine's own. Everybody who reaches the socket is let in. Nothing is
// left behind by [Cluster.Stop], nor when the process that started the cluster is killed: a
// shell then ends the cluster and removes the directory, see keeper.sh.
package pgtest
