package web

import (
	"strconv"
	"strings"
	"time"
)

// message is what "admin-message" shows: one element of a session's messages. Programs of all kinds
// store them, so it may be of any shape: what is known of it is laid out, and everything else is shown
// as JSON, so that nothing is hidden.
type message struct {
	Number int64  // from 0, as in its address
	Place  int64  // from 1, as people count
	Class  string // user, assistant, system, tool or other
	Role   string // for people
	Name   string // of who wrote it; may be empty
	ID     string // as its program calls it; may be empty
	Time   string // for machines; empty where there is none
	When   string // for people
	Parts  []messagePart
	More   int // parts that are not shown
}

// Roles of the formats that are understood. Another one is shown as it was given.
var messageRoles = map[string]struct{ class, role string }{
	"user":      {"user", "User"},
	"human":     {"user", "User"},
	"assistant": {"assistant", "Assistant"},
	"model":     {"assistant", "Assistant"}, // Gemini
	"ai":        {"assistant", "Assistant"},
	"system":    {"system", "System"},
	"developer": {"system", "System"},
	"tool":      {"tool", "Tool"},
	"function":  {"tool", "Tool"},
}

// Items of OpenAI's responses stand beside the messages and have no role.
var itemRoles = map[string]string{
	"function_call":        "assistant",
	"reasoning":            "assistant",
	"function_call_output": "tool",
}

// shownName is how many characters of a role or a name are shown: they stand in a line.
const shownName = 60

// newMessage returns what is shown of the element with this number, from 0.
func newMessage(number int64, text string) message {
	m := message{Number: number, Place: number + 1, Class: "other", Role: "Not a message"}
	r := newMessageReader()
	o, ok := newJSONObject([]byte(text))
	if !ok {
		if strings.TrimSpace(text) != "" {
			r.add(r.value([]byte(strings.TrimSpace(text))))
		}
		m.Parts, m.More = r.parts, r.more
		return m
	}
	m.readHead(o)
	r.class = m.Class
	r.readMessage(o, m.Name)
	if len(r.parts) == 0 {
		r.add(messagePart{Kind: partNone, Title: "No text"})
	}
	m.Parts, m.More = r.parts, r.more
	return m
}

// readHead takes from the object what stands above the text.
func (m *message) readHead(o *jsonObject) {
	given, _ := o.takeText("role")
	if given == "" {
		kind, _ := o.text("type")
		given = itemRoles[kind]
	}
	if known, ok := messageRoles[strings.ToLower(given)]; ok {
		m.Class, m.Role = known.class, known.role
	} else {
		m.Role = shorten(given, shownName)
	}
	if strings.TrimSpace(m.Role) == "" {
		m.Role = "No role"
	}
	m.ID, _ = o.takeText("id")
	m.ID = shorten(m.ID, shownName)
	m.Name, _ = o.takeText("name")
	m.Name = shorten(m.Name, shownName)
	for _, key := range []string{"createdAt", "created_at", "timestamp"} {
		if at, ok := messageTime(o, key); ok && m.Time == "" {
			o.take(key)
			m.Time, m.When = at.Format(time.RFC3339), at.Format("2 Jan 2006, 15:04:05 UTC")
		}
	}
}

// Times before 1973 in milliseconds would be read as seconds; nobody talked with a model then.
const firstMilliseconds = 100_000_000_000

// lastTime is the end of the year 9999: what comes after it has no RFC 3339.
const lastTime = 253_402_300_799

// messageTime reads a time in RFC 3339, or in seconds or milliseconds since 1970.
func messageTime(o *jsonObject, key string) (time.Time, bool) {
	raw, ok := o.raw(key)
	if !ok {
		return time.Time{}, false
	}
	text := string(raw)
	if given, isText := o.text(key); isText {
		if at, err := time.Parse(time.RFC3339, given); err == nil {
			at = at.UTC()
			return at, at.Year() > 0 && at.Year() < 10_000
		}
		text = given
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0) {
		return time.Time{}, false
	}
	if n >= firstMilliseconds {
		n /= 1000
	}
	if n > lastTime {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n * 1000)).UTC(), true
}

// shorten returns the beginning of a text that is too long for its place.
func shorten(text string, characters int) string {
	text = strings.TrimSpace(text)
	if len(text) <= characters {
		return text
	}
	n := 0
	for i := range text {
		if n++; n > characters {
			return text[:i] + "\u2026"
		}
	}
	return text
}
