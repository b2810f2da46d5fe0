package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS

// templates holds every page. A template that does not parse stops the program at its start.
var templates = template.Must(template.ParseFS(templateFiles, "templates/*.html"))

// Static returns the files that pages refer to under static/, such as docs.css.
func Static() fs.FS {
	static, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // only for a malformed name, and this one is fixed
	}
	return static
}

// render writes a whole page or nothing: a reader never sees half of one.
func render(w io.Writer, name string, view any) error {
	var page bytes.Buffer
	if err := templates.ExecuteTemplate(&page, name, view); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	if _, err := page.WriteTo(w); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
