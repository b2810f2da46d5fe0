package load

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"time"
)

// answerPatience is how long an answer may take; a server that hangs fails, and does not stop the run.
const answerPatience = 30 * time.Second

const readBuffer = 64 << 10

// Client is one connection to a server, opened again where it was cut.
type Client struct {
	dial   func() (net.Conn, error)
	now    func() time.Time
	conn   net.Conn
	reader *bufio.Reader
	asked  int
}

// Dial connects to host:port.
func Dial(ctx context.Context, addr string, now func() time.Time) (*Client, error) {
	c := &Client{now: now, reader: bufio.NewReaderSize(nil, readBuffer)}
	c.dial = func() (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", addr)
	}
	return c, c.connect()
}

func (c *Client) connect() (err error) {
	if c.conn, err = c.dial(); err != nil {
		c.conn = nil
		return err
	}
	c.reader.Reset(c.conn)
	c.asked = 0
	return nil
}

// deadlineEvery saves a timer for each request.
const deadlineEvery = 64

// Ask sends a rendered request and reads the answer. The body is appended to keep, unless that is nil.
func (c *Client) Ask(request []byte, keep *[]byte) (Answer, error) {
	if c.conn == nil {
		if err := c.connect(); err != nil {
			return Answer{}, err
		}
	}
	if c.asked%deadlineEvery == 0 {
		if err := c.conn.SetDeadline(c.now().Add(answerPatience)); err != nil {
			return Answer{}, err
		}
	}
	c.asked++
	answer, err := c.exchange(request, keep)
	if err != nil || answer.Close {
		_ = c.Close() // the next request connects anew
	}
	return answer, err
}

func (c *Client) exchange(request []byte, keep *[]byte) (Answer, error) {
	if _, err := c.conn.Write(request); err != nil {
		return Answer{}, fmt.Errorf("send: %w", err)
	}
	answer, err := ReadAnswer(c.reader, keep)
	if err != nil {
		return Answer{}, fmt.Errorf("read the answer: %w", err)
	}
	return answer, nil
}

// Close closes the connection.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}
