package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the engine of PostgreSQL alone

	"sessionhub/bench/load"
	"sessionhub/crypto"
	"sessionhub/repository"
	"sessionhub/repository/pgtest"
)

// Names of the sides of this scenario.
const (
	onSQLite      = "sessionhub on SQLite"
	oneReplica    = "on PostgreSQL, 1 replica"
	twoReplicas   = "on PostgreSQL, 2 replicas"
	postgresAlone = "PostgreSQL alone, no HTTP"
)

const postgresLegend = `sessionhub on SQLite: default settings, so synchronous=FULL, one process.
On PostgreSQL: one process, or two on one database, each asked over half of the connections; fsync and synchronous_commit are on.
PostgreSQL alone: the same rows through database/sql in this process, each write a transaction; nothing is sealed, and nothing counts revisions.
`

// openReplicas starts the sides of this scenario and fills their databases. Both replicas are there
// all the time: whoever is not asked does next to nothing.
func openReplicas(ctx context.Context, o options, dir string) (*arena, error) {
	a := &arena{options: o, dir: dir}
	if err := a.openAll(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	for _, s := range a.sides {
		if s.name == twoReplicas { // has the database of the one
			continue
		}
		fmt.Fprintf(os.Stderr, "filling %s\n", s.name)
		err := fill(ctx, s)
		if err == nil {
			err = errors.Join(fillSeries(ctx, s, createTold, toldSeries), fillSeries(ctx, s, tell, toldSeries))
		}
		if err != nil {
			return nil, errors.Join(err, a.close())
		}
	}
	return a, nil
}

func (a *arena) openAll(ctx context.Context) error {
	file, err := a.startReplica(ctx, "on-sqlite")
	if err != nil {
		return err
	}
	if err := a.addReplicas(ctx, onSQLite, 0, file); err != nil {
		return err
	}
	cluster, err := pgtest.Start(ctx, pgtest.Options{Durable: true})
	if err != nil {
		return err
	}
	a.closers = append(a.closers, cluster.Stop)
	postmaster, err := postmasterOf(ctx, cluster)
	if err != nil {
		return err
	}
	var replicas []*service
	for _, name := range []string{"replica-1", "replica-2"} {
		r, err := a.startReplica(ctx, name, "SESSIONHUB_DATABASE_URL="+cluster.URL(pgtest.Database))
		if err != nil {
			return err
		}
		replicas = append(replicas, r)
	}
	if err := a.addReplicas(ctx, oneReplica, postmaster, replicas...); err != nil {
		return err
	}
	return a.openPostgresAlone(ctx, cluster, postmaster)
}

// postmasterOf is the process of which all others of the cluster are children.
func postmasterOf(ctx context.Context, cluster *pgtest.Cluster) (int, error) {
	text, err := cluster.Exec(ctx, "SELECT pg_read_file('postmaster.pid')")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(text, "\n")
	return strconv.Atoi(first)
}

func (a *arena) startReplica(ctx context.Context, name string, env ...string) (*service, error) {
	s, err := startService(ctx, a.program, a.dir, name, append(env, "SESSIONHUB_MASTER_KEY="+crypto.FormatMasterKey(masterKey))...)
	if err == nil {
		a.closers = append(a.closers, s.stop)
	}
	return s, err
}

// addReplicas adds a side of the first process, and where there are several, one of all.
func (a *arena) addReplicas(ctx context.Context, name string, database int, replicas ...*service) error {
	header, err := replicas[0].tenant(ctx)
	if err != nil {
		return err
	}
	all := side{name: twoReplicas, database: database}
	target := web{addr: replicas[0].addr, requests: replicaRequests(header)}
	a.sides = append(a.sides, side{name: name, pids: []int{replicas[0].pid()}, database: database, target: target})
	for i, r := range replicas {
		all.pids = append(all.pids, r.pid())
		if i > 0 {
			target.others = append(target.others, r.addr)
		}
	}
	if all.target = target; len(replicas) > 1 {
		a.sides = append(a.sides, all)
	}
	return nil
}

func (a *arena) openPostgresAlone(ctx context.Context, cluster *pgtest.Cluster, postmaster int) error {
	if _, err := cluster.Exec(ctx, "CREATE DATABASE alone"); err != nil {
		return err
	}
	r, err := openRawPostgres(ctx, cluster.URL("alone"))
	if err != nil {
		return err
	}
	a.closers = append(a.closers, r.close)
	a.sides = append(a.sides, side{name: postgresAlone, pids: []int{os.Getpid()}, database: postmaster, target: r})
	return nil
}

// rawConnections are as many as ask at most.
const rawConnections = 64

// openRawPostgres makes the tables in an empty database.
func openRawPostgres(ctx context.Context, url string) (*raw, error) {
	if err := makeSchema(ctx, repository.Options{URL: url, Now: now}); err != nil {
		return nil, err
	}
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(rawConnections)
	pool.SetMaxIdleConns(rawConnections)
	r := newRaw(numbered)
	r.write, r.read = pool, pool
	return r, nil
}

// Operations of this scenario.
const (
	searchWarm operation = "search"
	createTold operation = "create in the agent with messages"
	tell       operation = "append four messages"
	listTold   operation = "list 100 with four messages each"
)

const (
	toldAgent  = "agent-told"
	toldEach   = 4
	manyAgents = 16
)

// toldSeries are the sessions of the agent whose messages are listed.
var toldSeries = load.Series{Name: toldIDs, Count: 100}

// createIn creates a session of one of many agents.
func createIn(i int) operation { return operation(fmt.Sprint("create in agent ", i)) }

func agentNumber(i int) string { return fmt.Sprint("agent-", i) }

func replicaRequests(header []string) map[operation]load.Request {
	all, id := serviceRequests(header), load.Mark()
	requests := only(all, create, createListed, resume, get, list100, list1k, add, addMany(0), remove)
	createOf := func(agent string) load.Request {
		return load.Request{Method: "POST", Path: "/api/exec/session/" + id, Header: header, Body: sessionBody(agent, id)}
	}
	ask := func(path string) load.Request { return load.Request{Method: "GET", Path: path, Header: header} }
	requests[createTold], requests[tell] = createOf(toldAgent), all[add]
	many := requests[tell]
	many.Body = appendBody(toldEach)
	requests[tell] = many
	requests[listTold] = ask("/api/session?limit=100&agentId=" + toldAgent)
	requests[searchWarm] = ask("/api/agent/" + listedAgent + "/session?limit=10&query=lovelace")
	for i := range manyAgents {
		requests[createIn(i)] = createOf(agentNumber(i))
	}
	return requests
}
