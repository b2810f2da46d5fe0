package hub

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"syscall"
)

// Why a call came to nothing. Each is wrapped with the method and the host, and with nothing
// else of the request: its path and query may hold personal data or a credential.
var (
	// ErrPrivateAddress means that the name or address is not one of the public internet.
	ErrPrivateAddress = errors.New("the address is private or reserved, which this tool may not reach")
	// ErrTooLarge means that the answer is longer than allowed.
	ErrTooLarge = errors.New("the answer is too large")
	// ErrTimeout means that the answer was not complete in time.
	ErrTimeout = errors.New("the answer did not come in time")
	// ErrRedirect means that the answer leads somewhere that the request must not follow to.
	ErrRedirect = errors.New("the answer is a redirect that cannot be followed")
	// ErrUnreachable means that there was no answer, or only a part of one.
	ErrUnreachable = errors.New("the server cannot be reached")
	// ErrNotSent is beside one of the above where no connection stood to send the request on: a
	// name that is not known, a port that is closed, a certificate that is not good.
	ErrNotSent = errors.New("nothing was sent")
)

// notSentError is [ErrNotSent] beside another, whose text it has.
type notSentError struct{ error }

func (e *notSentError) Unwrap() []error { return []error{e.error, ErrNotSent} }

// callFailed makes of any error of net/http one whose text is safe to show. A caller that gave
// up gets context.Canceled: it must not be told that the server was slow.
func callFailed(req *http.Request, err error) error {
	what := req.Method + " " + failedHost(req, err)
	for _, known := range []error{ErrPrivateAddress, ErrRedirect, ErrTooLarge} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s: %w", what, known)
		}
	}
	if gaveUp := req.Context().Err(); errors.Is(gaveUp, context.Canceled) {
		return fmt.Errorf("%s: %w", what, gaveUp)
	}
	var slow net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		return fmt.Errorf("%s: %w", what, ErrTimeout)
	}
	return fmt.Errorf("%s: %w: %s", what, ErrUnreachable, unreachableReason(err))
}

// failedHost is the host that a redirect had led to, where there was one.
func failedHost(req *http.Request, err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		if u, err := url.Parse(failed.URL); err == nil && u.Hostname() != "" {
			return u.Hostname()
		}
	}
	return req.URL.Hostname()
}

func unreachableReason(err error) string {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "its name is not known"
	case errors.As(err, &certificate):
		return "its certificate is not valid"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "it does not speak TLS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "it refuses connections"
	}
	return "the connection broke off"
}

func statusFailed(req *http.Request, status int) error {
	return fmt.Errorf("%s %s: %w: it answered with status %d", req.Method, req.URL.Hostname(), ErrUnreachable, status)
}
