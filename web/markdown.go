package web

import (
	"bytes"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	// maxMarkdown is how many bytes of a text are read as Markdown. Hardly an answer of a model is
	// longer, and what a hostile text can cost grows with its length.
	maxMarkdown = 32 << 10

	// maxDepth is how deep what Markdown makes may be nested. Nobody can follow a list in thirty
	// lists, and browsers, like the parser of the tests, give up at 512 elements.
	maxDepth = 100

	// topHeading is the level that a first heading of a text has on the page, whose messages stand below
	// a heading of the second.
	topHeading = 3
)

// markdown returns what reads Markdown. It is made once, when it is first wanted: a start need not wait
// the milliseconds that this takes. Many may use it at a time.
var markdown = sync.OnceValue(newMarkdownWriter)

// markdownWriter turns the Markdown of messages, which anybody may have written, into HTML that only
// shows something: what goldmark makes is cleaned by a policy that knows nothing else.
type markdownWriter struct {
	reader goldmark.Markdown
	policy *bluemonday.Policy
}

// newMarkdownWriter puts GitHub's Markdown together from its parts: HTML is not one of them, so that
// tags are text like any other and are seen as such.
func newMarkdownWriter() *markdownWriter {
	blocks := parser.WithBlockParsers(
		util.Prioritized(parser.NewSetextHeadingParser(), 100),
		util.Prioritized(parser.NewThematicBreakParser(), 200),
		util.Prioritized(parser.NewListParser(), 300),
		util.Prioritized(parser.NewListItemParser(), 400),
		util.Prioritized(parser.NewCodeBlockParser(), 500),
		util.Prioritized(parser.NewATXHeadingParser(), 600),
		util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
		util.Prioritized(parser.NewBlockquoteParser(), 800),
		util.Prioritized(parser.NewParagraphParser(), 1000),
	)
	inlines := parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewEmphasisParser(), 500),
	)
	references := parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...)
	return &markdownWriter{
		reader: goldmark.New(
			goldmark.WithParser(parser.NewParser(blocks, inlines, references)),
			goldmark.WithExtensions(
				extension.Linkify, extension.Strikethrough, extension.TaskList,
				extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			),
			goldmark.WithRendererOptions(
				html.WithHardWraps(), // who writes a message means the lines that they see
				renderer.WithNodeRenderers(util.Prioritized(linkWriter{}, 100)),
			),
		),
		policy: newMarkdownPolicy(),
	}
}

// newMarkdownPolicy allows what Markdown makes, and links that lead to the web or to a mailbox.
func newMarkdownPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "code", "em", "strong", "del",
		"ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td",
	)
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("start").Matching(regexp.MustCompile(`^[0-9]{1,9}$`)).OnElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(false)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// html returns the text as HTML, unless that would take longer than effort allows or is nested too
// deep: then it is to be shown as it stands. What the reading took is returned too.
func (m *markdownWriter) html(source string, effort int) (page template.HTML, spent int, ok bool) {
	spent = markdownEffort(source)
	if len(source) > maxMarkdown || spent > effort {
		return "", 0, false
	}
	bytesOf := []byte(source)
	document := m.reader.Parser().Parse(text.NewReader(bytesOf))
	if !lowerHeadings(document) {
		return "", spent, false
	}
	var made bytes.Buffer
	if err := m.reader.Renderer().Render(&made, bytesOf, document); err != nil {
		return "", spent, false
	}
	clean := m.policy.SanitizeReader(&made)
	return template.HTML(reachable.Replace(clean.String())), spent, true //nolint:gosec // cleaned in the line above
}

// reachable lets people without a mouse scroll what is wider than the page. In clean HTML a tag is
// nothing else.
var reachable = strings.NewReplacer("<pre>", `<pre tabindex="0">`, "<table>", `<table tabindex="0">`)

// lowerHeadings puts the headings of a text below those of the page. It gives up on a text that is
// nested too deep.
func lowerHeadings(document ast.Node) bool {
	depth := 0
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			depth--
			return ast.WalkContinue, nil
		}
		if depth++; depth > maxDepth {
			return ast.WalkStop, errTooDeep
		}
		if h, ok := n.(*ast.Heading); ok {
			h.Level = min(h.Level+topHeading-1, 6)
		}
		return ast.WalkContinue, nil
	})
	return err == nil
}
