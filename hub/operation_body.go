package hub

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"

	"sessionhub/models"
)

const (
	mediaJSON      = "application/json"
	mediaForm      = "application/x-www-form-urlencoded"
	mediaMultipart = "multipart/form-data"

	formatBinary = "binary"
)

// requestBody is the form of a body that is chosen of those that the operation takes.
type requestBody struct {
	mediaType   string
	required    bool
	description string
	schema      any
	encoding    tree
}

func (b *requestBody) isForm() bool { return b.mediaType == mediaForm || b.mediaType == mediaMultipart }

func isJSON(mediaType string) bool {
	plain, _, err := mime.ParseMediaType(mediaType)
	return err == nil && (plain == mediaJSON || strings.HasSuffix(plain, "+json"))
}

func sortedKeys(t tree) []string { return slices.Sorted(maps.Keys(t)) }

// keysUpTo is nothing where there are more keys than anybody meant.
func keysUpTo(limit int, t tree) []string {
	if len(t) > limit {
		return nil
	}
	return sortedKeys(t)
}

// requestBody returns nil for none; reason says why the operation cannot be offered.
func (c *compiler) requestBody(op *operation) (body *requestBody, reason string) {
	if op.source["requestBody"] == nil {
		return nil, ""
	}
	source, problem := c.doc.deref(op.source["requestBody"])
	if problem != "" {
		return nil, "has a body that " + problem
	}
	body = &requestBody{required: flagAt(source, "required"), description: proseAt(source, "description", maxFunctionText)}
	content := treeAt(source, "content")
	rank := 0
	for _, name := range keysUpTo(maxResponses, content) {
		mediaType, now := rankMedia(name)
		if now > rank {
			chosen, _ := content[name].(tree)
			rank, body.mediaType, body.schema, body.encoding = now, mediaType, chosen["schema"], treeAt(chosen, "encoding")
		}
	}
	switch {
	case rank > 0:
		return body, ""
	case body.required:
		return nil, fmt.Sprintf("takes only %s, and neither JSON nor a form", quoted(strings.Join(keysUpTo(maxResponses, content), ", ")))
	case len(content) > 0:
		c.note(op, fmt.Sprintf("takes a body of %s; it is left out", quoted(strings.Join(keysUpTo(maxResponses, content), ", "))))
	}
	return nil, ""
}

// rankMedia says which form is taken where a body has several; 0 for one that is not supported.
func rankMedia(name string) (mediaType string, rank int) {
	plain, _, err := mime.ParseMediaType(name)
	switch {
	case err != nil:
		return "", 0
	case plain == mediaJSON:
		return plain, 5
	case isJSON(plain):
		return plain, 4
	case plain == mediaForm:
		return plain, 3
	case plain == mediaMultipart:
		return plain, 2
	case plain == "*/*" || plain == "application/*":
		return mediaJSON, 1
	}
	return "", 0
}

// isPlainObject says whether a rendered schema says no more than which members an object has,
// so that they can be arguments themselves.
func isPlainObject(out tree) bool {
	if !hasType(out, "object") {
		return false
	}
	for _, name := range typesOf(out) {
		if name != "object" && name != "null" {
			return false
		}
	}
	properties, _ := out["properties"].(tree)
	for key, value := range out {
		switch key {
		case "type", "title", "description", "default", "properties", "required":
		case "additionalProperties":
			if value != false {
				return false
			}
		default:
			return false
		}
	}
	return len(properties) > 0 && !slices.ContainsFunc(sortedKeys(properties), func(name string) bool {
		return name == "" || len(name) > maxNameLength
	})
}

// isBinary says whether a rendered schema is that of a file.
func isBinary(out tree) bool {
	if items, ok := out["items"].(tree); ok {
		return isBinary(items)
	}
	mediaType, _ := out["contentMediaType"].(string)
	return out["format"] == formatBinary || mediaType != "" && out["contentEncoding"] == nil && !isJSON(mediaType)
}

// field says how one member of the body is written.
func (b *requestBody) field(name string, schema tree) models.Field {
	field := models.Field{Name: name}
	if !b.isForm() {
		return field
	}
	encoding := treeAt(b.encoding, name)
	style := textAt(encoding, "style")
	explode, said := encoding["explode"].(bool)
	items, _ := schema["items"].(tree)
	switch {
	case isJSON(textAt(encoding, "contentType")):
		field.JSON = true
	case style == "deepObject":
		field.Style, field.Explode = style, true
	case style == "" && (hasType(schema, "object") || holdsObjects(items)):
		field.JSON = true
	default:
		field.Style, field.Explode = "form", explode || !said
		if slices.Contains(styles["query"], style) && style != "form" {
			field.Style, field.Explode = style, explode
		}
	}
	return field
}

func holdsObjects(items tree) bool { return hasType(items, "object") || hasType(items, "array") }
