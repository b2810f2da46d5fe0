package web

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// examplePages are the examples of the pages that are wanted, by page and name.
func examplePages(t *testing.T, wanted func(page string) bool) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, e := range Examples() {
		if !wanted(e.Page) {
			continue
		}
		var page strings.Builder
		if err := e.Render(&page); err != nil {
			t.Fatalf("%s %s: %v", e.Page, e.Name, err)
		}
		name := e.Page + " " + e.Name
		if pages[name] != "" {
			t.Errorf("there are two examples %s", name)
		}
		pages[name] = page.String()
	}
	if len(pages) < 10 {
		t.Fatalf("there are only %d examples", len(pages))
	}
	return pages
}

func everyPage(string) bool { return true }

// elements lists the elements of a page.
func elements(t *testing.T, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for node := range root.Descendants() {
		if node.Type == html.ElementNode {
			all = append(all, node)
		}
	}
	return all
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// A page without an example is a page that nobody looks at: neither the preview nor the tests have it.
func TestEveryPageHasAnExample(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, file := range files {
		text, err := fs.ReadFile(templateFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if !strings.HasPrefix(string(text), "<!DOCTYPE html>") || name == "docs" {
			continue
		}
		pages++
		if !slices.ContainsFunc(Examples(), func(e Example) bool { return e.Page == name }) {
			t.Errorf("%s has no example", file)
		}
	}
	if pages < 12 {
		t.Errorf("saw only %d pages", pages)
	}
}

// Who hears a page finds their way: headings are in order, an id leads to one element, and what names
// another one names one that is there.
func TestPagesAreInOrder(t *testing.T) {
	heading := regexp.MustCompile("^h[1-6]$")
	for name, page := range examplePages(t, everyPage) {
		ids, level, firsts := map[string]int{}, 0, 0
		all := elements(t, page)
		for _, n := range all {
			if has(n, "id") {
				ids[attribute(n, "id")]++
			}
			if !heading.MatchString(n.Data) {
				continue
			}
			next := int(n.Data[1] - '0')
			if next > level+1 {
				t.Errorf("%s: <%s> follows <h%d>", name, n.Data, level)
			}
			if level = next; next == 1 {
				firsts++
			}
		}
		for id, n := range ids {
			if n > 1 || id == "" {
				t.Errorf("%s has %d elements with the id %q", name, n, id)
			}
		}
		if firsts != 1 {
			t.Errorf("%s has %d first headings", name, firsts)
		}
		for _, n := range all {
			checkReferences(t, name, n, ids)
		}
	}
}

// checkReferences follows what an element says of others.
func checkReferences(t *testing.T, page string, n *html.Node, ids map[string]int) {
	t.Helper()
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for", "form", "list"} {
		for id := range strings.FieldsSeq(attribute(n, name)) {
			if ids[id] == 0 {
				t.Errorf("%s: <%s %s> names %s, which is not there", page, n.Data, name, id)
			}
		}
	}
	for _, name := range []string{"href", "hx-target", "hx-indicator"} {
		if id, ok := strings.CutPrefix(attribute(n, name), "#"); ok && ids[id] == 0 {
			t.Errorf("%s: <%s %s> leads to #%s, which is not there", page, n.Data, name, id)
		}
	}
}

// What can be filled in or pressed has a name.
func TestControlsHaveNames(t *testing.T) {
	for name, page := range examplePages(t, everyPage) {
		labels := map[string]bool{}
		all := elements(t, page)
		for _, n := range all {
			if n.Data == "label" {
				labels[attribute(n, "for")] = true
			}
		}
		for _, n := range all {
			switch n.Data {
			case "input", "select", "textarea":
				if attribute(n, "type") != "hidden" && !labels[attribute(n, "id")] && attribute(n, "aria-label") == "" {
					t.Errorf("%s: the %s %s has no label", name, n.Data, attribute(n, "name"))
				}
			case "button", "a", "summary":
				if strings.TrimSpace(textOf(n)) == "" && attribute(n, "aria-label") == "" {
					t.Errorf("%s: a <%s> says nothing: %v", name, n.Data, n.Attr)
				}
			case "img":
				if !has(n, "alt") {
					t.Errorf("%s: an image has no words", name)
				}
			}
		}
	}
}

// textOf is all text in an element.
func textOf(n *html.Node) string {
	var text strings.Builder
	for node := range n.Descendants() {
		if node.Type == html.TextNode {
			text.WriteString(node.Data)
		}
	}
	return text.String()
}
