package hub

import (
	"maps"
	"net/url"
	"strconv"
	"strings"
)

const (
	maxHops      = 16   // references that lead to references
	maxReference = 1000 // bytes; long ones would make each step through a hostile document long
)

// deref follows a $ref to an object of the same document; problem says why it cannot. What
// another document says is never fetched: its address could be anywhere.
func (d *document) deref(v any) (t tree, problem string) {
	t, ok := v.(tree)
	if !ok {
		return nil, "is not an object"
	}
	for range maxHops {
		reference, isReference := t["$ref"].(string)
		if !isReference {
			return t, ""
		}
		if t, problem = d.at(reference); problem != "" {
			return nil, problem
		}
	}
	return nil, "refers to itself"
}

// at finds what a reference names.
func (d *document) at(reference string) (t tree, problem string) {
	path, local := strings.CutPrefix(reference, "#")
	switch {
	case len(reference) > maxReference:
		return nil, "has a reference that is too long"
	case !local:
		return nil, "refers to " + quoted(reference) + ", which is outside the document"
	}
	t, known := d.found[reference]
	if !known {
		t, _ = lookUp(d.root, path).(tree)
		d.found[reference] = t
	}
	if t == nil {
		return nil, "refers to " + quoted(reference) + ", which is not there"
	}
	return t, ""
}

var unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")

// lookUp follows a JSON pointer (RFC 6901), and returns nil where it leads nowhere.
func lookUp(v any, pointer string) any {
	if pointer == "" {
		return v
	}
	if pointer[0] != '/' {
		return nil
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		step = unescapePointer.Replace(step)
		switch inner := v.(type) {
		case tree:
			v = inner[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(inner) {
				return nil
			}
			v = inner[i]
		default:
			return nil
		}
	}
	return v
}

func withMember(t tree, key string, value any) tree {
	changed := maps.Clone(t)
	changed[key] = value
	return changed
}

// quoted is a name of the document in a message for people: bounded and on one line.
func quoted(name string) string { return strconv.Quote(cutProse(name, 100)) }
