package web

import "io"

// Example is a page as it may look. The preview serves examples, and the tests go over them.
type Example struct {
	Page   string // its template, without .html
	Name   string // of the state that it is in, such as usual or empty
	Render func(io.Writer) error
}

// Examples lists every page in its states. Only the preview and the tests use it, so it is no part of
// the program. The page of docs.html is missing here: what it shows stands in handlers/openapi.yaml.
func Examples() []Example {
	var all []Example
	for _, of := range []func() []Example{
		connectExamples, noticeExamples, adminFrameExamples, adminSessionsExamples, adminSessionExamples,
		adminDeleteExamples, adminUsageExamples, adminAuditExamples, adminKeysExamples, adminKeyExamples,
	} {
		all = append(all, of()...)
	}
	return all
}

// named is a view with the name of its state.
type named[V any] struct {
	name string
	view V
}

// examples returns views of a page as examples.
func examples[V any](page string, render func(io.Writer, V) error, views []named[V]) []Example {
	var list []Example
	for _, v := range views {
		list = append(list, Example{Page: page, Name: v.name, Render: func(w io.Writer) error { return render(w, v.view) }})
	}
	return list
}

// Words that pages have to bear: one longer than a phone is wide, one that is markup, and one that is
// read from right to left.
const (
	exampleWord    = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
	exampleHostile = `"><script>alert(1)</script>{{.}}<img src=x onerror=alert(1)>`
	exampleRTL     = "\u0641\u0627\u0637\u0645\u0629 \u0627\u0644\u0632\u0647\u0631\u0627\u0621"
)
