package hub

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sessionhub/models"
)

// requestParts are what arguments and credentials become, before they are put together.
type requestParts struct {
	path    map[string]string // by the placeholder's name, encoded
	query   []requestPair     // encoded
	cookies []requestPair     // encoded
	header  http.Header
	body    []byte // nil for none
}

// requestPair is a name and a value as they stand in the request.
type requestPair struct{ name, value string }

// NewRequest makes the request that calls a function with checked arguments. What an argument
// cannot be sent as is a [models.InvalidError]; [ErrNoCredentials] and [ErrCredential] are about
// the credentials, by the name of their security scheme. No argument can add a segment to the
// path or a header, nor to the query what its style does not say.
func NewRequest(ctx context.Context, t *models.Tool, f *models.Function, args map[string]any, credentials map[string]models.Credential) (*http.Request, error) {
	parts := requestParts{path: map[string]string{}, header: http.Header{}}
	var issues models.Issues
	for i := range f.Call.Inputs {
		if err := issues.Merge(parts.addInput(&f.Call.Inputs[i], args)); err != nil {
			return nil, err
		}
	}
	if err := issues.Merge(parts.addBody(f.Call.Body, args)); err != nil {
		return nil, err
	}
	if err := issues.Err(); err != nil {
		return nil, err
	}
	path, err := parts.expandPath(f.Call.Path)
	if err != nil {
		return nil, err
	}
	if err := parts.addCredentials(t, f, credentials); err != nil {
		return nil, err
	}
	return parts.request(ctx, t, f, path)
}

func (p *requestParts) request(ctx context.Context, t *models.Tool, f *models.Function, path string) (*http.Request, error) {
	base := t.BaseURL
	if f.Call.BaseURL != "" {
		base = f.Call.BaseURL
	}
	address, err := callAddress(base, path, joinPairs(p.query, "&"))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, f.Call.Method, "", bodyReader(p.body))
	if err != nil {
		return nil, fmt.Errorf("the method of %s is not valid", f.Name)
	}
	req.URL, req.Host, req.Header = address, address.Host, p.header
	if len(p.cookies) > 0 {
		req.Header.Set("Cookie", joinPairs(p.cookies, "; "))
	}
	if f.Call.Accept != "" {
		req.Header.Set("Accept", f.Call.Accept)
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", defaultUserAgent)
	}
	return req, nil
}

// callAddress puts an address together whose path keeps its encoding. The base may have no
// query of its own, and the path one that stands in the document.
func callAddress(base, path, query string) (*url.URL, error) {
	if path != "" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	text := strings.TrimSuffix(base, "/") + path
	if query != "" {
		separator := "?"
		if strings.Contains(text, "?") {
			separator = "&"
		}
		text += separator + query
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errAddress // the parser's error holds the address with its arguments
	}
	return u, checkAddress(u)
}

// addInput puts one parameter where it belongs. Null and what is not given are left out.
func (p *requestParts) addInput(in *models.Input, args map[string]any) error {
	value := args[in.Argument]
	if in.Fixed != "" {
		value = in.Fixed
	}
	if value == nil {
		if in.In == "path" {
			return models.Invalid(in.Argument, "is required")
		}
		return nil
	}
	if in.JSON {
		text, err := jsonText(value)
		if err != nil {
			return models.Invalid(in.Argument, "cannot be written as JSON")
		}
		value = text
	}
	switch in.In {
	case "path":
		return p.addPath(in, value)
	case "query":
		p.query = append(p.query, formPairs(in, value, queryEncoder(in.Reserved))...)
	case "cookie":
		p.cookies = append(p.cookies, formPairs(in, value, percentEncode)...)
	case "header":
		return p.addHeader(in, value)
	default:
		return fmt.Errorf("the input %s has no known place", in.Name)
	}
	return nil
}

// unsentHeaders are the transport's own; Accept-Encoding would switch its decompression off.
var unsentHeaders = []string{
	"Accept-Encoding", "Connection", "Content-Length", "Expect", "Host", "Keep-Alive",
	"Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
}

func (p *requestParts) addHeader(in *models.Input, value any) error {
	name := http.CanonicalHeaderKey(in.Name)
	if !isHeaderName(name) {
		return errors.New("a header of the document has a name that cannot be sent")
	}
	if slices.Contains(unsentHeaders, name) {
		return nil
	}
	text := simpleStyle(in.Explode, value, asItIs)
	if !isHeaderValue(text) {
		return models.Invalid(in.Argument, "must not have line breaks or control characters")
	}
	if name == "Cookie" {
		return models.Invalid(in.Argument, "must not be given; cookies have arguments of their own")
	}
	p.header.Set(name, text)
	return nil
}

func isHeaderName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

func isHeaderValue(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f })
}

func joinPairs(pairs []requestPair, separator string) string {
	texts := make([]string, len(pairs))
	for i, pair := range pairs {
		texts[i] = pair.name + "=" + pair.value
	}
	return strings.Join(texts, separator)
}
