package web

import (
	"strings"
	"testing"
	"time"
)

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 42, 0, 0, time.UTC)
	for at, want := range map[string]string{
		"2026-11-22T10:41:30Z":      "just now",
		"2026-11-22T10:42:30Z":      "just now", // clocks differ a little
		"2026-11-22T10:41:00Z":      "1 minute ago",
		"2026-11-22T09:43:00Z":      "59 minutes ago",
		"2026-11-22T09:42:00Z":      "1 hour ago",
		"2026-11-22T00:00:00Z":      "10 hours ago",
		"2026-11-21T23:59:00Z":      "yesterday",
		"2026-11-21T00:00:00Z":      "yesterday",
		"2026-11-20T23:59:00Z":      "2 days ago",
		"2026-11-16T12:00:00Z":      "6 days ago",
		"2026-11-15T23:59:00Z":      "15 Nov 2026",
		"2025-10-12T23:59:00Z":      "12 Oct 2025",
		"2027-02-20T00:00:00Z":      "20 Feb 2027",
		"2026-11-22T11:40:00+01:00": "2 minutes ago",
	} {
		moment := newMomentOf(at, now)
		if moment.Text != want || !strings.HasSuffix(moment.Exact, " UTC") {
			t.Errorf("%s is %q, want %q; exactly %s", at, moment.Text, want, moment.Exact)
		}
	}
	// Early in the morning, an evening is hours away and not a day.
	if got := ago(now.Truncate(24*time.Hour).Add(-time.Hour), now.Truncate(24*time.Hour).Add(time.Hour)); got != "2 hours ago" {
		t.Errorf("two hours across midnight are %q", got)
	}
	if got := newMomentOf("<when it was over>", now); got.Text != "<when it was over>" || got.ISO != "" {
		t.Errorf("a text that is no time is %+v", got)
	}
}

func TestNumbersInWords(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 12_345: "12,345", 9_007_199_254_740_991: "9,007,199,254,740,991", -1234: "-1,234"} {
		if got := thousands(n).String(); got != want {
			t.Errorf("%d is %s", n, got)
		}
	}
	for n, want := range map[int64]string{1: "1 byte", 1000: "1,000 bytes", 1536: "1.5 KB", 1_482_113: "1.4 MB", 3 << 30: "3.0 GB"} {
		if got := byteSize(n); got != want {
			t.Errorf("%d bytes are %s", n, got)
		}
	}
	for part, want := range map[int64]string{0: "0 %", 1: "< 1 %", 10: "1 %", 500: "50 %", 1000: "100 %"} {
		if got := percent(part, 1000); got != want {
			t.Errorf("%d of 1000 is %s", part, got)
		}
	}
	if got := percent(0, 0); got != "" {
		t.Errorf("nothing of nothing is %q", got)
	}
}
