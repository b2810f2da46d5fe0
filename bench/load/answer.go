package load

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Answer is what an HTTP/1.1 response says of itself.
type Answer struct {
	Status int
	Length int64 // of the body
	Close  bool  // the server ends the connection
}

var (
	errNotHTTP  = errors.New("not an answer of HTTP/1.1")
	errNoLength = errors.New("an answer whose length is not told")
)

const unknownLength, chunkedLength = -1, -2

// ReadAnswer reads one response to its end. It knows what servers answer to GET, POST and DELETE
// over a connection that stays open: a Content-Length or chunks. The body is appended to keep,
// unless that is nil.
func ReadAnswer(r *bufio.Reader, keep *[]byte) (Answer, error) {
	line, err := readLine(r)
	if err != nil {
		return Answer{}, err
	}
	version, rest, _ := bytes.Cut(line, []byte(" "))
	if string(version) != "HTTP/1.1" || len(rest) < 3 {
		return Answer{}, fmt.Errorf("%w: %q", errNotHTTP, line)
	}
	answer := Answer{Length: unknownLength}
	if answer.Status, err = strconv.Atoi(string(rest[:3])); err != nil {
		return Answer{}, fmt.Errorf("%w: %q", errNotHTTP, line)
	}
	if err := answer.readHeader(r); err != nil {
		return Answer{}, err
	}
	return answer, answer.readBody(r, keep)
}

func (a *Answer) readHeader(r *bufio.Reader) error {
	for {
		line, err := readLine(r)
		if err != nil || len(line) == 0 {
			return err
		}
		name, value, found := bytes.Cut(line, []byte(":"))
		if !found {
			return fmt.Errorf("%w: header %q", errNotHTTP, line)
		}
		if err := a.note(name, bytes.TrimSpace(value)); err != nil {
			return err
		}
	}
}

// note takes from a header what matters for reading on.
func (a *Answer) note(name, value []byte) (err error) {
	switch {
	case len(name) == len("Content-Length") && bytes.EqualFold(name, []byte("Content-Length")):
		a.Length, err = strconv.ParseInt(string(value), 10, 64)
	case len(name) == len("Transfer-Encoding") && bytes.EqualFold(name, []byte("Transfer-Encoding")):
		if !bytes.EqualFold(value, []byte("chunked")) {
			return fmt.Errorf("%w: transfer encoding %q", errNotHTTP, value)
		}
		a.Length = chunkedLength
	case len(name) == len("Connection") && bytes.EqualFold(name, []byte("Connection")):
		a.Close = bytes.EqualFold(value, []byte("close"))
	}
	return err
}

func (a *Answer) readBody(r *bufio.Reader, keep *[]byte) error {
	switch {
	case a.Length == chunkedLength:
		return a.readChunks(r, keep)
	case a.Status == 204 || a.Status == 304: // have none, and need not say so
		a.Length = 0
		return nil
	case a.Length < 0:
		return errNoLength
	}
	return take(r, a.Length, keep)
}

// readChunks reads chunks up to the empty one, and the trailer behind it.
func (a *Answer) readChunks(r *bufio.Reader, keep *[]byte) error {
	a.Length = 0
	for {
		line, err := readLine(r)
		if err != nil {
			return err
		}
		digits, _, _ := bytes.Cut(line, []byte(";"))
		size, err := strconv.ParseInt(string(digits), 16, 64)
		if err != nil || size < 0 {
			return fmt.Errorf("%w: chunk of size %q", errNotHTTP, line)
		}
		if size == 0 {
			return skipTrailer(r)
		}
		a.Length += size
		if err := take(r, size, keep); err != nil {
			return err
		}
		if line, err = readLine(r); err != nil || len(line) != 0 {
			return errors.Join(err, fmt.Errorf("%w: %q behind a chunk", errNotHTTP, line))
		}
	}
}

func skipTrailer(r *bufio.Reader) error {
	for {
		if line, err := readLine(r); err != nil || len(line) == 0 {
			return err
		}
	}
}

// take reads n bytes of a body.
func take(r *bufio.Reader, n int64, keep *[]byte) error {
	if keep == nil {
		_, err := r.Discard(int(n))
		return err
	}
	body := make([]byte, n)
	_, err := io.ReadFull(r, body)
	*keep = append(*keep, body...)
	return err
}

// readLine returns a line without its end, good until the next read.
func readLine(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if err != nil {
		if len(line) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return bytes.TrimRight(line, "\r\n"), nil
}
