//go:build !linux

package pgtest

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
)

// processes lists the processes of the machine by their ids.
func processes(ctx context.Context) (map[int]process, error) {
	out, err := exec.CommandContext(ctx, "ps", "-A", "-o", "pid=,ppid=,state=").Output()
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for line := range bytes.Lines(out) {
		fields := bytes.Fields(line)
		if len(fields) < 3 {
			continue
		}
		pid, err := strconv.Atoi(string(fields[0]))
		if err != nil {
			continue
		}
		if parent, err := strconv.Atoi(string(fields[1])); err == nil {
			all[pid] = process{parent: parent, state: fields[2][0]}
		}
	}
	return all, nil
}
