package handlers

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"sessionhub/models"
)

// query reads the parameters of a URL; of one that is repeated the last counts.
type query struct {
	values url.Values
	issues models.Issues
}

func newQuery(c echo.Context) (*query, error) {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return nil, models.Invalid("", "the query is not percent-encoded properly")
	}
	return &query{values: values}, nil
}

func (q *query) text(name string) string {
	all := q.values[name]
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

func (q *query) has(name string) bool { return q.values.Has(name) }

// flag reads true or false; nil where it is not given.
func (q *query) flag(name string) *bool {
	switch text := q.text(name); text {
	case "":
		return nil
	case "true", "false":
		is := text == "true"
		return &is
	}
	q.issues.Add(name, "must be true or false")
	return nil
}

// time reads a date and time (RFC 3339); nil where it is not given.
func (q *query) time(name string) *time.Time {
	text := q.text(name)
	if text == "" {
		return nil
	}
	// A plus sign that was not percent-encoded has become a space.
	t, err := time.Parse(time.RFC3339Nano, strings.ReplaceAll(text, " ", "+"))
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		q.issues.Add(name, "must be a date and time such as 2025-03-21T10:00:00Z")
		return nil
	}
	return &t
}

// count reads a whole number of at least least; the default where it is not given.
func (q *query) count(name string, least, most, fallback int64) int64 {
	if _, given := q.values[name]; !given {
		return fallback
	}
	n, err := strconv.ParseInt(q.text(name), 10, 64)
	if err != nil || n < least || n > most {
		reason := fmt.Sprintf("must be a whole number from %d to %d", least, most)
		if most == math.MaxInt64 {
			reason = fmt.Sprintf("must be a whole number, %d or more", least)
		}
		q.issues.Add(name, reason)
	}
	return n
}

// check returns what was wrong with the parameters and, of the model that they made, err.
func (q *query) check(err error) error { return checked(q.issues, err) }
