package web

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/dustin/go-humanize"
)

// shownAddress is how many characters of a link are shown: about a line.
const shownAddress = 80

// media reads a part that is an image, a file or a sound, and says whether it was one.
func (r *messageReader) media(kind string, o *jsonObject) bool {
	switch kind {
	case "image", "image_url", "input_image":
		r.file("Image", o)
	case "audio", "input_audio":
		r.file("Audio", o)
	case "video", "video_url":
		r.file("Video", o)
	case "file", "input_file", "document", "media":
		r.file("File", o)
	default:
		return false
	}
	return true
}

// files reads what is attached to a message: a list, or one thing.
func (r *messageReader) files(key string, raw json.RawMessage) {
	list, ok := jsonList(raw)
	if !ok {
		list = []json.RawMessage{raw}
	}
	word := "File"
	if key == "audio" {
		word = "Audio"
	}
	for i, element := range list {
		if r.count > maxParts || i >= maxElements {
			r.more += len(list) - i
			return
		}
		if o, ok := newJSONObject(element); ok {
			r.file(word, o)
			r.rest(o, "Further fields of this file")
		} else if !isEmptyJSON(element) {
			r.fold(messagePart{Title: word}, func() { r.add(r.value(element)) })
		}
	}
}

// file shows a line about a file. What is in it stays where it is: nothing is loaded.
func (r *messageReader) file(word string, o *jsonObject) {
	var f fileFacts
	f.read(o)
	for _, key := range []string{"source", "image_url", "file", "input_audio", "image", "audio", "video_url"} {
		if inner, ok := o.takeObject(key); ok {
			f.read(inner)
			takeWord(inner, "type", "base64", "url", "file", "image", "text")
			defer r.rest(inner, "Further fields of this file")
		}
	}
	if f.text != "" {
		defer r.text(f.text)
	}
	r.add(f.part(word))
}

// fileFacts is what is known of a file.
type fileFacts struct {
	mediaType, name, link, place, size string
	text                               string // of a document that is nothing but text
}

// read takes what an object says of a file.
func (f *fileFacts) read(o *jsonObject) {
	first := func(into *string, names ...string) {
		if text, ok := o.takeText(names...); ok && *into == "" {
			*into = strings.TrimSpace(text)
		}
	}
	first(&f.mediaType, "mediaType", "media_type", "mimeType", "mime_type", "contentType", "format")
	first(&f.name, "filename", "file_name", "name", "title", "displayName", "display_name")
	var address, data string
	first(&address, "url", "file_url", "fileUri", "file_uri", "uri", "image_url", "video_url", "image", "audio")
	first(&data, "data", "file_data", "file")
	first(&f.place, "file_id", "fileId", "sourceId", "id")
	takeWord(o, "sourceType", "url", "document")
	takeWord(o, "detail", "auto", "low", "high")
	if kind, _ := o.text("type"); kind == "text" {
		f.text, data = data, ""
	}
	f.locate(address)
	if strings.Contains(data[:min(len(data), len("https:"))], ":") { // base64 has no colon
		f.locate(data)
	} else if f.size == "" {
		f.size = sizeOfBase64(data)
	}
}

// locate reads an address: what is in a data URL is told by its size.
func (f *fileFacts) locate(address string) {
	scheme, rest, _ := strings.Cut(address, ":")
	if strings.EqualFold(scheme, "data") {
		head, data, _ := strings.Cut(rest, ",")
		kind, _, _ := strings.Cut(head, ";")
		if f.mediaType == "" {
			f.mediaType = kind
		}
		f.size = sizeOfBase64(data)
		return
	}
	u, err := url.Parse(address[:min(len(address), maxAddress)])
	switch {
	case err == nil && isWeb(u) && len(address) <= maxAddress:
		f.link = u.String()
		f.place = u.Host + u.Path
	case looksLikeBase64(address):
		f.size = sizeOfBase64(address)
	case address != "" && f.place == "":
		f.place = address
	}
}

// part is the line.
func (f *fileFacts) part(word string) messagePart {
	kind, _, _ := strings.Cut(strings.ToLower(f.mediaType), "/")
	if word == "File" {
		switch kind {
		case "image":
			word = "Image"
		case "audio":
			word = "Audio"
		case "video":
			word = "Video"
		}
	}
	p := messagePart{Kind: partFile, Title: word, Link: f.link, Name: shorten(f.name, shownAddress)}
	if p.Name == "" {
		p.Name = shorten(f.place, shownAddress)
	}
	var facts []string
	for _, fact := range []string{shorten(f.mediaType, shownName), f.size} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	p.Text = strings.Join(facts, ", ")
	return p
}

// looksLikeBase64 says whether a text is more likely a file than the name of one.
func looksLikeBase64(text string) bool {
	const longestName = 512
	return len(text) > longestName && !strings.ContainsAny(text[:longestName], " :.?\n")
}

// sizeOfBase64 tells how large a file is that is in a message.
func sizeOfBase64(data string) string {
	if data == "" {
		return ""
	}
	return humanize.Bytes(uint64(base64.StdEncoding.DecodedLen(len(strings.TrimRight(data, "=")) &^ 3)))
}
