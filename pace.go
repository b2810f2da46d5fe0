package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
)

// The garbage collector runs when the heap has grown by as much as was live, and no earlier than at
// 4 MiB. The service keeps little: so it would run dozens of times a second under load, for a few
// megabytes each. gcRoom is how much may be allocated between two runs whatever is live; where more
// than that is live, the usual pace is right.
const (
	gcRoom                 = 16 << 20
	usualPace, slowestPace = 100, 400 // percent, as GOGC has them
)

// paceGC sets the pace now and after every run of the collector, unless the environment says GOGC.
// What it returns ends that.
func paceGC(environ []string) (stop func()) {
	if slices.ContainsFunc(environ, func(setting string) bool { return strings.HasPrefix(setting, "GOGC=") }) {
		return func() {}
	}
	var stopped atomic.Bool
	set := slowestPace
	before := debug.SetGCPercent(set)
	// A sentinel that nobody holds is found by the next run, which makes the next sentinel.
	type sentinel struct{ _ *byte }
	var ran func(struct{})
	ran = func(struct{}) {
		if stopped.Load() {
			return
		}
		if next := pace(liveHeap()); next != set {
			set = next
			debug.SetGCPercent(set)
		}
		runtime.AddCleanup(&sentinel{}, ran, struct{}{})
	}
	runtime.AddCleanup(&sentinel{}, ran, struct{}{})
	return func() {
		stopped.Store(true)
		debug.SetGCPercent(before)
	}
}

// pace is GOGC for a heap of which so many bytes are live.
func pace(live uint64) int {
	return int(min(max(usualPace, 100*gcRoom/max(live, 1)), slowestPace))
}

// liveHeap is what the last run of the collector found live, in bytes.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
