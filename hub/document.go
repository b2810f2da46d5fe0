package hub

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"sessionhub/models"
)

// MaxDocument bounds an OpenAPI document. The largest public one, GitHub's, has 12 MiB.
const MaxDocument = 16 << 20 // bytes

// tree is an object of a document, read as it stands: real documents break the specification
// somewhere, and one wrong type must cost one operation, not all of them. Numbers are json.Number.
// It is never changed, because what YAML names with an anchor is there once.
type tree = map[string]any

// document is an OpenAPI document.
type document struct {
	root    tree
	swagger bool            // 2.0
	modern  bool            // 3.1 or later: a schema is JSON Schema, and what stands beside a $ref counts
	found   map[string]tree // what references name, once it was looked up; nil for nothing
}

// readDocument reads JSON or YAML.
func readDocument(text []byte) (*document, error) {
	if len(text) > MaxDocument {
		return nil, models.Invalid("document", fmt.Sprintf("is larger than %d MiB", MaxDocument>>20))
	}
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF")))
	var value any
	var err error
	switch {
	case len(text) == 0:
		return nil, models.Invalid("document", "is empty")
	case text[0] == '<':
		return nil, models.Invalid("document", "is a web page or XML, not an OpenAPI document in JSON or YAML")
	case text[0] == '{':
		value, err = readJSON(text)
	default:
		value, err = readYAML(text)
	}
	if err != nil {
		return nil, models.Invalid("document", err.Error())
	}
	root, _ := value.(tree)
	return newDocument(root)
}

// newDocument looks at the version.
func newDocument(root tree) (*document, error) {
	version, swagger := textAt(root, "openapi"), textAt(root, "swagger")
	switch {
	case version == "" && swagger == "":
		return nil, models.Invalid("document", `is not an OpenAPI document: it has neither "openapi" nor "swagger" at its top`)
	case strings.HasPrefix(version, "3."):
		return &document{root: root, modern: !strings.HasPrefix(version, "3.0"), found: map[string]tree{}}, nil
	case version == "" && (swagger == "2.0" || swagger == "2"):
		return &document{root: root, swagger: true, found: map[string]tree{}}, nil
	}
	return nil, models.Invalid("document", "is of an unknown version; OpenAPI 3 and Swagger 2.0 can be read")
}

// readJSON tries YAML when the text is not JSON, because {openapi: 3.0.0} is YAML too; but what
// begins with a brace is told what is wrong with its JSON.
func readJSON(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	if err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return value, nil
		}
		err = errors.New("something follows its end")
	}
	if other, yamlErr := readYAML(text); yamlErr == nil {
		return other, nil
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		return nil, fmt.Errorf("is not valid JSON: line %d: %w", line, err)
	}
	return nil, fmt.Errorf("is not valid JSON: %w", err)
}

func treeAt(t tree, key string) tree {
	inner, _ := t[key].(tree)
	return inner
}

func listAt(t tree, key string) []any {
	list, _ := t[key].([]any)
	return list
}

func flagAt(t tree, key string) bool {
	flag, _ := t[key].(bool)
	return flag
}

// textAt takes a number for text too: YAML reads an unquoted version as one.
func textAt(t tree, key string) string { return asText(t[key]) }

func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// textsAt lists the strings of a list.
func textsAt(t tree, key string) []string {
	var texts []string
	for _, item := range listAt(t, key) {
		if text, ok := item.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// proseAt is a text for people and models: without control characters, which PostgreSQL and
// terminals take badly, and at most limit characters, cut after a word.
func proseAt(t tree, key string, limit int) string {
	const most = 8 // bytes of a character, with what is left out
	text, _ := t[key].(string)
	text = strings.ToValidUTF8(text[:min(len(text), most*(limit+1))], "")
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f {
			return -1
		}
		return r
	}, text))
	return cutProse(text, limit)
}

func cutProse(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	if limit < 1 {
		return ""
	}
	end := 0
	for range limit - 1 {
		_, size := utf8.DecodeRuneInString(text[end:])
		end += size
	}
	kept := text[:end]
	// A word that is longer than a fifth of the text is cut itself.
	if space := strings.LastIndexAny(kept, " \n\t"); space > len(kept)*4/5 {
		kept = kept[:space]
	}
	return strings.TrimRight(kept, " \n\t.,;:") + "…"
}
