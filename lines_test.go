package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// slow is a writer that has to be let go on for each write.
type slow struct {
	next   chan error
	writes []string
}

func (s *slow) Write(p []byte) (int, error) {
	s.writes = append(s.writes, string(p))
	return len(p), <-s.next
}

// left is how many bytes wait.
func (l *lines) left() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiting)
}

func TestLinesThatComeTogetherAreWrittenTogether(t *testing.T) {
	to := &slow{next: make(chan error)}
	l := newLines(to)
	for i := range 4 {
		fmt.Fprintln(l, i)
		for i == 0 && l.left() > 0 { // until the first is being written
			time.Sleep(time.Millisecond)
		}
	}
	to.next <- nil
	to.next <- nil
	if err := l.Close(); err != nil || strings.Join(to.writes, "|") != "0\n|1\n2\n3\n" {
		t.Errorf("wrote %q, %v", to.writes, err)
	}
}

func TestLinesKeepTheirOrderAndAreAllThereInTheEnd(t *testing.T) {
	var to bytes.Buffer
	l := newLines(&to)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 1000 {
				fmt.Fprintf(l, "%d %d\n", worker, i)
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var next [8]int
	for line := range strings.Lines(to.String()) {
		var worker, i int
		if _, err := fmt.Sscanf(line, "%d %d\n", &worker, &i); err != nil || next[worker] != i {
			t.Fatalf("%q, %v, want %d", line, err, next[worker])
		}
		next[worker]++
	}
	if next != [8]int{1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000} {
		t.Error(next)
	}
}

// A terminal that is held must not make the program grow.
func TestLinesWaitForAWriterThatDoesNotTakeThem(t *testing.T) {
	to := &slow{next: make(chan error)}
	l := newLines(to)
	line := bytes.Repeat([]byte("x"), maxWaiting)
	_, _ = l.Write(line)
	done := make(chan bool)
	go func() {
		for range 3 {
			_, _ = l.Write(line)
		}
		close(done)
	}()
	select {
	case <-done:
		t.Fatal("more was taken than is kept")
	case <-time.After(50 * time.Millisecond):
	}
	go func() {
		for {
			select {
			case to.next <- nil:
			case <-t.Context().Done():
				return
			}
		}
	}()
	<-done
	_ = l.Close()
}

func TestLinesTellThatTheyCannotBeWritten(t *testing.T) {
	to := &slow{next: make(chan error, 1)}
	l := newLines(to)
	full := errors.New("no space left")
	to.next <- full
	_, _ = l.Write([]byte("1\n"))
	if err := l.Close(); !errors.Is(err, full) {
		t.Error(err)
	}
	to.next <- nil
	if _, err := l.Write([]byte("2\n")); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("a later line was written, and yet %v", err)
	}
}

// BenchmarkLines writes lines as requests do, to a file.
func BenchmarkLines(b *testing.B) {
	line := bytes.Repeat([]byte("x"), 160)
	line[len(line)-1] = '\n'
	for _, together := range []bool{false, true} {
		b.Run(fmt.Sprintf("together=%t", together), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "log"))
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			write := f.Write
			if together {
				l := newLines(f)
				defer l.Close()
				write = l.Write
			}
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := write(line); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
