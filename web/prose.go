package web

import "strings"

// A paragraph is text with code spans. Templates write the spans, so that they are escaped like
// any other text.
type paragraph []span

// A span is a piece of a paragraph.
type span struct {
	Text string
	Code bool // stood between back quotes
}

// prose reads the two things of Markdown that descriptions use: an empty line ends a paragraph,
// and back quotes enclose code. Everything else is text as it stands.
func prose(text string) []paragraph {
	var paragraphs []paragraph
	for block := range strings.SplitSeq(text, "\n\n") {
		if p := spans(strings.Join(strings.Fields(block), " ")); len(p) > 0 {
			paragraphs = append(paragraphs, p)
		}
	}
	return paragraphs
}

// spans splits a line at its back quotes. One without a partner is text.
func spans(line string) paragraph {
	var p paragraph
	for line != "" {
		text, rest, open := strings.Cut(line, "`")
		code, after, closed := strings.Cut(rest, "`")
		if !open || !closed {
			return append(p, span{Text: line})
		}
		if text != "" {
			p = append(p, span{Text: text})
		}
		p = append(p, span{Text: code, Code: true})
		line = after
	}
	return p
}
