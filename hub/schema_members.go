package hub

import "slices"

// writeMembers renders what an object's members and an array's items are. It returns the
// properties that it left out because only the API writes them.
func (w *schemaWriter) writeMembers(out, source tree, at schemaPlace) (dropped []string) {
	if members, ok := source["properties"].(tree); ok && w.fits(members) {
		properties := make(tree, len(members))
		for _, name := range sortedKeys(members) {
			if w.isReadOnly(members[name], at) {
				dropped = append(dropped, name)
				continue
			}
			properties[name] = w.write(members[name], at.inside())
		}
		out["properties"] = properties
	}
	switch additional := source["additionalProperties"].(type) {
	case bool:
		out["additionalProperties"] = additional
	case tree:
		out["additionalProperties"] = w.write(additional, at.inside())
	}
	w.writePatterns(out, source, at)
	items, isTuple := source["items"].([]any)
	if !isTuple {
		items = listAt(source, "prefixItems")
	}
	if len(items) > 0 {
		out["prefixItems"] = w.writeEach(items, at.inside())
	}
	switch source["items"].(type) {
	case tree, bool:
		out["items"] = w.write(source["items"], at.inside())
	}
	return dropped
}

// writePatterns leaves out a pattern that Go cannot read; then nothing may be forbidden that it
// would have allowed.
func (w *schemaWriter) writePatterns(out, source tree, at schemaPlace) {
	members := treeAt(source, "patternProperties")
	if len(members) == 0 || !w.fits(members) {
		return
	}
	patterns := tree{}
	for _, pattern := range sortedKeys(members) {
		if len(pattern) > maxKeywordText || !isPattern(pattern) {
			delete(out, "additionalProperties")
			continue
		}
		patterns[pattern] = w.write(members[pattern], at.inside())
	}
	out["patternProperties"] = patterns
}

// fits says whether it is worth the time to sort members.
func (w *schemaWriter) fits(members tree) bool {
	w.nodes += len(members) / 2
	for name := range members {
		if w.nodes += len(name) / 8; w.nodes > maxSchemaNodes {
			w.cut = true
			return false
		}
	}
	return true
}

func (w *schemaWriter) isReadOnly(v any, at schemaPlace) bool {
	source, _ := w.follow(v, at)
	return flagAt(source, "readOnly")
}

func (w *schemaWriter) writeEach(sources []any, at schemaPlace) []any {
	var list []any
	for _, source := range sources {
		list = append(list, w.write(source, at))
		if w.nodes > maxSchemaNodes {
			break
		}
	}
	return list
}

// writeAlternatives renders allOf, anyOf, oneOf and not. oneOf becomes anyOf: what sets its
// alternatives apart is often a format or a discriminator, which a validator passes over, and
// then a value that the API takes would fit two of them and so be refused.
func (w *schemaWriter) writeAlternatives(out, source tree, at schemaPlace) {
	parts := w.writeEach(listAt(source, "allOf"), at.asPart())
	for _, key := range []string{"anyOf", "oneOf"} {
		alternatives := w.writeEach(listAt(source, key), at.asPart().deeper())
		switch {
		case len(alternatives) == 1:
			parts = append(parts, alternatives[0])
		case len(alternatives) > 1 && out["anyOf"] == nil:
			out["anyOf"] = alternatives
		case len(alternatives) > 1:
			parts = append(parts, tree{"anyOf": alternatives})
		}
	}
	w.writeNot(out, source, at)
	var apart []any
	for _, part := range parts {
		if !mergeInto(out, part.(tree)) {
			apart = append(apart, part)
		}
	}
	if len(apart) > 0 {
		out["allOf"] = apart
	}
}

func (p schemaPlace) deeper() schemaPlace {
	p.depth++
	return p
}

// writeNot keeps a "not" only as a whole: leaving something out of it would forbid more.
func (w *schemaWriter) writeNot(out, source tree, at schemaPlace) {
	negated, ok := source["not"].(tree)
	if !ok {
		return
	}
	strict := &schemaWriter{doc: w.doc, limits: w.limits, nodes: w.nodes}
	inner := strict.write(negated, at.asPart().deeper())
	w.nodes = strict.nodes
	if strict.cut || strict.cyclic || len(strict.broken) > 0 || !isSimple(inner) {
		return
	}
	out["not"] = inner
}

// isSimple says whether a rendered schema tells by its type and values alone what it takes.
func isSimple(out tree) bool {
	for key := range out {
		if !slices.Contains([]string{"type", "enum", "const", "required", "title", "description"}, key) {
			return false
		}
	}
	return len(out) > 0
}
