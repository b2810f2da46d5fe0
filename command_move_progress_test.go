package main

import (
	"bytes"
	"testing"
	"time"

	"sessionhub/repository"
)

func halfMoved() repository.MoveReport {
	return repository.MoveReport{At: 1, Tables: []repository.MovedTable{
		{Name: "tenants", Rows: 1000, Before: 400, Copied: 1000},
		{Name: "sessions", Rows: 3000, Copied: 1000},
	}}
}

// What an earlier call copied is done, and does not make this one faster than it is.
func TestTheBarTellsHowLongItTakes(t *testing.T) {
	verifying := halfMoved()
	verifying.Verifying, verifying.Tables[0].Verified = true, 1000
	for want, got := range map[string]string{
		"[############............]  50 % copying sessions, 800 rows/s, 3s left":    barText(halfMoved(), 2*time.Second),
		"[############............]  50 % copying sessions":                         barText(halfMoved(), 10*time.Millisecond),
		"[######..................]  25 % comparing sessions, 10 rows/s, 5m0s left": barText(verifying, 100*time.Second),
		"[........................]   0 % copying none":                             barText(repository.MoveReport{Tables: []repository.MovedTable{{Name: "none"}}}, time.Hour),
	} {
		if got != want {
			t.Errorf("\n got %q\nwant %q", got, want)
		}
	}
}

// A person sees one line, ten times a second and no more often.
func TestTheBarIsOneLine(t *testing.T) {
	var to bytes.Buffer
	now := time.UnixMilli(1)
	bar := &moveBar{to: &to, now: func() time.Time { return now }}
	for range 5 {
		bar.tell(halfMoved())
		now = now.Add(redraw / 2)
	}
	bar.tell(repository.MoveReport{Done: true})
	if lines := bytes.Count(to.Bytes(), []byte("\n")); lines != 1 || bytes.Count(to.Bytes(), []byte("\r")) != 3 {
		t.Errorf("%q", to.String())
	}
}

// A log has a line for each table, when it is whole.
func TestALogHasALineForEachTable(t *testing.T) {
	var to bytes.Buffer
	lines := &moveLines{to: &to}
	r := halfMoved()
	lines.tell(r)
	r.Tables[1].Copied = 3000
	lines.tell(r)
	lines.tell(r)
	r.Verifying, r.At, r.Tables[0].Verified = true, 0, 1000
	lines.tell(r)
	r.Done = true
	lines.tell(r)
	if want := "copied sessions: 3000 rows (2 of 2 tables)\ncompared tenants: 1000 rows (1 of 2 tables)\n"; to.String() != want {
		t.Errorf("%q", to.String())
	}
}
