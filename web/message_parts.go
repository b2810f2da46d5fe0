package web

import (
	"encoding/json"
	"html/template"
	"strings"
)

// messagePart is a part of what a message says.
type messagePart struct {
	Kind   partKind
	HTML   template.HTML // of partMarkdown
	Text   string        // of partText and partCode; of partFile, what is known of the file
	Title  string        // of partFold and partFile, such as "Tool call:"
	Name   string        // of the tool or the file
	Note   string        // of partFold, what a program calls it, such as call_1
	Failed bool          // of partFold
	Parts  []messagePart // of partFold
	Link   string        // of partFile, http or https
	Cut    string        // how much is not shown, as a sentence
}

type partKind string

const (
	partMarkdown partKind = "markdown"
	partText     partKind = "text"
	partCode     partKind = "code"
	partFold     partKind = "fold"
	partFile     partKind = "file"
	partNone     partKind = "none" // there is no text
)

const (
	// maxParts is how many parts of a message are shown, those in folds too. An agent that needs
	// more steps for one answer is rare, and a page shows many messages.
	maxParts = 200

	// maxElements is how many elements of a list are looked at: there may be nothing to be seen in them.
	maxElements = 1000

	// maxFolds is how deep parts are looked for in results of tools, which are lists of parts too.
	maxFolds = 3
)

// messageReader lays out one message within its limits.
type messageReader struct {
	class  string // of the message
	parts  []messagePart
	count  int             // of all parts, those in folds too
	more   int             // parts that were left out
	folds  int             // around the part that is read
	left   int             // bytes of text that may still be shown
	effort int             // that reading Markdown may still take
	texts  map[string]bool // that are shown, without white space
	joined strings.Builder // all of them
	calls  map[string]bool // the JSON of tool invocations that are shown
}

func newMessageReader() *messageReader {
	return &messageReader{left: maxMessage, effort: messageEffort, texts: map[string]bool{}, calls: map[string]bool{}}
}

// add shows a part, while there are not too many.
func (r *messageReader) add(p messagePart) {
	if r.count++; r.count > maxParts {
		r.more++
		return
	}
	r.parts = append(r.parts, p)
}

// fold shows what read adds as one part that is to be unfolded.
func (r *messageReader) fold(p messagePart, read func()) {
	outer := r.parts
	r.parts = nil
	r.folds++
	read()
	r.folds--
	p.Kind, p.Parts, r.parts = partFold, r.parts, outer
	r.add(p)
}

// readMessage reads what is left of a message whose head was taken.
func (r *messageReader) readMessage(o *jsonObject, name string) {
	kind, typed := o.text("type")
	switch _, listed := itemRoles[kind]; {
	case listed:
		r.part(o)
		return
	case typed && kind == "message":
		o.take("type")
	}
	r.reasoning(o, "reasoning", "reasoning_content", "thinking")
	if raw, ok := o.take("parts"); ok {
		r.elements(raw)
	}
	r.content(o, name)
	for _, key := range []string{"toolInvocations", "tool_calls"} {
		if raw, ok := o.take(key); ok {
			r.toolCalls(raw)
		}
	}
	if call, ok := o.takeObject("function_call"); ok {
		r.toolCall(call)
	}
	for _, key := range []string{"experimental_attachments", "attachments", "audio"} {
		if raw, ok := o.take(key); ok {
			r.files(key, raw)
		}
	}
	r.rest(o, "Further fields")
}

// content reads content, text and refusal.
func (r *messageReader) content(o *jsonObject, name string) {
	if r.class == "tool" {
		r.toolMessage(o, name)
	}
	for _, key := range []string{"content", "text", "refusal"} {
		raw, ok := o.take(key)
		if !ok || isEmptyJSON(raw) {
			continue
		}
		if text, isText := jsonText(raw); !isText {
			r.elements(raw)
		} else if !r.isShown(text) {
			r.text(text)
		}
	}
}

// elements reads the list of what a message is made of, or the only one.
func (r *messageReader) elements(raw json.RawMessage) {
	list, ok := jsonList(raw)
	if !ok {
		list = []json.RawMessage{raw}
	}
	for i, element := range list {
		if r.count > maxParts || i >= maxElements {
			r.more += len(list) - i
			return
		}
		r.element(element)
	}
}

