package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// execService is what the script of a page knows of the service.
type execService struct {
	URL            string `json:"url"`
	Key            string `json:"key"`
	DatabaseIDHash string `json:"databaseIdHash"`
	AgentID        string `json:"agentId"`
}

// snippetOf returns the elements of a page for a key, and what its script knows.
func snippetOf(t *testing.T, v AdminKeyView) (service execService, script string) {
	t.Helper()
	page := keySnippet(v)
	scripts, inputs := 0, 0
	for _, n := range elements(t, page) {
		switch n.Data {
		case "script":
			scripts++
			script = n.FirstChild.Data
		case "input":
			inputs++
		}
	}
	if scripts != 1 || inputs != 3 {
		t.Fatalf("there are %d scripts and %d inputs:\n%s", scripts, inputs, page)
	}
	object := regexp.MustCompile(`(?s)const service = (\{.*?\n  \});`).FindStringSubmatch(script)
	if object == nil {
		t.Fatalf("the script knows no service:\n%s", script)
	}
	if err := json.Unmarshal([]byte(object[1]), &service); err != nil {
		t.Fatal(err)
	}
	return service, script
}

// The page asks what the service answers.
func TestKeySnippetCreatesASession(t *testing.T) {
	service, script := snippetOf(t, AdminKeyView{
		Key: AdminKey{Agent: "agent-shop"}, Secret: "ad_key_1_2", ServiceURL: "https://sessions.example.com/", DatabaseIDHash: strings.Repeat("a", 64),
	})
	want := execService{URL: "https://sessions.example.com", Key: "ad_key_1_2", DatabaseIDHash: strings.Repeat("a", 64), AgentID: "agent-shop"}
	if service != want {
		t.Errorf("the page knows %v", service)
	}
	for _, part := range []string{
		`"/api/exec/session/" + encodeURIComponent(id)`, `method: "POST"`, `"Authorization": "Bearer " + service.key`, `"database-id-hash": service.databaseIdHash`,
		`"Content-Type": "application/json"`, "crypto.randomUUID()", "localStorage", "agentId", "userName", "userEmail", "acceptTerms",
	} {
		if !strings.Contains(script, part) {
			t.Errorf("the script has no %s", part)
		}
	}
}

// What the panel does not know any more, or never did, is for the reader to put in.
func TestKeySnippetNamesWhatIsMissing(t *testing.T) {
	service, _ := snippetOf(t, AdminKeyView{ServiceURL: "https://sessions.example.com"})
	if service.Key != missingKey || service.AgentID != missingAgent {
		t.Errorf("the page knows %v", service)
	}
}

// No name or address ends the script that it stands in.
func TestKeySnippetEscapes(t *testing.T) {
	for _, nasty := range []string{
		`</script><script>alert(1)</script>`, `<!--<script>`, "\"};alert(1);//", "\u2028\u2029\n", "${alert(1)}`", "{{SERVICE}}", `\`, "\xff",
	} {
		service, script := snippetOf(t, AdminKeyView{Key: AdminKey{Agent: nasty}, Secret: nasty, ServiceURL: "https://x.example/" + nasty, DatabaseIDHash: nasty})
		if want := strings.ToValidUTF8(nasty, "\ufffd"); service.AgentID != want || service.Key != want || service.URL != strings.TrimRight("https://x.example/"+want, "/") {
			t.Errorf("%q becomes %v", nasty, service)
		}
		if strings.ContainsAny(script, "\u2028\u2029") || strings.Contains(script, "<script") {
			t.Errorf("%q stands in the script as it is", nasty)
		}
	}
}
