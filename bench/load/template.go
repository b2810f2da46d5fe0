package load

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
)

// IDLength is how long every id is: 32 lowercase hex digits, which all servers take.
const IDLength = 32

// ID is the id of a session.
type ID [IDLength]byte

// idMark stands in a template for the id.
var idMark = []byte("{id:" + strings.Repeat("-", IDLength-5) + "}")

// Mark is what a path or body has where the id of the session belongs.
func Mark() string { return string(idMark) }

// NewID makes the id of number n of a series.
func NewID(series, n uint64) (id ID) {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], series)
	binary.BigEndian.PutUint64(b[8:], n)
	hex.Encode(id[:], b[:])
	return id
}

// Request is an HTTP request that is not rendered yet.
type Request struct {
	Method, Path string
	Header       []string // lines such as "Accept: application/json"
	Body         string
}

// Template is a rendered request in which only the id changes. It is for one goroutine.
type Template struct {
	bytes []byte
	marks []int
}

// Render writes the request as it goes over the wire.
func (r Request) Render(host string) Template {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", r.Method, r.Path, host)
	for _, line := range r.Header {
		b.WriteString(line + "\r\n")
	}
	if r.Body != "" {
		b.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	b.WriteString("\r\n" + r.Body)
	t := Template{bytes: b.Bytes()}
	for at := 0; ; {
		found := bytes.Index(t.bytes[at:], idMark)
		if found < 0 {
			return t
		}
		t.marks = append(t.marks, at+found)
		at += found + len(idMark)
	}
}

// With puts the id in and returns the request, good until the next call.
func (t Template) With(id ID) []byte {
	for _, at := range t.marks {
		copy(t.bytes[at:], id[:])
	}
	return t.bytes
}

// Pieces is the request, cut where the id belongs.
func (t Template) Pieces() []string { return strings.Split(string(t.bytes), Mark()) }