func (r *messageReader) element(raw json.RawMessage) {
	if o, ok := newJSONObject(raw); ok {
		r.part(o)
	} else if text, ok := jsonText(raw); ok {
		r.text(text)
	} else if !isEmptyJSON(raw) {
		r.add(r.value(raw))
	}
}

// part reads an object in a list of parts.
func (r *messageReader) part(o *jsonObject) {
	given, _ := o.takeText("type")
	switch kind := strings.ToLower(given); kind {
	case "":
		r.untyped(o)
		return
	case "text", "input_text", "output_text", "refusal":
		r.textPart(o)
	case "reasoning", "thinking", "redacted_thinking":
		r.reasoningPart(o)
	case "step-start":
	case "source", "source-url", "source-document":
		r.file("Source", o)
	default:
		if !r.tool(given, o) && !r.media(kind, o) {
			r.rest(o, "Part of the type "+shorten(given, shownName))
			return
		}
	}
	r.rest(o, "Further fields of this part")
}

// textPart reads a text, and what some programs say of it without meaning.
func (r *messageReader) textPart(o *jsonObject) {
	text, ok := o.takeText("text", "refusal", "content")
	if inner, isObject := o.takeObject("text"); isObject { // of OpenAI's assistants
		text, ok = inner.takeText("value")
		defer r.rest(inner, "Further fields of this text")
	}
	if ok {
		r.text(text)
	}
	takeWord(o, "state", "done", "streaming")
}

// untyped reads a part of Gemini's, which says what it is by its members.
func (r *messageReader) untyped(o *jsonObject) {
	if o.isTrue("thought") {
		r.reasoningPart(o)
	}
	if text, ok := o.takeText("text"); ok {
		r.text(text)
	}
	for _, key := range []string{"functionCall", "function_call"} {
		if call, ok := o.takeObject(key); ok {
			r.toolCall(call)
		}
	}
	for _, key := range []string{"functionResponse", "function_response"} {
		if result, ok := o.takeObject(key); ok {
			r.toolResult(result, "")
		}
	}
	for _, key := range []string{"inlineData", "inline_data", "fileData", "file_data"} {
		if file, ok := o.takeObject(key); ok {
			r.file("File", file)
			r.rest(file, "Further fields of this file")
		}
	}
	r.rest(o, "Something else")
}

// reasoning reads what a model thought from these members.
func (r *messageReader) reasoning(o *jsonObject, names ...string) {
	for _, name := range names {
		raw, ok := o.take(name)
		if text, isText := jsonText(raw); !ok || isEmptyJSON(raw) || isText && r.isShown(text) {
			continue
		}
		r.fold(messagePart{Title: "Reasoning"}, func() { r.elementsOf(raw) })
	}
}

// reasoningPart reads a part, or an item of OpenAI's responses, that is nothing else.
func (r *messageReader) reasoningPart(o *jsonObject) {
	o.take("type")
	r.reasoning(o, "reasoning", "thinking", "text", "summary", "content", "data")
	if o.member("reasoning") != nil {
		o.take("details") // version 4 of the AI SDK has the same text there again
	}
	takeWord(o, "state", "done", "streaming")
	o.takeText("signature")
}

// elementsOf reads the list of parts that is in a part, or shows it as it is when that goes too deep.
func (r *messageReader) elementsOf(raw json.RawMessage) {
	if _, isText := jsonText(raw); isText || r.folds <= maxFolds {
		r.elements(raw)
		return
	}
	r.add(r.value(raw))
}

// rest shows what was not taken of an object, folded.
func (r *messageReader) rest(o *jsonObject, title string) {
	if rest := o.rest(); rest != nil {
		o.takeAll()
		r.fold(messagePart{Title: title}, func() { r.add(r.value(rest)) })
	}
}

// isShown says whether a text repeats one that is shown, or all of them: messages of the AI SDK have
// their text in their parts once more.
func (r *messageReader) isShown(text string) bool {
	text = squeezed(text)
	return r.texts[text] || r.joined.String() == text
}

// squeezed leaves out all white space, which is not always put together in the same way.
func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }
