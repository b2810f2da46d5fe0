package web

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// RenderDocs writes the page that documents doc, which must be loaded and valid. The examples
// for curl address baseURL, for instance https://sessions.example.com.
func RenderDocs(w io.Writer, doc *openapi3.T, baseURL string) error {
	return render(w, "docs.html", newDocsView(doc, baseURL))
}

// docsView is what docs.html shows.
type docsView struct {
	Title       string
	Version     string
	Summary     string
	Description []paragraph
	BaseURL     string
	Schemes     []docsScheme
	Groups      []docsGroup
	Schemas     []docsSchema
}

// docsScheme is one way to say who is calling.
type docsScheme struct {
	Header      string
	Description []paragraph
}

// docsGroup is the operations of one tag.
type docsGroup struct {
	ID          string
	Name        string
	Description []paragraph
	Operations  []docsOperation
}

// newDocsView reads everything that the page shows from doc. Groups stand in the order of the
// document's tags, operations in the order of their paths, schemas in that of their names.
func newDocsView(doc *openapi3.T, baseURL string) docsView {
	view := docsView{
		Title:       doc.Info.Title,
		Version:     doc.Info.Version,
		Summary:     doc.Info.Summary,
		Description: prose(doc.Info.Description),
		BaseURL:     strings.TrimRight(baseURL, "/"),
	}
	for _, tag := range doc.Tags {
		view.Groups = append(view.Groups, docsGroup{
			ID:          "tag-" + slug(tag.Name),
			Name:        tag.Name,
			Description: prose(tag.Description),
			Operations:  newDocsOperations(doc, tag.Name, view.BaseURL),
		})
	}
	if doc.Components != nil {
		view.Schemes = newDocsSchemes(doc.Components.SecuritySchemes)
		view.Schemas = newDocsSchemas(doc.Components.Schemas)
	}
	return view
}

// newDocsSchemes puts Authorization first, then the headers in the order of their names.
func newDocsSchemes(schemes openapi3.SecuritySchemes) []docsScheme {
	var views []docsScheme
	for _, ref := range schemes {
		header := ref.Value.Name
		if ref.Value.Type == "http" {
			header = "Authorization"
		}
		views = append(views, docsScheme{Header: header, Description: prose(ref.Value.Description)})
	}
	slices.SortFunc(views, func(a, b docsScheme) int {
		return cmp.Compare(strings.ToLower(a.Header), strings.ToLower(b.Header))
	})
	return views
}

// newDocsOperations returns the operations of a tag.
func newDocsOperations(doc *openapi3.T, tag, baseURL string) []docsOperation {
	var views []docsOperation
	for _, path := range sortedKeys(doc.Paths.Map()) {
		item := doc.Paths.Value(path)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if op := item.GetOperation(method); op != nil && slices.Contains(op.Tags, tag) {
				at := place{method: method, path: path, baseURL: baseURL}
				views = append(views, newDocsOperation(op, at))
			}
		}
	}
	return views
}

// slug turns a name into the end of an address: "Beside the API" is "beside-the-api".
func slug(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(name)), "-")
}

// sortedKeys returns the keys of m in order, so that a page is the same each time.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
