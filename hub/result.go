package hub

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"mime"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"
)

// NewResult makes JSON of an answer: JSON as it is with its numbers as they are spelled, a text
// as a string, anything else as an object with its media type and its bytes, nothing as null.
func NewResult(r *Response) json.RawMessage {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		mediaType, _, _ = strings.Cut(r.Header.Get("Content-Type"), ";")
		mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	}
	switch {
	case len(r.Body) == 0:
		return json.RawMessage("null")
	case isJSONType(mediaType):
		return jsonResult(textOf(r.Body, parameters["charset"]))
	case isTextType(mediaType), mediaType == "" && utf8.Valid(r.Body):
		return encoded(textOf(r.Body, parameters["charset"]))
	}
	if mediaType == "" {
		mediaType = "application/octet-stream"
	}
	return encoded(map[string]string{"media_type": mediaType, "base64": base64.StdEncoding.EncodeToString(r.Body)})
}

// jsonResult takes what is called JSON and is not for a text.
func jsonResult(text string) json.RawMessage {
	if strings.TrimSpace(text) == "" {
		return json.RawMessage("null")
	}
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		return encoded(text)
	}
	return b.Bytes()
}

// encoded writes a string or a map of strings, for which there is no error.
func encoded(value any) json.RawMessage {
	text, err := jsonText(value)
	if err != nil {
		return json.RawMessage("null")
	}
	return json.RawMessage(text)
}

var textTypes = []string{
	"application/xml", "application/x-www-form-urlencoded", "application/yaml", "application/x-yaml",
	"application/javascript", "application/x-ndjson", "application/jsonl", "application/graphql", "application/sql",
}

func isTextType(mediaType string) bool {
	if strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+xml") || strings.HasSuffix(mediaType, "+yaml") {
		return true
	}
	for _, known := range textTypes {
		if mediaType == known {
			return true
		}
	}
	return false
}

// textOf decodes a body. What its charset cannot be becomes U+FFFD.
func textOf(body []byte, charset string) string {
	if charset != "" && !strings.EqualFold(charset, "utf-8") {
		if encoding, err := htmlindex.Get(charset); err == nil {
			if decoded, err := encoding.NewDecoder().Bytes(body); err == nil {
				body = decoded
			}
		}
	}
	return strings.TrimPrefix(strings.ToValidUTF8(string(body), "\uFFFD"), "\uFEFF")
}
