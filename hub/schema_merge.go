package hub

import (
	"maps"
	"reflect"
	"slices"
)

// mergeInto adds a schema to another that holds too, when that can be said without allOf; else
// it changes nothing. Where both describe, the one that is there wins.
func mergeInto(out, part tree) bool {
	changes, members := tree{}, tree{}
	for key, value := range part {
		known, both := out[key]
		if !both || reflect.DeepEqual(known, value) {
			changes[key] = value
			continue
		}
		switch key {
		case "title", "description", "default", "required", "additionalProperties":
		case "type":
			common := commonTypes(typesOf(out), typesOf(part))
			if len(common) == 0 {
				return false
			}
			setTypes(changes, common)
		case "properties":
			var ok bool
			if members, ok = mergeMembers(known.(tree), value.(tree)); !ok {
				return false
			}
		default:
			return false
		}
	}
	openUp(out, part, changes)
	if known, ok := out["required"].([]string); ok {
		more, _ := part["required"].([]string)
		changes["required"] = append(known, more...)
	}
	maps.Copy(out, changes)
	if properties, ok := out["properties"].(tree); ok {
		maps.Copy(properties, members)
	}
	return true
}

// openUp gives up a false additionalProperties that would forbid the other's properties, which
// nobody means.
func openUp(out, part, changes tree) {
	a, inA := out["additionalProperties"]
	b, inB := part["additionalProperties"]
	differ := inA && inB && !reflect.DeepEqual(a, b)
	if differ || a == false && part["properties"] != nil || b == false && out["properties"] != nil {
		delete(out, "additionalProperties")
		delete(changes, "additionalProperties")
	}
}

// mergeMembers lists what has to be written over or added to properties.
func mergeMembers(known, more tree) (members tree, ok bool) {
	members = make(tree, len(more))
	for name, value := range more {
		if known[name] == nil {
			members[name] = value
			continue
		}
		both := maps.Clone(known[name].(tree))
		if properties, has := both["properties"].(tree); has {
			both["properties"] = maps.Clone(properties)
		}
		if !mergeInto(both, value.(tree)) {
			return nil, false
		}
		finishRequired(both)
		members[name] = both
	}
	return members, true
}

// finishRequired puts the names in order, each once.
func finishRequired(out tree) {
	if required, ok := out["required"].([]string); ok {
		required = slices.Clone(required)
		slices.Sort(required)
		out["required"] = slices.Compact(required)
	}
}

// commonTypes knows that an integer is a number.
func commonTypes(a, b []string) []string {
	var common []string
	for _, name := range schemaTypes {
		inA := slices.Contains(a, name) || name == "integer" && slices.Contains(a, "number")
		inB := slices.Contains(b, name) || name == "integer" && slices.Contains(b, "number")
		if inA && inB {
			common = append(common, name)
		}
	}
	if slices.Contains(common, "number") {
		common = slices.DeleteFunc(common, func(name string) bool { return name == "integer" })
	}
	return common
}
