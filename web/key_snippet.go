package web

import (
	"cmp"
	_ "embed" // the page stands in a file of its own
	"encoding/json"
	"strings"
)

// execPage is a page that starts a session. What is different for each key has one place in it.
//
//go:embed snippet/exec.html
var execPage string

const (
	servicePlace = "{{SERVICE}}"

	// What a reader has to put in, where the panel cannot: the secret of a key is shown once.
	missingKey   = "PASTE_THE_API_KEY_HERE"
	missingAgent = "AGENT_ID"
)

// keySnippet returns a web page that creates or resumes a session with an exec key. It is to be
// shown as text. What stands in it is JSON whose "<", ">" and "&" are escaped, so that nothing ends the
// script that it is in.
func keySnippet(v AdminKeyView) string {
	service, err := json.MarshalIndent(struct {
		URL            string `json:"url"`
		Key            string `json:"key"`
		DatabaseIDHash string `json:"databaseIdHash"`
		AgentID        string `json:"agentId"`
	}{
		URL:            strings.TrimRight(v.ServiceURL, "/"),
		Key:            cmp.Or(v.Secret, missingKey),
		DatabaseIDHash: v.DatabaseIDHash,
		AgentID:        cmp.Or(v.Key.Agent, missingAgent),
	}, "  ", "  ")
	if err != nil {
		panic(err) // texts can always be written
	}
	return strings.Replace(execPage, servicePlace, string(service), 1)
}
