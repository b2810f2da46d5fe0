package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxFileBytes bounds the file that a NAME_FILE variable names, so that a wrong path (a
// database, a device) is a mistake and does not fill the memory. No setting is nearly as long.
const maxFileBytes = 64 << 10

// read returns the value given for the setting, from NAME or from the file that NAME_FILE
// names; "" if neither is set.
func (s setting) read(given map[string]string) (string, error) {
	value, path := given[s.name], given[s.name+fileSuffix]
	if path == "" {
		return value, nil
	}
	if value != "" {
		return "", mistake{name: s.name, problem: "is set and so is " + s.name + fileSuffix, want: "one of the two"}
	}
	text, err := readFile(path)
	if err != nil {
		return "", mistake{
			name:    s.name + fileSuffix,
			problem: err.Error(),
			want:    "the path of a file that holds the value, at most 64 KiB",
			got:     s.show(path),
		}
	}
	return text, nil
}

// readFile returns what the file holds, without one newline at its end. An empty file is a
// mistake: for a key it would silently mean "no key".
func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", unreadable(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return "", unreadable(err)
	}
	if len(data) > maxFileBytes {
		return "", problem("names a file that is bigger than 64 KiB")
	}
	text, ok := strings.CutSuffix(string(data), "\r\n")
	if !ok {
		text = strings.TrimSuffix(text, "\n")
	}
	if text == "" {
		return "", problem("names a file that is empty")
	}
	return text, nil
}

// unreadable says why a file could not be read, without its path: for a key, that may be the key
// itself in the wrong variable.
func unreadable(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return problem("names a file that can not be read (" + err.Error() + ")")
}
