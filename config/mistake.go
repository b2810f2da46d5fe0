package config

import (
	"errors"
	"strconv"
	"strings"
)

// problem says what is wrong with a value, without the value, to follow the variable's name:
// "has no port".
type problem string

func (p problem) Error() string { return string(p) }

// mistake is one line of the error that Load returns.
type mistake struct {
	name    string // the variable
	problem string
	want    string
	got     string // the quoted value, "" if it is not to be shown
}

func (m mistake) Error() string {
	line := m.name + " " + m.problem + "; want " + m.want
	if m.got != "" {
		line += "; got " + m.got
	}
	return line
}

// problems holds what is wrong, by the field of Config.
type problems map[string]error

// add notes err, unless it is nil or the field has a problem already: what did not parse is
// zero and would fail its check as well.
func (p problems) add(field string, err error) {
	if err != nil && p[field] == nil {
		p[field] = err
	}
}

// join returns one error with all mistakes in the order of the settings, nil if there are none.
func (p problems) join(all []setting, given map[string]string) error {
	var mistakes []error
	for _, s := range all {
		if err := p[s.field]; err != nil {
			mistakes = append(mistakes, s.mistake(err, given))
		}
	}
	return errors.Join(mistakes...)
}

// mistake puts the variable, what is wrong and what would be right together.
func (s setting) mistake(err error, given map[string]string) mistake {
	var whole mistake
	if errors.As(err, &whole) {
		return whole
	}
	m := mistake{name: s.name, problem: "can not be read", want: s.want, got: s.show(given[s.name])}
	var known problem
	if errors.As(err, &known) { // any other error may quote the value
		m.problem = string(known)
	}
	if given[s.name+fileSuffix] != "" {
		m.name += " (from " + s.name + fileSuffix + ")"
	}
	return m
}

// maxShown is the longest value that a message quotes, in bytes: more than a line does not help.
const maxShown = 100

// show quotes a value for a message; "" if it is, or may hold, a secret. An @ may follow a
// password in a URL.
func (s setting) show(value string) string {
	if s.hidden || value == "" || len(value) > maxShown || strings.Contains(value, "@") {
		return ""
	}
	return strconv.Quote(value)
}
