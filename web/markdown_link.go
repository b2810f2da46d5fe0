package web

import (
	"bytes"
	"net/url"

	"github.com/yuin/goldmark/ast"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// maxAddress is how long a link may be: as long as browsers and servers take. One definition can be
// used by thousands of links.
const maxAddress = 2048

// linkWriter writes links, and images as links to them: a page never loads what a message names. A
// link that does not lead to the web or to a mailbox is left with its text, and so is one in another.
type linkWriter struct{}

// RegisterFuncs takes the place of goldmark's own writers.
func (w linkWriter) RegisterFuncs(register renderer.NodeRendererFuncRegisterer) {
	register.Register(ast.KindLink, w.link)
	register.Register(ast.KindImage, w.image)
	register.Register(ast.KindAutoLink, w.autoLink)
	register.Register(extensionast.KindTaskCheckBox, w.checkBox)
}

func (linkWriter) link(out util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.Link)
	if ok {
		writeLink(out, node, n.Destination, "", entering)
	}
	return ast.WalkContinue, nil
}

func (linkWriter) image(out util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.Image)
	if ok {
		writeLink(out, node, n.Destination, "Image: ", entering)
	}
	return ast.WalkContinue, nil
}

func (linkWriter) autoLink(out util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*ast.AutoLink)
	if !ok || !entering {
		return ast.WalkContinue, nil
	}
	to := n.URL(source)
	if n.AutoLinkType == ast.AutoLinkEmail && !bytes.HasPrefix(bytes.ToLower(to), []byte("mailto:")) {
		to = append([]byte("mailto:"), to...)
	}
	linked := !inLink(node) && leadsOut(to)
	if linked {
		writeAnchor(out, to)
	}
	write(out, util.EscapeHTML(n.Label(source)))
	if linked {
		write(out, []byte("</a>"))
	}
	return ast.WalkContinue, nil
}

// checkBox writes a character: an input would be a thing to be filled in.
func (linkWriter) checkBox(out util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	n, ok := node.(*extensionast.TaskCheckBox)
	switch {
	case !ok || !entering:
	case n.IsChecked:
		write(out, []byte("\u2611 "))
	default:
		write(out, []byte("\u2610 "))
	}
	return ast.WalkContinue, nil
}

// writeLink writes what stands before and behind the text of a link: where it has none, the address.
func writeLink(out util.BufWriter, node ast.Node, to []byte, label string, entering bool) {
	linked := !inLink(node) && leadsOut(to)
	switch {
	case entering && linked:
		writeAnchor(out, to)
		fallthrough
	case entering:
		write(out, []byte(label))
		if !node.HasChildren() {
			write(out, util.EscapeHTML([]byte(shorten(string(to), shownAddress))))
		}
	case linked:
		write(out, []byte("</a>"))
	}
}

func writeAnchor(out util.BufWriter, to []byte) {
	write(out, []byte(`<a href="`))
	write(out, util.EscapeHTML(util.URLEscape(to, true)))
	write(out, []byte(`">`))
}

// write leaves errors to the end: the writer keeps the first of them, and it is in memory.
func write(out util.BufWriter, text []byte) { _, _ = out.Write(text) }

// inLink says whether a node is inside a link, where HTML allows no other.
func inLink(n ast.Node) bool {
	for p := n.Parent(); p != nil; p = p.Parent() {
		if p.Kind() == ast.KindLink || p.Kind() == ast.KindImage {
			return true
		}
	}
	return false
}

// leadsOut says whether a link leads to the web or to a mailbox.
func leadsOut(to []byte) bool {
	if len(to) > maxAddress {
		return false
	}
	u, err := url.Parse(string(util.URLEscape(to, true)))
	return err == nil && (isWeb(u) || u.Scheme == "mailto" && u.Opaque != "")
}
