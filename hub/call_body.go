package hub

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"net/url"
	"strings"

	"sessionhub/models"
)

// bodyReader makes a body that net/http can send again; nil for none.
func bodyReader(body []byte) io.Reader {
	if body == nil {
		return nil
	}
	return bytes.NewReader(body)
}

// addBody encodes the body as its media type says. An optional body of which no argument is
// given is left out.
func (p *requestParts) addBody(b *models.Body, args map[string]any) error {
	if b == nil {
		return nil
	}
	value, given := bodyValue(b, args)
	if !given {
		if b.Required && b.Argument != "" {
			return models.Invalid(b.Argument, "is required")
		}
		if !b.Required {
			return nil
		}
	}
	contentType, body, err := encodeBody(b, value)
	if err != nil {
		return models.Invalid(b.Argument, err.Error())
	}
	p.body = body
	p.header.Set("Content-Type", contentType)
	return nil
}

// bodyValue is the argument that is the body, or an object of those that are its members.
func bodyValue(b *models.Body, args map[string]any) (any, bool) {
	if b.Argument != "" {
		value, given := args[b.Argument]
		return value, given
	}
	members := map[string]any{}
	for _, f := range b.Fields {
		if value, given := args[f.Argument]; given {
			members[f.Name] = value
		}
	}
	return members, len(members) > 0
}

func encodeBody(b *models.Body, value any) (contentType string, body []byte, err error) {
	mediaType, _, _ := mime.ParseMediaType(b.MediaType)
	switch {
	case !isHeaderValue(b.MediaType):
		return "", nil, errors.New("the media type of the body cannot be sent")
	case mediaType == "application/x-www-form-urlencoded":
		members, ok := value.(map[string]any)
		if !ok {
			return "", nil, errors.New("must be an object")
		}
		return b.MediaType, []byte(joinPairs(formBody(b, members), "&")), nil
	case mediaType == "multipart/form-data":
		members, ok := value.(map[string]any)
		if !ok {
			return "", nil, errors.New("must be an object")
		}
		return multipartBody(b, members)
	}
	if text, ok := value.(string); ok && !isJSONType(mediaType) {
		return b.MediaType, []byte(text), nil
	}
	text, err := jsonText(value)
	if err != nil {
		return "", nil, errors.New("cannot be written as JSON")
	}
	return b.MediaType, []byte(text), nil
}

func isJSONType(mediaType string) bool {
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// formField is how a member is written: as the document says, or as a plain form does it.
func formField(b *models.Body, name string) models.Field {
	for _, f := range b.Fields {
		if f.Name == name {
			return f
		}
	}
	return models.Field{Name: name, Style: "form", Explode: true}
}

func formBody(b *models.Body, members map[string]any) []requestPair {
	var pairs []requestPair
	for _, name := range keysInOrder(members) {
		f, value := formField(b, name), members[name]
		if value == nil {
			continue
		}
		if f.JSON {
			value = scalarJSON(value)
		}
		in := models.Input{Name: name, Style: f.Style, Explode: f.Explode}
		pairs = append(pairs, formPairs(&in, value, url.QueryEscape)...)
	}
	return pairs
}

func scalarJSON(value any) string {
	text, err := jsonText(value)
	if err != nil {
		return ""
	}
	return text
}

func multipartBody(b *models.Body, members map[string]any) (string, []byte, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range keysInOrder(members) {
		items, isList := members[name].([]any)
		if !isList || formField(b, name).JSON {
			items = []any{members[name]}
		}
		for _, item := range items {
			if item == nil {
				continue
			}
			if err := writePart(w, name, item, formField(b, name).JSON); err != nil {
				return "", nil, err
			}
		}
	}
	if err := w.Close(); err != nil {
		return "", nil, err
	}
	return w.FormDataContentType(), body.Bytes(), nil
}

// writePart writes objects and arrays as JSON parts.
func writePart(w *multipart.Writer, name string, value any, asJSON bool) error {
	disposition := strings.TrimSuffix(multipart.FileContentDisposition(name, ""), `; filename=""`)
	header, text := textproto.MIMEHeader{"Content-Disposition": {disposition}}, scalarText(value)
	switch value.(type) {
	case map[string]any, []any:
		asJSON = true
	}
	if asJSON {
		text = scalarJSON(value)
		header.Set("Content-Type", "application/json")
	}
	part, err := w.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = io.WriteString(part, text)
	return err
}
