package hub

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"sessionhub/models"
)

var placeholder = regexp.MustCompile(`\{([^{}]+)\}`)

func (p *requestParts) addPath(in *models.Input, value any) error {
	text := pathStyle(in, value)
	if text == "" {
		return models.Invalid(in.Argument, "must not be empty")
	}
	if isDotSegment(text) {
		return models.Invalid(in.Argument, `must not be or contain the path segment "." or ".."`)
	}
	p.path[in.Name] = text
	return nil
}

// expandPath fills the placeholders in. What stands between them in the document stays, and
// is encoded where it has to be.
func (p *requestParts) expandPath(template string) (string, error) {
	var path strings.Builder
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(template, -1) {
		value, ok := p.path[template[at[2]:at[3]]]
		if !ok {
			return "", fmt.Errorf("the path %s has a placeholder without an input", template)
		}
		path.WriteString(encodeLiteral(template[end:at[0]]))
		path.WriteString(value)
		end = at[1]
	}
	path.WriteString(encodeLiteral(template[end:]))
	expanded, _, _ := strings.Cut(path.String(), "?")
	for segment := range strings.SplitSeq(expanded, "/") {
		if isDotSegment(segment) {
			return "", models.Invalid("", `the arguments must not make the path segment "." or ".."`)
		}
	}
	return path.String(), nil
}

// isDotSegment says whether an encoded segment would lead upwards for any server on the way:
// some decode %2F and backslashes first, and some cut at ";".
func isDotSegment(segment string) bool {
	decoded, err := url.PathUnescape(segment)
	if err != nil {
		return true
	}
	for part := range strings.FieldsFuncSeq(decoded, func(r rune) bool { return r == '/' || r == '\\' }) {
		part, _, _ = strings.Cut(part, ";")
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

const unreserved = "-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// percentEncode leaves RFC 3986's unreserved characters only.
func percentEncode(s string) string { return encodeExcept(s, unreserved) }

// queryEncoder also leaves, where the document allows reserved characters, those which cannot
// end a value: not &, #, +, =, ; and brackets.
func queryEncoder(reserved bool) func(string) string {
	if !reserved {
		return percentEncode
	}
	return func(s string) string { return encodeExcept(s, unreserved+":/?@!$'()*,") }
}

func encodeExcept(s, kept string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if c := s[i]; strings.IndexByte(kept, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

var encodedByte = regexp.MustCompile(`^%[0-9A-Fa-f]{2}`)

// encodeLiteral keeps what a document wrote of a path, with a query, and encodes what a request
// line cannot hold.
func encodeLiteral(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && encodedByte.MatchString(s[i:]) {
			b.WriteByte('%')
			continue
		}
		b.WriteString(encodeExcept(s[i:i+1], unreserved+"/:@!$&'()*+,;=?"))
	}
	return b.String()
}
