package web

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// rendered are the examples of the pages that people who connect accounts see, by name.
func rendered(t *testing.T) map[string]string {
	t.Helper()
	return examplePages(t, func(page string) bool { return page == "connect" || page == "notice" })
}

// The policy of the pages allows no script, no style of their own and no other host.
func TestConnectFitsTheContentPolicy(t *testing.T) {
	for name, page := range rendered(t) {
		for _, n := range elements(t, page) {
			if n.Data == "script" || n.Data == "style" || n.Data == "iframe" || has(n, "style") {
				t.Errorf("%s has <%s style=%q>", name, n.Data, attribute(n, "style"))
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					t.Errorf("%s has %s=%q", name, a.Key, a.Val)
				}
			}
			if address := attribute(n, "src") + attribute(n, "action"); strings.Contains(address, "//") {
				t.Errorf("%s asks or sends to %s", name, address)
			}
			if n.Data == "link" && !strings.HasPrefix(attribute(n, "href"), "/static/") {
				t.Errorf("%s loads %s", name, attribute(n, "href"))
			}
		}
	}
}

// A form that asks for something has a name, for those who hear the page.
func TestConnectNamesItsForms(t *testing.T) {
	for name, page := range rendered(t) {
		for _, n := range elements(t, page) {
			if n.Data == "form" && attribute(n, "autocomplete") != "" && attribute(n, "aria-label") == "" {
				t.Errorf("%s: a form that asks for something has no name", name)
			}
		}
	}
}

// What was entered is never shown again, and browsers are asked not to offer it.
func TestConnectInputsAreWriteOnly(t *testing.T) {
	seen := 0
	for name, page := range rendered(t) {
		for _, n := range elements(t, page) {
			if n.Data != "input" || attribute(n, "type") == "hidden" {
				continue
			}
			seen++
			if has(n, "value") || attribute(n, "autocomplete") == "" || attribute(n, "spellcheck") != "false" {
				t.Errorf("%s: the input %s is %v", name, attribute(n, "name"), n.Attr)
			}
		}
	}
	if seen < 10 {
		t.Errorf("saw only %d inputs", seen)
	}
}

const hostile = `"><script>alert(1)</script>{{.}}`

