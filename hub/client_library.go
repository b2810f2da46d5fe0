package hub

import (
	"context"
	"io"
	"net/http"
)

// HTTP is a client for libraries that need one: with the same guard and limits, and following
// no redirect, since what they send holds credentials. Its errors are those of [Client.Do], in a
// url.Error, whose text has the address.
func (c *Client) HTTP(allowPrivate bool) *http.Client {
	return &http.Client{
		Transport:     &boundedTransport{next: c.transport(allowPrivate), options: c.options},
		CheckRedirect: func(*http.Request, []*http.Request) error { return ErrRedirect },
	}
}

// boundedTransport holds a library's own requests to the limits.
type boundedTransport struct {
	next    http.RoundTripper
	options ClientOptions
}

func (t *boundedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := checkAddress(req.URL); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(req.Context(), t.options.Timeout)
	sent := req.Clone(ctx)
	if sent.Header.Get("User-Agent") == "" {
		sent.Header.Set("User-Agent", t.options.UserAgent)
	}
	res, err := t.next.RoundTrip(sent)
	if err != nil {
		cancel()
		return nil, callFailed(req, err)
	}
	res.Body = &boundedBody{body: res.Body, left: t.options.MaxResult, req: req, cancel: cancel}
	return res, nil
}

// boundedBody ends the time of a call when it is closed.
type boundedBody struct {
	body   io.ReadCloser
	left   int64
	req    *http.Request
	cancel context.CancelFunc
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p[:min(int64(len(p)), b.left+1)])
	if int64(n) > b.left {
		n, b.left = int(b.left), 0
		return n, callFailed(b.req, ErrTooLarge)
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // a reader's end is bare
		err = callFailed(b.req, err)
	}
	return n, err
}

func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.body.Close()
}
