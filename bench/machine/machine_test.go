package machine

import (
	"os"
	"strings"
	"testing"
	"time"
)

// A program may call itself ") R 1 2 (": what stands behind its name begins at the last parenthesis.
func TestParseStat(t *testing.T) {
	text := "4242 (a) R (b c) S 1 4242 4242 0 -1 4194304 900 0 0 0 150 25 7 8 20 0 9 0 100 1000 200\n"
	got, err := parseStat([]byte(text))
	if err != nil || got != 1750*time.Millisecond {
		t.Errorf("%v, error %v", got, err)
	}
	for _, broken := range []string{"", "1 (a) S 1 2", strings.Replace(text, " 150 ", " x ", 1)} {
		if _, err := parseStat([]byte(broken)); err == nil {
			t.Errorf("no error for %q", broken)
		}
	}
}

// A server's processes come and go: what those took that are gone counts, once.
func TestFamily(t *testing.T) {
	text := []byte("9 (a b) S 7 9 9 0 -1 4194304 900 0 0 0 150 25 7 8 20 0\n")
	for _, test := range []struct {
		id, parent string
		want       time.Duration
	}{{"9", "9", 1900 * time.Millisecond}, {"9", "7", 1750 * time.Millisecond}, {"9", "1", 0}} {
		if got, err := parseFamily(text, test.id, test.parent); err != nil || got != test.want {
			t.Errorf("%+v: %v, error %v", test, got, err)
		}
	}
	if took, err := OfFamily(os.Getpid()); err != nil || took < 0 {
		t.Errorf("%v, error %v", took, err)
	}
}

func TestParseStatus(t *testing.T) {
	text := []byte("Name:\tVmRSS\nVmHWM:\t  2048 kB\nVmRSS:\t   1024 kB\nThreads:\t9\n")
	for name, want := range map[string]int64{"VmRSS": 1 << 20, "VmHWM": 2 << 20} {
		if got, err := parseStatus(text, name); err != nil || got != want {
			t.Errorf("%s is %d, error %v", name, got, err)
		}
	}
	for _, name := range []string{"VmSwap", "Threads"} {
		if got, err := parseStatus(text, name); err == nil {
			t.Errorf("%s is %d", name, got)
		}
	}
}

func TestOfProcess(t *testing.T) {
	u, err := OfProcess(os.Getpid())
	if err != nil || u.RSS <= 0 || u.Peak < u.RSS {
		t.Errorf("%+v, error %v", u, err)
	}
	if err := ResetPeak(os.Getpid()); err != nil {
		t.Error(err)
	}
	own, err := OwnCPU()
	if off := own - u.CPU; err != nil || off < -2*tick || off > time.Second {
		t.Errorf("%v by getrusage, %v by /proc, error %v", own, u.CPU, err)
	}
}

func TestFileSystem(t *testing.T) {
	mounts := []byte("/dev/sda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/sdb /data xfs rw 0 0\n/dev/sdc /data btrfs rw 0 0\n")
	for dir, want := range map[string]string{"/": "ext4", "/tmp": "tmpfs", "/tmp/a": "tmpfs", "/tmpfoo": "ext4", "/data/x": "btrfs"} {
		if got := fileSystem(mounts, dir); got != want {
			t.Errorf("%s is on %q, want %q", dir, got, want)
		}
	}
}

func TestDescribeAndSync(t *testing.T) {
	dir := t.TempDir()
	m, err := Describe(dir)
	if err != nil || m.Cores < 1 || m.Kernel == "" || m.Go == "" || m.FileSystem == "" {
		t.Errorf("%+v, error %v", m, err)
	}
	times, err := SyncTimes(dir, 3, time.Now)
	left, _ := os.ReadDir(dir)
	if err != nil || len(times) != 3 || times[0] <= 0 || len(left) != 0 {
		t.Errorf("%v, error %v, left behind %v", times, err, left)
	}
}
