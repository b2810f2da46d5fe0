package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sessionhub/repository"
)

const (
	barWidth = 24
	redraw   = 100 * time.Millisecond // people read no faster
)

// moveProgress tells how far a move is: on a terminal in one line that is written anew, elsewhere in a
// line for each table.
func (p *program) moveProgress() func(repository.MoveReport) {
	if f, ok := p.stderr.(*os.File); ok && isTerminal(f) {
		return (&moveBar{to: p.stderr, now: p.now}).tell
	}
	return (&moveLines{to: p.stderr}).tell
}

// moveLines is for logs.
type moveLines struct {
	to        io.Writer
	verifying bool
	told      int // tables of this part
}

func (l *moveLines) tell(r repository.MoveReport) {
	if r.Verifying != l.verifying {
		l.verifying, l.told = r.Verifying, 0
	}
	if r.Done || r.At < l.told {
		return
	}
	done, what := r.Tables[r.At].Copied, "copied"
	if r.Verifying {
		done, what = r.Tables[r.At].Verified, "compared"
	}
	if done < r.Tables[r.At].Rows {
		return
	}
	l.told = r.At + 1
	_, _ = fmt.Fprintf(l.to, "%s %s: %d rows (%d of %d tables)\n", what, r.Tables[r.At].Name, done, l.told, len(r.Tables))
}

// moveBar is for people.
type moveBar struct {
	to        io.Writer
	now       func() time.Time
	begun     time.Time // of this part of the work
	drawn     time.Time
	verifying bool
}

func (b *moveBar) tell(r repository.MoveReport) {
	now := b.now()
	if b.begun.IsZero() || r.Verifying != b.verifying {
		b.begun, b.verifying = now, r.Verifying
	}
	if r.Done {
		_, _ = fmt.Fprintln(b.to)
		return
	}
	if now.Sub(b.drawn) >= redraw {
		b.drawn = now
		_, _ = fmt.Fprint(b.to, "\r\x1b[K"+barText(r, now.Sub(b.begun)))
	}
}

// barText is the line, some time after this part of the work was begun: copying, or comparing.
func barText(r repository.MoveReport, since time.Duration) string {
	var done, before int64
	what := "copying"
	for _, table := range r.Tables {
		if r.Verifying {
			done += table.Verified
		} else {
			done, before = done+table.Copied, before+table.Before
		}
	}
	if r.Verifying {
		what = "comparing"
	}
	all := max(rowsOf(r), 1)
	full := int(min(done, all) * barWidth / all)
	line := fmt.Sprintf("[%s%s] %3d %% %s %s", strings.Repeat("#", full), strings.Repeat(".", barWidth-full), min(done, all)*100/all, what, r.Tables[r.At].Name)
	if rate := float64(done-before) / since.Seconds(); since >= time.Second && rate >= 1 {
		left := time.Duration(float64(all-done) / rate * float64(time.Second))
		line += fmt.Sprintf(", %.0f rows/s, %s left", rate, left.Round(time.Second))
	}
	return line
}
