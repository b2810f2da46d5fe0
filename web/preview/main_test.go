package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sessionhub/web"
)

// Every link of the index leads to a page, under a policy that asks no other host for anything.
func TestPreviewServesEveryExample(t *testing.T) {
	server := httptest.NewServer(newHandler(web.Examples()))
	defer server.Close()
	get := func(path string) *http.Response {
		t.Helper()
		r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s answers %s", path, answer.Status)
		}
		return answer
	}
	list := get("/")
	root, err := html.Parse(list.Body)
	list.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for node := range root.Descendants() {
		if node.Data != "a" {
			continue
		}
		seen++
		answer := get(node.Attr[0].Val)
		answer.Body.Close()
		policy := answer.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s has the policy %q", node.Attr[0].Val, policy)
		}
	}
	if seen != len(web.Examples()) {
		t.Errorf("the index has %d links, and there are %d examples", seen, len(web.Examples()))
	}
	for _, path := range []string{"/static/admin.css", "/static/htmx.min.js", "/admin/sessions", "/admin/keys/x"} {
		get(path).Body.Close()
	}
}

// The preview ends when it is told to, without an error.
func TestPreviewStops(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	var out strings.Builder
	if err := run(ctx, []string{"-addr", "127.0.0.1:0"}, &out); err != nil && !strings.Contains(err.Error(), "canceled") {
		t.Error(err)
	}
}
