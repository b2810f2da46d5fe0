package main

import (
	"io"
	"sync"
)

// lines hands the lines of a log on to a writer from a goroutine of its own: those that come while
// some are being written are written together, with one system call. Nothing is held back: a line
// that comes alone is written at once. What was not yet written when the process is killed is lost.
type lines struct {
	to io.Writer

	mu      sync.Mutex
	changed *sync.Cond
	waiting []byte
	writing bool
	err     error // of the last write
}

// maxWaiting is how many bytes wait for a slow writer before those who log have to.
const maxWaiting = 1 << 20

func newLines(to io.Writer) *lines {
	l := &lines{to: to}
	l.changed = sync.NewCond(&l.mu)
	return l
}

// Write takes a line. It returns the error of an earlier one, if that could not be written.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) > maxWaiting {
		l.changed.Wait()
	}
	l.waiting = append(l.waiting, line...)
	if !l.writing {
		l.writing = true
		go l.write()
	}
	return len(line), l.err
}

// write writes what waits, until nothing does.
func (l *lines) write() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var written []byte // memory to be used again
	for len(l.waiting) > 0 {
		now := l.waiting
		l.waiting = written[:0]
		l.mu.Unlock()
		_, err := l.to.Write(now)
		l.mu.Lock()
		l.err, written = err, now
		l.changed.Broadcast()
	}
	l.waiting, l.writing = written[:0], false
	l.changed.Broadcast()
}

// Close waits until all is written.
func (l *lines) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing {
		l.changed.Wait()
	}
	return l.err
}
