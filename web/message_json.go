package web

import (
	"bytes"
	"encoding/json"
	"strings"
)

// maxMembers is how many members an object may have to be read. No format has so many, and each would be
// looked at many times.
const maxMembers = 500

// jsonObject is a JSON object whose members keep their order and their text, and which knows what of
// it was taken: the rest is shown as it is.
type jsonObject struct {
	members []jsonMember
}

type jsonMember struct {
	name  string
	value json.RawMessage
	taken bool
}

// newJSONObject reads an object that has not too many members. Of those with the same name all are kept.
func newJSONObject(text []byte) (*jsonObject, bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' || !json.Valid(text) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if _, err := decoder.Token(); err != nil {
		return nil, false
	}
	o := &jsonObject{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		m := jsonMember{}
		m.name, _ = name.(string)
		if err := decoder.Decode(&m.value); err != nil {
			return nil, false
		}
		if o.members = append(o.members, m); len(o.members) > maxMembers {
			return nil, false
		}
	}
	return o, true
}

// member returns the last member of a name, as most readers of JSON do.
func (o *jsonObject) member(name string) *jsonMember {
	for i := len(o.members) - 1; i >= 0; i-- {
		if o.members[i].name == name {
			return &o.members[i]
		}
	}
	return nil
}

// raw returns a member that is not null and not taken.
func (o *jsonObject) raw(name string) (json.RawMessage, bool) {
	m := o.member(name)
	if m == nil || m.taken || string(m.value) == "null" {
		return nil, false
	}
	return m.value, true
}

// text returns a member that is a text.
func (o *jsonObject) text(name string) (string, bool) {
	raw, ok := o.raw(name)
	if !ok {
		return "", false
	}
	return jsonText(raw)
}

// take returns a member and marks it as shown.
func (o *jsonObject) take(name string) (json.RawMessage, bool) {
	raw, ok := o.raw(name)
	if ok {
		o.member(name).taken = true
	}
	return raw, ok
}

// takeText does so with the first of these that is a text; anything else is left.
func (o *jsonObject) takeText(names ...string) (string, bool) {
	for _, name := range names {
		if text, ok := o.text(name); ok {
			o.member(name).taken = true
			return text, true
		}
	}
	return "", false
}

// takeFirst does so with the first of these that is there.
func (o *jsonObject) takeFirst(names ...string) (json.RawMessage, bool) {
	for _, name := range names {
		if raw, ok := o.take(name); ok {
			return raw, true
		}
	}
	return nil, false
}

// takeObject does so with a member that is an object.
func (o *jsonObject) takeObject(name string) (*jsonObject, bool) {
	raw, ok := o.raw(name)
	if !ok {
		return nil, false
	}
	inner, ok := newJSONObject(raw)
	if ok {
		o.member(name).taken = true
	}
	return inner, ok
}

// isTrue takes a member that says yes or no.
func (o *jsonObject) isTrue(name string) bool {
	raw, ok := o.raw(name)
	if ok && (string(raw) == "true" || string(raw) == "false") {
		o.member(name).taken = true
	}
	return string(raw) == "true"
}

// takeAll marks everything as shown.
func (o *jsonObject) takeAll() {
	for i := range o.members {
		o.members[i].taken = true
	}
}

// rest returns what was not taken as an object, or nothing where there is nothing in it.
func (o *jsonObject) rest() json.RawMessage {
	var rest bytes.Buffer
	for _, m := range o.members {
		if m.taken || isEmptyJSON(m.value) {
			continue
		}
		if rest.Len() > 0 {
			rest.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			continue // only for what is no text, and names are
		}
		rest.Write(name)
		rest.WriteByte(':')
		rest.Write(m.value)
	}
	if rest.Len() == 0 {
		return nil
	}
	return append(append([]byte{'{'}, rest.Bytes()...), '}')
}

// isEmptyJSON says whether there is nothing to be seen in a value.
func isEmptyJSON(raw json.RawMessage) bool {
	switch strings.Join(strings.Fields(string(raw[:min(len(raw), 16)])), "") {
	case "null", `""`, "[]", "{}", "":
		return true
	}
	return false
}

// jsonText returns a value that is a text.
func jsonText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", false
	}
	return text, true
}

// jsonList returns the elements of an array.
func jsonList(raw json.RawMessage) ([]json.RawMessage, bool) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil, false
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, false
	}
	return list, true
}
