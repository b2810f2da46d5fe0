package web

import (
	"bytes"
	"encoding/json"
	"strings"
)

// tool reads a part that is about a tool, and says whether it was one.
func (r *messageReader) tool(given string, o *jsonObject) bool {
	switch kind := strings.ToLower(given); {
	case kind == "tool-invocation":
		if inner, ok := o.takeObject("toolInvocation"); ok {
			r.invocation(inner, "")
		}
	case kind == "tool-result" || kind == "function_call_output" || strings.HasSuffix(kind, "tool_result"):
		r.toolResult(o, "")
	case kind == "tool-call" || kind == "tool_call" || kind == "function_call" || strings.HasSuffix(kind, "tool_use"):
		r.toolCall(o)
	case kind == "dynamic-tool":
		r.invocation(o, "")
	case strings.HasPrefix(kind, "tool-"):
		r.invocation(o, given[len("tool-"):])
	default:
		return false
	}
	return true
}

// toolCalls reads a list of calls of OpenAI, or of invocations of the AI SDK, which has the results in
// them.
func (r *messageReader) toolCalls(raw json.RawMessage) {
	list, ok := jsonList(raw)
	if !ok {
		list = []json.RawMessage{raw}
	}
	for i, element := range list {
		if r.count > maxParts || i >= maxElements {
			r.more += len(list) - i
			return
		}
		switch o, ok := newJSONObject(element); {
		case !ok:
			r.add(r.value(element))
		case o.member("toolName") != nil:
			r.invocation(o, "")
		default:
			r.toolCall(o)
		}
	}
}

// toolCall reads a call in any of the formats.
func (r *messageReader) toolCall(o *jsonObject) {
	p := messagePart{Title: "Tool call:", Note: takeCallID(o)}
	inner := o
	for _, key := range []string{"function", "custom"} {
		if f, ok := o.takeObject(key); ok {
			inner = f
			defer r.rest(f, "Further fields of this call")
		}
	}
	p.Name = takeToolName(inner)
	arguments, _ := inner.takeFirst("arguments", "args", "input")
	takeWord(o, "type", "function", "custom", "tool_call")
	takeWord(o, "status", "completed")
	r.call(p, arguments)
	r.rest(o, "Further fields of this call")
}

// toolResult reads a result in any of the formats.
func (r *messageReader) toolResult(o *jsonObject, name string) {
	p := messagePart{Title: "Result of", Note: takeCallID(o), Name: takeToolName(o)}
	if p.Name == "" {
		p.Name = name
	}
	for _, key := range []string{"isError", "is_error"} {
		p.Failed = o.isTrue(key) || p.Failed
	}
	takeWord(o, "status", "completed")
	result, _ := o.takeFirst("result", "output", "content", "response")
	r.result(p, result)
	r.rest(o, "Further fields of this result")
}

// invocation reads a call of the AI SDK, with its result in it where there is one already.
func (r *messageReader) invocation(o *jsonObject, name string) {
	key := compact(o.rest())
	if r.calls[key] {
		o.takeAll()
		return
	}
	r.calls[key] = true
	p := messagePart{Title: "Tool call:", Note: takeCallID(o), Name: takeToolName(o)}
	if p.Name == "" {
		p.Name = shorten(name, shownName)
	}
	state, _ := o.takeText("state")
	o.take("step")
	arguments, _ := o.takeFirst("args", "input", "rawInput")
	r.call(p, arguments)
	p.Title = "Result of"
	if result, ok := o.takeFirst("result", "output"); ok {
		r.result(p, result)
	}
	if text, ok := o.take("errorText"); ok {
		p.Failed = true
		r.result(p, text)
	}
	switch state {
	case "", "result", "output-available", "output-error", "call", "input-available":
	default:
		r.add(messagePart{Kind: partText, Text: "State of the call: " + shorten(state, shownName)})
	}
	r.rest(o, "Further fields of this call")
}

// toolMessage reads the message of a tool: its content is the result of a call. A list of results
// is left to those who read parts.
func (r *messageReader) toolMessage(o *jsonObject, name string) {
	p := messagePart{Title: "Result of", Name: name, Note: takeCallID(o)}
	for _, key := range []string{"isError", "is_error"} {
		p.Failed = o.isTrue(key) || p.Failed
	}
	raw, ok := o.raw("content")
	if !ok || isEmptyJSON(raw) {
		return
	}
	if list, isList := jsonList(raw); isList {
		if first, ok := newJSONObject(list[0]); ok {
			if kind, _ := first.text("type"); strings.Contains(kind, "tool") {
				return
			}
		}
	}
	o.take("content")
	r.result(p, raw)
}

func (r *messageReader) call(p messagePart, arguments json.RawMessage) {
	if p.Name == "" {
		p.Name = "a tool without a name"
	}
	r.fold(p, func() {
		if arguments == nil {
			r.add(messagePart{Kind: partNone, Title: "No arguments"})
			return
		}
		r.add(r.value(arguments))
	})
}

func (r *messageReader) result(p messagePart, result json.RawMessage) {
	if p.Name == "" {
		p.Name = "a tool call"
	}
	result, failed := outputOf(result)
	p.Failed = p.Failed || failed
	r.fold(p, func() {
		switch list, isList := jsonList(result); {
		case isEmptyJSON(result):
			r.add(messagePart{Kind: partNone, Title: "No result"})
		case isList && r.folds <= maxFolds && areParts(list):
			class := r.class
			r.class = "tool"
			r.elements(result)
			r.class = class
		default:
			r.add(r.value(result))
		}
	})
}

// outputOf unwraps what version 5 of the AI SDK puts around a result: its type, which may say that it
// is an error.
func outputOf(result json.RawMessage) (value json.RawMessage, failed bool) {
	o, ok := newJSONObject(result)
	if !ok || len(o.members) != 2 {
		return result, false
	}
	kind, _ := o.text("type")
	value, ok = o.raw("value")
	switch {
	case ok && (kind == "text" || kind == "json" || kind == "content"):
		return value, false
	case ok && (kind == "error-text" || kind == "error-json"):
		return value, true
	}
	return result, false
}

// areParts says whether the elements of a list say what type they are, as parts do.
func areParts(list []json.RawMessage) bool {
	for _, raw := range list[:min(len(list), maxParts)] {
		o, ok := newJSONObject(raw)
		if !ok || o.member("type") == nil {
			return false
		}
	}
	return len(list) > 0
}

// takeWord takes a member that says what goes without saying.
func takeWord(o *jsonObject, key string, words ...string) {
	given, _ := o.text(key)
	for _, word := range words {
		if given == word {
			o.take(key)
		}
	}
}

func takeToolName(o *jsonObject) string {
	name, _ := o.takeText("name", "toolName", "tool_name")
	return shorten(name, shownName)
}

func takeCallID(o *jsonObject) string {
	id, _ := o.takeText("tool_call_id", "toolCallId", "tool_use_id", "call_id", "id")
	return shorten(id, shownName)
}

func compact(raw json.RawMessage) string {
	var out bytes.Buffer
	if json.Compact(&out, raw) != nil {
		return string(raw)
	}
	return out.String()
}
