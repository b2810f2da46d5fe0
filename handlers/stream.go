package handlers

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// streamBuffer is how much of an answer is held back. An error found before that much was
// written is answered as an error; one found later cuts the connection, so that nobody takes
// half a list for a whole one.
const streamBuffer = 256 << 10

const (
	maxIgnoredBody = 64 << 10
	// maxStream ends the answer to a client that reads, but next to nothing: the database keeps
	// an old state for as long as it is read.
	maxStream = time.Hour
)

// errNotTaken means that the client went away, or did not read for too long.
var errNotTaken = errors.New("the client did not take the answer")

// stream writes a long JSON answer as it is read, in bounded memory.
type stream struct {
	c       echo.Context
	out     []byte
	timeout time.Duration
	ends    time.Time
	now     func() time.Time
	log     *slog.Logger
}

var streamBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// newStream begins an answer. A body that a GET declares is read first: net/http would wait for
// it when the answer begins, while the database waits too.
func (a *api) newStream(c echo.Context) (*stream, error) {
	if err := ignoreBody(c.Request().Body); err != nil {
		return nil, err
	}
	out := *streamBuffers.Get().(*[]byte)
	return &stream{c: c, out: out[:0], timeout: a.StreamTimeout, ends: a.Now().Add(maxStream), now: a.Now, log: a.Log}, nil
}

func ignoreBody(body io.Reader) error {
	if body == http.NoBody {
		return nil
	}
	if n, err := io.Copy(io.Discard, io.LimitReader(body, maxIgnoredBody+1)); err != nil || n > maxIgnoredBody {
		return models.Invalid("", "the request's body did not arrive whole, or is too large to be ignored")
	}
	return nil
}

// session writes one SessionDTO.
func (s *stream) session(m *models.Session, messages models.Text) error {
	s.out = appendSessionHead(s.out, m)
	if messages == nil {
		s.out = append(s.out, "null"...)
	} else {
		s.out = append(s.out, '"')
		for part, err := range messages {
			if err != nil {
				return err
			}
			s.out = appendEscaped(s.out, part)
			if err := s.spill(); err != nil {
				return err
			}
		}
		s.out = append(s.out, '"')
	}
	s.out = appendSessionTail(s.out, m)
	return s.spill()
}

// spill sends what has been written once it is more than is held back.
func (s *stream) spill() error {
	if len(s.out) < streamBuffer {
		return nil
	}
	return s.send()
}

// send writes to the client, which has to take it within the timeout.
func (s *stream) send() error {
	control := http.NewResponseController(s.c.Response().Writer)
	if !s.c.Response().Committed {
		s.c.Response().Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		// The answer may take longer than the request was allowed to.
		if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	deadline := s.now().Add(s.timeout)
	if deadline.After(s.ends) {
		deadline = s.ends
	}
	if err := control.SetWriteDeadline(deadline); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	_, err := s.c.Response().Write(s.out)
	s.out = s.out[:0]
	if err != nil {
		return fmt.Errorf("%w: %w", errNotTaken, err)
	}
	return nil
}

// end writes what is left and returns the error that the answer is to be instead, if it is
// not too late for that.
func (s *stream) end(err error) error {
	defer func() { streamBuffers.Put(&s.out) }()
	if err == nil {
		if !s.c.Response().Committed {
			s.c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(s.out)))
		}
		err = s.send()
	}
	if err != nil && s.c.Response().Committed {
		level := slog.LevelError
		if s.c.Request().Context().Err() != nil || errors.Is(err, errNotTaken) {
			level = slog.LevelInfo // the client's doing
		}
		s.log.LogAttrs(s.c.Request().Context(), level, "answer cut off",
			slog.String("id", requestID(s.c)), slog.String("route", s.c.Path()), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		s.c.Response().Header().Del(headerTotal)
	}
	return err
}
