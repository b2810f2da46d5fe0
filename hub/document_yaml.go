package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	yaml "github.com/oasdiff/yaml3"
)

// maxMerged bounds what "<<" copies: everything else that an anchor names is shared, so that a
// few lines cannot grow into gigabytes.
const maxMerged = 1 << 20 // members

var (
	errYAMLCycle  = errors.New("is not usable YAML: an anchor contains itself")
	errYAMLMerges = errors.New(`is not usable YAML: it merges too much with "<<"`)
)

// yamlReader makes of YAML what encoding/json makes of JSON.
type yamlReader struct {
	anchors map[*yaml.Node]any // what is read already
	open    map[*yaml.Node]bool
	merged  int
}

func readYAML(text []byte) (value any, err error) {
	defer func() { // neither the parser nor the document is ours
		if r := recover(); r != nil {
			value, err = nil, fmt.Errorf("is not valid YAML: %v", r)
		}
	}()
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, fmt.Errorf("is not valid YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	r := &yamlReader{anchors: map[*yaml.Node]any{}, open: map[*yaml.Node]bool{}}
	return r.read(&top)
}

func (r *yamlReader) read(n *yaml.Node) (any, error) {
	if n.Anchor != "" {
		return r.once(n)
	}
	return r.readHere(n)
}

func (r *yamlReader) readHere(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil //nolint:nilnil // null is a value
		}
		return r.read(n.Content[0])
	case yaml.AliasNode:
		return r.once(n.Alias)
	case yaml.MappingNode:
		return r.mapping(n)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			value, err := r.read(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	}
	return yamlScalar(n), nil
}

// once reads what has an anchor; all that name it share the value.
func (r *yamlReader) once(n *yaml.Node) (any, error) {
	if value, ok := r.anchors[n]; ok {
		return value, nil
	}
	if r.open[n] {
		return nil, errYAMLCycle
	}
	r.open[n] = true
	value, err := r.readHere(n)
	delete(r.open, n)
	r.anchors[n] = value
	return value, err
}

func (r *yamlReader) mapping(n *yaml.Node) (any, error) {
	t := make(tree, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Tag == "!!merge" {
			merges = append(merges, n.Content[i+1])
			continue
		}
		value, err := r.read(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		t[key.Value] = value
	}
	for _, from := range merges {
		if err := r.merge(t, from); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// merge adds what "<<" names and the mapping does not have.
func (r *yamlReader) merge(into tree, from *yaml.Node) error {
	value, err := r.read(from)
	if err != nil {
		return err
	}
	sources, isList := value.([]any)
	if !isList {
		sources = []any{value}
	}
	for _, source := range sources {
		t, _ := source.(tree)
		if r.merged += len(t) + 1; r.merged > maxMerged {
			return errYAMLMerges
		}
		for key, value := range t {
			if _, known := into[key]; !known {
				into[key] = value
			}
		}
	}
	return nil
}

// yamlScalar leaves dates text: JSON has none.
func yamlScalar(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var flag bool
		if n.Decode(&flag) == nil {
			return flag
		}
	case "!!int", "!!float":
		if isNumber(n.Value) {
			return json.Number(n.Value)
		}
		var number float64 // such as 0x1F, 1_000 or .5
		if n.Decode(&number) == nil {
			if text := strconv.FormatFloat(number, 'f', -1, 64); isNumber(text) {
				return json.Number(text)
			}
		}
	}
	return n.Value
}

// isNumber says whether s is a number of JSON.
func isNumber(s string) bool {
	return s != "" && (s[0] == '-' || s[0] >= '0' && s[0] <= '9') && json.Valid([]byte(s))
}
