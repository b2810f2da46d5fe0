package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"sessionhub/hub"
)

// headers is a transport that adds them to every request, as an MCP client is configured to.
type headers map[string]string

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range h {
		r.Header.Set(name, value)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// mcpClient connects the SDK's own client to the service.
func (s *stack) mcpClient(h headers) (*mcp.ClientSession, error) {
	s.t.Helper()
	server := s.listen()
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, nil)
	session, err := client.Connect(context.Background(), &mcp.StreamableClientTransport{
		Endpoint: server.URL + "/api/hub/mcp", HTTPClient: &http.Client{Transport: h, Timeout: 20 * time.Second},
	}, nil)
	if err == nil {
		s.t.Cleanup(func() { session.Close() })
	}
	return session, err
}

// called calls a tool, and returns the text of its result and whether it is an error.
func called(t *testing.T, session *mcp.ClientSession, name string, arguments any) (performed, bool) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	text := result.Content[0].(*mcp.TextContent).Text
	p := performed{raw: answer{t: t, body: text}}
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	structured, err := json.Marshal(result.StructuredContent)
	if err != nil || !strings.Contains(string(structured), `"status":"`+p.Status+`"`) {
		t.Errorf("the structured content is %s, %v", structured, err)
	}
	return p, result.IsError
}

// An MCP client lists and calls the same functions, for the same user, and its model reads the
// same words.
func TestMCP(t *testing.T) {
	s, p := deskStack(t)
	session, err := s.mcpClient(headers{"Authorization": "Bearer " + s.key, headerUser: user})
	s.must(err)
	if init := session.InitializeResult(); init.ServerInfo.Name != "sessionhub" || init.Capabilities.Tools == nil || !strings.Contains(init.Instructions, "whole URL") {
		t.Errorf("began with %+v", init)
	}
	list, err := session.ListTools(t.Context(), nil)
	s.must(err)
	var offered mcpFormat
	s.do("GET", "/api/hub/fd?format=mcp", "").json(&offered)
	if len(list.Tools) != 6 || len(offered.Tools) != 6 || list.CacheScope != "private" {
		t.Fatalf("lists %d tools and %d, %q", len(list.Tools), len(offered.Tools), list.CacheScope)
	}
	for i, tool := range list.Tools {
		schema, err := json.Marshal(tool.InputSchema)
		s.must(err)
		if tool.Name != offered.Tools[i].Name || tool.Description == "" || !strings.Contains(string(schema), `"type":"object"`) {
			t.Errorf("lists %s: %s", tool.Name, schema)
		}
	}
	for name, c := range map[string]struct {
		arguments any
		status    string
		word      string
	}{
		"desk__find":   {map[string]any{"q": "x"}, hub.StatusSuccess, `"ok":true`},
		"desk__write":  {map[string]any{"txt": "x"}, hub.StatusError, "text: is required"},
		"desk__free":   {nil, hub.StatusSuccess, "Format the result"},
		"desk__whoami": {map[string]any{}, hub.StatusSuccess, `"ok":true`},
	} {
		got, isError := called(t, session, name, c.arguments)
		got.is(c.status, c.word)
		if isError != (c.status == hub.StatusError) {
			t.Errorf("%s: isError is %v", name, isError)
		}
	}
	if calls := p.calls("/tickets"); len(calls) != 1 || calls[0].header.Get("X-Api-Key") != "k3y" || calls[0].header.Get("Authorization") != "" {
		t.Errorf("the provider was asked %+v", calls)
	}
}

type mcpFormat struct{ Tools []struct{ Name string } }

// A tool that there is not is an error of the protocol, with a way to find those that there are.
func TestMCPUnknownTool(t *testing.T) {
	s, _ := deskStack(t)
	session, err := s.mcpClient(headers{"Authorization": "Bearer " + s.key, headerUser: user})
	s.must(err)
	var rpc *jsonrpc.Error
	_, err = session.CallTool(t.Context(), &mcp.CallToolParams{Name: "desk__nothing"})
	if !errors.As(err, &rpc) || rpc.Code != jsonrpc.CodeInvalidParams || !strings.Contains(rpc.Message, "there is no such tool") {
		t.Errorf("an unknown tool is %v", err)
	}
}

// Who has no account is told the whole address, and the same call works afterwards.
func TestMCPRequiresAction(t *testing.T) {
	s, _ := deskStack(t)
	session, err := s.mcpClient(headers{"Authorization": "Bearer " + s.key, headerUser: "bob", headerAppName: "Shop"})
	s.must(err)
	got, isError := called(t, session, "desk__whoami", nil)
	got.is(hub.StatusRequiresAction, "to configure access to 'desk'")
	if isError || !strings.HasPrefix(got.ActionURL, s.deps.PublicURL+"/api/hub/session/") {
		t.Errorf("answered %s", got.raw.body)
	}
	b, page := s.browser(), strings.TrimPrefix(got.ActionURL, s.deps.PublicURL)
	b.open(page).says("Shop")
	b.post(page, "do", "save", "tool", "desk", "way", "key", "key.value", "x").want(303, "")
	if got, _ := called(t, session, "desk__whoami", nil); got.Status != hub.StatusSuccess {
		t.Errorf("answered %s", got.raw.body)
	}
}

// Without a key, or a user, nothing is told, not even what there is.
func TestMCPIsClosed(t *testing.T) {
	for name, h := range map[string]headers{
		"no key": {headerUser: user}, "wrong key": {"Authorization": "Bearer ad_key_x", headerUser: user}, "no user": {},
	} {
		s, p := deskStack(t)
		if name == "no user" {
			h["Authorization"] = "Bearer " + s.key
		}
		if _, err := s.mcpClient(h); err == nil {
			t.Errorf("%s: connected", name)
		}
		if n := len(p.calls("/me")); n != 0 {
			t.Errorf("%s: the provider was asked", name)
		}
	}
}

// A notification is taken without an answer, and what fails within is not told.
func TestMCPWithoutAClient(t *testing.T) {
	s, _ := deskStack(t)
	r := s.request("POST", "/api/hub/mcp", `{"jsonrpc":"2.0","method":"notifications/initialized"}`, asAgent)
	got := s.send(r).want(http.StatusAccepted, "")
	s.fits(r, got)
	s.damage("UPDATE storage_keys SET wrapped = wrapped || 'A'")
	s.clock.advance(time.Minute)
	got = s.do("POST", "/api/hub/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"desk__whoami"}}`, asAgent).want(200, "")
	if !strings.Contains(got.body, `"error":{"code":-32603,`) || strings.Contains(got.body, "wrapped") {
		t.Errorf("answered %s", got.body)
	}
	s.damageOn("DROP TABLE functions")
	got = s.do("POST", "/api/hub/mcp", `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`, asAgent).want(200, "")
	if !strings.Contains(got.body, internalMessage) || strings.Contains(got.body, s.noTable()) || !strings.Contains(s.log.String(), s.noTable()) {
		t.Errorf("answered %s", got.body)
	}
}
