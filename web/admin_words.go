package web

import (
	"strconv"
	"strings"
	"time"
)

// thousands is a number that is written in groups of three digits.
type thousands int64

func (n thousands) String() string {
	digits := strconv.FormatInt(int64(n), 10)
	sign := ""
	if n < 0 {
		sign, digits = digits[:1], digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// counted is a number with the word for what it counts: 1 session, 2 sessions.
func counted(n int64, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n).String() + " " + more
}

// byteSize is a number of bytes in words, such as 1.4 MB.
func byteSize(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if n >= unit.size {
			return strconv.FormatFloat(float64(n)/float64(unit.size), 'f', 1, 64) + " " + unit.name
		}
	}
	return counted(n, "byte", "bytes")
}

// moment is a point in time, as pages show it.
type moment struct {
	ISO   string // for programs
	Exact string // in UTC
	Text  string // as seen from now, such as 3 minutes ago
}

// newMoment returns at as it is seen from now.
func newMoment(at, now time.Time) moment {
	at, now = at.UTC(), now.UTC()
	return moment{
		ISO:   at.Format(time.RFC3339),
		Exact: at.Format("2 Jan 2006, 15:04:05") + " UTC",
		Text:  ago(at, now),
	}
}

// ago says how long before now at is. What is longer ago than a week, or still to come, is a date.
func ago(at, now time.Time) string {
	passed := now.Sub(at)
	today := now.Truncate(24 * time.Hour)
	switch {
	case passed < -time.Minute || at.Before(today.AddDate(0, 0, -6)):
		return at.Format("2 Jan 2006")
	case passed < time.Minute:
		return "just now"
	case passed < time.Hour:
		return counted(int64(passed/time.Minute), "minute", "minutes") + " ago"
	case !at.Before(today) || passed < 6*time.Hour:
		return counted(int64(passed/time.Hour), "hour", "hours") + " ago"
	case !at.Before(today.AddDate(0, 0, -1)):
		return "yesterday"
	}
	days := int64(today.Sub(at.Truncate(24*time.Hour)) / (24 * time.Hour))
	return counted(days, "day", "days") + " ago"
}

// newMomentOf returns the moment that a text names, or one that shows the text as it is.
func newMomentOf(text string, now time.Time) moment {
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(text)); err == nil {
		return newMoment(at, now)
	}
	return moment{Exact: text, Text: text}
}