// Texts of documents and of agents are shown as they are, and no link runs a script.
func TestConnectEscapesHostileText(t *testing.T) {
	view := ConnectView{
		Action: "/c", Static: "/static/", AppName: hostile, AppURL: "javascript:alert(1)", ExpiresIn: hostile, Message: hostile, Alert: hostile,
		Tools: []ConnectTool{{
			Name: "x", Title: hostile, Description: hostile, Host: hostile, State: ToolAttention, Problem: hostile, Functions: []string{hostile},
			Ways: []ConnectWay{{ID: hostile, Title: hostile, SignIn: "javascript:alert(1)", SignInHost: hostile, Scopes: []string{hostile}, Fields: []ConnectField{
				{Name: hostile, Label: hostile, Hint: hostile, Error: hostile},
			}}},
		}},
	}
	var connect, notice strings.Builder
	if err := RenderConnect(&connect, view); err != nil {
		t.Fatal(err)
	}
	err := RenderNotice(&notice, NoticeView{
		Static: "/static/", Title: hostile, Text: []string{hostile}, Link: "javascript:alert(1)", LinkText: hostile, AppURL: "data:text/html,x",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{connect.String(), notice.String()} {
		for _, n := range elements(t, page) {
			if n.Data == "script" || strings.Contains(attribute(n, "href"), ":") {
				t.Errorf("the page has <%s href=%q>", n.Data, attribute(n, "href"))
			}
		}
		if !strings.Contains(page, "&lt;script&gt;") {
			t.Error("the text is not shown")
		}
	}
}

// Each state offers what helps in it.
func TestConnectOffersWhatHelps(t *testing.T) {
	tool := ConnectTool{Name: "x", Title: "X", Ways: []ConnectWay{{ID: "key", Title: "API key", Fields: []ConnectField{{Name: "key.value", Label: "API key"}}}}}
	for state, want := range map[ToolState][]string{
		ToolNone:      {`name="do" value="save"`},
		ToolAttention: {`name="do" value="save"`, "?remove=x"},
		ToolConnected: {"?edit=x", "?remove=x"},
		ToolOpen:      {"No account needed"},
	} {
		tool.State = state
		var page strings.Builder
		if err := RenderConnect(&page, ConnectView{Action: "/c", Static: "/static/", Tools: []ConnectTool{tool}}); err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{`name="do" value="save"`, "?edit=x", "?remove=x", "No account needed"} {
			if strings.Contains(page.String(), text) != slices.Contains(want, text) {
				t.Errorf("%s: %q is there: %v", state, text, strings.Contains(page.String(), text))
			}
		}
	}
}

// What a form is called stands above it once: not over a single field that is called the same.
func TestConnectSaysThingsOnce(t *testing.T) {
	key := ConnectField{Name: "key.value", Label: "API key"}
	for name, c := range map[string]struct {
		way  ConnectWay
		want int // headings of ways
	}{
		"one field of this name": {ConnectWay{Title: "API key", Fields: []ConnectField{key}}, 0},
		"another name":           {ConnectWay{Title: "API key of the shop", Fields: []ConnectField{key}}, 1},
		"two fields":             {ConnectWay{Title: "API key", Fields: []ConnectField{key, {Name: "id", Label: "ID"}}}, 1},
		"a sign-in after it":     {ConnectWay{Title: "API key and Sign in with X", SignIn: "/s", Fields: []ConnectField{key}}, 1},
		"not to be had":          {ConnectWay{Title: "API key", Unavailable: "Not here.", Fields: []ConnectField{key}}, 1},
		"a sign-in":              {ConnectWay{Title: "Sign in with X", SignIn: "/s"}, 0},
	} {
		for _, folded := range []bool{true, false} {
			c.way.Open = !folded
			var page strings.Builder
			view := ConnectView{Action: "/c", Static: "/static/", Tools: []ConnectTool{{Name: "x", Title: "X", Ways: []ConnectWay{c.way}}, {Name: "y", Title: "Y"}}}
			if err := RenderConnect(&page, view); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(page.String(), "<h4>"); n != c.want {
				t.Errorf("%s, folded %v: %d headings", name, folded, n)
			}
		}
	}
}

// Who enters something reads where it goes: to every host that the way has, or to the tool's.
func TestConnectNamesTheHosts(t *testing.T) {
	for want, hosts := range map[string][]string{
		`Goes only to <span class="host">api.example.com</span>. It`:                                                                        nil,
		`Goes only to <span class="host">a.example</span>. It`:                                                                              {"a.example"},
		`Goes only to <span class="host">a.example</span> and <span class="host">b.example</span>. It`:                                      {"a.example", "b.example"},
		`Goes only to <span class="host">a.example</span>, <span class="host">b.example</span> and <span class="host">c.example</span>. It`: {"a.example", "b.example", "c.example"},
	} {
		way := ConnectWay{ID: "key", Title: "API key", SentTo: hosts, Fields: []ConnectField{{Name: "key.value", Label: "API key"}}}
		var page strings.Builder
		view := ConnectView{Action: "/c", Static: "/static/", Tools: []ConnectTool{{Name: "x", Title: "X", Host: "api.example.com", Ways: []ConnectWay{way}}}}
		if err := RenderConnect(&page, view); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page of %v does not say %s:\n%s", hosts, want, page.String())
		}
	}
}

// A page of words leads back to where its reader came from.
func TestNoticeLeadsBack(t *testing.T) {
	page := rendered(t)["notice expired"]
	link := regexp.MustCompile(`<a class="button" href="https://assistant.example.com/" rel="noreferrer noopener"><span>Back to <bdi>Acme Assistant</bdi></span></a>`)
	if !link.MatchString(page) {
		t.Errorf("the page does not lead back:\n%s", page)
	}
}
