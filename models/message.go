package models

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Kinds of messages text. The values stand in the database.
const (
	KindNone  = 0 // no messages: null on the wire
	KindText  = 1 // text that is not a JSON array, kept whole as the one part
	KindArray = 2 // a JSON array, one part for each element
)

// MaxMessages is how many elements one request may write: they are written while everybody
// else waits. More can be appended in parts.
const MaxMessages = 100_000

var errTooManyMessages = Invalid("messages", "holds more than 100000 messages; append them in parts")

// EmptyFrame is the frame of an array written without white space around its elements.
const EmptyFrame = "[]"

// whiteSpace is what JSON takes for that.
const whiteSpace = " \t\r\n"

// Conversation is a messages text taken apart into what is stored: the text is the frame up
// to and with its "[", then the parts, then the rest of the frame.
type Conversation struct {
	Kind  int
	Frame string   // arrays only: the text with its elements cut out
	Parts []string // of an array: each element with the comma and white space before it
}

// Validate returns an [InvalidError] for more parts than one request may write, or nil.
func (c *Conversation) Validate() error {
	if len(c.Parts) > MaxMessages {
		return errTooManyMessages
	}
	return nil
}

// SplitMessages takes a messages text apart. Nothing is added, dropped or rewritten.
func SplitMessages(text string) Conversation {
	first := strings.TrimLeft(text, whiteSpace)
	if !strings.HasPrefix(first, "[") || !json.Valid([]byte(text)) {
		return Conversation{Kind: KindText, Parts: []string{text}}
	}
	head := len(text) - len(first) + 1
	parts, end := splitElements(text, head)
	frame := EmptyFrame
	if tail := text[end:]; head != 1 || tail != "]" {
		frame = text[:head] + tail
	}
	return Conversation{Kind: KindArray, Frame: frame, Parts: parts}
}

// splitElements cuts the valid JSON array text, whose first element is looked for at start,
// behind the last character of each element, and returns where the last one ends.
func splitElements(text string, start int) (parts []string, end int) {
	end = start // behind the last character that is not white space
	depth := 0
	for i := start; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			i = stringEnd(text, i)
		case '[', '{':
			depth++
		case '}':
			depth--
		case ']':
			if depth--; depth < 0 {
				if end > start {
					parts = append(parts, text[start:end])
				}
				return parts, end
			}
		case ',':
			if depth == 0 {
				parts = append(parts, text[start:end])
				start = end
			}
		}
		end = i + 1
	}
	return parts, end
}

// stringEnd returns where the closing quote of the JSON string that opens at i stands.
func stringEnd(text string, i int) int {
	for i++; i < len(text) && text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i
}

// SplitFrame returns what stands before and behind the elements of an array.
func SplitFrame(frame string) (head, tail string) {
	at := strings.IndexByte(frame, '[') + 1
	return frame[:at], frame[at:]
}

// Element returns the JSON text of the element that a part of an array is, without what is before it.
func Element(part string) string {
	return strings.TrimLeft(strings.TrimPrefix(strings.TrimLeft(part, whiteSpace), ","), whiteSpace)
}

// Text puts the conversation together again.
func (c *Conversation) Text() string {
	parts := strings.Join(c.Parts, "")
	if c.Kind != KindArray {
		return parts
	}
	head, tail := SplitFrame(c.Frame)
	return head + parts + tail
}

// Append is one request to add messages to a session.
type Append struct {
	SessionID        string `field:"id" validate:"required,identifier"`
	Messages         []string
	PromptTokens     *int64 `field:"promptTokens" validate:"omitnil,min=0,max=9007199254740991"`
	CompletionTokens *int64 `field:"completionTokens" validate:"omitnil,min=0,max=9007199254740991"`
}

// Validate returns an [InvalidError], or nil. Each message has to be the JSON text of an
// object with a string "role".
func (a *Append) Validate() error {
	var issues Issues
	if err := issues.Merge(validate(a)); err != nil {
		return err
	}
	if len(a.Messages) == 0 {
		issues.Add("messages", "must hold one message or more")
	}
	if len(a.Messages) > MaxMessages {
		return errTooManyMessages
	}
	for i, message := range a.Messages {
		if !hasRole(message) {
			issues.Add(fmt.Sprintf("messages.%d", i), `must be an object with a string "role"`)
		}
	}
	return issues.Err()
}

// hasRole goes through a map because encoding/json would take "Role" for a field "role".
func hasRole(message string) bool {
	var object map[string]json.RawMessage
	var role *string
	return json.Unmarshal([]byte(message), &object) == nil &&
		json.Unmarshal(object["role"], &role) == nil && role != nil
}
