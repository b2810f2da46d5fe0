package main

import (
	"fmt"
	"net/url"
	"strings"

	"sessionhub/bench/load"
	"sessionhub/bench/rivals"
)

const (
	crowdAgent, listedAgent = "agent-crowd", "agent-listed"
	userName, userEmail     = "Ada Lovelace 123456", "user0000001@example.com"
	message                 = `{"role":"user","content":"What is the weather in Prague tomorrow, and do I need an umbrella?"}`
)

// appendMost keeps the bodies that fill a database from being the largest that the service sees.
const appendMost = 1_000

// Operations that only fill a database.
const createListed operation = "create in the listed agent"

// addMany appends the messages of conversation i, up to appendMost at once.
func addMany(i int) operation { return operation(fmt.Sprint("append many, ", i)) }

// sessionBody is the same for all; PocketBase takes the id from it, the others from the path.
func sessionBody(agent, id string) string {
	return fmt.Sprintf(`{"id":%q,"agentId":%q,"userName":%q,"userEmail":%q,"acceptTerms":"true"}`, id, agent, userName, userEmail)
}

// serviceRequests are the requests of the service, which the floor takes too.
func serviceRequests(header []string) map[operation]load.Request {
	id := load.Mark()
	post := func(path, body string) load.Request {
		return load.Request{Method: "POST", Path: path, Header: header, Body: body}
	}
	ask := func(path string) load.Request { return load.Request{Method: "GET", Path: path, Header: header} }
	exec, messages := "/api/exec/session/"+id, "/api/session/"+id+"/messages"
	requests := map[operation]load.Request{
		create:       post(exec, sessionBody(crowdAgent, id)),
		createListed: post(exec, sessionBody(listedAgent, id)),
		resume:       post(exec, sessionBody(crowdAgent, id)),
		get:          ask("/api/session?id=" + id),
		list100:      ask("/api/session?limit=100&agentId=" + listedAgent),
		list1k:       ask("/api/session?limit=1000&agentId=" + listedAgent),
		add:          post(messages, appendBody(1)),
		remove:       {Method: "DELETE", Path: "/api/session/" + id, Header: header},
	}
	for i, c := range conversations {
		requests[addMany(i)] = post(messages, appendBody(min(c.messages, appendMost)))
	}
	return requests
}

func appendBody(messages int) string {
	return `{"messages":[` + strings.Repeat(message+",", messages-1) + message + `],"promptTokens":12,"completionTokens":5}`
}

// pocketBaseRequests are those of its REST API. It has nothing that resumes or appends.
func pocketBaseRequests() map[operation]load.Request {
	records, id := "/api/collections/"+rivals.Collection+"/records", load.Mark()
	list := func(n int) load.Request {
		filter := url.QueryEscape("agentId='" + listedAgent + "'")
		return load.Request{Method: "GET", Path: fmt.Sprintf("%s?perPage=%d&filter=%s", records, n, filter)}
	}
	return map[operation]load.Request{
		create:       {Method: "POST", Path: records, Body: sessionBody(crowdAgent, id)},
		createListed: {Method: "POST", Path: records, Body: sessionBody(listedAgent, id)},
		get:          {Method: "GET", Path: records + "/" + id},
		list100:      list(100),
		list1k:       list(1_000),
		remove:       {Method: "DELETE", Path: records + "/" + id},
	}
}

// only keeps some of the operations.
func only(requests map[operation]load.Request, ops ...operation) map[operation]load.Request {
	kept := map[operation]load.Request{}
	for _, op := range ops {
		kept[op] = requests[op]
	}
	return kept
}
