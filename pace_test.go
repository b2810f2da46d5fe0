package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

func TestPaceLeavesRoomWhateverIsLive(t *testing.T) {
	for live, want := range map[uint64]int{
		0: 400, 1 << 20: 400, 4 << 20: 400, 8 << 20: 200, 16 << 20: 100, 1 << 30: 100, 1 << 62: 100,
	} {
		if got := pace(live); got != want {
			t.Errorf("of %d bytes live: GOGC is %d, want %d", live, got, want)
		}
	}
}

// gogc is GOGC as it is now.
func gogc() int {
	now := debug.SetGCPercent(100)
	debug.SetGCPercent(now)
	return now
}

// eventually runs the collector until GOGC is as wanted.
func eventually(t *testing.T, wanted func(int) bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !wanted(gogc()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("GOGC stays %d", gogc())
		}
		runtime.GC()
	}
}

func TestPaceFollowsTheHeap(t *testing.T) {
	before := gogc()
	stop := paceGC(nil)
	for range 2 { // it goes on
		kept := make([]byte, 64<<20)
		eventually(t, func(percent int) bool { return percent == usualPace })
		runtime.KeepAlive(kept)
		eventually(t, func(percent int) bool { return percent > usualPace })
	}
	if stop(); gogc() != before {
		t.Errorf("afterwards GOGC is %d, was %d", gogc(), before)
	}
}

func TestPaceIsTheOperatorsWhereTheEnvironmentSaysSo(t *testing.T) {
	before := gogc()
	defer paceGC([]string{"PATH=/bin", "GOGC=50"})()
	if gogc() != before {
		t.Errorf("GOGC is %d, was %d", gogc(), before)
	}
}

// BenchmarkPace allocates what a request does, with little live.
func BenchmarkPace(b *testing.B) {
	live := make([]*[64]byte, 30_000)
	for i := range live {
		live[i] = new([64]byte)
	}
	work := func(b *testing.B) {
		for b.Loop() {
			for range 100 {
				live[len(live)-1] = new([64]byte)
			}
		}
	}
	b.Run("usual", work)
	b.Run("paced", func(b *testing.B) {
		defer paceGC(nil)()
		work(b)
	})
	runtime.KeepAlive(live)
}
