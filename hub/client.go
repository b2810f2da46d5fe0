package hub

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"sessionhub/models"
)

// Limits of every call.
const (
	maxRedirects       = 5
	maxResponseHeaders = 64 << 10 // bytes
	connectTimeout     = 10 * time.Second
	idleTimeout        = 90 * time.Second
	maxIdle            = 100 // connections kept open
	maxIdlePerHost     = 8
)

// The defaults of [ClientOptions].
const (
	defaultTimeout   = 30 * time.Second
	defaultMaxResult = 4 << 20 // bytes
	defaultUserAgent = "sessionhub"
)

// ClientOptions are the limits of a [Client]. What is zero has a default.
type ClientOptions struct {
	Timeout   time.Duration // of a whole call, from the name to the last byte; 30 s
	MaxResult int64         // bytes of an answer, after decompression; 4 MiB
	UserAgent string        // "sessionhub"
	Resolver  *net.Resolver // the system's
}

// Client is the only way to the network. Whether an address is private is decided when it is
// connected to. Nothing is taken from the environment, so no proxy is used.
type Client struct {
	options ClientOptions
	public  *http.Transport
	private *http.Transport // of its own, so that no guarded call gets a connection of it
}

// Response is an answer, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient makes a client.
func NewClient(o ClientOptions) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxResult <= 0 {
		o.MaxResult = defaultMaxResult
	}
	if o.UserAgent == "" {
		o.UserAgent = defaultUserAgent
	}
	return &Client{options: o, public: newTransport(o, false), private: newTransport(o, true)}
}

func newTransport(o ClientOptions, allowPrivate bool) *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, Resolver: o.Resolver, ControlContext: guardConnection(allowPrivate)}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    connectTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    maxIdlePerHost,
		MaxResponseHeaderBytes: maxResponseHeaders,
		ForceAttemptHTTP2:      true,
	}
}

func (c *Client) transport(allowPrivate bool) *http.Transport {
	if allowPrivate {
		return c.private
	}
	return c.public
}

// Do sends a request and reads the answer, of whatever status. It follows redirects as far as
// no credential leaves the origin that it was meant for. Its errors are [ErrPrivateAddress],
// [ErrRedirect], [ErrTooLarge], [ErrTimeout], [ErrUnreachable] or that of the request's context,
// with [ErrNotSent] where it applies, and their texts hold nothing of the request but its method
// and host.
func (c *Client) Do(req *http.Request, allowPrivate bool) (*Response, error) {
	return c.do(req, c.options.MaxResult, allowPrivate)
}

func (c *Client) do(req *http.Request, limit int64, allowPrivate bool) (*Response, error) {
	if err := checkAddress(req.URL); err != nil {
		return nil, &notSentError{err}
	}
	ctx, cancel := context.WithTimeout(req.Context(), c.options.Timeout)
	defer cancel()
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	sent := req.Clone(httptrace.WithClientTrace(ctx, trace))
	if agent := sent.Header.Get("User-Agent"); agent == "" || agent == defaultUserAgent {
		sent.Header.Set("User-Agent", c.options.UserAgent)
	}
	client := &http.Client{Transport: c.transport(allowPrivate), CheckRedirect: checkRedirect}
	res, err := client.Do(sent)
	if err != nil && !connected.Load() {
		return nil, &notSentError{callFailed(req, err)}
	}
	if err != nil {
		return nil, callFailed(req, err)
	}
	defer res.Body.Close()
	body, err := readBounded(res.Body, limit)
	if err != nil {
		return nil, callFailed(req, err)
	}
	return &Response{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// Fetch gets a document, which may be somewhere else than it was.
func (c *Client) Fetch(ctx context.Context, address string, limit int64, allowPrivate bool) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, errAddress
	}
	req.Header.Set("Accept", "*/*")
	res, err := c.do(req, limit, allowPrivate)
	if err != nil {
		return nil, err
	}
	if res.Status != http.StatusOK {
		return nil, statusFailed(req, res.Status)
	}
	return res.Body, nil
}

var errAddress = models.Invalid("", "the address must be absolute, http or https, and without a user name")

func checkAddress(u *url.URL) error {
	if (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return errAddress
	}
	return nil
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, err
}
