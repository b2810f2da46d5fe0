package pgtest

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
)

// processes lists the processes of the machine by their ids.
func processes(context.Context) (map[int]process, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has just ended
		}
		// The name of the program may hold spaces and parentheses: only the last one ends it.
		fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil || len(fields) < 2 {
			continue
		}
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			all[pid] = process{parent: parent, state: fields[0][0]}
		}
	}
	return all, nil
}
