package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Usage is what a process has taken of the machine.
type Usage struct {
	CPU       time.Duration // since it started
	RSS, Peak int64         // bytes of memory that are resident, now and at most since it started or [ResetPeak]
}

// OfProcess asks about a process.
func OfProcess(pid int) (Usage, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return Usage{}, err
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil {
		return Usage{}, err
	}
	var u Usage
	var errRSS, errPeak error
	u.CPU, err = parseStat(stat)
	u.RSS, errRSS = parseStatus(status, "VmRSS")
	u.Peak, errPeak = parseStatus(status, "VmHWM")
	return u, errors.Join(err, errRSS, errPeak)
}

// tick is the unit of /proc/PID/stat: USER_HZ, which is 100 on every processor that Go runs on.
const tick = time.Second / 100

// Fields of /proc/PID/stat behind the name of the program, see proc(5).
const (
	parentID                       = 1
	userTime, systemTime           = 11, 12
	endedUserTime, endedSystemTime = 13, 14 // of children that have ended
)

// parseStat returns the time of processors that the process has used. The name of the program
// may hold spaces and parentheses, so that only the last one ends it.
func parseStat(text []byte) (time.Duration, error) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= systemTime {
		return 0, fmt.Errorf("/proc/PID/stat has too few fields: %q", text)
	}
	user, err := strconv.ParseInt(string(fields[userTime]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[systemTime]), 10, 64)
	return time.Duration(user+system) * tick, errors.Join(err, err2)
}

// OfFamily is the time of processors that a process has used and its children, those that have ended
// too. It is for servers that have a process for each connection.
func OfFamily(pid int) (time.Duration, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	parent := strconv.Itoa(pid)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		id := filepath.Base(filepath.Dir(path))
		taken, err := parseFamily(text, id, parent)
		if err != nil {
			return 0, err
		}
		sum += taken
	}
	return sum, nil
}

// parseFamily returns what the process adds to the family of the parent: nothing if it is neither that
// nor a child of it.
func parseFamily(text []byte, id, parent string) (time.Duration, error) {
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= endedSystemTime || id != parent && string(fields[parentID]) != parent {
		return 0, nil
	}
	own, err := parseStat(text)
	if err != nil || id != parent {
		return own, err
	}
	user, err := strconv.ParseInt(string(fields[endedUserTime]), 10, 64)
	system, err2 := strconv.ParseInt(string(fields[endedSystemTime]), 10, 64)
	return own + time.Duration(user+system)*tick, errors.Join(err, err2)
}

// parseStatus returns the bytes of a line such as "VmRSS:   1024 kB".
func parseStatus(text []byte, name string) (int64, error) {
	for line := range bytes.Lines(text) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		if string(key) != name {
			continue
		}
		number, found := bytes.CutSuffix(bytes.TrimSpace(value), []byte(" kB"))
		if !found {
			return 0, fmt.Errorf("/proc/PID/status: %s is not in kB: %q", name, value)
		}
		kilobytes, err := strconv.ParseInt(string(number), 10, 64)
		return kilobytes << 10, err
	}
	return 0, fmt.Errorf("/proc/PID/status has no %s", name)
}

// ResetPeak has the peak of a process begin anew, at what is resident now.
func ResetPeak(pid int) error {
	return os.WriteFile("/proc/"+strconv.Itoa(pid)+"/clear_refs", []byte("5"), 0)
}

// OwnCPU is the time of processors that this process has used, to the microsecond.
func OwnCPU() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
