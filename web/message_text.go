package web

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize"
)

const (
	// maxText is how much of one text is shown: some thirty pages of a book. Who wants more of it
	// reads it better in the file.
	maxText = 64 << 10

	// maxMessage is how much of all texts of a message is shown. A page with fifty of the largest
	// messages is then about as large as a photo album, and still scrolls.
	maxMessage = 4 * maxText

	// maxIndent is how deep JSON is laid out. Each level makes every line longer, so that a small
	// text could become a very large one.
	maxIndent = 32
)

// text shows what somebody said.
func (r *messageReader) text(text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	squeezed := squeezed(text)
	r.texts[squeezed] = true
	r.joined.WriteString(squeezed)
	text = strings.ToValidUTF8(text, "\uFFFD")
	spoken := r.class == "user" || r.class == "assistant" || r.class == "system"
	if spoken && len(text) <= r.left {
		page, spent, ok := markdown().html(text, r.effort)
		r.effort -= spent
		if ok {
			r.left -= len(text)
			r.add(messagePart{Kind: partMarkdown, HTML: page})
			return
		}
	}
	r.add(r.plain(text, partText))
}

// plain shows a text as it stands.
func (r *messageReader) plain(text string, kind partKind) messagePart {
	text = strings.ToValidUTF8(text, "\uFFFD")
	shown := text[:min(len(text), maxText, max(r.left, 0))]
	for len(shown) < len(text) && len(shown) > 0 && !utf8.RuneStart(text[len(shown)]) {
		shown = shown[:len(shown)-1]
	}
	r.left -= len(shown)
	p := messagePart{Kind: kind, Text: shown}
	if missing := len(text) - len(shown); missing > 0 {
		p.Cut = humanize.Bytes(uint64(missing)) + " more are not shown here. The view as JSON and the download have all of it."
	}
	return p
}

// value shows what a program gave or got: JSON is laid out, also JSON in a text.
func (r *messageReader) value(raw json.RawMessage) messagePart {
	text, ok := jsonText(raw)
	if !ok {
		return r.plain(laidOut(raw), partCode)
	}
	inner := strings.TrimSpace(text)
	if strings.HasPrefix(inner, "{") || strings.HasPrefix(inner, "[") {
		if json.Valid([]byte(inner)) {
			return r.plain(laidOut([]byte(inner)), partCode)
		}
	}
	return r.plain(text, partText)
}

// laidOut returns JSON with a line for each of its values, as long as that stays readable, and what is
// no JSON as it is. Numbers keep their digits.
func laidOut(raw []byte) string {
	var out bytes.Buffer
	if len(raw) > maxText || jsonDepth(raw) > maxIndent || json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	return out.String()
}

// jsonDepth counts how deep a JSON text is nested.
func jsonDepth(raw []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
