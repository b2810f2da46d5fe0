package hub

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"sessionhub/models"
)

type encoder func(string) string

func asItIs(s string) string { return s }

// jsonText writes a value as JSON, numbers as they were spelled.
func jsonText(value any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// scalarText writes a value that a style has no more structure for; what is not a scalar
// becomes JSON.
func scalarText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	text, err := jsonText(value)
	if err != nil {
		return ""
	}
	return text
}

// valueParts lists the encoded parts of a value: the items of an array, the names and values
// of an object, or the one scalar. Null parts are left out.
func valueParts(value any, enc encoder) (items []string, members []requestPair, scalar bool) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if item != nil {
				items = append(items, enc(scalarText(item)))
			}
		}
		return items, nil, false
	case map[string]any:
		for _, name := range keysInOrder(v) {
			if v[name] != nil {
				members = append(members, requestPair{enc(name), enc(scalarText(v[name]))})
			}
		}
		return nil, members, false
	}
	return []string{enc(scalarText(value))}, nil, true
}

// flat writes members in a row: "a,1,b,2", or "a=1,b=2" where assigned.
func flat(members []requestPair, separator string, assigned bool) string {
	sign := separator
	if assigned {
		sign = "="
	}
	texts := make([]string, len(members))
	for i, m := range members {
		texts[i] = m.name + sign + m.value
	}
	return strings.Join(texts, separator)
}

func simpleStyle(explode bool, value any, enc encoder) string {
	items, members, _ := valueParts(value, enc)
	if members != nil {
		return flat(members, ",", explode)
	}
	return strings.Join(items, ",")
}

// pathStyle is empty for a value that has nothing to show.
func pathStyle(in *models.Input, value any) string {
	items, members, scalar := valueParts(value, percentEncode)
	if len(members) == 0 && strings.Join(items, "") == "" {
		return ""
	}
	switch in.Style {
	case "label":
		return labelStyle(items, members, in.Explode)
	case "matrix":
		return matrixStyle(percentEncode(in.Name), items, members, in.Explode && !scalar)
	}
	return simpleStyle(in.Explode, value, percentEncode)
}

func labelStyle(items []string, members []requestPair, explode bool) string {
	separator := ","
	if explode {
		separator = "."
	}
	if members != nil {
		return "." + flat(members, separator, explode)
	}
	return "." + strings.Join(items, separator)
}

func matrixStyle(name string, items []string, members []requestPair, explode bool) string {
	switch {
	case members != nil && explode:
		return ";" + flat(members, ";", true)
	case members != nil:
		return ";" + name + "=" + flat(members, ",", false)
	case explode:
		return ";" + name + "=" + strings.Join(items, ";"+name+"=")
	}
	return ";" + name + "=" + strings.Join(items, ",")
}

var delimiters = map[string]string{"spaceDelimited": "%20", "pipeDelimited": "%7C"}

// formPairs writes a parameter of a query or a cookie. An empty array or object adds nothing.
func formPairs(in *models.Input, value any, enc encoder) []requestPair {
	name := enc(in.Name)
	if in.Style == "deepObject" {
		return deepPairs(name, value, enc)
	}
	items, members, scalar := valueParts(value, enc)
	separator, delimited := delimiters[in.Style]
	if !delimited {
		separator = ","
	}
	switch {
	case scalar:
		return []requestPair{{name, items[0]}}
	case in.Explode && members != nil:
		return members
	case in.Explode:
		pairs := make([]requestPair, len(items))
		for i, item := range items {
			pairs[i] = requestPair{name, item}
		}
		return pairs
	case members != nil:
		return []requestPair{{name, flat(members, separator, false)}}
	case items != nil:
		return []requestPair{{name, strings.Join(items, separator)}}
	}
	return nil
}

// deepPairs writes name[a][b]=c. For arrays the specification has nothing; their items repeat
// the name, as in an exploded form.
func deepPairs(name string, value any, enc encoder) []requestPair {
	switch v := value.(type) {
	case map[string]any:
		var pairs []requestPair
		for _, key := range keysInOrder(v) {
			pairs = append(pairs, deepPairs(name+"%5B"+enc(key)+"%5D", v[key], enc)...)
		}
		return pairs
	case []any:
		var pairs []requestPair
		for _, item := range v {
			if item != nil {
				pairs = append(pairs, requestPair{name, enc(scalarText(item))})
			}
		}
		return pairs
	case nil:
		return nil
	}
	return []requestPair{{name, enc(scalarText(value))}}
}
